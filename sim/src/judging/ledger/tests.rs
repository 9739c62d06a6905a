use std::time::Duration;

use model::facts::Observation;

use super::*;
use crate::history::reading::Allowance;
use crate::history::{Call, Word};
use crate::judging::memory::tests::Story;
use crate::plan::DiskFault;

fn fates(story: Story) -> Vec<(String, Fate)> {
    let events = story.events();
    let ledger = Ledger::of(&events, &Reading::of(&events));
    ledger.turns.iter().map(|turn| (turn.id.to_string(), turn.fate)).collect()
}

fn check(story: Story, expected: Fate) {
    assert_eq!(fates(story), [("S1#1".to_owned(), expected)]);
}

#[test]
fn every_turn_has_exactly_one_fate() {
    check(Story::of_one_turn().stored("S1", &["S1#1"]), Fate::StoredOnce);
    check(Story::of_one_turn().stored("S1-20260101_000000_000000", &["S1#1"]), Fate::StoredOnce);
    check(Story::of_one_turn(), Fate::Lost);
    check(Story::of_one_turn().applied("S1", &["S1#1"]), Fate::Clobbered);
    check(Story::of_one_turn().stored("S1", &["S1#1"]).stored("S1:1", &["S1#1"]), Fate::Duplicated);
    check(Story::of_one_turn().stored("S10", &["S1#1"]), Fate::Misattributed);
    check(Story::of_one_turn().pending(&["S1#1"]), Fate::Pending);
    check(Story::of_an_unfinished_turn(), Fate::NeverAcknowledged);
    check(Story::of_an_unfinished_turn().stored("S1", &["S1#1"]), Fate::StoredOnce);
    check(Story::of_one_turn().cut_short(), Fate::Unjudged);
}

#[test]
fn an_undo_may_take_the_acknowledged_one_of_two_turns_that_say_the_same() {
    let undone = || Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why: Exclusion::Undone };
    let said_again = || Fact::Called(Call::Turn("S1#1".parse().expect("a turn")));
    let story = || Story::of_one_turn().process(said_again()).process(undone());
    assert_ne!(fates(story())[0].1, Fate::Lost);
    check(Story::of_one_turn().turn("S1#1", 0).process(undone()), Fate::Lost);
}

#[test]
fn of_turns_that_say_the_same_only_the_acknowledged_one_has_to_be_pending() {
    let said_again = || Fact::Called(Call::Turn("S1#1".parse().expect("a turn")));
    check(Story::of_one_turn().process(said_again()).pending(&["S1#1"]), Fate::Pending);
    check(Story::of_one_turn().turn("S1#1", 0).pending(&["S1#1"]), Fate::Lost);
}

#[test]
fn an_undone_turn_may_still_be_taken_back_while_something_is_pending() {
    let undone = || Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why: Exclusion::Undone };
    let over = || Fact::Returned(Call::Command { word: Word::Undo, session: "S1".into() });
    let story = || Story::of_one_turn().process(undone()).process(over()).stored("S1", &["S1#1"]);
    check(story(), Fate::Pollution);
    check(story().too_late(), Fate::Unjudged);
}

#[test]
fn an_undo_does_not_reach_a_turn_that_still_runs() {
    let undone = Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why: Exclusion::Undone };
    let over = Fact::Returned(Call::Command { word: Word::Undo, session: "S1".into() });
    let story = || Story::new().process(undone.clone()).process(over.clone()).turn("S1#1", 0);
    check(story().stored("S1", &["S1#1"]), Fate::StoredOnce);
    check(story(), Fate::Lost);
    // An undo that is still under way when the turn is handed over may meet it, or not.
    let beside = || Story::new().process(undone.clone()).turn("S1#1", 0).process(over.clone());
    check(beside().stored("S1", &["S1#1"]), Fate::StoredOnce);
    check(beside(), Fate::Excluded);
    check(beside().stored("S1", &["S1#1", "S1#1"]), Fate::Duplicated);
}

