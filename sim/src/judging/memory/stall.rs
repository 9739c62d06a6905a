//! Stalls: why pending turns do not arrive, judged from the history after the faults had stopped.
//!
//! From then on the provider serves every request, the network carries every packet, and one process runs, started as a supervisor would.
//! Any remaining obstacle is that process's own doing, or the limit was too short.

use std::collections::BTreeMap;

use model::facts::Observation;
use model::words::endpoint::{Endpoint, Role};
use model::words::session::DocumentId;

use crate::history::reading::requests::{Done, Exchange, Failure};
use crate::history::reading::{At, Reading};
use crate::history::{Event, Fact};
use crate::judging::Evidence;

/// How often something must repeat to be the reason.
const AGAIN: usize = 3;
/// How long nothing must be sent to be the reason: four times as long as the reference's longest pause.
const IDLE_MS: u64 = 120_000;

/// Why the run that stopped its faults did not converge. `None` if the run ended before that.
pub(in crate::judging) fn reason(evidence: &Evidence<'_>) -> Option<String> {
    let Evidence { events, reading, .. } = *evidence;
    let from = reading.outcome.faults_stopped?;
    let to = reading.outcome.converged.map_or(events.len(), |(at, _)| at.place);
    Some(After { events, reading, from, to }.reason())
}

/// The history from the end of the faults to the run's last event.
struct After<'a> {
    events: &'a [Event],
    reading: &'a Reading,
    from: usize,
    to: usize,
}

impl<'a> After<'a> {
    fn reason(&self) -> String {
        let most = self.writes().into_iter().max_by_key(|(_, times)| *times).filter(|(_, times)| *times >= AGAIN);
        let asked = self.asked();
        match (self.failure(), most, self.unanswered()) {
            _ if !self.looked() => match self.lock() {
                Some(path) => format!("another process has locked {path}"),
                None => "the process that was started never came to its outbox".into(),
            },
            _ if self.sent().next().is_none() => "no request has been sent since".into(),
            (Some((Failure { endpoint, reason, .. }, times)), ..) if times >= AGAIN => {
                format!("the last {times} times a {endpoint} request failed with \"{reason}\"")
            }
            (_, Some((document, times)), _) => format!("{document} was written {times} times since, again and again"),
            (.., Some((kind, since_ms))) => format!("a {kind} request is not answered since {since_ms} ms"),
            _ if asked >= AGAIN => format!("an operation was asked about {asked} times since, and is not over"),
            _ => match self.idle_since() {
                Some(since_ms) => format!("no request has been sent since {since_ms} ms"),
                None => "still making progress when the limit passed".into(),
            },
        }
    }

    fn is_in(&self, at: At) -> bool {
        (self.from..self.to).contains(&at.place)
    }

    /// Whether the process has reported the content of its outbox.
    fn looked(&self) -> bool {
        self.reading.outcome.looked.iter().any(|at| self.is_in(*at))
    }

    /// The lock for which it waits.
    fn lock(&self) -> Option<&'a str> {
        let last = self.reading.lives.locked_out.iter().rfind(|at| self.is_in(**at))?;
        let event = &self.events[last.place];
        let Fact::Told(Observation::WaitsForLock { path }) = &event.fact else {
            unreachable!("{event} is no wait for a lock")
        };
        Some(path)
    }

    /// The requests sent since then, without recalls and probes, which deliver nothing.
    fn sent(&self) -> impl Iterator<Item = (&'a Exchange, At)> {
        let sent = self.reading.requests.all.iter().filter(|one| one.endpoint.serves_delivery());
        sent.filter_map(|one| Some((one, one.sent?.1))).filter(|(_, at)| self.is_in(*at))
    }

    /// When the last of them was sent, if that was long before the end.
    fn idle_since(&self) -> Option<u64> {
        let last_ms = self.sent().map(|(_, at)| at.ms).max()?;
        let end_ms = self.events.get(self.to).or(self.events.last())?.at_ms;
        (end_ms >= last_ms + IDLE_MS).then_some(last_ms)
    }

    /// The first of them that was neither answered nor given up, and when it was sent.
    fn unanswered(&self) -> Option<(Endpoint, u64)> {
        let waits = |one: &Exchange| one.over.as_ref().is_none_or(|(at, _)| at.place >= self.to);
        self.sent().find(|(one, _)| waits(one)).map(|(one, at)| (one.endpoint, at.ms))
    }

    /// When requests of these kinds got an answer other than a refusal.
    fn answers(&self, wanted: impl Fn(Endpoint) -> bool) -> impl Iterator<Item = At> {
        let of_the_kind = self.reading.requests.all.iter().filter(move |one| wanted(one.endpoint));
        let answered = of_the_kind.filter_map(|one| match one.done {
            Some((at, Done::Answered(status))) => (status < 400).then_some(at),
            Some((_, Done::HungUp | Done::Abandoned)) | None => None,
        });
        answered.filter(|at| self.is_in(*at))
    }

    /// The last failure since the last answer, and how often it repeated in a row.
    fn failure(&self) -> Option<(&'a Failure, usize)> {
        let answered = self.answers(Endpoint::serves_delivery).map(|at| at.place).max().unwrap_or(self.from);
        let failures = self
            .reading
            .requests
            .failures
            .iter()
            .rev()
            .filter(|one| self.is_in(one.at) && one.endpoint.serves_delivery());
        let mut since = failures.take_while(|one| one.at.place > answered);
        let last = since.next()?;
        let same = since.take_while(|one| (one.endpoint, &one.reason) == (last.endpoint, &last.reason));
        Some((last, 1 + same.count()))
    }

    /// How often the process asked about an operation since something was stored.
    fn asked(&self) -> usize {
        let stored = self.reading.requests.applied.iter().rfind(|one| self.is_in(one.at));
        let since = stored.map_or(self.from, |one| one.at.place);
        self.answers(|endpoint| endpoint.role() == Role::Follow).filter(|at| at.place > since).count()
    }

    fn writes(&self) -> BTreeMap<&'a DocumentId, usize> {
        let mut writes = BTreeMap::new();
        for one in self.reading.requests.applied.iter().filter(|one| self.is_in(one.at)) {
            *writes.entry(&one.container).or_default() += 1;
        }
        writes
    }
}

