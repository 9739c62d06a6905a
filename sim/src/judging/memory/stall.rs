//! Stalls: why what is pending does not arrive, judged from what happened after the faults had stopped.
//!
//! From then on the provider serves everybody, the network carries everything, and one process is there, started as a supervisor would.
//! Whatever still stops it is that process's own doing, or the limit was too short.

use std::collections::BTreeMap;

use model::facts::Observation;
use model::words::endpoint::{Endpoint, Role};
use model::words::session::DocumentId;

use crate::history::{Event, Fact, Happening};

/// As often as that something has to repeat itself to be the reason.
const AGAIN: u32 = 3;

/// Why the run that stopped its faults did not converge; nothing if it never came as far as that.
pub(in crate::judging) fn reason(events: &[Event]) -> Option<String> {
    let stopped = events.iter().position(|event| event.fact == Fact::FaultsStopped)?;
    let mut after = After::default();
    for event in &events[stopped..] {
        if matches!(event.fact, Fact::Converged { .. }) {
            break;
        }
        after.read(event);
    }
    Some(after.reason())
}

/// What happened since the faults have stopped.
#[derive(Default)]
struct After<'a> {
    /// Whether the process has told what its outbox holds.
    looked: bool,
    /// The lock for which it waits.
    lock: Option<&'a str>,
    /// How many requests were sent, but for recalls and probes, which deliver nothing.
    sent: u32,
    /// Those that were neither answered nor given up: which, and since when.
    unanswered: Vec<(Endpoint, u64)>,
    /// The last failure, and how often it came in a row.
    failure: Option<(Endpoint, &'a str, u32)>,
    /// How often an operation was asked about since something was stored.
    asked: u32,
    writes: BTreeMap<&'a DocumentId, u32>,
}

impl<'a> After<'a> {
    fn read(&mut self, event: &'a Event) {
        match &event.fact {
            Fact::Told(Observation::Pending { .. }) => self.looked = true,
            Fact::Told(Observation::WaitsForLock { path }) => self.lock = Some(path),
            Fact::Told(Observation::RequestSent { endpoint }) if endpoint.serves_delivery() => {
                self.sent += 1;
                self.unanswered.push((*endpoint, event.at_ms));
            }
            Fact::Told(Observation::RequestFailed { endpoint, reason }) if endpoint.serves_delivery() => {
                self.is_answered(*endpoint);
                let before = self.failure.filter(|(of, why, _)| of == endpoint && why == reason);
                self.failure = Some((*endpoint, reason, before.map_or(1, |(.., times)| times + 1)));
            }
            Fact::Provider(Happening::Answered { endpoint, status, .. })
                if endpoint.serves_delivery() && *status < 400 =>
            {
                self.is_answered(*endpoint);
                self.asked += u32::from(endpoint.role() == Role::Follow);
                self.failure = None;
            }
            Fact::Provider(Happening::Applied { container, .. }) => {
                *self.writes.entry(container).or_default() += 1;
                self.asked = 0;
            }
            _ => {}
        }
    }

    fn is_answered(&mut self, endpoint: Endpoint) {
        if let Some(place) = self.unanswered.iter().position(|(of, _)| *of == endpoint) {
            self.unanswered.remove(place);
        }
    }

