//! The next life resumes what a kill left unfinished in the journal, and nothing else.

use std::rc::Rc;
use std::time::Duration;

use super::ReferenceChats;
use crate::contracts::chats::{Continuity, Patience, Resumption, Routed};
use crate::contracts::fixtures::{answer, begin, message};
use crate::facts::chats::{End, How};
use crate::machine::bench::Bench;

/// The next life of the gateway, and the messages that it resumes.
async fn live(bench: &Rc<Bench>) -> (Rc<dyn Continuity>, Resumption) {
    let kept = ReferenceChats::load(bench.machine(), Patience::default());
    let left = kept.boot().await;
    (kept, left)
}

fn turns(left: &Resumption) -> Vec<String> {
    left.messages.iter().map(|message| message.turn.to_string()).collect()
}

#[test]
fn messages_that_were_cut_short_or_never_begun_are_resumed_in_order() {
    let bench = Bench::new();
    bench.run(async {
        let (kept, _) = live(&bench).await;
        let [first, second, third] = ["S1#1", "S1#2", "S1#3"].map(message);
        answer(&*kept, &first, &begin(&*kept, &first).await).await;
        begin(&*kept, &second).await;
        assert!(kept.accept(&third).await, "it is safe, and waits");
        let (kept, left) = live(&bench).await;
        assert_eq!(turns(&left), ["S1#2", "S1#3"]);
        let Routed::Runs(route) = kept.route(&second, true).await else { unreachable!("it runs") };
        assert_eq!((route.session.as_str(), route.sees, route.how), ("S1", vec![first.turn], How::Resumed));
    });
}

#[test]
fn an_answer_that_was_not_sent_is_sent_and_its_turn_is_not_run() {
    let bench = Bench::new();
    bench.run(async {
        let (kept, _) = live(&bench).await;
        let first = message("S1#1");
        let route = begin(&*kept, &first).await;
        kept.end(&first, &route.session, End::Completed).await;
        let (kept, left) = live(&bench).await;
        assert_eq!((turns(&left), &left.owed), (Vec::new(), &vec![first.turn.clone()]));
        kept.replied(&first.turn).await;
        assert_eq!(live(&bench).await.1, Resumption::default());
    });
}

#[test]
fn there_is_no_fourth_attempt() {
    let bench = Bench::new();
    bench.run(async {
        let first = message("S1#1");
        let (kept, _) = live(&bench).await;
        begin(&*kept, &first).await;
        for attempt in 2..=3 {
            let (kept, left) = live(&bench).await;
            assert_eq!(turns(&left), ["S1#1"], "attempt {attempt}");
            let Routed::Runs(route) = kept.route(&first, true).await else { unreachable!("it runs") };
            kept.begin(&first, &route).await;
        }
        assert_eq!(live(&bench).await.1, Resumption::default());
        assert_eq!(live(&bench).await.1, Resumption::default(), "the next life remembers it");
    });
}

#[test]
fn a_message_that_its_user_stopped_or_that_is_an_hour_old_is_not_resumed() {
    let bench = Bench::new();
    bench.run(async {
        let (kept, _) = live(&bench).await;
        begin(&*kept, &message("S1#1")).await;
        begin(&*kept, &message("S2#1")).await;
        kept.stop_chat(&"S1".into()).await;
        assert_eq!(turns(&live(&bench).await.1), ["S2#1"]);
        bench.pass(Duration::from_secs(3_601));
        assert_eq!(live(&bench).await.1, Resumption::default());
        let (kept, _) = live(&bench).await;
        assert_eq!(begin(&*kept, &message("S2#2")).await.session.as_str(), "S2", "the conversation stays");
    });
}
