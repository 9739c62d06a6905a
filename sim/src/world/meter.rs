//! The bounds of a run. Whatever a plan says and a release does, a run ends within them: what passes one is cut short there, by name, and
//! proves nothing more.
//!
//! The bounds count steps, events and simulated time, never real time: a run is cut short at the same place on every machine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use model::machine::Clock;
use model::machine::signal::Signal;

use crate::history::{Bound, CutShort, Event, Fact, Happening, Who};

/// The steps of all processes of a run. Drawn runs take up to 13,000.
pub const STEPS_MAX: u64 = 250_000;
/// The steps of all processes of a run while the clock stands still.
pub(crate) const STEPS_AT_ONE_TIME_MAX: u64 = 50_000;
/// The events of a history.
pub const EVENTS_MAX: u64 = 200_000;
/// The names of turns in a history.
pub(crate) const TURNS_NAMED_MAX: u64 = 500_000;
/// A run that simulates more time than this waits for something that never comes.
pub(in crate::world) const LONGEST_RUN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Counts what is bounded in one run.
pub(in crate::world) struct Meter {
    clock: Rc<dyn Clock>,
    steps: Cell<u64>,
    /// The time of the last step, and the number of steps at that time.
    still: Cell<(Duration, u64)>,
    events: Cell<u64>,
    named: Cell<u64>,
    settled: Cell<bool>,
    cut_short: RefCell<Option<CutShort>>,
    over: Signal,
}

impl Meter {
    pub(in crate::world) fn new(clock: Rc<dyn Clock>) -> Self {
        Self {
            clock,
            steps: Cell::default(),
            still: Cell::default(),
            events: Cell::default(),
            named: Cell::default(),
            settled: Cell::default(),
            cut_short: RefCell::default(),
            over: Signal::default(),
        }
    }

    /// A step of `task`. Returns whether the run goes on.
    pub(in crate::world) fn step(&self, who: Who, task: Option<&'static str>, label: &'static str) -> bool {
        let (now, (then, still)) = (self.clock.now(), self.still.get());
        let still = if now == then { still + 1 } else { 1 };
        self.still.set((now, still));
        self.steps.set(self.steps.get() + 1);
        if still > STEPS_AT_ONE_TIME_MAX {
            self.cut(Bound::StepsAtOneTime, STEPS_AT_ONE_TIME_MAX, who, task, Some(label));
        } else if self.steps.get() > STEPS_MAX {
            self.cut(Bound::Steps, STEPS_MAX, who, task, Some(label));
        }
        !self.is_over()
    }

    /// An event was recorded.
    pub(in crate::world) fn event(&self, who: Who, task: Option<&'static str>, fact: &Fact) {
        self.events.set(self.events.get() + 1);
        self.named.set(self.named.get() + turns_named(fact));
        // From then on only what is under way arrives, and the run ends by itself.
        if matches!(fact, Fact::Converged { .. }) {
            self.settled.set(true);
        }
        if self.events.get() > EVENTS_MAX {
            self.cut(Bound::Events, EVENTS_MAX, who, task, None);
        } else if self.named.get() > TURNS_NAMED_MAX {
            self.cut(Bound::TurnsNamed, TURNS_NAMED_MAX, who, task, None);
        }
    }

    fn cut(&self, bound: Bound, limit: u64, who: Who, task: Option<&'static str>, label: Option<&'static str>) {
        if self.settled.get() || self.is_over() {
            return;
        }
        let process = match who {
            Who::Process(number) => Some(number),
            Who::World | Who::Provider => None,
        };
        let at_ms = Event::ms(self.clock.now());
        let cut = CutShort { bound, limit, who, process, task, label, at_ms };
        tracing::warn!("cut short: {cut}");
        self.cut_short.replace(Some(cut));
        self.over.raise();
    }

    /// Whether the run has passed a bound.
    pub(in crate::world) fn is_over(&self) -> bool {
        self.over.is_raised()
    }

    /// Raised when the run passes a bound.
    pub(in crate::world) fn over(&self) -> &Signal {
        &self.over
    }

    /// The bound that the run passed, if it did: time is a bound, too.
    pub(in crate::world) fn cut_short(&self) -> Option<CutShort> {
        if self.clock.now() >= LONGEST_RUN {
            self.cut(Bound::Time, Event::ms(LONGEST_RUN), Who::World, None, None);
        }
        self.cut_short.borrow().clone()
    }
}

/// How many turns an event names that a request brought or that a container holds: nothing else in a history grows with the plan's square.
fn turns_named(fact: &Fact) -> u64 {
    let received = || {
        let Fact::Provider(Happening::Received { items, .. }) = fact else { return 0 };
        items.iter().map(|item| item.turns.len()).sum()
    };
    let Fact::Provider(Happening::Applied { turns, .. }) = fact else { return received() as u64 };
    turns.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(meter: &Meter, count: u64) -> bool {
        (0..count).map(|_| meter.step(Who::Process(1), Some("main"), "again")).last().expect("a step")
    }

    #[test]
    fn a_livelock_is_named_long_before_a_long_run() {
        let clock = crate::world::Clock::start();
        let meter = Meter::new(Rc::new(clock.clone()));
        assert!(steps(&meter, STEPS_AT_ONE_TIME_MAX) && meter.cut_short().is_none());
        clock.advance(Duration::from_secs(1));
        assert!(steps(&meter, STEPS_AT_ONE_TIME_MAX) && meter.cut_short().is_none(), "time has passed");
        assert!(!steps(&meter, 1));
        let told = meter.cut_short().expect("a bound").to_string();
        assert_eq!(
            told,
            "process 1, task main, took 50,000 steps while the clock stood still, at \"again\", at 1000 ms"
        );
    }

    #[test]
    fn a_run_that_has_converged_ends_by_itself() {
        let meter = Meter::new(Rc::new(crate::world::Clock::start()));
        meter.event(Who::Process(1), None, &Fact::Converged { in_time: true });
        (0..2 * EVENTS_MAX).for_each(|_| meter.event(Who::Provider, None, &Fact::FaultsStopped));
        assert_eq!(meter.cut_short(), None);
    }

    #[test]
    fn a_flood_of_events_is_cut_short() {
        let meter = Meter::new(Rc::new(crate::world::Clock::start()));
        (0..=EVENTS_MAX).for_each(|_| meter.event(Who::Provider, None, &Fact::FaultsStopped));
        assert_eq!(meter.cut_short().map(|cut| cut.bound), Some(Bound::Events));
        assert!(!steps(&meter, 1), "no process goes on");
    }
}
