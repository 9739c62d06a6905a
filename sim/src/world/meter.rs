//! The bounds of a run. Whatever a plan says and a release does, a run ends within them: what passes one is cut short there, by name, and
//! proves nothing more.
//!
//! The bounds count steps, events and simulated time, never real time: a run is cut short at the same place on every machine.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use model::machine::Clock;
use model::machine::signal::Signal;

use crate::history::{Bound, CutShort, Event, Fact, Happening, Who};
use crate::world::notes::{Noted, Notes};

/// The steps of all processes of a run. Drawn runs take up to 13,000.
pub const STEPS_MAX: u64 = 250_000;
/// The steps of all processes of a run while the clock stands still.
pub(crate) const STEPS_AT_ONE_TIME_MAX: u64 = 50_000;
/// How often its processes go on with a task while the clock stands still: tasks that wake each other without a step.
pub(crate) const TURNS_AT_ONE_TIME_MAX: u64 = 500_000;
/// How often its processes read the clock while it stands still: a task that waits for another time, and lets none pass.
pub(crate) const READS_AT_ONE_TIME_MAX: u64 = 1_000_000;
/// The events of a history.
pub const EVENTS_MAX: u64 = 200_000;
/// The names of turns in a history.
pub(crate) const TURNS_NAMED_MAX: u64 = 500_000;
/// A run that simulates more time than this waits for something that never comes.
pub(in crate::world) const LONGEST_RUN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A step of one of the agent's processes, in the order of all their steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The process, from 1.
    pub process: u32,
    /// The step's label.
    pub label: &'static str,
    /// How many events the history had by then.
    pub events: u64,
}

/// Unwinds a task that has read the clock too often. It never lets go of its thread, so that nothing else can stop it.
struct Circle;

/// How often something happened while the clock stood still.
#[derive(Default)]
struct AtOneTime(Cell<(Duration, u64)>);

impl AtOneTime {
    /// It happens at this time. Returns how often it did by now.
    fn count(&self, now: Duration) -> u64 {
        let (then, count) = self.0.get();
        let count = if now == then { count + 1 } else { 1 };
        self.0.set((now, count));
        count
    }
}

/// Counts what is bounded in one run.
pub(in crate::world) struct Meter {
    clock: Rc<dyn Clock>,
    steps: Cell<u64>,
    steps_at_one_time: AtOneTime,
    turns_at_one_time: AtOneTime,
    reads_at_one_time: AtOneTime,
    events: Cell<u64>,
    named: Cell<u64>,
    settled: Cell<bool>,
    cut_short: RefCell<Option<CutShort>>,
    over: Signal,
    /// The steps of the agent's processes, if they are noted.
    taken: RefCell<Option<Vec<Taken>>>,
    /// What its threads did, if that is noted.
    pub(in crate::world) notes: Notes,
}

impl Meter {
    pub(in crate::world) fn new(clock: Rc<dyn Clock>) -> Self {
        Self {
            clock,
            steps: Cell::default(),
            steps_at_one_time: AtOneTime::default(),
            turns_at_one_time: AtOneTime::default(),
            reads_at_one_time: AtOneTime::default(),
            events: Cell::default(),
            named: Cell::default(),
            settled: Cell::default(),
            cut_short: RefCell::default(),
            over: Signal::default(),
            taken: RefCell::default(),
            notes: Notes::default(),
        }
    }

    /// From now on it notes each step of the agent's processes.
    pub(in crate::world) fn note_steps(&self) {
        self.taken.replace(Some(Vec::new()));
    }

    /// The steps that it has noted, in order.
    pub(in crate::world) fn taken(&self) -> Vec<Taken> {
        self.taken.take().unwrap_or_default()
    }

    /// Notes what happens now, if that is noted.
    pub(in crate::world) fn note(&self, what: impl FnOnce() -> Noted) {
        self.notes.take(|| self.clock.now(), what);
    }

    /// A step of `task`. Returns whether the run goes on.
    pub(in crate::world) fn step(&self, who: Who, task: Option<&'static str>, label: &'static str) -> bool {
        let still = self.steps_at_one_time.count(self.clock.now());
        self.steps.set(self.steps.get() + 1);
        if let (Some(taken), Who::Process(process)) = (&mut *self.taken.borrow_mut(), who) {
            taken.push(Taken { process, label, events: self.events.get() });
        }
        if still > STEPS_AT_ONE_TIME_MAX {
            self.cut(Bound::StepsAtOneTime, STEPS_AT_ONE_TIME_MAX, who, task, Some(label));
        } else if self.steps.get() > STEPS_MAX {
            self.cut(Bound::Steps, STEPS_MAX, who, task, Some(label));
        }
        !self.is_over()
    }

    /// A task of a process goes on. One that goes round in circles is over, and so is the run.
    pub(in crate::world) fn watch(&self, who: Who, task: &'static str, go_on: impl FnOnce() -> Poll<()>) -> Poll<()> {
        if self.turns_at_one_time.count(self.clock.now()) > TURNS_AT_ONE_TIME_MAX {
            self.cut(Bound::TurnsAtOneTime, TURNS_AT_ONE_TIME_MAX, who, Some(task), None);
            return Poll::Pending;
        }
        match panic::catch_unwind(AssertUnwindSafe(go_on)) {
            Ok(polled) => polled,
            Err(panicked) if panicked.is::<Circle>() => {
                self.cut(Bound::ReadsAtOneTime, READS_AT_ONE_TIME_MAX, who, Some(task), None);
                Poll::Ready(())
            }
            Err(panicked) => panic::resume_unwind(panicked),
        }
    }

    /// A task of a process reads the clock. It is unwound if it goes round in circles.
    pub(in crate::world) fn reads_the_clock(&self) {
        if self.reads_at_one_time.count(self.clock.now()) > READS_AT_ONE_TIME_MAX {
            panic::resume_unwind(Box::new(Circle));
        }
    }

    /// An event was recorded.
    pub(in crate::world) fn event(&self, who: Who, task: Option<&'static str>, fact: &Fact) {
        self.events.set(self.events.get() + 1);
        self.named.set(self.named.get() + turns_named(fact));
        if who == Who::Provider {
            self.note(|| Noted::AtProvider);
        }
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
    fn tasks_that_wake_each_other_and_one_that_only_reads_the_clock_go_round_in_circles() {
        let who = Who::Process(2);
        let meter = Meter::new(Rc::new(crate::world::Clock::start()));
        (0..=TURNS_AT_ONE_TIME_MAX).for_each(|_| _ = meter.watch(who, "writer", || Poll::Pending));
        let told = meter.cut_short().expect("a bound").to_string();
        assert_eq!(told, "process 2, task writer, went on 500,000 times while the clock stood still, at 0 ms");
        let meter = Meter::new(Rc::new(crate::world::Clock::start()));
        let polled = meter.watch(who, "dispatcher", || {
            loop {
                meter.reads_the_clock();
            }
        });
        assert!(polled.is_ready() && meter.is_over());
        let told = meter.cut_short().expect("a bound").to_string();
        assert_eq!(told, "process 2, task dispatcher, read the clock 1,000,000 times while it stood still, at 0 ms");
    }

    #[test]
    #[should_panic(expected = "a defect")]
    fn a_panic_of_a_task_is_no_circle() {
        let meter = Meter::new(Rc::new(crate::world::Clock::start()));
        _ = meter.watch(Who::Process(1), "main", || panic!("a defect"));
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
