//! The values in a line that have more than one form: an entry of a document, the fate of a reply.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::history::WriteMode;

/// How entries treat those that their document already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is the format's own word")]
pub enum Mode {
    Replace,
    Append,
}

impl From<WriteMode> for Mode {
    fn from(mode: WriteMode) -> Self {
        match mode {
            WriteMode::Replace => Self::Replace,
            WriteMode::Append => Self::Append,
        }
    }
}

impl From<Mode> for WriteMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Replace => Self::Replace,
            Mode::Append => Self::Append,
        }
    }
}

/// One text of a document: a string, or an object that says more.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The ids of the turns in it, in order. They are not looked for in the text then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<Vec<String>>,
    /// The session that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Its labels, such as `session:S1` and `parent:S1`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrMore)
    }
}

struct TextOrMore;

impl<'de> Visitor<'de> for TextOrMore {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object with text or turns")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry { text: Some(text.to_owned()), ..Entry::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[derive(Default)]
        struct More {
            text: Option<String>,
            turns: Option<Vec<String>>,
            session: Option<String>,
            tags: Vec<String>,
        }
        let More { text, turns, session, tags } = More::deserialize(MapAccessDeserializer::new(map))?;
        match (&text, &turns) {
            (None, None) => Err(de::Error::custom("an entry has a text or a list of turns")),
            _ => Ok(Entry { text, turns, session, tags }),
        }
    }
}

/// The fate of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The provider answered with this HTTP status.
    Status(u16),
    /// It ended the connection instead.
    Lost,
    /// The client had left.
    Abandoned,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "answered {status}"),
            Self::Lost => f.write_str("its reply was lost"),
            Self::Abandoned => f.write_str("its client had left"),
        }
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Status(status) => serializer.serialize_u16(*status),
            Self::Lost => serializer.serialize_str("lost"),
            Self::Abandoned => serializer.serialize_str("abandoned"),
        }
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StatusOrWord;

        impl Visitor<'_> for StatusOrWord {
            type Value = Reply;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an HTTP status, \"lost\" or \"abandoned\"")
            }

            fn visit_u64<E: de::Error>(self, status: u64) -> Result<Reply, E> {
                match u16::try_from(status) {
                    Ok(status @ 100..=599) => Ok(Reply::Status(status)),
                    _ => Err(E::invalid_value(de::Unexpected::Unsigned(status), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Reply, E> {
                match word {
                    "lost" => Ok(Reply::Lost),
                    "abandoned" => Ok(Reply::Abandoned),
                    _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
                }
            }
        }

        deserializer.deserialize_any(StatusOrWord)
    }
}
