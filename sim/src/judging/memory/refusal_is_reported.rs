//! refusal-is-reported: a user knows of every turn that the provider refused for good and does not hold. Source: #37421 and
//! getzep/graphiti#1707 (a turn that is too long).
//!
//! What the provider has in the end needs no report. What is pending in an outbox to the end does: its user waits for nothing.

use model::words::part::Part;

use crate::history::Grade;
use crate::judging::ledger::Fate;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "refusal-is-reported",
    part: Part::Memory,
    rule: "a user knows of every turn that the provider refused for good and does not hold",
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
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::memory::tests::{Story, check_holds, check_violated, violations};
    use crate::plan::Fault;

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
