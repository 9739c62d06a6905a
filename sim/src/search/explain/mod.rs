//! Why a run fails: one violation, understood.
//!
//! Everything is measured by running again: the run from ever later points, the plan with one thing changed, the plan with other releases.
//! The number of runs is bounded, and the explanation says how many there were. Two explanations of the same run are equal.
//!
//! - `promise`: what was broken, and whether another run keeps it. - `life`: the events that decided it. - `continuation`: the run up to a
//!   point, and something else behind it; `turning`: the point of no return. - `change`: one thing changed; `pair`: the nearest run that
//!   keeps the promise; `parting`: where two runs part. - `needed`: the parts without which nothing breaks. - `others`: other releases.

mod change;
mod continuation;
mod life;
mod needed;
mod others;
mod pair;
mod parting;
mod promise;
mod turning;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use model::agents::Subject;

pub use change::{Change, Position};
pub use continuation::{Freedom, Odds, OddsBy, Saved};
pub use life::is_around;
pub use needed::Part;
pub use others::Other;
pub use pair::Pair;
pub use parting::timeless;
pub use promise::{Became, Promise, Wanted};
pub use turning::Turning;

use crate::draw::Drawn;
use crate::judging::Violation;
use crate::run::Run;
use continuation::Trunk;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The number of schedules for each question.
    pub schedules: u64,
    /// The number of steps at which the schedule is changed.
    pub steps: u64,
    /// The number of threads.
    pub jobs: NonZeroUsize,
}

impl Extent {
    /// What is usual for a model, and for a real agent, whose runs take longer.
    pub fn of(release: Subject, jobs: NonZeroUsize) -> Self {
        match release.making() {
            None => Self { schedules: 16, steps: 120, jobs },
            Some(_) => Self { schedules: 2, steps: 0, jobs },
        }
    }

    /// The same for a run with so many events: a long one is repeated less often.
    fn for_events(self, events: usize) -> Self {
        match () {
            () if events <= SHORT => self,
            () if events <= LONG => Self { schedules: self.schedules.min(8), ..self },
            () if events <= VERY_LONG => Self { schedules: self.schedules.min(2), steps: self.steps.min(6), ..self },
            () => Self { schedules: 1, steps: 0, ..self },
        }
    }
}

/// A run with fewer events than this is repeated more often than others.
const SHORT: usize = 300;
/// A run with more events than this takes long to repeat.
const LONG: usize = 3_000;
/// And one with more than this takes a second.
const VERY_LONG: usize = 20_000;

/// A violation, understood.
pub struct Explanation {
    /// The run, with its history.
    pub run: Run,
    /// What it has broken.
    pub promise: Promise,
    /// The violation.
    pub violation: Violation,
    /// How many other violations of each invariant it has.
    pub besides: BTreeMap<&'static str, usize>,
    /// The events that decided it, by their places in the history.
    pub life: Vec<usize>,
    /// The point of no return.
    pub turning: Turning,
    /// The event by which it is told, by its place in the history.
    pub shown: Option<usize>,
    /// The nearest run that keeps the promise.
    pub pair: Option<Pair>,
    /// How often the scenario as it is breaks the promise, under its own schedule and others.
    pub as_it_is: Odds,
    /// The parts of the scenario.
    pub parts: Vec<Part>,
    /// The other releases.
    pub others: Vec<Other>,
    /// The number of runs it took.
    pub runs: u32,
    /// Whether the user interrupted it.
    pub interrupted: bool,
}

/// The event by which the point of no return is told: its own, or the next of the turn's life if nothing of that came between.
fn shown(run: &Run, life: &[usize], event: Option<usize>) -> Option<usize> {
    let own = event?;
    let Some(next) = life.iter().copied().find(|place| *place >= own) else { return Some(own) };
    let (here, there) = (run.events.get(own)?, run.events.get(next)?);
    let same = here.who == there.who && here.at_ms == there.at_ms && run.origins.get(own) == run.origins.get(next);
    Some(if same { next } else { own })
}

/// The point of no return of the worst violation in a run, if it has one: the place of the event by which it is told.
pub fn shown_point_of_no_return(drawn: &Drawn, run: &Run, wanted: &Wanted) -> Option<usize> {
    let (promise, violation) = Promise::worst(run, wanted)?;
    let schedules = Extent::of(run.release, NonZeroUsize::MIN).for_events(run.events.len()).schedules.min(8);
    let trunk = Trunk { drawn, release: run.release, run, promise: &promise, schedules };
    let event = turning::find(&trunk, violation.place, &mut 0).event;
    shown(run, &life::of(run, &promise, violation.place, event), event)
}

/// Explains the worst violation of this run of a scenario that is `wanted`. `None` if there is none.
pub fn explain(
    drawn: &Drawn,
    run: Run,
    wanted: &Wanted,
    extent: Extent,
    over: &(dyn Fn() -> bool + Sync),
) -> Option<Explanation> {
    let (promise, violation) = Promise::worst(&run, wanted)?;
    let violation = violation.clone();
    let extent = extent.for_events(run.events.len());
    let mut besides = BTreeMap::new();
    let other = run.violations.iter().filter(|one| one.invariant != promise.invariant || one.turn != promise.turn);
    other.for_each(|one| *besides.entry(one.invariant).or_default() += 1);
    let mut runs = 1;
    let trunk = Trunk { drawn, release: run.release, run: &run, promise: &promise, schedules: extent.schedules };
    let turning = turning::find(&trunk, violation.place, &mut runs);
    let pair = pair::find(&trunk, &turning, extent, over, &mut runs);
    let as_it_is = needed::as_it_is(&trunk, extent.jobs, over, &mut runs);
    let parts = needed::parts(&trunk, extent.jobs, over, &mut runs);
    let others = others::releases(&trunk, extent.jobs, over, &mut runs);
    let life = life::of(&run, &promise, violation.place, turning.event);
    let shown = shown(&run, &life, turning.event);
    let interrupted = over();
    Some(Explanation {
        run,
        promise,
        violation,
        besides,
        life,
        turning,
        shown,
        pair,
        as_it_is,
        parts,
        others,
        runs,
        interrupted,
    })
}
