//! The simulated clock: tokio's, paused, which jumps to the next timer whenever everybody waits.

use std::cell::Cell;
use std::time::Duration;

use async_trait::async_trait;
use model::host;
use tokio::time::Instant;

thread_local! {
    static STARTED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Time since this clock was made. Only inside a paused tokio runtime.
#[derive(Clone, Copy)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        let started = Instant::now();
        STARTED.set(Some(started));
        Self { started }
    }

    /// Simulated time, for those who cannot be handed a clock: the formatter of traces.
    pub fn current() -> Option<Duration> {
        STARTED.get().map(|started| started.elapsed())
    }
}

#[async_trait(?Send)]
impl host::Clock for Clock {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
