//! Queued: what the server had accepted and not ended with when an undone turn was taken back.
//!
//! A request that was never answered may have been accepted all the same, and then it is applied as late as the server likes. No list says which
//! document an operation writes, so all of the bank's are waited for that had been accepted when no request could be on its way any more.
//! Its one rule: an operation is waited for as long as an unanswered request, and no longer. Deliberately absent: requests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::retry::{POLL_INTERVAL, POLL_PART};

/// The operations that a server has not ended with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unfinished {
    /// Their ids, as far as they were listed.
    pub ids: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

/// The operations to wait for, of one session.
#[derive(Default)]
pub(super) struct Queued {
    /// When each was first listed. `None` stands for those that did not fit into the list.
    since: BTreeMap<Option<String>, Duration>,
    /// Whether those that are listed first from now on came later.
    complete: bool,
}

impl Queued {
    /// Takes note of a list. `complete` if no earlier request can be on its way any more.
    pub(super) fn note(&mut self, listed: &Unfinished, now: Duration, complete: bool) {
        let listed_now = |id: &Option<String>| match id {
            Some(id) => listed.more || listed.ids.contains(id),
            None => listed.more,
        };
        self.since.retain(|id, _| listed_now(id));
        if !self.complete {
            let more = listed.more.then_some(None);
            for id in listed.ids.iter().cloned().map(Some).chain(more) {
                self.since.entry(id).or_insert(now);
            }
            self.complete = complete && !listed.more;
        }
    }

    /// When to look again. `None` if the server has ended with all of them, or takes longer than `patience`.
    pub(super) fn look_again_at(&self, now: Duration, patience: Duration) -> Option<Duration> {
        let waits = self.since.values().filter(|since| now - **since < patience);
        waits.min().map(|since| now + POLL_INTERVAL.max((now - *since) / POLL_PART))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(240);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn listed(ids: &[&str], more: bool) -> Unfinished {
        Unfinished { ids: ids.iter().map(ToString::to_string).collect(), more }
    }

    #[test]
    fn what_was_queued_when_nothing_was_on_its_way_is_waited_for_and_nothing_later() {
        let mut queued = Queued::default();
        queued.note(&listed(&["a"], false), at(0), false);
        queued.note(&listed(&["b", "a"], false), at(1), true);
        assert!(queued.look_again_at(at(1), PATIENCE).is_some());
        queued.note(&listed(&["c", "b"], false), at(2), true);
        assert_eq!(queued.look_again_at(at(2), PATIENCE), Some(at(2) + POLL_INTERVAL));
        queued.note(&listed(&["c"], false), at(3), true);
        assert_eq!(queued.look_again_at(at(3), PATIENCE), None);
    }

    #[test]
    fn an_operation_without_end_is_given_up() {
        let mut queued = Queued::default();
        queued.note(&listed(&["a"], false), at(10), true);
        assert_eq!(queued.look_again_at(at(130), PATIENCE), Some(at(132)));
        assert_eq!(queued.look_again_at(at(250), PATIENCE), None);
    }

    #[test]
    fn what_does_not_fit_into_the_list_is_waited_for() {
        let mut queued = Queued::default();
        queued.note(&listed(&["a"], true), at(0), true);
        queued.note(&listed(&["b"], true), at(1), true);
        queued.note(&listed(&["c"], false), at(2), true);
        assert!(queued.look_again_at(at(2), PATIENCE).is_some(), "c may be one that did not fit");
        queued.note(&listed(&["d"], false), at(3), true);
        assert_eq!(queued.look_again_at(at(3), PATIENCE), None);
    }
}
