//! What a run showed until the faults stopped, in the shape of what was measured.
//!
//! A text counts if its request came before, whenever the provider applied it. Where a store has commits, a text that none has covered counts as
//! stored and uncommitted.

use std::collections::{BTreeMap, BTreeSet};

use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;

use super::cell::Cell;
use crate::history::{Fact, Happening, WriteMode};
use crate::run::Run;

/// What happened to the turns of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    lost: Vec<TurnId>,
    duplicated: BTreeMap<TurnId, u32>,
    misattributed: Vec<TurnId>,
    uncommitted: Vec<TurnId>,
    order_broken: bool,
}

/// A difference, with both values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where they differ.
    pub part: &'static str,
    /// What the plugin did now.
    pub now: String,
    /// What it did when it was measured.
    pub measured: String,
}

/// The texts in the documents, and those of them that are memory.
#[derive(Default)]
struct Documents {
    held: BTreeMap<DocumentId, Vec<TurnId>>,
    memory: BTreeSet<TurnId>,
    waiting: bool,
}

impl Shown {
    /// What a run showed.
    pub fn of(run: &Run) -> Self {
        let documents = Documents::of(run);
        let all: BTreeSet<&TurnId> = run.ledger.turns.iter().map(|turn| &turn.id).collect();
        let mut copies = BTreeMap::<&TurnId, u32>::new();
        documents.held.values().flatten().for_each(|turn| *copies.entry(turn).or_default() += 1);
        let unseen = run.release.unseen();
        let astray = |(document, turns): (&DocumentId, &Vec<TurnId>)| {
            turns.iter().filter(|turn| !document.belongs_to(&turn.session)).cloned().collect::<Vec<_>>()
        };
        let misattributed: BTreeSet<TurnId> = match unseen.contains(&"attribution") {
            true => BTreeSet::new(),
            false => documents.held.iter().flat_map(astray).collect(),
        };
        let kept = copies.keys().copied().filter(|turn| documents.waiting && !documents.memory.contains(*turn));
        Self {
            lost: all.iter().copied().filter(|turn| !copies.contains_key(*turn)).cloned().collect(),
            uncommitted: kept.cloned().collect(),
            duplicated: copies
                .iter()
                .filter(|(_, copies)| **copies > 1)
                .map(|(turn, copies)| ((*turn).clone(), *copies))
                .collect(),
            misattributed: misattributed.into_iter().collect(),
            order_broken: !unseen.contains(&"order") && documents.held.values().any(|turns| is_out_of_order(turns)),
        }
    }

    /// As the measurements name an outcome.
    fn label(&self) -> String {
        let order = if self.order_broken { " O" } else { "" };
        let uncommitted = match self.uncommitted.len() {
            0 => String::new(),
            count => format!(" U{count}"),
        };
        let [lost, copied, astray] = [self.lost.len(), self.duplicated.len(), self.misattributed.len()];
        format!("L{lost} D{copied} M{astray}{order}{uncommitted}")
    }

    /// Where this differs from a cell. An outcome that is not the first of several has no turns to compare.
    pub fn differences(&self, cell: &Cell) -> Vec<Difference> {
        let label = self.label();
        let first = Self {
            lost: sorted(&cell.lost),
            duplicated: cell.duplicated.clone(),
            misattributed: cell.misattributed.as_deref().map_or_else(|| self.misattributed.clone(), sorted),
            uncommitted: sorted(&cell.uncommitted),
            order_broken: cell.order_broken,
        };
        let known = cell.outcomes.contains(&label);
        if known && (first.label() != label || *self == first) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut part = |part, now: String, measured: String| {
            found.extend((now != measured).then_some(Difference { part, now, measured }));
        };
        if !known {
            part("outcome", label, cell.outcomes.join(" or "));
        }
        part("lost", turns(&self.lost), turns(&first.lost));
        let copies = |of: &Self| turns(&of.duplicated.keys().cloned().collect::<Vec<_>>());
        part("duplicated", copies(self), copies(&first));
        part("misattributed", turns(&self.misattributed), turns(&first.misattributed));
        part("uncommitted", turns(&self.uncommitted), turns(&first.uncommitted));
        part("order broken", self.order_broken.to_string(), first.order_broken.to_string());
        found
    }
}

