//! refusal-is-reported: a user knows of every turn that the provider refused for good and does not hold. Source: #37421 and
//! getzep/graphiti#1707 (a turn that is too long).
//!
//! What the provider has in the end needs no report. What is pending in an outbox to the end does: its user waits for nothing. What its user
//! has taken back is over: who hears of it again wonders whether it was taken back. And who hears that a turn is not kept, while nothing has
//! gone wrong since it was sent, stops to believe what he hears.

use std::cell::LazyCell;

use model::words::part::Part;

use crate::history::reading::At;
use crate::history::reading::stations::What;
use crate::history::{Fact, Grade, Happening, Who};
use crate::judging::calm::Calm;
use crate::judging::ledger::{Fate, TurnRecord};
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Fault;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "refusal-is-reported",
    part: Part::Memory,
    rule: "a user knows of every turn that the provider refused for good and does not hold, and hears of no other",
    // The host tells its user.
    needs: Grade::ToldByHost,
    severity: 45,
    letter: 'V',
    words: "refused silently",
    counted: true,
    data: None,
    breaker: "A",
    // Only the commits of a WebUI are drawn to fail.
    not_drawn: &[Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for turn in evidence.ledger.turns.iter().filter(|turn| turn.fate != Fate::Unjudged && turn.betrayed == 0) {
        let (Some(refused), Some(acknowledged_ms)) = (turn.turned_down, turn.acknowledged_ms) else { continue };
        if turn.is_stored() || turn.declared.is_some() {
            findings.holds();
        } else {
            let told = format!(
                "{} was acknowledged at {acknowledged_ms} ms and refused for good at {} ms; its user was not told",
                turn.id, refused.ms
            );
            findings.violated(Some(&turn.id), refused, told);
        }
    }
    for turn in evidence.ledger.turns.iter().filter(|turn| turn.said == 1 && !turn.comes_back) {
        if let Some((undone, told)) = told_again(evidence, turn) {
            let told_ms = told.ms;
            let told_again =
                format!("{} was taken back at {} ms, and its user was told of it at {told_ms} ms", turn.id, undone.ms);
            findings.violated(Some(&turn.id), told, told_again);
        }
    }
    let calm = LazyCell::new(|| evidence.limits.delivery.map(|delivery| Calm::of(evidence, &delivery)));
    for turn in evidence.ledger.turns.iter().filter(|turn| turn.said == 1 && turn.declared.is_some()) {
        if let Some((sent, told)) = given_up_in_calm(evidence, turn, calm.as_ref()) {
            let (sent_ms, told_ms) = (sent.ms, told.ms);
            let too_soon = format!(
                "{} was sent at {sent_ms} ms, and its user was told at {told_ms} ms that it is not kept; nothing had gone wrong",
                turn.id
            );
            findings.violated(Some(&turn.id), told, too_soon);
        } else if let Some(told) = given_up_at_the_first_failure(evidence, turn) {
            let told_ms = told.ms;
            let too_soon = format!(
                "the operation of {} had failed once, and its user was told at {told_ms} ms that it is not kept; nothing else had gone wrong",
                turn.id
            );
            findings.violated(Some(&turn.id), told, too_soon);
        }
    }
    findings
}

/// How long the slowest operation takes that was measured on Hindsight.
const SLOWEST_MS: u64 = 80_000;

/// When the turn was sent for the first time, and when its user was told that it is not kept, if no operation had taken too long by then.
fn given_up(evidence: &Evidence<'_>, turn: &TurnRecord) -> Option<(At, At)> {
    let told = turn.declared?;
    let stations = &evidence.reading.turns.get(&turn.id)?.stations;
    let sent = stations.iter().find(|station| matches!(station.what, What::Requested { .. }))?.at;
    (sent.place < told.place && told.ms < sent.ms + SLOWEST_MS).then_some((sent, told))
}

/// The same, if nothing had gone wrong in between.
fn given_up_in_calm(evidence: &Evidence<'_>, turn: &TurnRecord, calm: Option<&Calm>) -> Option<(At, At)> {
    given_up(evidence, turn).filter(|(sent, told)| calm.is_some_and(|calm| calm.lasts(sent.ms, told.ms)))
}

