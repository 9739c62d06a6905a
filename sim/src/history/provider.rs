//! The events that a provider reports, in words of no protocol: plain data, complete enough to judge by.
//!
//! A protocol has endpoints, to which requests go, and containers, in which it keeps texts: Hindsight's documents are
//! containers. The order of variants and fields is part of every digest.

use model::words::endpoint::Endpoint;
use model::words::profile;
use model::words::session::{BankId, DocumentId, SessionId};
use model::words::turn::TurnId;
use serde::Serialize;

use crate::plan::Fault;

/// Something that happened at the provider. A request's `number` counts those to its endpoint from 1, in order of
/// arrival, over all lives of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Happening {
    /// A request has arrived completely.
    Received {
        /// Its endpoint.
        endpoint: Endpoint,
        /// Its number among the requests to its endpoint.
        number: u32,
        /// The texts that it brings, if it delivers turns and can be read.
        items: Vec<ReceivedItem>,
        /// The fault that the provider is about to apply.
        fault: Option<Fault>,
    },
    /// A request brought a text with bytes that nobody writes: a control character below a space, other than a line break or a tab.
    StrayBytes {
        /// The number of the request.
        number: u32,
    },
    /// A text was written to its container.
    Applied {
        /// The number of the request that brought it.
        number: u32,
        /// The container.
        container: DocumentId,
        /// The turns that it holds, in order.
        turns: Vec<TurnId>,
        /// How it treated the container's earlier texts. An old server may ignore the requested mode.
        mode: WriteMode,
    },
    /// An answer leaves. It may not arrive.
    Answered {
        /// The request's endpoint.
        endpoint: Endpoint,
        /// Its number among the requests to its endpoint.
        number: u32,
        /// The HTTP status.
        status: u16,
    },
    /// A fault ended the connection instead of an answer.
    HungUp {
        /// The request's endpoint.
        endpoint: Endpoint,
        /// Its number among the requests to its endpoint.
        number: u32,
    },
    /// The client left while its request waited in `delay_if_alive` or `hang`: it is never applied.
    Abandoned {
        /// The request's endpoint.
        endpoint: Endpoint,
        /// Its number among the requests to its endpoint.
        number: u32,
    },
    /// The server left; connections are refused.
    Down {
        /// For how long.
        duration_ms: u64,
    },
    /// The server listens, for the first time or again.
    Up,
    /// A client deleted a container: its texts were not lost, but deleted.
    Deleted {
        /// The container.
        container: DocumentId,
    },
    /// The provider has lost texts that it had confirmed.
    Lost {
        /// Their container.
        container: DocumentId,
        /// The turns that they held.
        turns: Vec<TurnId>,
    },
    /// Texts were accepted into a container, and wait there for a commit: until one covers them they are no memory.
    Accepted {
        /// The number of the request that brought them.
        number: u32,
        /// The container.
        container: DocumentId,
        /// The turns that they hold, in order.
        turns: Vec<TurnId>,
    },
}

/// One text of a request that delivers turns, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedItem {
    /// The container that it names.
    pub container: Option<DocumentId>,
    /// The requested mode; an old server ignores it.
    pub mode: Option<WriteMode>,
    /// The turns that it holds, in order.
    pub turns: Vec<TurnId>,
    /// How many messages its metadata count, as they have it. `None` where they do not count as Hermes's do.
    pub messages: Option<String>,
}

impl ReceivedItem {
    /// The number of messages that its metadata count, if they count others than it has: two for each turn.
    pub fn miscounted(&self) -> Option<&str> {
        self.messages.as_deref().filter(|counted| **counted != (2 * self.turns.len()).to_string())
    }
}

/// How a text treats those that its container already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WriteMode {
    /// It takes their place.
    Replace,
    /// It follows them.
    Append,
}

impl Happening {
    /// The name of a document of this bank: its id, with the bank before it where that is not the usual one.
    pub fn container(bank: &BankId, id: &DocumentId) -> DocumentId {
        if bank.as_str() == profile::HOME { id.clone() } else { DocumentId::from(format!("{bank}/{id}")) }
    }

    /// The bank of a container, and the document's id there.
    pub fn bank_and_id(container: &DocumentId) -> (BankId, DocumentId) {
        let (bank, id) = container.as_str().split_once('/').unwrap_or((profile::HOME, container.as_str()));
        (BankId::from(bank), DocumentId::from(id))
    }
}

/// The content of a container at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: DocumentId,
    /// Its texts, in order.
    pub entries: Vec<Entry>,
}

/// One text of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The turns that it holds, in order.
    pub turns: Vec<TurnId>,
    /// Its labels, as `session:S1` or `parent:S1`: the tags that were sent, or for a protocol without tags the content of its own fields.
    pub tags: Vec<String>,
    /// The session that its metadata names, if they name one.
    pub session: Option<SessionId>,
}
