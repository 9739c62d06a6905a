//! A turn: one completed user message with the assistant's final answer, and its form in a document.
//!
//! A turn's text begins with its id, so a reader of a stored document can find out which turns it holds. No implementation may
//! look for that id: it is there for the observer, not for the lifecycle.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::session::SessionId;
use super::timestamp::Timestamp;

/// The n-th turn of a session, counted from 1 over all processes: `S1#2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TurnId {
    /// The session in which the turn was completed.
    pub session: SessionId,
    /// Its place in the session, from 1.
    pub number: u32,
}

impl fmt::Display for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.session, self.number)
    }
}

impl fmt::Debug for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for TurnId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.rsplit_once('#').and_then(|(session, number)| Some((session, number.parse().ok()?)));
        match parsed {
            Some((session, number)) if !session.is_empty() && number > 0 => {
                Ok(Self { session: SessionId::from(session), number })
            }
            _ => Err(format!("\"{text}\" is not a turn; turns are written as S1#2")),
        }
    }
}

/// `"S1#2"` in formats that people read, session and number in others.
impl Serialize for TurnId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => (&self.session, self.number).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TurnId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(Written);
        }
        let (session, number) = Deserialize::deserialize(deserializer)?;
        Ok(Self { session, number })
    }
}

/// Reads a turn from its text; a file's reader adds the place of that text to a mistake.
struct Written;

impl Visitor<'_> for Written {
    type Value = TurnId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a turn, as in \"S1#2\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TurnId, E> {
        text.parse().map_err(E::custom)
    }
}

/// A completed turn, as the agent hands it to its memory.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Its id.
    pub id: TurnId,
    /// The user's message.
    pub user: String,
    /// The assistant's final answer.
    pub assistant: String,
}

impl Turn {
    /// The turn that a scenario names `id`: a short exchange that begins with the id.
    pub fn of(id: TurnId) -> Self {
        Self { user: format!("{id} what did we decide?"), assistant: format!("{id} we keep it."), id }
    }

    /// A turn with exactly this text. Turns that say the same share an id, because nothing else distinguishes them.
    pub fn saying(id: TurnId, text: &str) -> Self {
        Self { user: format!("{id} {text}"), assistant: format!("{id} done."), id }
    }

    /// The turn as Hermes writes it: a JSON list of two messages that share a timestamp, in whole seconds.
    pub fn to_json(&self, completed_at: Timestamp) -> String {
        let timestamp = completed_at.to_string();
        let message =
            |role, prefix, text: &str| Message { role, content: format!("{prefix}: {text}"), timestamp: &timestamp };
        let messages = [message("user", "User", &self.user), message("assistant", "Assistant", &self.assistant)];
        serde_json::to_string(&messages).expect("strings always serialize")
    }
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: String,
    timestamp: &'a str,
}

/// Joins turns, each as [`Turn::to_json`] writes it, into the content of one retain: a JSON list of lists.
pub fn content_of<S: AsRef<str>>(turns: &[S]) -> String {
    let mut content = String::with_capacity(2 + turns.iter().map(|turn| turn.as_ref().len() + 1).sum::<usize>());
    content.push('[');
    for (index, turn) in turns.iter().enumerate() {
        if index > 0 {
            content.push(',');
        }
        content.push_str(turn.as_ref());
    }
    content.push(']');
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_id_reads_back_as_it_was_written() {
        let id: TurnId = "S1#2".parse().expect("a turn");
        assert_eq!((id.session.as_str(), id.number, id.to_string().as_str()), ("S1", 2, "S1#2"));
        for bad in ["S1", "S1#", "S1#0", "#1", "S1#x", ""] {
            assert!(bad.parse::<TurnId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_content_of_a_retain_is_a_list_of_lists() {
        let turn = Turn::of("S1#1".parse().expect("a turn")).to_json(Timestamp::BEGINNING);
        let content = content_of(&[turn.as_str(), turn.as_str()]);
        let value: Vec<Vec<serde_json::Value>> = serde_json::from_str(&content).expect("JSON");
        assert_eq!(value.len(), 2);
        assert_eq!(value[1][0]["content"], "User: S1#1 what did we decide?");
    }
}
