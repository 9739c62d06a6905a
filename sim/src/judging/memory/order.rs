//! order: a document holds its turns in the order in which they were completed. Source: #41945 (one
//! worker, so that writes are in the order of the turns) and `scenarios/README.md` row 42 (two processes in one session).
//!
//! Processes that work on one session at the same time each number their own turns. A document in which the numbers of a session do not
//! increase is out of order too: its reader finds two conversations shuffled.
//! If a turn stands there more often than it was said, its first copy counts: no-duplicate judges the others. Turns with the same text share
//! a name, so each of their copies may be any of them that it can be, and nothing follows from copies in excess.

use std::collections::BTreeMap;

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::judging::ledger::TurnRecord;
use crate::judging::{Evidence, Findings, Invariant, copies};
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
    let handed_over = evidence.reading.turns.handed_over();
    let calls: Vec<Vec<usize>> = handed_over.map(|turn| turn.handed_over().map(|(at, _)| at.place).collect()).collect();
    let index: BTreeMap<&TurnId, usize> = turns.iter().enumerate().map(|(n, turn)| (&turn.id, n)).collect();
    for (document, entries) in &evidence.ledger.documents {
        let held = entries.iter().flat_map(|entry| &entry.turns).filter_map(|id| index.get(id).copied());
        let mut latest: Option<Held> = None;
        let mut numbered: BTreeMap<&SessionId, &TurnRecord> = BTreeMap::new();
        for copy in copies(&held.collect::<Vec<_>>(), &calls) {
            let turn = &turns[copy.turn];
            let id = &turn.id;
            let highest = if turn.said == 1 { *numbered.entry(&id.session).or_insert(turn) } else { turn };
            let told = match latest {
                Some(later) if later.earliest > copy.latest => {
                    let later = &turns[later.turn].id;
                    format!("document {document} holds {later} before {id}, which was completed earlier")
                }
                Some(_) if highest.id.number > id.number && lived_together(highest, turn) => {
                    format!("document {document} holds {} before {id}: two conversations in one", highest.id)
                }
                _ => {
                    latest.is_some().then(|| findings.holds());
                    if turn.said == 1 {
                        numbered.insert(&id.session, turn);
                    }
                    latest = latest.max(Some(copy));
                    continue;
                }
            };
            let at = copies::entered(evidence, id, document).unwrap_or(turn.called);
            findings.violated(Some(id), at, told);
        }
    }
    findings
}

/// A turn as it stands in a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    /// The first and the last place of the log at which it can have been handed over.
    earliest: usize,
    latest: usize,
    /// The turn, by its place in the ledger.
    turn: usize,
}

/// The copies that count of the turns that a document holds.
fn copies(held: &[usize], calls: &[Vec<usize>]) -> Vec<Held> {
    let mut number = vec![0; calls.len()];
    held.iter().for_each(|&turn| number[turn] += 1);
    let mut met = vec![0; calls.len()];
    let counts = |turn: usize| {
        let (calls, nth) = (&calls[turn], met[turn]);
        met[turn] += 1;
        match calls.len().checked_sub(number[turn]) {
            Some(missing) => Some(Held { earliest: calls[nth], latest: calls[nth + missing], turn }),
            None if calls.len() == 1 && nth == 0 => Some(Held { earliest: calls[0], latest: calls[0], turn }),
            None => None,
        }
    };
    held.iter().copied().filter_map(counts).collect()
}

/// Whether the process of a turn was still alive when another process completed a later one.
fn lived_together(turn: &TurnRecord, later: &TurnRecord) -> bool {
    turn.process != later.process && turn.ended.as_ref().is_none_or(|(ended_ms, _)| *ended_ms > later.called.ms)
}
