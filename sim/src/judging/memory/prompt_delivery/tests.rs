//! Tests of prompt-delivery, with stories of one process.

use super::super::tests::Story;
use super::*;
use crate::history::reading::Reading;
use crate::history::{Event, Exclusion, Parent, Who};
use crate::judging::ledger::Ledger;
use crate::judging::{Limits, Testimony, judge};
use crate::plan::{DiskFault, Fault};

const DELIVERY: Delivery = Delivery {
    limit_ms: 30_000,
    aftermath_ms: 100_000,
    batch: 2,
    budget_ms: 5_000,
    opens: true,
    follow: true,
    boundaries: &[Word::Switch, Word::End, Word::Flush],
    ends: &[Word::Shutdown],
};

/// What the invariant says of a story, in which the server is there from the start on.
fn found(story: Story, delivery: Delivery) -> Vec<String> {
    let first =
        [(Who::Provider, Fact::Provider(Happening::Up)), (Who::Process(1), Fact::Started { session: "S1".into() })];
    let first = first.into_iter().map(|(who, fact)| Event { at_ms: 0, who, fact });
    let events: Vec<Event> = first.chain(story.events()).collect();
    let reading = Reading::of(&events);
    let ledger = Ledger::of(&events, &reading);
    let limits = Limits {
        turn_ms: u64::MAX,
        command_ms: u64::MAX,
        shutdown_ms: u64::MAX,
        memory: 100,
        recalls_ahead: 0,
        held_up_ms: 0,
        end_ms: None,
        delivery: Some(delivery),
    };
    let testimony = Testimony { about: Part::Memory, testifies: &[] };
    let judgment = judge(&Evidence { events: &events, reading: &reading, ledger: &ledger, limits, testimony });
    let own = judgment.violations.into_iter().filter(|violation| violation.invariant == ROW.name);
    own.map(|violation| violation.evidence).collect()
}

fn command(word: Word) -> Call {
    Call::Command { word, session: "S2".into() }
}

fn flush() -> Call {
    Call::Command { word: Word::Flush, session: "S1".into() }
}

/// A turn that is acknowledged at 100 ms, what follows, and its retain so many milliseconds later.
fn stored(then: impl Fn(Story) -> Story, after_ms: u64) -> Story {
    then(Story::of_one_turn())
        .waits(after_ms)
        .retain(1, &["S1#1"], None, 200)
        .applied("S1", &["S1#1"])
        .stored("S1", &["S1#1"])
}

fn check(story: Story, expected: &[&str]) {
    assert_eq!(found(story, DELIVERY), expected);
}

#[test]
fn a_full_batch_arrives_within_the_limit() {
    let second = |story: Story| story.turn("S1#2", 0);
    check(stored(second, 29_900), &[]);
    let told = "S1#1 was due at 200 ms, and nothing of S1 arrived from 200 to 30201 ms, limit 30000 ms; it arrived at 30201 ms";
    check(stored(second, 29_901), &[told]);
    check(stored(|story| story, 100_000), &[]);
    let alone = Delivery { batch: 1, ..DELIVERY };
    assert_eq!(found(stored(|story| story, 100_000), alone).len(), 1);
    let undone = Fact::Excluded { turn: "S1#2".parse().expect("a turn"), why: Exclusion::Undone };
    check(stored(|story| story.turn("S1#2", 0).process(undone.clone()), 100_000), &[]);
}

#[test]
fn a_change_of_parent_holds_up_no_batch() {
    let lineage = || Fact::Lineage { session: "S1".into(), parent: Parent::Session("S0".into()) };
    let forked = |story: Story| story.process(lineage()).turn("S1#2", 0);
    check(stored(forked, 29_900), &[]);
    assert_eq!(found(stored(forked, 29_901), DELIVERY).len(), 1);
}

#[test]
fn a_boundary_lets_a_session_travel_and_no_other_one() {
    let told = |word: Word| {
        check(
            stored(|story| story.call(command(word), 0), 29_901),
            &[
                "S1#1 was due at 200 ms, and nothing of S1 arrived from 200 to 30201 ms, limit 30000 ms; it arrived at 30201 ms",
            ],
        );
    };
    told(Word::Switch);
    told(Word::End);
    check(stored(|story| story.call(command(Word::Evict), 0), 100_000), &[]);
    check(stored(|story| story.turn("S2#1", 0).call(command(Word::Switch), 0), 100_000), &[]);
}

