//! no-loss: an acknowledged turn is in a document at the end, or still pending in a durable outbox.
//!
//! A turn whose call had not returned when its process died promises nothing. Source: #17447, #34859
//! and most of `scenarios/README.md`.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::At;
use crate::judging::ledger::{Fate, TurnRecord};
use crate::judging::{Evidence, Findings, Invariant, copies};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-loss",
    part: Part::Memory,
    rule: "an acknowledged turn ends in a document, or pending in a durable outbox",
    // The word of the implementation only excuses: a turn that its outbox does not report counts as lost.
    needs: Grade::Seen,
    severity: 10,
    letter: 'L',
    words: "lost",
    counted: true,
    data: Some(Data::Lost),
    breaker: "A",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for turn in &evidence.ledger.turns {
        match (turn.fate, turn.acknowledged_ms) {
            (Fate::Refused | Fate::SetAside, _) => findings.holds(),
            // What the provider confirmed and lost is no loss of the memory.
            (Fate::Unjudged | Fate::NeverAcknowledged | Fate::LostByProvider, _) | (_, None) => {}
            (_, Some(acknowledged_ms)) if turn.is_lost() => {
                findings.violated(Some(&turn.id), lost(evidence, turn), told(turn, acknowledged_ms));
            }
            _ => findings.holds(),
        }
    }
    findings
}

/// When it was overwritten, or last seen.
fn lost(evidence: &Evidence<'_>, turn: &TurnRecord) -> At {
    let last_seen = || Some(evidence.reading.turns.get(&turn.id)?.last_seen()?.0);
    copies::fell(evidence, &turn.id).or_else(last_seen).unwrap_or(turn.called)
}

fn told(turn: &TurnRecord, acknowledged_ms: u64) -> String {
    let mut told = format!("{} was acknowledged at {acknowledged_ms} ms and ", turn.id);
    match turn.applied_ms {
        Some(_) if turn.copies > 0 => {
            told += &format!("said {} times, but is stored {} times", turn.said, turn.copies);
        }
        Some(applied_ms) => told += &format!("stored at {applied_ms} ms, then overwritten by content without it"),
        None => told += "is in no document",
    }
    if let Some((at_ms, place)) = turn.last_seen {
        told += &format!("; last seen {place}, at {at_ms} ms");
    }
    if let Some((at_ms, ending)) = &turn.ended {
        told += &format!("; its process {ending} at {at_ms} ms");
    }
    told
}
