//! no-pollution: turns that were interrupted, undone or made up by the runtime are not remembered. Source: #15218 (interrupted), #36229 and
//! #37051 (undone), #117487 (made up).

use model::words::part::Part;

use crate::history::Grade;
use crate::judging::ledger::Fate;
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-pollution",
    part: Part::Memory,
    rule: "no document holds a turn that was interrupted, undone or made up",
    needs: Grade::Seen,
    severity: 10,
    letter: 'Q',
    words: "polluted",
    counted: true,
    data: Some(Data::Polluted),
    breaker: "D",
    // No gateway turn is unwanted.
    not_drawn: &[Part::Gateway],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for turn in &evidence.ledger.turns {
        match turn.excluded {
            Some(why) if turn.pollutes() => {
                let told = format!("{} was {why} and is stored all the same", turn.id);
                findings.violated(Some(&turn.id), turn.applied_ms.unwrap_or(turn.called_ms), told);
            }
            Some(_) if turn.fate != Fate::Unjudged => findings.holds(),
            _ => {}
        }
    }
    findings
}