/// When its user was told, if all that had gone wrong by then is that operations had failed, and one of them was the turn's. A worker that
/// fails is as soon mended as a server that answers 500.
fn given_up_at_the_first_failure(evidence: &Evidence<'_>, turn: &TurnRecord) -> Option<At> {
    let ((_, told), reading) = (given_up(evidence, turn)?, evidence.reading);
    let before = || evidence.events[..told.place].iter().map(|event| &event.fact);
    let went_down = before().any(|fact| matches!(fact, Fact::Provider(Happening::Down { .. })));
    let faults = || {
        before().filter_map(|fact| {
            let Fact::Provider(Happening::Received { fault: Some(fault), items, .. }) = fact else { return None };
            Some((*fault, items))
        })
    };
    let otherwise = went_down || faults().any(|(fault, _)| fault != Fault::AcceptFail);
    let well = reading.disk.faulty_ms(0, told.ms) == 0 && reading.machine.asleep_ms(0, told.ms) == 0;
    let own = faults().filter(|(_, items)| items.iter().any(|item| item.turns.contains(&turn.id))).count();
    (evidence.limits.delivery.is_some() && own == 1 && !otherwise && well).then_some(told)
}

/// When the turn was taken back, and when its user was told all the same: by the process that took it back, or by a later one.
fn told_again(evidence: &Evidence<'_>, turn: &TurnRecord) -> Option<(At, At)> {
    let reading = evidence.reading;
    let stations = &reading.turns.get(&turn.id)?.stations;
    let undone = stations.iter().rfind(|station| matches!(station.what, What::TakenBack))?.at;
    let who = &evidence.events[undone.place].who;
    let knows = |at: &At| match &evidence.events[at.place].who {
        teller if teller == who => true,
        Who::Process(process) => {
            reading.lives.of(*process).and_then(|life| life.started).is_some_and(|at| at.place > undone.place)
        }
        Who::World | Who::Provider => false,
    };
    let mut told = stations.iter().filter(|station| matches!(station.what, What::Declared)).map(|station| station.at);
    told.find(|at| at.place > undone.place && knows(at)).map(|at| (undone, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Call, Event, Exclusion, Word};
    use crate::judging::memory::tests::{LIMITS, Story, check_holds, check_violated, violations, violations_within};
    use crate::judging::{Delivery, Limits};

    fn refused(status: u16) -> Story {
        Story::of_one_turn().retain(1, &["S1#1"], Some(Fault::Refuse(status)), status)
    }

    fn names(story: Story) -> Vec<&'static str> {
        violations(story).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_user_must_know_of_a_turn_that_is_refused_for_good() {
        assert_eq!(names(refused(413)), ["no-loss", ROW.name]);
        check_holds(refused(413).declared(&["S1#1"]));
        check_holds(refused(413).stored("S1", &["S1#1"]));
        assert_eq!(names(refused(413).pending(&["S1#1"])), ["convergence", ROW.name]);
    }

    #[test]
    fn who_takes_a_refused_turn_back_hears_no_more_of_it() {
        let turn = || "S1#1".parse().expect("a turn");
        let undo = || Call::Command { word: Word::Undo, session: "S1".into() };
        let undone = || refused(413).process(Fact::Excluded { turn: turn(), why: Exclusion::Undone });
        let heard = |story: Story| names(story).contains(&ROW.name);
        assert!(!heard(undone().process(Fact::Called(undo())).declared(&["S1#1"]).process(Fact::Returned(undo()))));
        assert!(heard(undone().process(Fact::Returned(undo())).declared(&["S1#1"])));
    }

    /// A turn is sent at 200 ms, and its user told so many milliseconds later that it is not kept.
    fn given_up(fault: Option<Fault>, after_ms: u64) -> Vec<String> {
        let delivery = Delivery {
            limit_ms: 30_000,
            aftermath_ms: 100_000,
            batch: 1,
            budget_ms: 5_000,
            opens: true,
            follow: true,
            boundaries: &[],
            ends: &[],
        };
        let story = Story::of_one_turn().retain(1, &["S1#1"], fault, 200).waits(after_ms - 100);
        let story = story.declared(&["S1#1"]).applied("S1", &["S1#1"]).stored("S1", &["S1#1"]);
        let up = Event { at_ms: 0, who: Who::Provider, fact: Fact::Provider(Happening::Up) };
        let events: Vec<Event> = [up].into_iter().chain(story.events()).collect();
        let found = violations_within(&events, Part::Memory, Limits { delivery: Some(delivery), ..LIMITS });
        found.into_iter().filter(|(name, _)| *name == ROW.name).map(|(_, told)| told).collect()
    }

    #[test]
    fn who_gives_up_while_nothing_goes_wrong_alarms_his_user_for_nothing() {
        let told =
            "S1#1 was sent at 200 ms, and its user was told at 80199 ms that it is not kept; nothing had gone wrong";
        assert_eq!(given_up(None, 79_999), [told]);
        assert_eq!(given_up(None, 80_000), [""; 0]);
        assert_eq!(given_up(Some(Fault::AcceptStall), 79_999), [""; 0]);
        assert_eq!(given_up(Some(Fault::Refuse(413)), 1_000), [""; 0]);
    }

    #[test]
    fn who_gives_up_at_the_first_failed_operation_does_so_too_soon() {
        let told = "the operation of S1#1 had failed once, and its user was told at 1200 ms that it is not kept; nothing else had gone wrong";
        assert_eq!(given_up(Some(Fault::AcceptFail), 1_000), [told]);
    }

    #[test]
    fn a_status_that_may_pass_is_no_refusal_for_good_and_no_excuse() {
        for status in [401, 403, 408, 409, 425, 429, 500, 503, 302] {
            assert_eq!(names(refused(status)), ["no-loss"], "{status}");
            assert_eq!(names(refused(status).declared(&["S1#1"])), ["no-loss"], "{status}");
        }
    }

    #[test]
    fn what_is_declared_and_was_never_refused_is_lost() {
        assert_eq!(names(Story::of_one_turn().declared(&["S1#1"])), ["no-loss"]);
        let accepted = Story::of_one_turn().retain(1, &["S1#1"], Some(Fault::AcceptStall), 200);
        check_holds(accepted.declared(&["S1#1"]));
    }

    #[test]
    fn what_the_provider_confirmed_and_did_not_keep_is_nobodys_loss() {
        let confirmed = |fault| Story::of_one_turn().retain(1, &["S1#1"], Some(fault), 200);
        check_holds(confirmed(Fault::AckDrop));
        assert_eq!(names(confirmed(Fault::Html)), ["no-loss"]);
        assert_eq!(names(confirmed(Fault::Unsuccessful)), ["no-loss"]);
        let again = confirmed(Fault::AckDrop).retain(2, &["S1#1"], None, 200);
        let told = "S1#1 was acknowledged at 100 ms and is in no document; its process exited at 400 ms";
        check_violated(again, "no-loss", told);
        let refused = confirmed(Fault::AckDrop).retain(2, &["S1#1"], Some(Fault::Refuse(500)), 500);
        check_holds(refused);
        let endless = confirmed(Fault::AckDrop).retain(2, &["S1#1"], Some(Fault::AcceptStall), 200);
        check_holds(endless);
    }

    /// Two turns in one retain, of which the provider keeps the first.
    fn kept_in_part(silent: bool) -> Story {
        let fault = Fault::Partial { keeps: 1, silent };
        let story = Story::of_one_turn().turn("S1#2", 0).retain(1, &["S1#1", "S1#2"], Some(fault), 200);
        story.applied("S1", &["S1#1"]).stored("S1", &["S1#1"])
    }

    #[test]
    fn what_an_answer_names_as_refused_is_lost_unless_its_user_knows() {
        assert_eq!(names(kept_in_part(false)), ["no-loss"]);
        check_holds(kept_in_part(false).declared(&["S1#2"]));
    }

    #[test]
    fn what_was_confirmed_with_others_and_not_kept_is_the_providers_loss_and_only_that() {
        check_holds(kept_in_part(true));
        let lost = |turns: &[&str]| {
            let fault = Fault::Partial { keeps: 1, silent: true };
            let story = Story::of_one_turn().turn("S1#2", 0).retain(1, &["S1#1", "S1#2"], Some(fault), 200);
            violations(story.applied("S1", &["S1#1"]).stored("S1", turns)).len()
        };
        assert_eq!((lost(&["S1#1"]), lost(&[])), (0, 1));
    }

    #[test]
    fn of_a_turn_that_was_said_twice_one_copy_may_be_the_providers_loss() {
        let said = || Story::of_one_turn().turn("S1#1", 0).retain(1, &["S1#1"], Some(Fault::AckDrop), 200);
        check_holds(said().retain(2, &["S1#1"], None, 200).stored("S1", &["S1#1"]));
        assert_eq!(names(said().retain(2, &["S1#1"], None, 200)), ["no-loss"]);
    }
}
