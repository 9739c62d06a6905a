//! Every schedule of a small scenario, up to a number of preemptions: for races that need no fault and no lucky time.
//!
//! The default schedule lets the thread go on that has waited longest, preempts none, and lets work take its least time. A preemption is one
//! decision against it: a thread yields at a step, or is held up there for at most 64 ms, or one that has waited less goes first. The search
//! is stateless: a schedule is a list of preemptions, and its run is a run of the plan from the start with them. A schedule is extended
//! behind its last preemption only, so each list is run once.
//!
//! Two schedules with the same order of dependent steps are as good as each other, so that one of them stands for both. Therefore a thread is
//! held up only for as long as it takes to go on behind one more such step, yields only if another could go on, and a schedule is extended
//! only if its order is new (Mazurkiewicz, 1977; bounded as by Musuvathi and Qadeer, 2007, counted as by Emmi, Qadeer and Rakamarić, 2011).
//! See `points` for which steps depend on each other. Equal orders with other times are taken for the same.
//!
//! - `preemption`: one decision. - `points`: where a run can be scheduled otherwise. - `trial`: the runs of one such point.
//! - `groups`: what was found, by class. - `certificate`: what was explored, in a file. Deliberately absent: the provider's threads, of which
//!   none takes a step, the process that recovers, and how long work takes.

pub mod certificate;
mod groups;
mod points;
mod preemption;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use model::agents::Subject;

pub use groups::Group;
pub use preemption::Preemption;
pub use trial::Found;

use crate::draw::Drawn;
use crate::parallel;
use crate::run::{Run, Verdict};
use crate::search::sweep::{Shown, Tried};
use points::Point;
use trial::{Node, Trial, Tries, run_noting, tries};

/// The longest time for which a thread is held up: the same as under `pct`.
pub const LONGEST: Duration = Duration::from_millis(64);
/// How many steps a scenario of a folder may have.
pub const SMALL: usize = 12;

/// Which schedules are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Those whose steps are in the same order as those of another.
    ByOrder,
    /// None.
    None,
}

/// How much is explored, and on how many threads.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The most preemptions.
    pub preemptions: u8,
    /// The longest time for which a thread is held up, in whole milliseconds.
    pub longest: Duration,
    /// Which schedules are left out.
    pub reduction: Reduction,
    /// The number of threads.
    pub jobs: NonZeroUsize,
}

impl Extent {
    /// This many preemptions, as a user asks for them.
    pub fn of(preemptions: u8, jobs: NonZeroUsize) -> Self {
        Self { preemptions, longest: LONGEST, reduction: Reduction::ByOrder, jobs }
    }
}

/// A scenario whose schedules were explored.
pub struct ExploredScenario {
    /// The scenario under the default choices, and the server.
    pub drawn: Drawn,
    /// Its run without a preemption and without its history.
    pub run: Run,
    /// What it shows without a preemption.
    pub known: BTreeSet<Shown>,
    /// The runs, by their number of preemptions.
    pub runs: BTreeMap<usize, u64>,
    /// How many orders of steps they have.
    pub orders: u64,
    /// How many ways to schedule a point otherwise were not run, because they order no steps otherwise.
    pub left_out: u64,
    /// How many schedules were not extended, because another with the same order was.
    pub not_extended: u64,
    /// The runs in which nothing could be judged.
    pub proved_nothing: u64,
    /// The runs that show something new.
    pub found: Vec<Found>,
    /// The hash of all outcomes.
    pub outcomes: String,
    /// Whether everything was tried.
    pub complete: bool,
}

/// The result.
pub struct Explored {
    /// The release.
    pub release: Subject,
    /// The most preemptions.
    pub preemptions: u8,
    /// The scenarios, in order.
    pub scenarios: Vec<ExploredScenario>,
    /// The number of scenarios that there are: more if the user interrupted.
    pub of: usize,
}

impl ExploredScenario {
    /// All runs.
    pub fn schedules(&self) -> u64 {
        self.runs.values().sum()
    }
}

impl Explored {
    /// Whether everything was tried.
    pub fn is_complete(&self) -> bool {
        self.scenarios.len() == self.of && self.scenarios.iter().all(|one| one.complete)
    }

    /// To how many preemptions it is complete.
    pub fn extent(&self) -> String {
        let plural = if self.preemptions == 1 { "preemption" } else { "preemptions of each run" };
        format!("complete to {} {plural}, of {} ms at most", self.preemptions, LONGEST.as_millis())
    }

    /// All runs.
    pub fn schedules(&self) -> u64 {
        self.scenarios.iter().map(ExploredScenario::schedules).sum()
    }

    /// The exit code: that of the worst run, or nothing proved if not everything was tried or nothing was judged.
    pub fn exit_code(&self) -> u8 {
        let as_it_is = self.scenarios.iter().filter(|one| !one.known.is_empty()).map(|one| one.run.exit_code);
        let found = self.scenarios.iter().flat_map(|one| &one.found).map(|_| Verdict::Violation.exit_code());
        let proved = self.scenarios.iter().any(|one| one.schedules() > one.proved_nothing);
        match as_it_is.chain(found).min() {
            Some(code) => code,
            None if self.is_complete() && proved => 0,
            None => Verdict::Vacuous.exit_code(),
        }
    }
}

