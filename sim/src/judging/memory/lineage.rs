//! lineage: the parent tag of a stored turn names the session from which its own was forked, and no other. Source: `scenarios/README.md`
//! rows 48 to 50 (#57106: a resumed session looks like a fork).
//! attribution judges a turn under another session's tag.

use std::collections::BTreeMap;

use model::words::part::Part;
use model::words::session::{SessionId, parent_tag, session_tag};
use model::words::turn::TurnId;

use crate::history::{Entry, Grade, Parent};
use crate::judging::ledger::TurnRecord;
use crate::judging::{Evidence, Findings, Invariant, copies};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "lineage",
    part: Part::Memory,
    rule: "a stored turn is tagged with its session's parent, and no other",
    needs: Grade::Seen,
    severity: 50,
    letter: 'I',
    words: "lineage wrong",
    counted: true,
    data: None,
    breaker: "F",
    // No gateway session is forked.
    not_drawn: &[Part::Gateway],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let ledger = evidence.ledger;
    let tagged = |entry: &Entry| entry.tags.iter().any(|tag| tag.starts_with("parent:"));
    let known = ledger.turns.iter().any(|turn| turn.parent != Parent::Unknown);
    if !known && !ledger.documents.values().flatten().any(tagged) {
        return findings;
    }
    let turns: BTreeMap<&TurnId, &TurnRecord> = ledger.turns.iter().map(|turn| (&turn.id, turn)).collect();
    let entries = ledger.documents.iter().flat_map(|(id, entries)| entries.iter().map(move |entry| (id, entry)));
    for (document, entry) in entries {
        let parents: Vec<&str> = entry.tags.iter().filter_map(|tag| tag.strip_prefix("parent:")).collect();
        let own = |turn: &&TurnRecord| entry.tags.contains(&session_tag(&turn.id.session));
        // Turns with the same text share a name, and may come from agents of different origin.
        let alone = |turn: &&TurnRecord| turn.said == 1;
        for turn in entry.turns.iter().filter_map(|id| turns.get(id).copied()).filter(own).filter(alone) {
            match wrong(turn, &parents) {
                None if turn.parent == Parent::Unknown && parents.is_empty() => {}
                None => findings.holds(),
                Some(told) => {
                    let at = copies::entered(evidence, &turn.id, document).unwrap_or(turn.called);
                    findings.violated(Some(&turn.id), at, told);
                }
            }
        }
    }
    findings
}

fn wrong(turn: &TurnRecord, parents: &[&str]) -> Option<String> {
    let TurnId { session, .. } = &turn.id;
    if parents.contains(&session.as_str()) {
        return Some(format!("{} is tagged with its own session as parent", turn.id));
    }
    let tagged = || match parents {
        [] => "with no parent".to_owned(),
        parents => {
            format!("with {}", parents.iter().map(|of| parent_tag(&SessionId::from(of))).collect::<Vec<_>>().join(", "))
        }
    };
    match &turn.parent {
        Parent::Nobody if !parents.is_empty() => {
            Some(format!("{} is tagged {}, and {session} was forked from nobody", turn.id, tagged()))
        }
        Parent::Session(parent) if parents != [parent.as_str()] => {
            Some(format!("{} is tagged {}, and {session} was forked from {parent}", turn.id, tagged()))
        }
        Parent::Unknown | Parent::Nobody | Parent::Session(_) => None,
    }
}
