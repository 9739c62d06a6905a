//! Echoes: turns of several sessions and processes that say one text, in which nothing tells them apart.
//!
//! Such a text names `_#900001` and so on, a number for each text. The one rule: wherever it is found, it is the turn of that number in
//! the session to which the place belongs. A text in the place of a session that never said it is that of one that did. Deliberately
//! absent: which of several copies in one session is whose, for nothing tells that.

use std::collections::{BTreeMap, BTreeSet};

use super::session::{DocumentId, SessionId};
use super::turn::{Turn, TurnId};

/// The name that stands in the place of a session.
pub const NAME: &str = "_";
/// The number of the first text: no session has so many turns of its own.
pub const FIRST: u32 = 900_001;

/// Whether a text that names this turn is one that several sessions may have said.
pub fn is_echo(turn: &TurnId) -> bool {
    turn.number >= FIRST && turn.session.as_str() == NAME
}

/// A turn that says this text, in words that everyone uses who says it.
pub fn turn(id: TurnId, text: &str) -> Turn {
    let name = TurnId { session: NAME.into(), number: id.number };
    Turn { user: format!("{name} {text}"), assistant: format!("{name} done."), id }
}

/// For each text, by its number, the sessions that say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echoes(BTreeMap<u32, BTreeSet<SessionId>>);

/// What a text's surroundings say of its session.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The document in which it stands, if it has a name.
    pub document: Option<&'a DocumentId>,
    /// The session in its metadata.
    pub session: Option<&'a SessionId>,
    /// Its tags.
    pub tags: &'a [String],
}

impl Echoes {
    /// These turns say a text that others may say, too.
    pub fn of(turns: impl Iterator<Item = TurnId>) -> Self {
        let mut echoes = Self::default();
        for turn in turns {
            echoes.0.entry(turn.number).or_default().insert(turn.session);
        }
        echoes
    }

    /// The turn that a text at this place is.
    pub fn resolve(&self, found: TurnId, place: Place<'_>) -> TurnId {
        let Some(sessions) = self.0.get(&found.number).filter(|_| is_echo(&found)) else { return found };
        let document = place.document.map(DocumentId::session);
        let tagged = place.tags.iter().filter_map(|tag| tag.strip_prefix("session:")).map(SessionId::from);
        let mut owners = document.into_iter().chain(place.session.cloned()).chain(tagged);
        let says = |owner: &SessionId| sessions.contains(&SessionId::from(owner.chat()));
        let session = owners.find(says).or_else(|| sessions.first().cloned()).unwrap_or(found.session);
        TurnId { session, number: found.number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: Option<&str>, session: Option<&str>, tags: &[&str], expected: &str) {
        let turns = ["S2#900001", "S1#900001", "S3#900002"].map(|turn| turn.parse().expect("a turn"));
        let (document, session) = (document.map(DocumentId::from), session.map(SessionId::from));
        let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
        let place = Place { document: document.as_ref(), session: session.as_ref(), tags: &tags };
        let found = "_#900001".parse().expect("a turn");
        assert_eq!(Echoes::of(turns.into_iter()).resolve(found, place).to_string(), expected);
    }

    #[test]
    fn an_echo_is_the_turn_of_the_session_whose_document_holds_it() {
        check(Some("S1"), None, &[], "S1#900001");
        check(Some("S2:000001-000001"), Some("S1"), &["session:S1"], "S2#900001");
        check(Some("S2.2-20260101_000000_000000"), None, &[], "S2.2#900001");
        check(None, Some("S2"), &[], "S2#900001");
        check(None, None, &["parent:S1", "session:S2"], "S2#900001");
    }

    #[test]
    fn an_echo_among_turns_of_a_session_that_never_said_it_is_anothers() {
        check(Some("S3"), Some("S2"), &[], "S2#900001");
        check(Some("S3"), None, &[], "S1#900001");
        check(None, None, &[], "S1#900001");
    }

    #[test]
    fn what_nobody_echoes_is_a_turn_like_any_other() {
        let nowhere = Place { document: None, session: None, tags: &[] };
        for turn in ["_#900003", "_#1", "S1#900001"] {
            let turn: TurnId = turn.parse().expect("a turn");
            let echoes = Echoes::of(["S2#900001".parse().expect("a turn")].into_iter());
            assert_eq!(echoes.resolve(turn.clone(), nowhere), turn);
        }
    }
}
