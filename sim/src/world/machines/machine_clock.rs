//! The clocks of the agent's machine: a steady one, which stands still while the machine sleeps, and one on the wall, which can be set.
//!
//! Every process of the machine has them, and its supervisor. The provider has the world's clock: it goes on meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Context;
use std::time::Duration;

use async_trait::async_trait;
use model::machine::{Clock, LocalFuture};
use model::words::timestamp::Timestamp;

use crate::plan::Jump;

/// The clocks of one machine. Clones are the same machine.
#[derive(Clone)]
pub(in crate::world) struct MachineClock {
    world: Rc<dyn Clock>,
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    /// When it last fell asleep, and when it wakes, in the world's time.
    nap: Cell<(Duration, Duration)>,
    /// How long it has slept before the last nap.
    slept: Cell<Duration>,
    /// How far the clock on the wall was set forwards, and back.
    set: Cell<(Duration, Duration)>,
}

impl MachineClock {
    /// The clocks of a machine that never slept, and whose clock on the wall is right.
    pub(in crate::world) fn new(world: Rc<dyn Clock>) -> Self {
        Self { world, state: Rc::default() }
    }

    /// The machine, which is awake, falls asleep for `duration`.
    pub(in crate::world) fn sleeps(&self, duration: Duration) {
        let (from, until) = self.state.nap.get();
        self.state.slept.set(self.state.slept.get() + (until - from));
        let now = self.world.now();
        self.state.nap.set((now, now + duration));
    }

    /// Somebody sets the clock on the wall.
    pub(in crate::world) fn jumps(&self, jump: Jump) {
        let (forwards, back) = self.state.set.get();
        self.state.set.set(if jump.back { (forwards, back + jump.by) } else { (forwards + jump.by, back) });
    }

    /// Whether it is asleep.
    pub(in crate::world) fn is_asleep(&self) -> bool {
        self.world.now() < self.state.nap.get().1
    }

    /// Returns when it is awake.
    pub(in crate::world) async fn wakes(&self) {
        while self.is_asleep() {
            self.world.sleep(self.state.nap.get().1 - self.world.now()).await;
        }
    }
}

#[async_trait(?Send)]
impl Clock for MachineClock {
    fn now(&self) -> Duration {
        let (now, (from, until)) = (self.world.now(), self.state.nap.get());
        let asleep = now.min(until).saturating_sub(from);
        now - self.state.slept.get() - asleep
    }

    fn wall(&self) -> Timestamp {
        let (forwards, back) = self.state.set.get();
        (Timestamp::in_run(self.world.now()) + forwards).earlier(back)
    }

    async fn sleep(&self, duration: Duration) {
        let due = self.now() + duration;
        self.world.sleep(duration).await;
        while self.is_asleep() || self.now() < due {
            self.wakes().await;
            self.world.sleep(due.saturating_sub(self.now())).await;
        }
    }
}

/// The naps of the machine on which a process lives, if it can sleep: nothing of the process goes on meanwhile.
#[derive(Default)]
pub(in crate::world) struct Nap {
    machine: Option<MachineClock>,
    /// Polled only while the machine sleeps, when it waits for the next waking.
    wakes: RefCell<Option<LocalFuture>>,
}

impl Nap {
    /// The naps of this machine.
    pub(in crate::world) fn of(machine: &MachineClock) -> Self {
        Self { machine: Some(machine.clone()), wakes: RefCell::default() }
    }

    /// Whether the machine sleeps. If it does, whoever asks is woken with it.
    pub(in crate::world) fn lasts(&self, cx: &mut Context<'_>) -> bool {
        let Some(machine) = self.machine.as_ref().filter(|machine| machine.is_asleep()) else { return false };
        let machine = machine.clone();
        let mut wakes = self.wakes.borrow_mut();
        let wakes = wakes.get_or_insert_with(|| Box::pin(async move { machine.wakes().await }));
        wakes.as_mut().poll(cx).is_pending()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Poll, Waker};

    use super::*;
    use crate::world::Clock as World;

    const SECOND: Duration = Duration::from_secs(1);

    /// When the wait is over, in the world's time, if nobody does anything but let time pass.
    fn over(world: &World, wait: impl Future<Output = ()>) -> Duration {
        let mut wait = pin!(wait);
        loop {
            match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(()) => return world.now(),
                Poll::Pending => world.advance(world.next_timer().expect("somebody wakes it")),
            }
        }
    }

    #[test]
    fn steady_time_stands_still_while_the_machine_sleeps_and_the_time_of_day_does_not() {
        let world = World::start();
        let clock = MachineClock::new(Rc::new(world.clone()));
        world.advance(SECOND * 2);
        clock.sleeps(SECOND * 10);
        world.advance(SECOND * 5);
        assert!(clock.is_asleep());
        assert_eq!((clock.now(), clock.wall().run_ms()), (SECOND * 2, 5_000));
        world.advance(SECOND * 12);
        assert!(!clock.is_asleep());
        world.advance(SECOND * 13);
        clock.sleeps(SECOND);
        world.advance(SECOND * 20);
        assert_eq!((clock.now(), clock.wall().run_ms()), (SECOND * 9, 20_000));
    }

    #[test]
    fn a_wait_goes_on_after_the_machine_has_slept() {
        let world = World::start();
        let clock = MachineClock::new(Rc::new(world.clone()));
        let wait = clock.sleep(SECOND * 3);
        clock.sleeps(SECOND * 10);
        assert_eq!(over(&world, wait), SECOND * 13);
        assert_eq!(clock.now(), SECOND * 3);
        assert_eq!(over(&world, clock.sleep(SECOND)), SECOND * 14);
        clock.sleeps(SECOND * 5);
        assert_eq!(
            over(&world, clock.sleep(Duration::ZERO)),
            SECOND * 19,
            "nobody does anything on a machine that sleeps"
        );
        assert_eq!(over(&world, clock.wakes()), SECOND * 19);
    }

    #[test]
    fn a_clock_that_is_set_changes_no_wait() {
        let world = World::start();
        let clock = MachineClock::new(Rc::new(world.clone()));
        world.advance(SECOND);
        clock.jumps(Jump { back: true, by: SECOND * 3_600 });
        assert_eq!((clock.now(), clock.wall().run_ms()), (SECOND, -3_599_000));
        assert_eq!(over(&world, clock.sleep(SECOND)), SECOND * 2);
        clock.jumps(Jump { back: false, by: SECOND * 7_200 });
        assert_eq!(clock.wall().run_ms(), 3_602_000);
    }
}
