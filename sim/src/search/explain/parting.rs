//! Where two runs part: the first event at which one of them does something else, whenever it does it.

use crate::history::{Event, Fact};

/// What happened in an event, without when: equal in two runs where the same was done. A process counts its steps and names some of its
/// documents by the time; neither is something else.
pub fn timeless(event: &Event) -> String {
    let what = match &event.fact {
        Fact::Ended { ending, .. } => format!("Ended({ending:?})"),
        Fact::Signaled { .. } => "Signaled".to_owned(),
        Fact::Answered { step, answer, .. } => format!("Answered({step:?}, {answer:?})"),
        fact @ (Fact::Started { .. }
        | Fact::Called(_)
        | Fact::Returned(_)
        | Fact::AgentChanged { .. }
        | Fact::Excluded { .. }
        | Fact::Lineage { .. }
        | Fact::Recalled { .. }
        | Fact::TaskStarted { .. }
        | Fact::TaskEnded { .. }
        | Fact::Told(_)
        | Fact::Provider(_)
        | Fact::FaultsStopped
        | Fact::Converged { .. }
        | Fact::Stored { .. }
        | Fact::Asked { .. }
        | Fact::Disk { .. }
        | Fact::Failed(_)
        | Fact::TurnAsked { .. }
        | Fact::Suspended { .. }
        | Fact::ClockSet { .. }
        | Fact::Banks(_)) => format!("{fact:?}"),
    };
    format!("{} {}", event.who, without_times(&what))
}

/// A text with each long number replaced: names made of a time differ in nothing else.
fn without_times(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut number = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || (c == '_' && !number.is_empty()) {
            number.push(c);
            continue;
        }
        result.push_str(if number.len() >= LONG { "T" } else { &number });
        number.clear();
        result.push(c);
    }
    result.pop();
    result
}

/// A number with as many digits names a moment.
const LONG: usize = 8;

/// The place of the first event that differs in the two histories, whenever it happened. `None` if there is none.
pub(super) fn place(one: &[Event], other: &[Event]) -> Option<usize> {
    let differs = one.iter().zip(other).position(|(one, other)| timeless(one) != timeless(other));
    differs.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Who;

    fn event(at_ms: u64, fact: Fact) -> Event {
        Event { at_ms, who: Who::Process(1), fact }
    }

    #[test]
    fn the_same_at_another_time_is_no_parting() {
        let started = |at_ms| event(at_ms, Fact::TaskStarted { name: "writer".into() });
        let ended = |name: &str| event(9, Fact::TaskEnded { name: name.into() });
        assert_eq!(place(&[started(1), ended("a")], &[started(2), ended("a")]), None);
        assert_eq!(place(&[started(1), ended("a")], &[started(2), ended("b")]), Some(1));
        assert_eq!(place(&[started(1)], &[started(2), ended("b")]), Some(1));
    }

    #[test]
    fn only_a_long_number_names_a_moment() {
        assert_eq!(without_times("S1-20260101_000000_000710 and S2#12"), "S1-T and S2#12");
    }
}
