//! A retain as the provider reads it, and the mistakes in it that it refuses.
//!
//! The turns in a text are looked up once, when it arrives. Deliberately absent: the effect of a retain.

use std::collections::BTreeMap;

use hyper::StatusCode;
use model::protocols::hindsight::wire::{Item, Retain, UpdateMode, Version};
use model::words::echo::{Echoes, Place};
use model::words::mentions::{before_turn, turns_in};
use model::words::session::{BankId, DocumentId, SessionId};

use super::{mode, problem};
use crate::history::{Entry, Happening, ReceivedItem};
use crate::providers::serve::Answer;

/// A retain.
pub(super) struct Submission {
    pub(super) bank: BankId,
    pub(super) pieces: Vec<Piece>,
    pub(super) asynchronous: bool,
    /// The identity of an asynchronous submission.
    pub(super) operation_id: Option<String>,
}

/// One item of a retain.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) document: Option<DocumentId>,
    pub(super) update_mode: Option<UpdateMode>,
    pub(super) content: String,
    pub(super) entry: Entry,
    /// As in [`ReceivedItem`].
    pub(super) messages: Option<String>,
}

impl Submission {
    /// Reads the body of a retain. Of a text that several sessions say its place tells whose it is.
    pub(super) fn read(bank: BankId, body: &[u8], echoes: &Echoes) -> serde_json::Result<Self> {
        let retain: Retain = serde_json::from_slice(body)?;
        let piece = |item: Item| {
            let messages = messages(&item.metadata);
            let (tags, session) = (item.tags, item.metadata.get("session_id").map(SessionId::from));
            let place = Place { document: item.document_id.as_ref(), session: session.as_ref(), tags: &tags };
            let turns = turns_in(&item.content).into_iter().map(|turn| echoes.resolve(turn, place)).collect();
            Piece {
                document: item.document_id,
                update_mode: item.update_mode,
                entry: Entry { turns, tags, session },
                content: item.content,
                messages,
            }
        };
        Ok(Self {
            bank,
            pieces: retain.items.into_iter().map(piece).collect(),
            asynchronous: retain.asynchronous,
            operation_id: retain.operation_id,
        })
    }

    /// Whether a text has bytes that nobody writes: JSON escapes what is below a space.
    pub(super) fn has_stray_bytes(&self) -> bool {
        let is_stray = |c: char| c < ' ' && !matches!(c, '\n' | '\r' | '\t');
        self.pieces.iter().any(|piece| piece.content.contains(is_stray))
    }

    /// The items that an observer sees.
    pub(super) fn received(&self) -> Vec<ReceivedItem> {
        let item = |piece: &Piece| ReceivedItem {
            container: piece.document.as_ref().map(|id| Happening::container(&self.bank, id)),
            mode: piece.update_mode.map(mode),
            turns: piece.entry.turns.clone(),
            messages: piece.messages.clone(),
        };
        self.pieces.iter().map(item).collect()
    }

    /// The submission as a provider of `version` understands it, or its refusal.
    pub(super) fn understood_by(mut self, version: &Version) -> Result<Self, Answer> {
        if !version.has_append() {
            self.pieces.iter_mut().for_each(|piece| piece.update_mode = None);
        }
        self.operation_id = self.operation_id.filter(|_| version.has_operation_id());
        if let Some(id) = &mut self.operation_id {
            let refusal = || problem(StatusCode::UNPROCESSABLE_ENTITY, "operation_id is not a UUID");
            *id = uuid(id).ok_or_else(refusal)?;
        }
        match self.mistake() {
            Some(mistake) => Err(problem(StatusCode::BAD_REQUEST, mistake)),
            None => Ok(self),
        }
    }

    /// Leaves out all turns but the first ones. Returns the places of those that it leaves out among all of its turns, from 0.
    pub(super) fn keep_first(&mut self, keeps: u32) -> Vec<u32> {
        let (mut places, mut refused) = (0.., Vec::new());
        self.pieces.retain_mut(|piece| {
            let left_out = piece.entry.turns.iter().filter(|_| {
                let place = places.next().expect("there is always another number");
                refused.extend((place >= keeps).then_some(place));
                place >= keeps
            });
            let kept = piece.entry.turns.len() - left_out.count();
            piece.content.truncate(before_turn(&piece.content, kept).len());
            piece.entry.turns.truncate(kept);
            kept > 0 || refused.is_empty()
        });
        refused
    }

