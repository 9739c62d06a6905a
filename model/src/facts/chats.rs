//! What can be testified about where a gateway's chats go on.

use serde::{Deserialize, Serialize};

use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// Why a turn begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// Its user has asked.
    Asked,
    /// Nobody has: the gateway takes it up again by itself.
    Resumed,
    /// Its user has asked, and the agent is told to go on with this turn, which was cut short.
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

/// What an observer sees of a gateway's turns, and of the marks behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// A message came.
    Asked {
        /// The turn it is planned as.
        turn: TurnId,
    },
    /// A message came while the gateway was stopping, and was turned away.
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
        /// The turn of the transcript into whose hang it runs, if it does.
        into: Option<TurnId>,
    },
    /// A turn ended.
    Finished {
        /// The turn it is planned as.
        turn: TurnId,
        /// How.
        end: End,
    },
    /// Its answer reached the user.
    Replied {
        /// The turn it is planned as.
        turn: TurnId,
    },
    /// `/stop`: the user wants nothing more of what the chat is about.
    StopAsked {
        /// The chat.
        chat: SessionId,
    },
    /// The user is told that it is so.
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
    /// Something was noted about a chat.
    Noted {
        /// The chat.
        chat: SessionId,
        /// What.
        note: Note,
    },
    /// Something was found, or done, that concerns every chat.
    Found {
        /// What.
        finding: Finding,
    },
}

/// What a gateway notes about a chat.
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

/// What a gateway finds that concerns every chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name says it")]
pub enum Finding {
    ReceiptWritten,
    ReceiptBelieved,
    NoReceipt,
    BreakerTripped,
}
