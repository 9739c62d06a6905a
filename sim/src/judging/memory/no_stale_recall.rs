//! no-stale-recall: a session reads only memories that were recalled for that session. Source: #17508 and #64745, a recall that outlives a
//! switch (`scenarios/README.md` rows 56 to 58).

use model::words::part::Part;

use crate::history::Grade;
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-stale-recall",
    part: Part::Memory,
    rule: "a session never reads what was recalled for another session",
    needs: Grade::Seen,
    severity: 10,
    letter: 'S',
    words: "stale recall",
    counted: true,
    data: Some(Data::StaleRecall),
    breaker: "A",
    // Neither host reads a recall.
    not_drawn: &[Part::Gateway, Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for recall in &evidence.reading.recalls {
        match (recall.stale(), &recall.recalled_for) {
            (Some(turn), _) => {
                let (session, at_ms) = (&recall.session, recall.at.ms);
                let told = format!("session {session} read at {at_ms} ms what was recalled for {turn}");
                findings.violated(Some(turn), recall.at, told);
            }
            (None, Some(_)) => findings.holds(),
            (None, None) => {}
        }
    }
    findings
}
