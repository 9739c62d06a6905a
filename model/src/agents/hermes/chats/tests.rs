//! What each era does with the files of a former life, one decision at a time.

use std::rc::Rc;
use std::time::Duration;

use super::Gateway;
use super::behaviors::Behaviors;
use super::candidate::{COUNT_FIRST, EARLY_RECEIPT, KEEP_COUNTER, PR_11099};
use super::shipped::{E0, E1, E2, E3, E4};
use crate::contracts::chats::{Continuity, Resumption};
use crate::contracts::fixtures::{answer, begin, message};
use crate::facts::chats::How;
use crate::machine::bench::{Bench, at_once};
use crate::words::session::SessionId;

fn load(bench: &Rc<Bench>, era: Behaviors) -> (Rc<dyn Continuity>, Resumption) {
    let gateway = Gateway::load(era, bench.machine(), None);
    let left = at_once(gateway.boot());
    (gateway, left)
}

/// A life in which one turn is answered and the next begins. It is killed, and the next life starts ten seconds later.
fn killed_in_a_turn(era: Behaviors) -> (Rc<Bench>, Rc<dyn Continuity>, Resumption) {
    let bench = Bench::new();
    let (gateway, _) = load(&bench, era);
    let first = message("S1#1");
    at_once(async { answer(&*gateway, &first, &begin(&*gateway, &first).await).await });
    at_once(begin(&*gateway, &message("S1#2")));
    bench.pass(Duration::from_secs(10));
    let (gateway, left) = load(&bench, era);
    (bench, gateway, left)
}

fn turns(left: &Resumption) -> Vec<String> {
    left.messages.iter().map(|message| message.turn.to_string()).collect()
}

#[test]
fn a_kill_suspends_the_chat_or_resumes_it_by_era() {
    let expected = [
        (E0, "S1.2", How::Asked, 0),
        (E1, "S1.2", How::Asked, 0),
        (E2, "S1", How::Continued("S1#2".parse().expect("a turn")), 1),
        (E3, "S1", How::Continued("S1#2".parse().expect("a turn")), 1),
        (E4, "S1", How::Continued("S1#2".parse().expect("a turn")), 1),
    ];
    for (era, session, how, resumed) in expected {
        let (_, gateway, left) = killed_in_a_turn(era);
        assert_eq!(turns(&left), ["S1#2"; 1][..resumed], "{era:?}");
        let route = at_once(begin(&*gateway, &message("S1#3")));
        assert_eq!((route.session.as_str(), route.how), (session, how), "{era:?}");
    }
}

/// A life in which a turn is answered, killed ten seconds later.
#[test]
fn only_exact_marks_leave_a_finished_chat_alone() {
    let expected = [(E1, 0, "S1.2"), (E2, 1, "S1"), (E3, 1, "S1"), (E4, 0, "S1")];
    for (era, resumed, session) in expected {
        let bench = Bench::new();
        let (gateway, _) = load(&bench, era);
        let first = message("S1#1");
        at_once(async { answer(&*gateway, &first, &begin(&*gateway, &first).await).await });
        bench.pass(Duration::from_secs(10));
        let (gateway, left) = load(&bench, era);
        assert_eq!(
            (left.messages.len(), &*at_once(begin(&*gateway, &message("S1#2"))).session.to_string()),
            (resumed, session)
        );
    }
}

/// Stops in order. `timed_out` says whether the drain gave a turn up.
fn stop(gateway: &dyn Continuity, timed_out: bool) {
    let running = [SessionId::from("S1")];
    at_once(async {
        gateway.stop_begins().await;
        gateway.drain_begins(&running).await;
        gateway.drained(timed_out, &running).await;
        gateway.stopped(timed_out, &running).await;
    });
}

#[test]
fn a_receipt_is_written_unless_the_drain_timed_out() {
    for era in [E0, E1, E2, E3, E4, PR_11099, EARLY_RECEIPT, KEEP_COUNTER, COUNT_FIRST] {
        for timed_out in [false, true] {
            let bench = Bench::new();
            let (gateway, _) = load(&bench, era);
            stop(&*gateway, timed_out);
            let early = [PR_11099, EARLY_RECEIPT].contains(&era);
            assert_eq!(bench.file("/.clean_shutdown").is_some(), !timed_out || early, "{era:?} {timed_out}");
            load(&bench, era);
            assert!(bench.file("/.clean_shutdown").is_none(), "{era:?} believes it once");
        }
    }
}

#[test]
fn a_count_of_stops_survives_a_start_only_where_that_was_proposed() {
    for (era, survives) in [(E0, false), (E4, false), (KEEP_COUNTER, true)] {
        let (bench, gateway, _) = killed_in_a_turn(era);
        stop(&*gateway, true);
        assert!(bench.file("/.restart_failure_counts").is_some());
        load(&bench, era);
        assert_eq!(bench.file("/.restart_failure_counts").is_some(), survives, "{era:?}");
    }
}

#[test]
fn the_third_close_start_resumes_nothing() {
    let resumed = |era, apart| -> Vec<usize> {
        let (bench, ..) = killed_in_a_turn(era);
        let start = |_| {
            bench.pass(Duration::from_secs(apart));
            load(&bench, era).1.messages.len()
        };
        (0..3).map(start).collect()
    };
    assert_eq!(resumed(E2, 20), [1, 1, 1]);
    assert_eq!(resumed(E3, 20), [1, 0, 0]);
    assert_eq!(resumed(E3, 40), [1, 1, 1], "the window forgets what is a minute old");
    assert_eq!(resumed(E4, 40), [1, 0, 0]);
    assert_eq!(resumed(E4, 301), [1, 1, 1]);
}

#[test]
fn the_budgets_are_those_of_their_dates() {
    let budget = |era: Behaviors, drain: Option<u64>| {
        let bench = Bench::new();
        let budget = Gateway::load(era, bench.machine(), drain.map(Duration::from_secs)).budget();
        (budget.drain.as_secs(), budget.stop.as_secs())
    };
    let eras = [E0, E1, E2, E3, E4];
    assert_eq!(eras.map(|era| budget(era, None)), [(60, 60), (60, 90), (180, 90), (0, 60), (0, 70)]);
    assert_eq!(budget(E4, Some(180)), (180, 250));
}
