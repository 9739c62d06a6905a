//! abandonment-is-reported: a shutdown reports all found work that it gives up. Source: #61794,
//! `test_shutdown_timeout_abandons_queued_write_with_state_and_log`.
//!
//! Turns that still waited in a buffer are not found work: no-loss judges their loss.

use model::facts::Place;
use model::words::part::Part;

use crate::history::Grade;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "abandonment-is-reported",
    part: Part::Memory,
    rule: "queued turns that a shutdown gives up are reported",
    // Which work was found, and which was reported.
    needs: Grade::ToldByImplementation,
    severity: 40,
    letter: 'A',
    words: "abandoned silently",
    counted: true,
    data: None,
    breaker: "blind-retry",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for turn in &evidence.ledger.turns {
        let (Some(at), Some((_, place))) = (turn.shut_down, turn.last_seen) else { continue };
        let found = matches!(place, Place::Worker | Place::WriterQueue | Place::InFlight);
        if !turn.is_lost() || turn.reported {
            findings.holds();
        } else if found {
            let told =
                format!("{} was {place} when its process shut down; it is lost, and nothing was reported", turn.id);
            findings.violated(Some(&turn.id), at, told);
        }
    }
    findings
}
