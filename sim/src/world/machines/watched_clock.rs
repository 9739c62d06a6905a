//! The clock as a process reads it: each reading counts, because a loop that waits for time to pass, and lets none pass, does nothing else.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use model::machine::Clock;
use model::words::timestamp::Timestamp;

use super::machine_clock::MachineClock;
use crate::world::meter::Meter;

/// The clock of a machine, for its processes.
pub(in crate::world) struct WatchedClock {
    pub(in crate::world) clock: MachineClock,
    pub(in crate::world) meter: Rc<Meter>,
}

#[async_trait(?Send)]
impl Clock for WatchedClock {
    fn now(&self) -> Duration {
        self.meter.reads_the_clock();
        self.clock.now()
    }

    fn wall(&self) -> Timestamp {
        self.clock.wall()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}
