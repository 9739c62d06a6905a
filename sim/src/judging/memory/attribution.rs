//! attribution: a turn stands in a document of its own session, in the bank of its profile, under its own session's tag and metadata. Source: `scenarios/README.md`
//! rows 44 (#6672: the provider does not learn of a new session) to 47, and two mutants of the reference that every judge passed.
//!
//! Hermes's metadata also count the messages of their text: two for each turn, as the code of every release has it. They are compared with the text
//! as it arrives. Deliberately absent: `turn_index`. The releases send a counter that a switch sets back and another initialization does not, and the
//! reference the number of the last turn.

use model::words::part::Part;
use model::words::profile::Banks;
use model::words::session::DocumentId;
use model::words::turn::TurnId;

use crate::history::reading::At;
use crate::history::{Fact, Grade, Happening};
use crate::judging::ledger::Fate;
use crate::judging::{Evidence, Findings, Invariant, copies};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "attribution",
    part: Part::Memory,
    rule: "a turn is stored in its own session's document, in its profile's bank, with that session's tag, and with metadata that name the session and count the messages",
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
            match turn.miscounted {
                Some(at) => findings.violated(Some(&turn.id), at, miscount(evidence, &turn.id, at)),
                None => findings.holds(),
            }
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

/// What is wrong with the text that brought the turn then.
fn miscount(evidence: &Evidence<'_>, turn: &TurnId, at: At) -> String {
    let Fact::Provider(Happening::Received { number, items, .. }) = &evidence.events[at.place].fact else {
        unreachable!("{} brings no text", evidence.events[at.place])
    };
    let wrong = items.iter().filter(|item| item.turns.contains(turn)).find_map(|item| Some((item, item.miscounted()?)));
    let (item, counted) = wrong.expect("the ledger has found a text whose metadata count wrong");
    let has = 2 * item.turns.len();
    format!("{turn} came in retain {number}, whose metadata count {counted} messages in a text of {has}")
}

fn place(document: &DocumentId, banks: &Banks) -> String {
    let (bank, id) = Happening::bank_and_id(document);
    if banks.is_one() { document.to_string() } else { format!("{id} of bank {bank}") }
}

#[cfg(test)]
mod tests {
    use model::protocols::hindsight::endpoints::RETAIN;

    use super::super::tests::{Story, check_holds, id, violations};
    use crate::history::{Fact, Happening, ReceivedItem};

    /// Two turns that come in one text, whose metadata count so many messages.
    fn story(messages: Option<&str>) -> Story {
        let (turns, messages) = (vec![id("S1#1"), id("S1#2")], messages.map(str::to_owned));
        let items = vec![ReceivedItem { container: Some("S1".into()), mode: None, turns, messages }];
        let received = Happening::Received { endpoint: RETAIN, number: 1, items, fault: None };
        Story::of_one_turn().turn("S1#2", 0).process(Fact::Provider(received)).stored("S1", &["S1#1", "S1#2"])
    }

    #[test]
    fn metadata_count_two_messages_for_each_turn() {
        check_holds(story(None));
        check_holds(story(Some("4")));
        for wrong in ["2", "3", "1", "", "four", "04"] {
            let told = |turn| format!("{turn} came in retain 1, whose metadata count {wrong} messages in a text of 4");
            assert_eq!(violations(story(Some(wrong))), ["S1#1", "S1#2"].map(|turn| ("attribution", told(turn))));
        }
    }
}
