//! A picture as data: the lanes, and what stands in them. Everything that is shown comes from the run; nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};

use super::arrows::{self, Arrow};
use super::bands::{self, Band, Cut};
use super::fates::{self, Told};
use super::folds::Folds;
use super::lanes::{Kind, Lanes};
use crate::draw::Drawn;
use crate::history::Who;
use crate::judging::Violation;
use crate::plan::{Step, SurroundingStep, Whence};
use crate::report::words;
use crate::run::Run;

/// A run that is to be pictured.
#[derive(Clone, Copy)]
pub struct Pictured<'a> {
    /// Its scenario.
    pub drawn: &'a Drawn,
    /// The run, with its history.
    pub run: &'a Run,
    /// The event by which the point of no return of its worst violation is told, if it was found.
    pub no_return: Option<usize>,
}

/// The picture of a run.
pub(super) struct Picture<'a> {
    pub drawn: &'a Drawn,
    pub run: &'a Run,
    pub lanes: Lanes,
    pub arrows: Vec<Arrow>,
    pub bands: Vec<Band>,
    pub cuts: Vec<Cut>,
    pub turns: Vec<Told>,
    /// The steps of the plan that begin just before an event.
    pub steps: BTreeMap<usize, Vec<Begun>>,
    /// What is noted behind an event.
    pub notes: BTreeMap<usize, Vec<Note<'a>>>,
    /// The events that are told together.
    pub folds: Folds,
}

/// A step of the plan that begins.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    /// As `step 3 "switch S2"`.
    pub words: String,
    pub process: u32,
    /// Whose doing it is, or where it happens.
    pub lane: usize,
}

/// A note about an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note<'a> {
    /// From here on an invariant is violated.
    Violated(&'a Violation),
    /// From here on nothing helps any more.
    NoReturn,
}

/// No time passes unnoticed that is longer than this, in milliseconds: a gap says how long.
pub(super) const GAP_MS: u64 = 100;

impl<'a> Picture<'a> {
    pub(super) fn of(pictured: Pictured<'a>) -> Self {
        let Pictured { drawn, run, no_return } = pictured;
        let lanes = Lanes::of(run);
        let mut notes: BTreeMap<usize, Vec<Note<'_>>> = BTreeMap::new();
        if let Some(place) = no_return {
            notes.entry(place).or_default().push(Note::NoReturn);
        }
        let last = run.events.len().saturating_sub(1);
        for violation in &run.violations {
            notes.entry(violation.place.min(last)).or_default().push(Note::Violated(violation));
        }
        let steps = steps(drawn, run, &lanes);
        let folds = Folds::of(run, |event| notes.contains_key(&event) || steps.contains_key(&event));
        Self {
            arrows: arrows::of(run, &lanes),
            bands: bands::of(&drawn.scenario, run, &lanes),
            cuts: bands::cuts(run, &lanes),
            turns: fates::of(run),
            steps,
            folds,
            lanes,
            notes,
            drawn,
            run,
        }
    }

    /// What happened with an event, in words.
    pub(super) fn words(&self, place: usize) -> String {
        words::fact(&self.run.events[place].fact, None)
    }

    /// Where an event stands: the name of its lane, with its process if there are several.
    pub(super) fn place(&self, place: usize) -> String {
        let lane = &self.lanes.all[self.lanes.of[place]];
        match self.run.events[place].who {
            Who::Process(process)
                if self.lanes.of_process.len() > 1 && matches!(lane.kind, Kind::Host | Kind::Task) =>
            {
                format!("{} {process}", lane.name)
            }
            Who::Process(_) | Who::World | Who::Provider => lane.name.clone(),
        }
    }

    /// How long nothing happened before an event, in milliseconds, if that is long.
    pub(super) fn gap_ms(&self, place: usize) -> Option<u64> {
        let before = place.checked_sub(1).map_or(0, |before| self.run.events[before].at_ms);
        let gap = self.run.events[place].at_ms.saturating_sub(before);
        (gap >= GAP_MS).then_some(gap)
    }

    /// `n3_switch with B on replace, seed 0`.
    pub(super) fn head(&self) -> String {
        let Run { release, server, seed, .. } = self.run;
        format!("{} with {release} on {server}, seed {seed}", self.drawn.scenario.name)
    }
}

/// The steps that each process begins, before the first event behind each. A step of many turns is told once.
fn steps(drawn: &Drawn, run: &Run, lanes: &Lanes) -> BTreeMap<usize, Vec<Begun>> {
    let whence = Whence::of(&drawn.scenario);
    let (mut begun, mut told) = (BTreeMap::<u32, usize>::new(), BTreeSet::new());
    let mut steps: BTreeMap<usize, Vec<Begun>> = BTreeMap::new();
    for (place, (event, origin)) in run.events.iter().zip(&run.origins).enumerate() {
        let Who::Process(process) = event.who else { continue };
        let done = begun.entry(process).or_default();
        for action in *done + 1..=origin.action {
            let Some((list, step)) = whence.place(process, action) else { continue };
            if !told.insert((list, step)) {
                continue;
            }
            let lane = drawn.scenario.lanes.get(list).and_then(|lane| lane.get(step)).map_or(Kind::User, kind);
            let words = whence.step(process, action).unwrap_or_default();
            steps.entry(place).or_default().push(Begun { words, process, lane: lanes.seat(lane) });
        }
        *done = origin.action.max(*done);
    }
    steps
}

/// Where a step happens.
fn kind(step: &Step) -> Kind {
    let Step::Around(step) = step else { return Kind::User };
    match step {
        SurroundingStep::Network(_) => Kind::Wire,
        SurroundingStep::ServerDown(_) => Kind::Provider,
        SurroundingStep::Disk(_) | SurroundingStep::Lose(_) => Kind::Disk,
        SurroundingStep::Sleep(_)
        | SurroundingStep::WaitRetain(_)
        | SurroundingStep::Barrier(_)
        | SurroundingStep::Wedge(_)
        | SurroundingStep::Suspend(_)
        | SurroundingStep::Clock(_) => Kind::User,
    }
}
