//! Patience: how often a segment is sent that the server refuses, and how long an operation may take.
//!
//! Its one rule: what the server will not take is set aside within a bound, and the bound is stated here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::words::session::SessionId;

/// How often the server must refuse a segment for good, one time after the other: with the pauses between them one and a half seconds.
const REFUSALS_MAX: u32 = 3;
/// How often its operations must fail: with the pauses about two minutes. A failed worker is more often mended than a refusal.
const FAILURES_MAX: u32 = 8;
/// How long an operation may take until its document is looked into: three times as long as the slowest measured ones (80 s).
pub(super) const OPERATION_MAX: Duration = Duration::from_secs(240);

/// Why it is in vain to send a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vain {
    /// The server refuses it for good.
    Refused,
    /// Its operation failed.
    Failed,
    /// Its operation does not end.
    Endless,
}

/// How often the traveling segment of each session was sent in vain, one time after the other.
#[derive(Default)]
pub(super) struct Patience {
    times: RefCell<BTreeMap<SessionId, u32>>,
}

impl Patience {
    /// The segment of `session` was sent in vain once more. Returns whether that was often enough; then the count begins again.
    pub(super) fn is_at_its_end(&self, session: &SessionId, why: Vain) -> bool {
        let most = match why {
            Vain::Refused => REFUSALS_MAX,
            Vain::Failed => FAILURES_MAX,
            Vain::Endless => 1,
        };
        let mut times = self.times.borrow_mut();
        let count = times.entry(session.clone()).or_default();
        *count += 1;
        let is_over = *count >= most;
        if is_over {
            times.remove(session);
        }
        is_over
    }

    /// The segment of `session` was delivered.
    pub(super) fn restore(&self, session: &SessionId) {
        self.times.borrow_mut().remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_after_so_many_times_and_begins_again_with_the_next_segment() {
        let (patience, session) = (Patience::default(), SessionId::from("S1"));
        let ended = |why| patience.is_at_its_end(&session, why);
        assert_eq!([Vain::Refused; 6].map(ended), [false, false, true, false, false, true]);
        assert!(!ended(Vain::Refused));
        patience.restore(&session);
        assert_eq!([Vain::Failed; 8].map(ended), [false, false, false, false, false, false, false, true]);
        assert!(ended(Vain::Endless));
    }
}