impl Documents {
    fn of(run: &Run) -> Self {
        let ends = run.events.iter().position(|event| event.fact == Fact::FaultsStopped).unwrap_or(run.events.len());
        let number = |fact: &Fact| {
            let Fact::Provider(Happening::Received { endpoint, number, .. }) = fact else { return None };
            endpoint.delivers().then_some(*number)
        };
        let received = run.events[..ends].iter().filter_map(|event| number(&event.fact));
        let last = received.max().unwrap_or(0);
        let mut documents = Self::default();
        for event in &run.events {
            let Fact::Provider(happening) = &event.fact else { continue };
            if let Happening::Accepted { number, container, turns } = happening
                && *number <= last
            {
                documents.waiting = true;
                documents.held.entry(container.clone()).or_default().extend(turns.iter().cloned());
            } else if let Happening::Applied { number, container, turns, mode } = happening
                && *number <= last
            {
                documents.memory.extend(turns.iter().cloned());
                if !documents.waiting {
                    documents.apply(container, turns, *mode);
                }
            }
        }
        documents
    }

    fn apply(&mut self, container: &DocumentId, turns: &[TurnId], mode: WriteMode) {
        let held = self.held.entry(container.clone()).or_default();
        if mode == WriteMode::Replace {
            held.clear();
        }
        held.extend(turns.iter().cloned());
    }
}

/// Whether the turns of a session are not in their order. Copies count.
fn is_out_of_order(turns: &[TurnId]) -> bool {
    let mut latest = BTreeMap::<&SessionId, u32>::new();
    turns.iter().any(|turn| {
        let before = latest.insert(&turn.session, turn.number);
        before.is_some_and(|before| before > turn.number)
    })
}

fn sorted(turns: &[TurnId]) -> Vec<TurnId> {
    let turns: BTreeSet<TurnId> = turns.iter().cloned().collect();
    turns.into_iter().collect()
}

fn turns(turns: &[TurnId]) -> String {
    let turns: Vec<String> = turns.iter().map(ToString::to_string).collect();
    if turns.is_empty() { "nothing".to_owned() } else { turns.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(text: &str) -> TurnId {
        text.parse().expect("a turn")
    }

    fn cell(outcomes: &[&str], lost: &[&str]) -> Cell {
        Cell {
            provider: "p".into(),
            case: "c".into(),
            real_time: false,
            outcomes: outcomes.iter().map(ToString::to_string).collect(),
            lost: lost.iter().map(|text| turn(text)).collect(),
            duplicated: BTreeMap::new(),
            misattributed: None,
            uncommitted: Vec::new(),
            order_broken: false,
        }
    }

    #[test]
    fn an_outcome_agrees_with_any_that_was_seen_and_with_the_turns_of_the_first() {
        let lost = |turns: &[&str]| Shown { lost: turns.iter().map(|text| turn(text)).collect(), ..Shown::default() };
        let parts = |shown: &Shown, cell: &Cell| {
            shown.differences(cell).into_iter().map(|found| found.part).collect::<Vec<_>>()
        };
        let race = cell(&["L0 D0 M0", "L1 D0 M0"], &["S1#2"]);
        assert_eq!(parts(&lost(&[]), &race), [""; 0]);
        assert_eq!(parts(&lost(&["S1#2"]), &race), [""; 0]);
        assert_eq!(parts(&lost(&["S1#1"]), &race), ["lost"]);
        assert_eq!(parts(&lost(&["S1#1", "S1#2"]), &race), ["outcome", "lost"]);
    }

    #[test]
    fn copies_are_in_order_if_none_is_behind_a_later_turn() {
        let check = |turns: &[&str]| is_out_of_order(&turns.iter().map(|text| turn(text)).collect::<Vec<_>>());
        assert!(!check(&["S1#1", "S1#2", "S1#2", "S2#1", "S1#3"]));
        assert!(check(&["S1#1", "S1#2", "S1#3", "S1#2"]));
    }
}