#[test]
fn the_clock_starts_anew_when_another_turn_of_the_session_arrives() {
    let more = |story: Story| {
        let full = story.turn("S1#2", 0).turn("S1#3", 0).waits(20_000);
        full.retain(7, &["S1#2"], None, 200).applied("S1", &["S1#2"]).stored("S1", &["S1#2"])
    };
    check(stored(more, 29_800), &[]);
    assert_eq!(found(stored(more, 30_000), DELIVERY).len(), 1);
}

#[test]
fn an_end_with_budget_left_leaves_nothing_behind() {
    let ends = |takes_ms| move |story: Story| story.call(command(Word::Shutdown), takes_ms);
    let told = "S1#1 was acknowledged at 100 ms; shutdown from 200 to 300 ms left it behind, with 4900 of 5000 ms to spare, and it arrived at 400 ms";
    check(stored(ends(100), 0), &[told]);
    check(stored(ends(2_500), 0), &[]);
    check(stored(|story| story.call(command(Word::CliExit), 0), 0), &[]);
    let delivered = Story::of_one_turn().process(Fact::Called(command(Word::Shutdown))).retain(1, &["S1#1"], None, 200);
    let delivered = delivered.applied("S1", &["S1#1"]).process(Fact::Returned(command(Word::Shutdown)));
    check(delivered.stored("S1", &["S1#1"]), &[]);
}

#[test]
fn a_flush_with_budget_left_leaves_nothing_behind() {
    let flushes = |takes_ms| move |story: Story| story.call(flush(), takes_ms);
    let told = "S1#1 was acknowledged at 100 ms; flush from 200 to 300 ms left it behind, with 4900 of 5000 ms to spare, and it arrived at 400 ms";
    check(stored(flushes(100), 0), &[told]);
    check(stored(flushes(2_500), 0), &[]);
    let unsure = Delivery { boundaries: &[Word::End], ..DELIVERY };
    assert!(found(stored(flushes(100), 0), unsure).is_empty());
    let of_the_next_session = |story: Story| story.call(command(Word::Flush), 100);
    check(stored(of_the_next_session, 0), &[told]);
    let tells_no_switch = Delivery { boundaries: &[Word::End, Word::Flush], ..DELIVERY };
    assert!(found(stored(of_the_next_session, 0), tells_no_switch).is_empty());
    let late = "S1#1 was due at 2700 ms, and nothing of S1 arrived from 2700 to 32701 ms, limit 30000 ms; it arrived at 32701 ms";
    check(stored(flushes(2_500), 29_901), &[late]);
}

#[test]
fn an_end_at_the_heels_of_a_flush_has_what_that_has_left() {
    let ends =
        |waits_ms| move |story: Story| story.call(flush(), 2_500).waits(waits_ms).call(command(Word::Shutdown), 0);
    check(stored(ends(0), 0), &[]);
    assert_eq!(found(stored(ends(1_000), 0), DELIVERY).len(), 1);
}

#[test]
fn a_memory_that_was_shut_down_before_is_asked_for_nothing() {
    let closed = Story::new().call(command(Word::Shutdown), 0).turn("S1#1", 0).turn("S1#2", 0);
    let closed = closed.call(command(Word::Shutdown), 0).waits(100_000).retain(1, &["S1#1"], None, 200);
    check(closed.applied("S1", &["S1#1"]).stored("S1", &["S1#1"]), &[]);
}

#[test]
fn trouble_and_what_follows_it_do_not_count() {
    let full = |story: Story| story.turn("S1#2", 0);
    let disk = || Fact::Disk { fault: DiskFault::Fails(std::time::Duration::from_secs(1)) };
    let at_first = |story: Story| full(story).process(disk());
    check(stored(at_first, 130_000), &[]);
    assert_eq!(found(stored(at_first, 132_000), DELIVERY).len(), 1);
    let nap = |story: Story| full(story).process(Fact::Suspended { lasts: std::time::Duration::from_secs(50) });
    check(stored(nap, 179_000), &[]);
    let down = |story: Story| full(story).process(Fact::Provider(Happening::Down { duration_ms: 9 }));
    check(stored(down, 900_000), &[]);
    let refused = |story: Story| full(story).retain(9, &["S1#1"], Some(Fault::Refuse(500)), 500);
    check(stored(refused, 129_000), &[]);
    assert_eq!(found(stored(refused, 131_000), DELIVERY).len(), 1);
}

#[test]
fn what_never_arrives_or_was_refused_for_good_is_another_judges() {
    let full = || Story::of_one_turn().turn("S1#2", 0).waits(100_000);
    check(full(), &[]);
    let refused = full().retain(1, &["S1#1"], Some(Fault::Refuse(413)), 413).waits(900_000);
    check(refused.retain(2, &["S1#1"], None, 200).applied("S1", &["S1#1"]).stored("S1", &["S1#1"]), &[]);
}