    fn reason(&self) -> String {
        let most = self.writes.iter().max_by_key(|(_, times)| **times).filter(|(_, times)| **times >= AGAIN);
        match (self.failure, most, &self.unanswered[..]) {
            _ if !self.looked => match self.lock {
                Some(path) => format!("another process has locked {path}"),
                None => "the process that was started never came to its outbox".into(),
            },
            _ if self.sent == 0 => "no request has been sent since".into(),
            (Some((request, reason, times)), ..) if times >= AGAIN => {
                format!("the last {times} times a {request} request failed with \"{reason}\"")
            }
            (_, Some((document, times)), _) => format!("{document} was written {times} times since, again and again"),
            (.., [(request, since_ms), ..]) => format!("a {request} request is not answered since {since_ms} ms"),
            _ if self.asked >= AGAIN => {
                format!("an operation was asked about {} times since, and is not over", self.asked)
            }
            _ => "still making progress when the limit passed".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::protocols::hindsight::endpoints::{OPERATION, RECALL, RETAIN};

    use super::*;
    use crate::history::{Who, WriteMode};

    fn told(observation: Observation) -> Fact {
        Fact::Told(observation)
    }

    fn looked() -> Fact {
        told(Observation::Pending { turns: Vec::new() })
    }

    fn sent(endpoint: Endpoint) -> Fact {
        told(Observation::RequestSent { endpoint })
    }

    fn failed(reason: &str) -> Fact {
        told(Observation::RequestFailed { endpoint: RETAIN, reason: reason.into() })
    }

    fn answered(endpoint: Endpoint) -> Fact {
        Fact::Provider(Happening::Answered { endpoint, number: 1, status: 200 })
    }

    fn applied(document: &str) -> Fact {
        let (container, turns) = (DocumentId::from(document), Vec::new());
        Fact::Provider(Happening::Applied { number: 1, container, turns, mode: WriteMode::Replace })
    }

    fn again(times: usize, whats: &[Fact]) -> Vec<Fact> {
        std::iter::repeat_n(whats, times).flatten().cloned().collect()
    }

    /// What happened after the faults had stopped, 100 ms after each other, and why that did not converge.
    fn check(after: Vec<Fact>, expected: &str) {
        let before = [sent(RETAIN), failed("HTTP 500"), Fact::FaultsStopped];
        let all = before.into_iter().chain(after).chain([Fact::Converged { in_time: false }]);
        let event = |(at_ms, what)| Event { at_ms, who: Who::World, fact: what };
        let events: Vec<Event> = (0..).step_by(100).zip(all).map(event).collect();
        assert_eq!(reason(&events).as_deref(), Some(expected));
    }

    #[test]
    fn a_process_that_does_not_come_up_says_so_or_nothing() {
        check(vec![], "the process that was started never came to its outbox");
        let waits = told(Observation::WaitsForLock { path: "/outbox-1".into() });
        check(vec![waits], "another process has locked /outbox-1");
    }

    #[test]
    fn nobody_wakes_up() {
        check(vec![looked()], "no request has been sent since");
        let recall = [sent(RECALL), answered(RECALL)];
        check([vec![looked()], recall.to_vec()].concat(), "no request has been sent since");
    }

    #[test]
    fn the_same_request_is_refused_again_and_again() {
        let refused = again(4, &[sent(RETAIN), failed("HTTP 422")]);
        let told = "the last 4 times a retain request failed with \"HTTP 422\"";
        check([vec![looked()], refused].concat(), told);
    }

    #[test]
    fn a_request_is_never_answered() {
        check(vec![looked(), sent(RETAIN)], "a retain request is not answered since 400 ms");
    }

    #[test]
    fn a_document_never_comes_to_rest() {
        let written = again(5, &[sent(RETAIN), applied("S1:1"), answered(RETAIN)]);
        check([vec![looked()], written].concat(), "S1:1 was written 5 times since, again and again");
    }

    #[test]
    fn an_operation_is_never_over() {
        let asked = again(6, &[sent(OPERATION), answered(OPERATION)]);
        let accepted = vec![looked(), sent(RETAIN), answered(RETAIN)];
        check([accepted, asked].concat(), "an operation was asked about 6 times since, and is not over");
    }

    #[test]
    fn what_only_takes_its_time_is_no_more_than_late() {
        let one = [sent(RETAIN), applied("S1:1"), answered(RETAIN)];
        check([vec![looked()], one.to_vec()].concat(), "still making progress when the limit passed");
    }

    #[test]
    fn before_the_faults_stop_nothing_is_a_stall() {
        assert_eq!(reason(&[]), None);
    }
}
