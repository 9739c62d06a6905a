//! The clock seam: simulated time. A machine has two clocks: a steady one, which measures how long things take, and one on the wall, which says
//! what time of day it is.

use std::time::Duration;

use async_trait::async_trait;

use crate::words::timestamp::Timestamp;

/// Time. It passes only while every task waits.
#[async_trait(?Send)]
pub trait Clock {
    /// Time since the simulation began, in which the machine was awake: it never jumps, and stands still while the machine sleeps
    /// (`CLOCK_MONOTONIC`). Unlike a real one, it goes on through a loss of power, so that processes can compare it.
    fn now(&self) -> Duration;

    /// The time of day. It jumps when somebody sets it, forwards or back, and when the machine has slept (`CLOCK_REALTIME`): no measure of how
    /// long anything took.
    fn wall(&self) -> Timestamp {
        Timestamp::in_run(self.now())
    }

    /// Returns when `duration` has passed by [`Self::now`]. The unit is whole milliseconds.
    async fn sleep(&self, duration: Duration);
}
