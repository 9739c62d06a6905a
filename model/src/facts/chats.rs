//! Facts about a gateway's chats and their turns.

use serde::{Deserialize, Serialize};

use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// Why a turn begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// Its user sent a message.
    Asked,
    /// The gateway resumed it by itself.
    Resumed,
    /// Its user sent a message, and the agent got a note to continue this turn, which was cut short.
    Continued(TurnId),
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// With an answer.
    Completed,
    /// With an error.
    Failed,
    /// It was cut short.
    Interrupted,
}

/// A fact about a gateway's turns, or about the marks behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// A message came.
    Asked {
        /// The turn it is planned as.
        turn: TurnId,
    },
    /// A message came while the gateway was stopping, and the gateway turned it away.
    Refused {
        /// The turn it is planned as.
        turn: TurnId,
    },
    /// A message went to a session that has ended.
    Swallowed {
        /// The turn it is planned as.
        turn: TurnId,
        /// The session.
        session: SessionId,
    },
    /// A turn began.
    Began {
        /// The turn it is planned as.
        turn: TurnId,
        /// The session in which it runs.
        session: SessionId,
        /// The turns that it sees.
        sees: Vec<TurnId>,
        /// Why it began.
        how: How,
        /// The hanging turn of the transcript that makes this one hang too, if there is one.
        into: Option<TurnId>,
    },
    /// A turn ended.
    Finished {
        /// The turn it is planned as.
        turn: TurnId,
        /// How it ended.
        end: End,
    },
    /// Its answer reached the user.
    Replied {
        /// The turn it is planned as.
        turn: TurnId,
    },
    /// `/stop`: the user canceled all unfinished messages of the chat.
    StopAsked {
        /// The chat.
        chat: SessionId,
    },
    /// The gateway confirmed the `/stop` to its user.
    StoppedByUser {
        /// The chat.
        chat: SessionId,
    },
    /// A turn asked for a restart of the gateway.
    AskedForRestart {
        /// The turn.
        turn: TurnId,
    },
    /// A stop has begun.
    StopBegan,
    /// A stop has waited for turns.
    Drained {
        /// Whether it gave up.
        timed_out: bool,
        /// The chats whose turns it gave up.
        running: Vec<SessionId>,
    },
    /// The gateway noted something about a chat.
    Noted {
        /// The chat.
        chat: SessionId,
        /// The note.
        note: Note,
    },
    /// The gateway found or did something that concerns every chat.
    Found {
        /// The finding.
        finding: Finding,
    },
}

/// A note of a gateway about a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Note {
    Suspended,
    Pending,
    PendingCleared,
    Expired,
    MarkerDiscarded,
    MarkerRecovered,
    MarkerOfAFinishedTurn,
    Stuck,
    Stale,
    NewSession,
}

/// A finding of a gateway that concerns every chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Finding {
    ReceiptWritten,
    ReceiptBelieved,
    NoReceipt,
    BreakerTripped,
}
