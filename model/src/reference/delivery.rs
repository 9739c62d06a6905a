//! A delivery: how far a session's batch has come, and when to go on.
//!
//! Deliberately absent: durability. A restarted process begins every delivery anew, and the batch's identity makes that
//! harmless.

use std::time::Duration;

use uuid::Uuid;

/// How long an operation is left alone between two questions (`domain/client.md` 2.3).
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long a provider is left alone after its first failure; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest that it is left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where a session's delivery stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    /// What is to be done next.
    pub stage: Stage,
    /// When.
    pub retry: Retry,
}

/// What is to be done next with a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Send it, for the first time or again.
    #[default]
    Send,
    /// Ask what became of this operation.
    Ask(String),
    /// Look into the document.
    Look {
        /// Whether the provider has failed the operation, so that its id would only be answered with that failure.
        spent: bool,
    },
}

/// What a request has led to.
#[derive(Debug)]
pub(super) enum Next {
    /// The provider holds the batch.
    Proven,
    /// On to the next stage.
    Now(Stage),
    /// The provider is still at work.
    Soon(Stage),
    /// The provider has failed.
    Again(Stage),
}

impl Delivery {
    /// Of a batch that a former process may have sent as `operation`.
    pub(super) fn taken_over(operation: Option<Uuid>) -> Self {
        let stage = operation.map_or(Stage::Send, |operation| Stage::Ask(operation.to_string()));
        Self { stage, retry: Retry::default() }
    }

    /// Takes note of what a request has led to.
    pub(super) fn advance(&mut self, next: Next, now: Duration) {
        match next {
            Next::Proven => *self = Self { stage: Stage::Send, retry: Retry { due: now, ..Retry::default() } },
            Next::Now(stage) => (self.stage, self.retry.due) = (stage, now),
            Next::Soon(stage) => (self.stage, self.retry.due) = (stage, now + POLL_INTERVAL),
            Next::Again(stage) => {
                self.stage = stage;
                self.retry.back_off(now);
            }
        }
    }
}

/// When to try next, and how patient to be after that.
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
    /// After a failure at `now`.
    pub(super) fn back_off(&mut self, now: Duration) {
        *self = Self { due: now + self.pause, pause: LONGEST_PAUSE.min(self.pause * 2) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute_until_something_is_proven() {
        let mut delivery = Delivery::default();
        let mut now = Duration::ZERO;
        let mut pause = |delivery: &mut Delivery, next| {
            delivery.advance(next, now);
            let pause = delivery.retry.due - now;
            now = delivery.retry.due;
            pause.as_millis()
        };
        let pauses: Vec<_> = (0..8).map(|_| pause(&mut delivery, Next::Again(Stage::Send))).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(pause(&mut delivery, Next::Soon(Stage::Ask("op".into()))), 500);
        assert_eq!(pause(&mut delivery, Next::Again(Stage::Send)), 30_000);
        assert_eq!(pause(&mut delivery, Next::Proven), 0);
        assert_eq!(pause(&mut delivery, Next::Again(Stage::Send)), 500);
    }
}
