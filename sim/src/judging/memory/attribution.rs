//! attribution: a turn stands in a document of its own session, in the bank of its profile, under its own session's tag and metadata. Source: `scenarios/README.md`
//! rows 44 (#6672: the provider does not learn of a new session) to 47.

use model::words::part::Part;
use model::words::profile::Banks;
use model::words::session::DocumentId;

use crate::history::{Grade, Happening};
use crate::judging::ledger::Fate;
use crate::judging::{Evidence, Findings, Invariant, copies};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "attribution",
    part: Part::Memory,
    rule: "a turn is stored in its own session's document, in its profile's bank, with that session's tag and metadata",
    needs: Grade::Seen,
    severity: 10,
    letter: 'M',
    words: "misattributed",
    counted: true,
    data: Some(Data::Misattributed),
    breaker: "A",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let (mut findings, banks) = (Findings::default(), &evidence.reading.banks);
    for turn in evidence.ledger.turns.iter().filter(|turn| turn.fate != Fate::Unjudged && turn.copies > 0) {
        if turn.astray.is_empty() {
            findings.holds();
            continue;
        }
        let places: Vec<String> = turn
            .astray
            .iter()
            .map(|document| match evidence.reading.belongs_to(document, &turn.id.session) {
                true => format!("{document} with another session's tag or metadata"),
                false => place(document, banks),
            })
            .collect();
        let session = match banks.is_one() {
            true => turn.id.session.to_string(),
            false => format!("{}, to bank {},", turn.id.session, banks.of(&turn.id.session)),
        };
        let told = format!("{} belongs to session {session} and is stored in {}", turn.id, places.join(", "));
        let strayed = turn.astray.iter().filter_map(|document| copies::entered(evidence, &turn.id, document));
        let at = strayed.min_by_key(|at| at.place).unwrap_or(turn.called);
        findings.violated(Some(&turn.id), at, told);
    }
    findings
}

fn place(document: &DocumentId, banks: &Banks) -> String {
    let (bank, id) = Happening::bank_and_id(document);
    if banks.is_one() { document.to_string() } else { format!("{id} of bank {bank}") }
}
