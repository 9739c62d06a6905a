//! What became of each turn, in words.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::{Observation, commits};
use model::words::turn::TurnId;

use crate::history::{Event, Fact};
use crate::judging::ledger::{Fate, Ledger, TurnRecord};
use crate::run::Run;

/// How good a fate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Good,
    /// Nothing was promised, or it is not decided.
    Open,
    /// A promise was broken.
    Bad,
}

/// A turn and its fate.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub turn: TurnId,
    pub grade: Grade,
    /// The fate in a few words.
    pub fate: String,
    /// Where it is, or where it was last seen.
    pub detail: String,
    /// The invariants that it convicts.
    pub violates: BTreeSet<&'static str>,
}

/// The fate of every turn that the history names, in the order in which it first does.
pub(super) fn of(run: &Run) -> Vec<Told> {
    let mut violates: BTreeMap<&TurnId, BTreeSet<&'static str>> = BTreeMap::new();
    for violation in &run.violations {
        if let Some(turn) = &violation.turn {
            violates.entry(turn).or_default().insert(violation.invariant);
        }
    }
    let records: BTreeMap<&TurnId, &TurnRecord> = run.ledger.turns.iter().map(|record| (&record.id, record)).collect();
    let committed = committed(&run.events);
    let mut known = BTreeSet::new();
    let named = run.events.iter().flat_map(|event| event.fact.turns()).filter(|turn| known.insert((*turn).clone()));
    let told = |turn: &TurnId| {
        let violates = violates.get(turn).cloned().unwrap_or_default();
        let (grade, fate, detail) = match records.get(turn) {
            Some(record) => in_ledger(record, &run.ledger),
            None if committed.contains(turn) => (Grade::Good, "committed".to_owned(), String::new()),
            None => (Grade::Open, "never handed over".to_owned(), "no memory got it".to_owned()),
        };
        let grade = if violates.is_empty() { grade } else { Grade::Bad };
        Told { turn: turn.clone(), grade, fate, detail, violates }
    };
    named.map(told).collect()
}

/// The turns that a WebUI counts as committed.
fn committed(events: &[Event]) -> BTreeSet<TurnId> {
    let counted = events.iter().filter_map(|event| {
        let Fact::Told(Observation::Commits(commits::Observation::Counted { turns, .. })) = &event.fact else {
            return None;
        };
        Some(turns)
    });
    counted.flatten().cloned().collect()
}

fn in_ledger(record: &TurnRecord, ledger: &Ledger) -> (Grade, String, String) {
    let copies = record.copies;
    let (grade, fate) = match record.fate {
        Fate::StoredOnce => {
            (Grade::Good, if copies > 1 { format!("stored {copies} times, as said") } else { "stored once".to_owned() })
        }
        Fate::Excluded => (Grade::Good, "not kept, as it should be".to_owned()),
        Fate::NeverAcknowledged => (Grade::Open, "never acknowledged".to_owned()),
        Fate::Refused => (Grade::Open, "refused, and its user knows".to_owned()),
        Fate::SetAside => (Grade::Open, "set aside, and its user knows".to_owned()),
        Fate::LostByProvider => (Grade::Open, "lost by the provider".to_owned()),
        Fate::Pending => (Grade::Open, "pending in the outbox".to_owned()),
        Fate::Unjudged => (Grade::Open, "not judged".to_owned()),
        Fate::Pollution => (Grade::Bad, "stored, and was not to be kept".to_owned()),
        Fate::Misattributed => (Grade::Bad, "in the wrong document".to_owned()),
        Fate::Duplicated => (Grade::Bad, format!("stored {copies} times")),
        Fate::Clobbered => (Grade::Bad, "overwritten".to_owned()),
        Fate::Lost => (Grade::Bad, "lost".to_owned()),
    };
    (grade, fate, detail(record, ledger))
}

/// The documents that hold it, or where it was last seen.
fn detail(record: &TurnRecord, ledger: &Ledger) -> String {
    let documents = ledger.documents.iter();
    let holding = documents.filter(|(_, entries)| entries.iter().any(|entry| entry.turns.contains(&record.id)));
    let names: Vec<String> = holding.map(|(document, _)| document.to_string()).collect();
    match (&names[..], record.applied_ms, record.last_seen) {
        ([], _, Some((at_ms, place))) => format!("last seen {place}, at {at_ms} ms"),
        ([], ..) => "in no document".to_owned(),
        (_, Some(at_ms), _) => format!("in {}, since {at_ms} ms", names.join(", ")),
        (_, None, _) => format!("in {}", names.join(", ")),
    }
}
