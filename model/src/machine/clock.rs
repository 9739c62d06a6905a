//! The clock seam: simulated time.

use std::time::Duration;

use async_trait::async_trait;

/// Time. It passes only while every task waits.
#[async_trait(?Send)]
pub trait Clock {
    /// Time since the simulation began.
    fn now(&self) -> Duration;

    /// Returns when `duration` has passed. The unit is whole milliseconds.
    async fn sleep(&self, duration: Duration);
}