    fn mistake(&self) -> Option<&'static str> {
        let pieces = &self.pieces;
        if pieces.is_empty() {
            return Some("items is empty");
        }
        if pieces.iter().any(|piece| piece.content.trim().is_empty()) {
            return Some("content is blank");
        }
        if self.asynchronous {
            let again = |(index, piece): (usize, &Piece)| {
                piece.document.is_some() && pieces[..index].iter().any(|earlier| earlier.document == piece.document)
            };
            return pieces.iter().enumerate().any(again).then_some("a document_id appears twice");
        }
        self.appends_to_nothing().then_some("update_mode append needs a document_id")
    }

    /// Whether an item asks for `append` without naming a document. An asynchronous retain is accepted anyway, and then fails.
    pub(super) fn appends_to_nothing(&self) -> bool {
        self.pieces.iter().any(|piece| piece.update_mode == Some(UpdateMode::Append) && piece.document.is_none())
    }
}

/// How many messages the metadata of Hermes's plugin count. Other integrations count those of a whole transcript under the same name, tool calls
/// included, and number no turn: Hermes's plugin sends `turn_index` beside it.
fn messages(metadata: &BTreeMap<String, String>) -> Option<String> {
    metadata.get("message_count").filter(|_| metadata.contains_key("turn_index")).cloned()
}

/// The text as a UUID in lower case and in the usual form of five groups; `None` if it is not one.
pub(super) fn uuid(text: &str) -> Option<String> {
    let fits = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    (text.len() == 36 && text.bytes().enumerate().all(fits)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use model::words::server::Server;

    use super::*;

    const ID: &str = "0000000A-0000-4000-8000-00000000000a";

    /// The status with which a server refuses a retain; `None` if it accepts it.
    fn refusal(server: Server, body: &str) -> Option<u16> {
        let submission = Submission::read("b".into(), body.as_bytes(), &Echoes::default()).expect("a retain");
        let version = Version { api_version: server.api_version().into() };
        submission.understood_by(&version).err().map(|answer| answer.status.as_u16())
    }

    #[test]
    fn a_retain_that_makes_no_sense_is_refused() {
        let newest = |body: &str| refusal(Server::Idempotent, body);
        assert_eq!(newest(r#"{"items":[{"content":"a"}]}"#), None);
        assert_eq!(newest(r#"{"items":[]}"#), Some(400));
        assert_eq!(newest(r#"{"items":[{"content":" \n"}]}"#), Some(400));
        let twice = r#"{"content":"a","document_id":"d"},{"content":"b","document_id":"d"}"#;
        assert_eq!(newest(&format!(r#"{{"items":[{twice}],"async":true}}"#)), Some(400));
        assert_eq!(newest(&format!(r#"{{"items":[{twice}]}}"#)), None);
        assert_eq!(newest(r#"{"items":[{"content":"a"},{"content":"b"}],"async":true}"#), None);
    }

    #[test]
    fn only_metadata_that_number_a_turn_count_the_messages_of_a_text() {
        let counted = |pairs: &[(&str, &str)]| {
            messages(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert_eq!(counted(&[("message_count", "2"), ("turn_index", "7")]).as_deref(), Some("2"));
        assert_eq!(counted(&[("message_count", "5"), ("session_id", "S1")]), None);
        assert_eq!(counted(&[("turn_index", "7")]), None);
    }

    #[test]
    fn an_append_to_nothing_is_refused_only_where_the_client_waits() {
        let item = r#"{"content":"a","update_mode":"append"}"#;
        let body = |asynchronous| format!(r#"{{"items":[{item}],"async":{asynchronous}}}"#);
        assert_eq!(refusal(Server::Append, &body(false)), Some(400));
        assert_eq!(refusal(Server::Append, &body(true)), None);
        assert_eq!(refusal(Server::Replace, &body(false)), None);
    }

    #[test]
    fn an_operation_id_must_be_a_uuid_where_it_means_something() {
        let body = |id| format!(r#"{{"items":[{{"content":"a"}}],"async":true,"operation_id":"{id}"}}"#);
        assert_eq!(refusal(Server::Idempotent, &body(ID)), None);
        assert_eq!(refusal(Server::Idempotent, &body("1")), Some(422));
        assert_eq!(refusal(Server::Append, &body("1")), None);
    }

    #[test]
    fn a_uuid_has_five_groups_of_hexadecimal_digits() {
        assert_eq!(uuid(ID).as_deref(), Some("0000000a-0000-4000-8000-00000000000a"));
        let (other_letter, longer, not_ascii) = (ID.replace('A', "g"), format!("{ID}0"), "é".repeat(18));
        for text in ["", "1", &ID[1..], &ID.replace('-', "0"), &other_letter, &longer, &not_ascii] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}
