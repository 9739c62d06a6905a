//! no-duplicate: no turn is stored more often than it was said. Source: #29079 (a reply lost after the write), #41911 (a flush on switch of
//! turns that were already stored).

use model::words::part::Part;

use crate::history::Grade;
use crate::judging::ledger::{Fate, Ledger, TurnRecord};
use crate::judging::{Evidence, Findings, Invariant, copies};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-duplicate",
    part: Part::Memory,
    rule: "all documents together hold a turn at most as often as it was said",
    needs: Grade::Seen,
    severity: 10,
    letter: 'D',
    words: "duplicated",
    counted: true,
    data: Some(Data::Duplicated),
    breaker: "pr-55936",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for turn in evidence.ledger.turns.iter().filter(|turn| turn.fate != Fate::Unjudged && turn.copies > 0) {
        if turn.fate == Fate::Duplicated {
            let at = copies::exceeded(evidence, &turn.id, turn.said).unwrap_or(turn.called);
            findings.violated(Some(&turn.id), at, told(turn, evidence.ledger));
        } else {
            findings.holds();
        }
    }
    findings
}

fn told(turn: &TurnRecord, ledger: &Ledger) -> String {
    let copies = |entries: &[crate::history::Entry]| {
        entries.iter().flat_map(|entry| &entry.turns).filter(|id| **id == turn.id).count()
    };
    let counted = ledger.documents.iter().map(|(document, entries)| (document, copies(entries)));
    let places: Vec<String> =
        counted.filter(|(_, copies)| *copies > 0).map(|(document, copies)| format!("{copies} in {document}")).collect();
    let said = match turn.said {
        1 => String::new(),
        times => format!(" and was said {times} times"),
    };
    format!("{} is stored {} times{said}: {}", turn.id, turn.copies, places.join(", "))
}
