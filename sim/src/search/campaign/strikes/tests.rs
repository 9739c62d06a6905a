//! Hand-written histories in which a fault made a difference, and in which it made none.

use std::time::Duration;

use model::facts::Observation;
use model::protocols::hindsight::endpoints::{OPERATION, RETAIN};
use model::protocols::http::Doubt;

use super::*;
use crate::history::{Call, Event, Fact, Happening, ReceivedItem, Who, WriteMode};

const LONG: Duration = Duration::from_secs(130);

fn process(what: Fact) -> Event {
    Event { at_ms: 0, who: Who::Process(1), fact: what }
}

fn sent() -> Event {
    process(Fact::Told(Observation::RequestSent { endpoint: RETAIN }))
}

fn failed(reason: &str) -> Event {
    process(Fact::Told(Observation::RequestFailed { endpoint: RETAIN, reason: reason.into() }))
}

fn ended(ending: Ending) -> Event {
    process(Fact::Ended { ending, steps: 1, label: None })
}

fn provider(happening: Happening) -> Event {
    Event { at_ms: 0, who: Who::Provider, fact: Fact::Provider(happening) }
}

fn received(endpoint: Endpoint, number: u32, fault: Option<Fault>) -> Event {
    let turns = ["S9#1", "S9#2", "S9#3"].map(|turn| turn.parse().expect("a turn")).to_vec();
    let items = vec![ReceivedItem { container: None, mode: None, turns, messages: None }];
    provider(Happening::Received { endpoint, number, items, fault })
}

fn answered(number: u32) -> Event {
    provider(Happening::Answered { endpoint: RETAIN, number, status: 200 })
}

fn applied() -> Event {
    let applied = |turns| Happening::Applied { number: 1, container: "S1".into(), turns, mode: WriteMode::Replace };
    provider(applied(vec!["S1#1".parse().expect("a turn")]))
}

fn turn() -> [Event; 2] {
    let turn = || Call::Turn("S1#1".parse().expect("a turn"));
    [process(Fact::Called(turn())), process(Fact::Returned(turn()))]
}

/// Checks whether a fault of the first retain made a difference, followed by these events.
fn check(fault: Fault, then: &[Event], with_effect: bool) {
    let events = [&[sent(), received(RETAIN, 1, Some(fault))], then].concat();
    let strikes = read(&Reading::of(&events), true).strikes;
    assert_eq!(strikes.len(), 1);
    assert_eq!((strikes[0].kind.clone(), strikes[0].with_effect), (format!("retain {}", fault.word()), with_effect));
}

#[test]
fn every_fault_makes_a_difference_if_its_client_hears_of_it() {
    for fault in Fault::DRAWN {
        let (answer, doubt) = match fault.heard() {
            Heard::Status(status) => (None, Doubt::Failed(status)),
            Heard::Disconnected => (None, Doubt::Disconnected),
            Heard::Unreadable => (Some(answered(1)), Doubt::Garbled),
            Heard::Silence => (None, Doubt::Timeout),
            Heard::Success => (Some(answered(1)), Doubt::Garbled),
        };
        let kept = matches!(fault, Fault::Partial { .. }).then(applied);
        let answer = kept.into_iter().chain(answer);
        let then: Vec<Event> = answer.chain([failed(&doubt.to_string())]).collect();
        check(*fault, &then, true);
    }
}

#[test]
fn a_refusal_makes_a_difference_to_who_is_told() {
    check(Fault::Refuse(503), &[failed("HTTP 503")], true);
    check(Fault::Refuse(503), &[ended(Ending::Sigkill)], false);
    check(Fault::ApplyDrop, &[applied(), failed("server disconnected")], true);
    check(Fault::ApplyDrop, &[applied(), failed("client closed under the request")], false);
}

#[test]
fn a_delay_makes_a_difference_if_it_is_longer_than_somebodys_patience_or_life() {
    check(Fault::Delay(LONG), &[applied(), answered(1)], false);
    check(Fault::Delay(LONG), &[failed("no answer in time")], true);
    check(Fault::Hang, &[failed("client closed under the request")], true);
    check(Fault::Hang, &[ended(Ending::Exit)], true);
    check(Fault::Delay(LONG), &[applied(), answered(1), ended(Ending::Sigkill)], false);
}

#[test]
fn what_happens_to_an_operation_makes_a_difference_when_somebody_looks() {
    check(Fault::AcceptFail, &[answered(1)], false);
    check(Fault::AcceptFail, &[answered(1), received(OPERATION, 1, None)], true);
    check(Fault::WorkerCrash, &[answered(1), applied()], false);
    check(Fault::WorkerCrash, &[answered(1), applied(), applied()], true);
}

#[test]
fn an_end_makes_a_difference_to_a_process_with_something_to_lose() {
    let hurt_by = |before: &[Event], ending| {
        let events = [before, &[ended(ending)]].concat();
        !read(&Reading::of(&events), true).hurt.is_empty()
    };
    let hurt = |before: &[Event]| hurt_by(before, Ending::Sigkill);
    assert!(hurt(&[sent()]), "a request");
    assert!(hurt(&turn()[..1]), "a call");
    assert!(hurt(&turn()), "a turn that is not stored");
    assert!(!hurt(&[&turn()[..], &[applied()]].concat()), "a turn that is");
    assert!(!hurt(&[sent(), received(RETAIN, 1, None), answered(1)]), "a request that was answered");
    assert!(!hurt_by(&turn(), Ending::Exit), "nobody killed it");
}