#[cfg(test)]
mod tests {
    use model::protocols::hindsight::endpoints::{OPERATION, RECALL, RETAIN};
    use model::words::part::Part;

    use super::*;
    use crate::history::{Happening, Who, WriteMode};
    use crate::judging::ledger::Ledger;
    use crate::judging::{Limits, Testimony};

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

    fn happened(happening: Happening) -> Fact {
        Fact::Provider(happening)
    }

    fn applied(container: &str) -> Fact {
        let (container, turns) = (DocumentId::from(container), Vec::new());
        happened(Happening::Applied { number: 1, container, turns, mode: WriteMode::Replace })
    }

    /// A request that is answered at once.
    fn answered(endpoint: Endpoint) -> Vec<Fact> {
        let received = Happening::Received { endpoint, number: 0, items: Vec::new(), fault: None };
        let answered = Happening::Answered { endpoint, number: 0, status: 200 };
        vec![sent(endpoint), happened(received), happened(answered)]
    }

    fn again(times: usize, whats: &[Fact]) -> Vec<Fact> {
        std::iter::repeat_n(whats, times).flatten().cloned().collect()
    }

    /// Numbers the requests of a history by their arrival: each is answered before the next one arrives.
    fn number(what: &mut Fact, arrived: &mut u32) {
        if let Fact::Provider(Happening::Received { number, .. }) = what {
            *arrived += 1;
            *number = *arrived;
        } else if let Fact::Provider(Happening::Answered { number, .. }) = what {
            *number = *arrived;
        }
    }

    fn why(whats: Vec<Fact>) -> Option<String> {
        let mut arrived = 0;
        let event = |(at_ms, mut what)| {
            number(&mut what, &mut arrived);
            let who = if matches!(what, Fact::Told(_)) { Who::Process(1) } else { Who::World };
            Event { at_ms, who, fact: what }
        };
        let events: Vec<Event> = (0..).step_by(100).zip(whats).map(event).collect();
        let reading = Reading::of(&events);
        let ledger = Ledger::of(&events, &reading);
        let limits = Limits {
            turn_ms: 0,
            command_ms: 0,
            shutdown_ms: 0,
            memory: 0,
            recalls_ahead: 0,
            held_up_ms: 0,
            delivery: None,
            end_ms: None,
        };
        let testimony = Testimony { about: Part::Memory, testifies: &Part::ALL };
        reason(&Evidence { events: &events, reading: &reading, ledger: &ledger, limits, testimony })
    }

    /// Events after the faults had stopped, 100 ms apart, and the expected reason for the stall.
    fn check(after: Vec<Fact>, expected: &str) {
        let before = [sent(RETAIN), failed("HTTP 500"), Fact::FaultsStopped];
        let all = before.into_iter().chain(after).chain([Fact::Converged { in_time: false }]);
        assert_eq!(why(all.collect()).as_deref(), Some(expected));
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
        check([vec![looked()], answered(RECALL)].concat(), "no request has been sent since");
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
        let written = again(5, &[vec![applied("S1:1")], answered(RETAIN)].concat());
        check([vec![looked()], written].concat(), "S1:1 was written 5 times since, again and again");
    }

    #[test]
    fn an_operation_is_never_over() {
        let asked = again(6, &answered(OPERATION));
        check(
            [vec![looked()], answered(RETAIN), asked].concat(),
            "an operation was asked about 6 times since, and is not over",
        );
    }

    #[test]
    fn what_only_takes_its_time_is_no_more_than_late() {
        let one = [vec![applied("S1:1")], answered(RETAIN)].concat();
        check([vec![looked()], one].concat(), "still making progress when the limit passed");
    }

    #[test]
    fn a_process_stops_in_the_middle_of_its_work() {
        let sent_once = [vec![looked(), applied("S1:1")], answered(RETAIN)].concat();
        check([sent_once, again(1_200, &[looked()])].concat(), "no request has been sent since 500 ms");
    }

    #[test]
    fn before_the_faults_stop_nothing_is_a_stall() {
        assert_eq!(why(Vec::new()), None);
    }
}
