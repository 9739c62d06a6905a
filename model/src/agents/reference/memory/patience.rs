//! Patience: how often a segment is sent that the server refuses, and how long an operation may take.
//!
//! Its one rule: what the server will not take is set aside within a bound, and the bound is stated here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::words::session::SessionId;

/// How much is done for a segment that the server will not take. `None` for each is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) struct Limits {
    /// How often the server must refuse a segment for good, one time after the other.
    pub refusals: Option<u32>,
    /// How often its operations must fail.
    pub failures: Option<u32>,
    /// How long an operation may take until its document is looked into.
    pub operation: Option<Duration>,
}

impl Limits {
    /// The reference's. With the pauses between them, three refusals take one and a half seconds, and eight failures about two minutes: a
    /// failed worker is more often mended than a refusal. An operation gets three times as long as the slowest measured ones (80 s).
    pub(in crate::agents::reference) const REFERENCE: Self =
        Self { refusals: Some(3), failures: Some(8), operation: Some(Duration::from_secs(240)) };
}

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
pub(super) struct Patience {
    limits: Limits,
    times: RefCell<BTreeMap<SessionId, u32>>,
}

impl Patience {
    /// Patience within these limits.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, times: RefCell::default() }
    }

    /// Whether an operation has taken too long after this time.
    pub(super) fn is_endless(&self, after: Duration) -> bool {
        self.limits.operation.is_some_and(|most| after >= most)
    }

    /// The segment of `session` was sent in vain once more. Returns whether that was often enough; then the count begins again.
    pub(super) fn is_at_its_end(&self, session: &SessionId, why: Vain) -> bool {
        let most = match why {
            Vain::Refused => self.limits.refusals,
            Vain::Failed => self.limits.failures,
            Vain::Endless => Some(1),
        };
        let mut times = self.times.borrow_mut();
        let count = times.entry(session.clone()).or_default();
        *count += 1;
        let is_over = most.is_some_and(|most| *count >= most);
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
        let (patience, session) = (Patience::new(Limits::REFERENCE), SessionId::from("S1"));
        let ended = |why| patience.is_at_its_end(&session, why);
        assert_eq!([Vain::Refused; 6].map(ended), [false, false, true, false, false, true]);
        assert!(!ended(Vain::Refused));
        patience.restore(&session);
        assert_eq!([Vain::Failed; 8].map(ended), [false, false, false, false, false, false, false, true]);
        assert!(ended(Vain::Endless));
    }

    #[test]
    fn without_limits_it_never_ends() {
        let without = Limits { refusals: None, failures: None, operation: None };
        let (patience, session) = (Patience::new(without), SessionId::from("S1"));
        assert!((0..1_000).all(|_| !patience.is_at_its_end(&session, Vain::Refused)));
        assert!(!patience.is_endless(Duration::from_secs(86_400)));
        let patience = Patience::new(Limits::REFERENCE);
        assert_eq!([239, 240].map(|seconds| patience.is_endless(Duration::from_secs(seconds))), [false, true]);
    }
}
