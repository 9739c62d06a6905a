//! What a provider tells an observer, in words of no protocol: plain data, complete enough to judge by.
//!
//! A protocol has endpoints, to which requests go, and containers, in which it keeps texts: Hindsight's documents are
//! containers. The order of variants and fields is part of every digest.

use model::words::endpoint::Endpoint;
use model::words::session::{DocumentId, SessionId};
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
        /// Which of its kind.
        number: u32,
        /// The texts that it brings, if it delivers turns and can be read.
        items: Vec<ReceivedItem>,
        /// What the provider is about to do to it.
        fault: Option<Fault>,
    },
    /// A text is in its container.
    Applied {
        /// The number of the request that brought it.
        number: u32,
        /// Where it is.
        container: DocumentId,
        /// The turns that it holds, in order.
        turns: Vec<TurnId>,
        /// What became of the container's former texts, which on an old server is not what was asked for.
        mode: WriteMode,
    },
    /// An answer leaves. Whether it arrives is another matter.
    Answered {
        /// The request's endpoint.
        endpoint: Endpoint,
        /// Which of its kind.
        number: u32,
        /// The HTTP status.
        status: u16,
    },
    /// A fault ended the connection instead of an answer.
    HungUp {
        /// The request's endpoint.
        endpoint: Endpoint,
        /// Which of its kind.
        number: u32,
    },
    /// The client left while its request waited in `delay_if_alive` or `hang`: it is never applied.
    Abandoned {
        /// The request's endpoint.
        endpoint: Endpoint,
        /// Which of its kind.
        number: u32,
    },
    /// The server left; connections are refused.
    Down {
        /// For how long.
        duration_ms: u64,
    },
    /// The server listens, for the first time or again.
    Up,
    /// A container is gone, because a client wanted it so: its texts were not lost, but deleted.
    Deleted {
        /// Which one.
        container: DocumentId,
    },
}

/// One text of a request that delivers turns, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedItem {
    /// The container that it names.
    pub container: Option<DocumentId>,
    /// What it asks for; an old server pays no attention.
    pub mode: Option<WriteMode>,
    /// The turns that it holds, in order.
    pub turns: Vec<TurnId>,
}

/// What a text does to those that its container already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WriteMode {
    /// It takes their place.
    Replace,
    /// It follows them.
    Append,
}

/// What a container holds at the end.
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
    /// What it is filed under, as `session:S1` or `parent:S1`: the tags that were sent, and for a protocol without tags
    /// what its own fields say.
    pub tags: Vec<String>,
    /// The session that its metadata names, if they name one.
    pub session: Option<SessionId>,
}
