//! What the provider tells an observer: plain data, complete enough to judge by.

use model::facts::Request;
use model::protocols::hindsight::wire::UpdateMode;
use model::words::session::DocumentId;
use model::words::turn::TurnId;
use serde::{Deserialize, Serialize};

use crate::plan::Fault;

/// Something that happened at the provider. A request's `number` counts its kind from 1, in order of arrival, over all
/// lives of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A request has arrived completely.
    Received {
        /// Its kind.
        request: Request,
        /// Which of its kind.
        number: u32,
        /// What is to be kept, if it is a retain that can be read.
        items: Vec<ReceivedItem>,
        /// What the provider is about to do to it.
        fault: Option<Fault>,
    },
    /// An item is in its document.
    Applied {
        /// The retain's number.
        number: u32,
        /// Where it is.
        document: DocumentId,
        /// The turns that its content holds, in order.
        turns: Vec<TurnId>,
        /// What was done, which on an old server is not what was asked for.
        update_mode: UpdateMode,
    },
    /// An answer leaves. Whether it arrives is another matter.
    Answered {
        /// The request's kind.
        request: Request,
        /// Which of its kind.
        number: u32,
        /// The HTTP status.
        status: u16,
    },
    /// A fault ended the connection instead of an answer.
    HungUp {
        /// The request's kind.
        request: Request,
        /// Which of its kind.
        number: u32,
    },
    /// The client left while its request waited in `delay_if_alive` or `hang`: it is never applied.
    Abandoned {
        /// The request's kind.
        request: Request,
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
    /// A document is gone, because a client wanted it so: whatever it held was not lost, but deleted.
    Deleted {
        /// Which one.
        document: DocumentId,
    },
}

/// One item of a retain, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedItem {
    /// The document that it names.
    pub document: Option<DocumentId>,
    /// What it asks for; an old server pays no attention.
    pub update_mode: Option<UpdateMode>,
    /// The turns that its content holds, in order.
    pub turns: Vec<TurnId>,
}
