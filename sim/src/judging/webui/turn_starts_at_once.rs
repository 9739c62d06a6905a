//! turn-starts-at-once: work on a turn begins soon after the user asked for it, whatever another session's provider does. Source:
//! `scenarios/README.md` row AL-12 (a full cache commits the agent that it evicts, on the thread of the turn that needs the room).

use model::words::part::Part;

use crate::history::Grade;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "turn-starts-at-once",
    part: Part::WebUi,
    rule: "a turn is worked on no later than the command limit after it was asked for",
    needs: Grade::ToldByHost,
    severity: 70,
    letter: 'r',
    words: "turn held",
    counted: true,
    data: None,
    breaker: "W1",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let limit_ms = evidence.limits.command_ms;
    for asked in &evidence.reading.commits.agents.turns {
        let (turn, from_ms) = (&asked.turn, asked.began.ms);
        let to = asked.works.unwrap_or_else(|| evidence.end_of(asked.process));
        let to_ms = to.ms;
        match (to_ms - from_ms <= limit_ms, asked.works) {
            (true, Some(_)) => findings.holds(),
            (true, None) => {}
            (false, _) => {
                let told =
                    format!("{turn} was asked for at {from_ms} ms and held until {to_ms} ms, limit {limit_ms} ms");
                findings.violated(Some(turn), to, told);
            }
        }
    }
    findings
}
