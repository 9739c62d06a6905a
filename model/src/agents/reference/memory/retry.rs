//! When to try next, and how patient to be after that.

use std::time::Duration;

/// How long a provider is left alone after its first failure; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest that it is left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often something has failed, as far as that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    /// Not before then.
    pub due: Duration,
    pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { due: Duration::ZERO, pause: FIRST_PAUSE }
    }
}

impl Retry {
    /// Later, though nothing has failed.
    pub(super) fn wait(&mut self, until: Duration) {
        self.due = until;
    }

    /// Whether the pauses have become as long as they get.
    pub(super) fn is_at_its_longest(&self) -> bool {
        self.pause == LONGEST_PAUSE
    }

    /// After a failure at `now`.
    pub(super) fn back_off(&mut self, now: Duration) {
        *self = Self { due: now + self.pause, pause: LONGEST_PAUSE.min(self.pause * 2) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let mut retry = Retry::default();
        let mut pause = || {
            let now = retry.due;
            retry.back_off(now);
            (retry.due - now).as_millis()
        };
        let pauses: Vec<_> = (0..8).map(|_| pause()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }
}
