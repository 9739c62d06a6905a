//! order: a document holds its turns in the order in which they were completed. Source: #41945 (one
//! worker, so that writes are in the order of the turns) and `scenarios/README.md` row 42 (two processes in one session).
//!
//! Processes that work on one session at the same time each number their own turns. A document in which the numbers of a session do not
//! increase is out of order too: its reader finds two conversations shuffled.
//! Turns with the same text share a name and are skipped. If a turn stands there more than once, its first copy counts: no-duplicate judges
//! the others.

use std::collections::BTreeMap;

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::judging::ledger::TurnRecord;
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "order",
    part: Part::Memory,
    rule: "a document holds its turns in the order in which they were completed",
    needs: Grade::Seen,
    severity: 10,
    letter: 'O',
    words: "order broken",
    counted: false,
    data: Some(Data::OrderBroken),
    breaker: "pr-55936",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let turns = &evidence.ledger.turns;
    let completed: BTreeMap<&TurnId, usize> = turns.iter().enumerate().map(|(n, turn)| (&turn.id, n)).collect();
    for (document, entries) in &evidence.ledger.documents {
        let mut latest: Option<usize> = None;
        let mut numbered: BTreeMap<&SessionId, &TurnId> = BTreeMap::new();
        let mut seen = vec![false; turns.len()];
        for id in entries.iter().flat_map(|entry| &entry.turns) {
            let Some(&place) = completed.get(id) else { continue };
            // Turns with the same text are indistinguishable.
            if std::mem::replace(&mut seen[place], true) || turns[place].said > 1 {
                continue;
            }
            let highest = numbered.entry(&id.session).or_insert(id);
            let told = match latest {
                Some(later) if later > place => {
                    format!("document {document} holds {} before {id}, which was completed earlier", turns[later].id)
                }
                Some(_) if highest.number > id.number && lived_together(&turns[completed[highest]], &turns[place]) => {
                    format!("document {document} holds {highest} before {id}: two conversations in one")
                }
                Some(_) => {
                    findings.holds();
                    (latest, *highest) = (Some(place), id);
                    continue;
                }
                None => {
                    latest = Some(place);
                    continue;
                }
            };
            findings.violated(Some(id), turns[place].called_ms, told);
        }
    }
    findings
}

/// Whether the process of a turn was still alive when another process completed a later one.
fn lived_together(turn: &TurnRecord, later: &TurnRecord) -> bool {
    turn.process != later.process && turn.ended.as_ref().is_none_or(|(ended_ms, _)| *ended_ms > later.called_ms)
}
