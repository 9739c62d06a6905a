//! The lines of a foreign log, as they are written and read: one JSON object each, whose key `what` says what it tells of.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use super::values::{Entry, Mode, Reply};
use crate::history::Exclusion;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum Line {
    /// A turn was said: completed, and handed to the memory.
    Turn(Turn),
    /// A document was written.
    Document(Document),
    /// A document was deleted.
    Deleted(Deleted),
    /// A request reached the provider.
    Request(Request),
    /// A request was answered, or its connection ended without an answer.
    Reply(Replied),
    /// A session read a recall.
    Recalled(Recalled),
    /// `forget-me-not serve` began: it holds no document yet, and this log has everything that happens to them.
    Serve(Moment),
    /// It refuses connections from now on.
    Down(Moment),
    /// It accepts connections.
    Up(Moment),
    /// It ended, and every accepted text is in its document.
    End(Moment),
}

/// The words for `what`.
pub const WORDS: [&str; 10] =
    ["turn", "document", "deleted", "request", "reply", "recalled", "serve", "down", "up", "end"];

/// A turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    /// When it was handed over, in milliseconds since whatever moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// Its id, unique in the log.
    pub id: String,
    /// Its session.
    pub session: String,
    /// Whether it is to be kept.
    #[serde(default)]
    pub kind: Kind,
    /// The words by which it is found in a document's texts; its id if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How often one copy of it has those words.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub mentions: u32,
    /// Whether the memory's call returned without an error.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub acknowledged: bool,
    /// How long that call held its caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// The session from which its own was forked, `null` for none. Absent if that is not known.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub parent: Option<Option<String>>,
}

/// Whether a turn is to be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is the format's own word")]
pub enum Kind {
    #[default]
    Ordinary,
    Interrupted,
    Ephemeral,
    Undone,
}

impl Kind {
    /// Why it is not to be kept, if it is not.
    pub(super) fn exclusion(self) -> Option<Exclusion> {
        match self {
            Self::Ordinary => None,
            Self::Interrupted => Some(Exclusion::Interrupted),
            Self::Ephemeral => Some(Exclusion::Ephemeral),
            Self::Undone => Some(Exclusion::Undone),
        }
    }
}

/// What was written to a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    /// When. Absent for what was found at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// Its id.
    pub id: String,
    /// The bank that it is in, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// Its session, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// How the entries treat those that the document already has. A document with one line needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The number of the request that brought them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u32>,
    /// Its texts, in order.
    pub entries: Vec<Entry>,
}

/// A document that was deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as of a document")]
pub struct Deleted {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
}

/// A request that reached the provider. The line comes before those of its effects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// What it asked for, in one word: `retain`.
    pub method: String,
    /// Its number among those of its method, by which a reply names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The session that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The document that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Its text, in which turns are found as in a document's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The ids of the turns that it brings, instead of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Vec<String>>,
    /// The fault that it meets, as a scenario writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Its answer, if the line is written when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
}

/// The answer to a request, or its absence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as of a request")]
pub struct Replied {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    pub method: String,
    pub number: u32,
    pub reply: Reply,
}

/// A recall that a session read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recalled {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// The session that read it.
    pub session: String,
    /// The id of the turn that it was recalled for.
    pub about: String,
}

/// A moment of the provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    #[serde(default, skip_serializing)]
    pub(crate) what: Ignored,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
}

impl Moment {
    /// At this time.
    pub fn at(at_ms: u64) -> Self {
        Self { at_ms: Some(at_ms), ..Self::default() }
    }
}

/// The value of `what`, which was read before the rest.
pub(crate) type Ignored = IgnoredAny;

fn once() -> u32 {
    1
}

fn is_once(mentions: &u32) -> bool {
    *mentions == 1
}

fn yes() -> bool {
    true
}

fn is_yes(acknowledged: &bool) -> bool {
    *acknowledged
}

/// A key that is there: `null` is a value of its own.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
