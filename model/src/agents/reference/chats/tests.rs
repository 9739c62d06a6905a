//! The next life resumes what a kill left unfinished in the journal, and nothing else.

use std::rc::Rc;
use std::time::Duration;

use super::ReferenceChats;
use crate::contracts::chats::{Continuity, Patience, Resumption, Routed};
use crate::contracts::fixtures::{answer, begin, message};
use crate::facts::chats::{End, How};
use crate::machine::bench::{Bench, at_once};

/// The next life of the gateway, and the messages that it resumes.
fn live(bench: &Rc<Bench>) -> (Rc<dyn Continuity>, Resumption) {
    let kept = ReferenceChats::load(bench.machine(), Patience::default());
    let left = at_once(kept.boot());
    (kept, left)
}

fn turns(left: &Resumption) -> Vec<String> {
    left.messages.iter().map(|message| message.turn.to_string()).collect()
}

#[test]
fn messages_that_were_cut_short_or_never_begun_are_resumed_in_order() {
    let bench = Bench::new();
    let (kept, _) = live(&bench);
    let [first, second, third] = ["S1#1", "S1#2", "S1#3"].map(message);
    answer(&*kept, &first, &begin(&*kept, &first));
    begin(&*kept, &second);
    assert!(at_once(kept.accept(&third)), "it is safe, and waits");
    let (kept, left) = live(&bench);
    assert_eq!(turns(&left), ["S1#2", "S1#3"]);
    let Routed::Runs(route) = at_once(kept.route(&second, true)) else { unreachable!("it runs") };
    assert_eq!((route.session.as_str(), route.sees, route.how), ("S1", vec![first.turn], How::Resumed));
}

#[test]
fn an_answer_that_was_not_sent_is_sent_and_its_turn_is_not_run() {
    let bench = Bench::new();
    let (kept, _) = live(&bench);
    let first = message("S1#1");
    let route = begin(&*kept, &first);
    at_once(kept.end(&first, &route.session, End::Completed));
    let (kept, left) = live(&bench);
    assert_eq!((turns(&left), &left.owed), (Vec::new(), &vec![first.turn.clone()]));
    at_once(kept.replied(&first.turn));
    assert_eq!(live(&bench).1, Resumption::default());
}

#[test]
fn there_is_no_fourth_attempt() {
    let bench = Bench::new();
    let first = message("S1#1");
    let (kept, _) = live(&bench);
    begin(&*kept, &first);
    for attempt in 2..=3 {
        let (kept, left) = live(&bench);
        assert_eq!(turns(&left), ["S1#1"], "attempt {attempt}");
        let Routed::Runs(route) = at_once(kept.route(&first, true)) else { unreachable!("it runs") };
        at_once(kept.begin(&first, &route));
    }
    assert_eq!(live(&bench).1, Resumption::default());
    assert_eq!(live(&bench).1, Resumption::default(), "the next life remembers it");
}

#[test]
fn a_message_that_its_user_stopped_or_that_is_an_hour_old_is_not_resumed() {
    let bench = Bench::new();
    let (kept, _) = live(&bench);
    begin(&*kept, &message("S1#1"));
    begin(&*kept, &message("S2#1"));
    at_once(kept.stop_chat(&"S1".into()));
    assert_eq!(at_once(kept.route(&message("S1#1"), true)), Routed::Nothing);
    assert_eq!(turns(&live(&bench).1), ["S2#1"]);
    bench.pass(Duration::from_secs(3_601));
    assert_eq!(live(&bench).1, Resumption::default());
    let (kept, _) = live(&bench);
    assert_eq!(begin(&*kept, &message("S2#2")).session.as_str(), "S2", "the conversation stays");
}
