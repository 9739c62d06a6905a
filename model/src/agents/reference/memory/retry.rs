//! When to try next, and how long to pause after the failure after that.

use std::time::Duration;

/// The pause after the first failure. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long to wait between two status queries for an operation: as long as Hermes waits.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// An operation that takes longer is queried less often: the pause is this part of the time since it was accepted.
pub(super) const POLL_PART: u32 = 60;

/// The state of a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    /// The earliest time of the next try.
    pub due: Duration,
    pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { due: Duration::ZERO, pause: FIRST_PAUSE }
    }
}

impl Retry {
    /// Postpones the next try without a failure.
    pub(super) fn wait(&mut self, until: Duration) {
        self.due = until;
    }

    /// Whether the pauses have reached their longest.
    pub(super) fn is_at_its_longest(&self) -> bool {
        self.pause == LONGEST_PAUSE
    }

    /// Records a failure at `now`.
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
