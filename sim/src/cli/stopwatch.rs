//! Real time, which decides nothing but when a campaign ends, and is told.

use std::time::{Duration, Instant};

/// Measures how long something takes.
#[derive(Clone, Copy)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "how long a campaign takes is told, and no run hears of it")]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