#[test]
fn the_plan_s_name_of_a_turn_reaches_it_in_a_later_session_of_its_chat() {
    let excluded = |why| Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why };
    let fate = |story: Story| fates(story).into_iter().map(|(_, fate)| fate).collect::<Vec<_>>();
    let over = || Fact::Returned(Call::Command { word: Word::Undo, session: "S1".into() });
    let undone = |turn| Story::new().turn(turn, 0).process(excluded(Exclusion::Undone)).process(over());
    assert_eq!(fate(undone("S1.2#1")), [Fate::Excluded]);
    assert_eq!(fate(undone("S1.2#1").stored("S1.2", &["S1.2#1"])), [Fate::Pollution]);
    for other in ["S1.2#2", "S10#1", "S2.2#1"] {
        assert_eq!(fate(undone(other)), [Fate::Lost], "{other}");
    }
    for why in [Exclusion::Interrupted, Exclusion::Ephemeral] {
        let cut = |turn| Story::new().process(excluded(why)).turn(turn, 0);
        assert_eq!(fate(cut("S1.2#1")), [Fate::Excluded]);
        assert_eq!(fate(cut("S1.2#1").stored("S1.2", &["S1.2#1"])), [Fate::Pollution]);
        assert_eq!(fate(cut("S1.2#2")), [Fate::Lost]);
    }
}

#[test]
fn an_undo_under_way_excuses_no_turn_that_was_never_to_be_kept() {
    let excluded = |why| Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why };
    for why in [Exclusion::Interrupted, Exclusion::Ephemeral] {
        let undoing = || Story::new().process(excluded(why)).turn("S1#1", 0).process(excluded(Exclusion::Undone));
        check(undoing(), Fate::Excluded);
        check(undoing().stored("S1", &["S1#1"]), Fate::Pollution);
        let over = Fact::Returned(Call::Command { word: Word::Undo, session: "S1".into() });
        check(undoing().process(over).stored("S1", &["S1#1"]), Fate::Pollution);
    }
}

#[test]
fn only_a_fault_of_the_disk_excuses_a_call_that_fails() {
    let turn = || Call::Turn("S1#1".parse().expect("a turn"));
    let failing = |story: Story| story.process(Fact::Called(turn())).process(Fact::Failed(turn()));
    let disk = |fault| Story::new().process(Fact::Disk { fault });
    let (short, long) = (Duration::from_millis(1), Duration::from_secs(60));
    check(failing(Story::new()), Fate::Lost);
    check(failing(disk(DiskFault::Full(short))), Fate::Refused);
    let later =
        |story: Story| (0..30).fold(story, |story, _| story.process(Fact::Told(Observation::Holding { turns: 1 })));
    check(failing(later(disk(DiskFault::Full(short)))), Fate::Lost);
    check(
        failing(later(disk(DiskFault::Stalls(long)).process(Fact::Disk { fault: DiskFault::Full(short) }))),
        Fate::Refused,
    );
    check(
        failing(later(disk(DiskFault::Full(long)).process(Fact::Disk { fault: DiskFault::Full(short) }))),
        Fate::Lost,
    );
}

#[test]
fn a_schedule_that_holds_threads_up_excuses_a_call_that_fails() {
    let turn = || Call::Turn("S1#1".parse().expect("a turn"));
    let waits =
        |story: Story| (0..30).fold(story, |story, _| story.process(Fact::Told(Observation::Holding { turns: 1 })));
    let events = waits(Story::new().process(Fact::Called(turn()))).process(Fact::Failed(turn())).events();
    let took_ms = events.last().expect("an event").at_ms - events[0].at_ms;
    let fate = |held_up_ms| {
        let allowance = Allowance { held_up_ms, patience_ms: None };
        Ledger::of(&events, &Reading::allowing(&events, allowance)).turns[0].fate
    };
    assert_eq!(fate(0), Fate::Lost, "nothing explains it");
    assert_eq!(fate(took_ms / 4), Fate::Lost, "the schedule explains only a part of it");
    assert_eq!(fate(took_ms), Fate::Refused);
}

#[test]
fn a_turn_with_another_sessions_tag_is_astray_in_its_own_document() {
    check(Story::of_one_turn().stored_with_tag("S1", &["S1#1"], "session:S2"), Fate::Misattributed);
}