/// Explores the schedules of the scenarios, until it is `over`. `tell` is told how many schedules were run.
pub fn explore(
    targets: &[Drawn],
    release: Subject,
    extent: Extent,
    over: &(dyn Fn() -> bool + Sync),
    tell: &mut dyn FnMut(u64),
) -> Explored {
    let (mut scenarios, mut before) = (Vec::new(), 0);
    for drawn in targets {
        if over() {
            break;
        }
        let mut exploration = Exploration::begin(drawn, release, extent);
        exploration.explore(over, &mut |runs| tell(before + runs));
        before += exploration.result.schedules();
        scenarios.push(exploration.end());
    }
    Explored { release, preemptions: extent.preemptions, scenarios, of: targets.len() }
}

/// The exploration of one scenario.
struct Exploration {
    release: Subject,
    extent: Extent,
    result: ExploredScenario,
    /// The orders of the runs, and behind how many steps each was extended.
    seen: BTreeMap<[u8; 32], u64>,
    /// The schedules with the most preemptions so far that are to be extended.
    latest: Vec<Node>,
    outcomes: blake3::Hasher,
}

impl Exploration {
    fn begin(drawn: &Drawn, release: Subject, extent: Extent) -> Self {
        let drawn = Preemption::none(drawn);
        let (run, notes) = run_noting(&drawn, release);
        let order = points::order(&notes, &run);
        let points = points::points(&notes, drawn.scenario.process_count(), &drawn.scenario.schedule.forced);
        let Tried { mut run, shown, .. } = Tried::of(run);
        run.forget_history();
        let node = Node { preemptions: Vec::new(), places: Vec::new(), known: shown.clone(), points };
        let result = ExploredScenario {
            drawn,
            known: shown,
            runs: BTreeMap::from([(0, 1)]),
            orders: 1,
            left_out: 0,
            not_extended: 0,
            proved_nothing: u64::from(run.verdict == Verdict::Vacuous),
            run,
            found: Vec::new(),
            outcomes: String::new(),
            complete: false,
        };
        let seen = BTreeMap::from([(*order.as_bytes(), 0)]);
        Self { release, extent, result, seen, latest: vec![node], outcomes: blake3::Hasher::new() }
    }

    fn explore(&mut self, over: &(dyn Fn() -> bool + Sync), tell: &mut dyn FnMut(u64)) {
        for depth in 1..=usize::from(self.extent.preemptions) {
            let nodes = std::mem::take(&mut self.latest);
            for node in nodes.chunks(NODES) {
                if !self.extend(node, depth, over, tell) {
                    return;
                }
            }
        }
        self.result.complete = true;
    }

    /// Runs every schedule with one more preemption than these. Returns whether all were run.
    fn extend(
        &mut self,
        nodes: &[Node],
        depth: usize,
        over: &(dyn Fn() -> bool + Sync),
        tell: &mut dyn FnMut(u64),
    ) -> bool {
        let items: Vec<(&Node, &Point)> =
            nodes.iter().flat_map(|node| node.points.iter().map(move |point| (node, point))).collect();
        let (release, extent) = (self.release, self.extent);
        let drawn = &self.result.drawn;
        let work = |(node, point): &(&Node, &Point)| tries(drawn, release, &extent, node, point);
        let tried = parallel::map_until(&items, extent.jobs, over, work);
        let mut all = true;
        for tries in tried {
            match tries {
                Some(tries) => self.count(tries, depth),
                None => all = false,
            }
        }
        tell(self.result.schedules());
        all
    }

    fn count(&mut self, Tries { trials, left_out }: Tries, depth: usize) {
        let result = &mut self.result;
        result.left_out += left_out;
        *result.runs.entry(depth).or_default() += trials.len() as u64;
        for trial in trials {
            result.proved_nothing += u64::from(trial.proves_nothing);
            self.outcomes.update(trial.outcome.as_bytes());
            let Trial { node, new, .. } = &trial;
            if !new.is_empty() {
                let (preemptions, places) = (node.preemptions.clone(), node.places.clone());
                result.found.push(Found { preemptions, places, shown: new.clone() });
            }
            let known = self.seen.get(trial.order.as_bytes()).copied();
            result.orders += u64::from(known.is_none());
            if depth == usize::from(self.extent.preemptions) {
                self.seen.entry(*trial.order.as_bytes()).or_insert(trial.steps);
                continue;
            }
            // Of an order that was extended behind a later step, only what is between is missing.
            let missing = match (known, self.extent.reduction) {
                (Some(behind), Reduction::ByOrder) => trial.steps..behind,
                (None, Reduction::ByOrder) | (_, Reduction::None) => trial.steps..u64::MAX,
            };
            if missing.is_empty() {
                result.not_extended += 1;
                continue;
            }
            self.seen.insert(*trial.order.as_bytes(), trial.steps);
            let mut node = trial.node;
            node.points.retain(|point| missing.contains(&point.steps));
            self.latest.push(node);
        }
    }

    fn end(mut self) -> ExploredScenario {
        self.result.outcomes = self.outcomes.finalize().to_hex().to_string();
        self.result
    }
}

/// How many schedules are extended at once.
const NODES: usize = 16;

/// Runs a plan with preemptions, as its file does.
pub fn rerun(drawn: &Drawn, preemptions: &[Preemption], release: Subject) -> (Drawn, Run) {
    let with = Preemption::added(drawn, preemptions);
    let run = crate::search::campaign::run(&with, release);
    (with, run)
}
