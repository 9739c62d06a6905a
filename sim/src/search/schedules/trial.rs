//! The runs of one point: each way to schedule the run otherwise there, with everything before it as it was.

use std::collections::BTreeSet;
use std::time::Duration;

use model::agents::Subject;

use super::points::{Decides, Point, lengths, order, points};
use super::preemption::Preemption;
use super::{Extent, Reduction};
use crate::draw::Drawn;
use crate::plan::{Forced, Pace};
use crate::run::{self, Run};
use crate::search::sweep::{Shown, Tried};
use crate::world::{Note, Thread};

/// A run with preemptions that shows what the scenario does not show without the last of them.
#[derive(Clone, Debug)]
pub struct Found {
    /// The preemptions, in the order of the run.
    pub preemptions: Vec<Preemption>,
    /// The thread that each strikes, and the label of its step. `None` if another thread goes first.
    pub places: Vec<Option<(String, String)>>,
    /// What it shows.
    pub shown: BTreeSet<Shown>,
}

/// A schedule: the preemptions that lead to it, and where it can be changed further.
#[derive(Clone)]
pub(super) struct Node {
    pub preemptions: Vec<Preemption>,
    pub places: Vec<Option<(String, String)>>,
    /// What it shows, and what is known besides.
    pub known: BTreeSet<Shown>,
    pub points: Vec<Point>,
}

/// A schedule that was run.
pub(super) struct Trial {
    pub node: Node,
    /// What it shows that was not known.
    pub new: BTreeSet<Shown>,
    pub order: blake3::Hash,
    /// The hash of its outcome.
    pub outcome: blake3::Hash,
    pub proves_nothing: bool,
    /// How many steps were taken before the last preemption.
    pub steps: u64,
}

/// The runs of a point, and how many more ways there are to schedule it otherwise.
pub(super) struct Tries {
    pub trials: Vec<Trial>,
    pub left_out: u64,
}

/// Runs a plan, and notes what its threads do.
pub(super) fn run_noting(drawn: &Drawn, release: Subject) -> (Run, Vec<Note>) {
    run::run_noting_threads(&drawn.scenario, release, drawn.server)
}

/// Runs every other decision at a point of a schedule. `drawn` is the plan under the default choices.
pub(super) fn tries(drawn: &Drawn, release: Subject, extent: &Extent, node: &Node, point: &Point) -> Tries {
    let trier = Trier { drawn, release, extent, node, point };
    match point.decides {
        Decides::Next { process, choice, ready } => {
            let ranks = 1..u32::try_from(ready).expect("a process has a handful of threads");
            let passed = |rank| Preemption::Passed { process, choice, rank };
            Tries { trials: ranks.map(|rank| trier.run(passed(rank), None).0).collect(), left_out: 0 }
        }
        Decides::Pace { thread, step, label, others } => trier.paces(thread, step, label, others),
    }
}

struct Trier<'a> {
    drawn: &'a Drawn,
    release: Subject,
    extent: &'a Extent,
    node: &'a Node,
    point: &'a Point,
}

impl Trier<'_> {
    /// The thread yields, or is held up until it goes on behind one more of the steps that it depends on.
    fn paces(&self, thread: Thread, step: u64, label: &'static str, others: bool) -> Tries {
        let place = (thread.name.to_owned(), label.to_owned());
        let run = |pace| {
            let forced = Forced { process: thread.process, step, pace };
            self.run(Preemption::AtStep(forced), Some(place.clone()))
        };
        let longest = self.extent.longest;
        let all = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        let (at_last, notes) = run(Pace::Sleep(longest));
        let mut lengths = match self.extent.reduction {
            Reduction::ByOrder => lengths(&notes, self.point, thread, longest),
            Reduction::None => (1..all).map(Duration::from_millis).collect(),
        };
        // The longest time stands for all behind the last step.
        lengths.pop_last();
        let yields = others || self.extent.reduction == Reduction::None;
        let paces = yields.then_some(Pace::Yield).into_iter().chain(lengths.into_iter().map(Pace::Sleep));
        let mut trials: Vec<Trial> = paces.map(|pace| run(pace).0).collect();
        trials.push(at_last);
        let left_out = all - trials.len() as u64;
        Tries { trials, left_out }
    }

    fn run(&self, preemption: Preemption, place: Option<(String, String)>) -> (Trial, Vec<Note>) {
        let preemptions: Vec<Preemption> = self.node.preemptions.iter().cloned().chain([preemption]).collect();
        let plan = Preemption::added(self.drawn, &preemptions);
        let (run, notes) = run_noting(&plan, self.release);
        let order = order(&notes, &run);
        let forced = &self.drawn.scenario.schedule.forced;
        let points = match preemptions.len() < usize::from(self.extent.preemptions) {
            true => points(&notes, self.drawn.scenario.process_count(), forced),
            false => Vec::new(),
        };
        let points = points.into_iter().filter(|point| point.note > self.point.note).collect();
        let tried = Tried::of(run);
        let mut hasher = blake3::Hasher::new();
        tried.hash(&preemptions, &mut hasher);
        let new: BTreeSet<Shown> =
            tried.shown.iter().filter(|shown| !shown.is_among(&self.node.known)).cloned().collect();
        let known = self.node.known.iter().chain(&new).cloned().collect();
        let places = self.node.places.iter().cloned().chain([place]).collect();
        let trial = Trial {
            node: Node { preemptions, places, known, points },
            new,
            order,
            outcome: hasher.finalize(),
            proves_nothing: tried.proves_nothing(),
            steps: self.point.steps,
        };
        (trial, notes)
    }
}
