//! convergence: after the faults have stopped, everything pending arrives, and is proved to have arrived, within a bound. The liveness half
//! of no-loss; `stall` gives the reason for a failure.
//!
//! Judged only if a durable outbox reports its content: without one nothing is ever pending, so the check could not fail.

use model::words::part::Part;

use super::stall;
use crate::history::Grade;
use crate::judging::ledger::Fate;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "convergence",
    part: Part::Memory,
    rule: "once the faults stop, what is pending in an outbox arrives in time",
    // Which turns the outbox still holds.
    needs: Grade::ToldByImplementation,
    severity: 60,
    letter: 'P',
    words: "still pending",
    counted: true,
    data: None,
    breaker: "lazy-start",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let outcome = &evidence.reading.outcome;
    let late = outcome.converged.and_then(|(at, in_time)| (!in_time).then_some(at));
    let why = late.and_then(|_| stall::reason(evidence)).map_or_else(String::new, |why| format!(": {why}"));
    for turn in &evidence.ledger.turns {
        match (turn.fate, turn.acknowledged_ms) {
            (Fate::Pending, Some(acknowledged_ms)) => {
                let told = format!(
                    "{} was acknowledged at {acknowledged_ms} ms and is still pending, though the faults have stopped{why}",
                    turn.id
                );
                let at = outcome.converged.map_or(turn.called, |(at, _)| at);
                findings.violated(Some(&turn.id), at, told);
            }
            (Fate::StoredOnce, _) if outcome.has_an_outbox() => findings.holds(),
            _ => {}
        }
    }
    if let Some(at) = late
        && findings.violations.is_empty()
    {
        let told = format!("at {} ms the outbox was still not empty, though the faults have stopped{why}", at.ms);
        findings.violated(None, at, told);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Story, check_violated};

    #[test]
    fn convergence_trips() {
        let story = Story::of_one_turn().pending(&["S1#1"]);
        check_violated(
            story,
            "convergence",
            "S1#1 was acknowledged at 100 ms and is still pending, though the faults have stopped",
        );
        let story = Story::of_one_turn().stored("S1", &["S1#1"]).too_late();
        check_violated(
            story,
            "convergence",
            "at 200 ms the outbox was still not empty, though the faults have stopped",
        );
    }
}
