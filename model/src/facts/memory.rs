//! Facts about a memory, and the vocabulary that reports read in them.

use serde::{Deserialize, Serialize};

use super::{chats, commits};
use crate::words::endpoint::Endpoint;
use crate::words::turn::TurnId;

/// A fact that an implementation or its host reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Observation {
    /// Turns came to a new place. The last place of a lost turn is evidence.
    Moved {
        /// The turns, in order.
        turns: Vec<TurnId>,
        /// Where they are now. Its words follow "last seen".
        place: Place,
    },
    /// A request left for the provider.
    RequestSent {
        /// The endpoint.
        endpoint: Endpoint,
    },
    /// The client gave up on a request, or the server refused it.
    RequestFailed {
        /// To which endpoint.
        endpoint: Endpoint,
        /// The reason, in a few words.
        reason: String,
    },
    /// Turns were given up, and a log that a user may read says so.
    Abandoned {
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// How many turns the process holds in memory, each copy counted.
    Holding {
        /// The number.
        turns: u32,
    },
    /// A client of the provider was built.
    ClientOpened,
    /// A client of the provider was closed.
    ClientClosed,
    /// Every turn that a durable outbox still holds.
    Pending {
        /// The turns, in order.
        turns: Vec<TurnId>,
    },
    /// A turn is over, and the host is about to hand it to the memory.
    TurnEnding {
        /// The turn.
        turn: TurnId,
    },
    /// The memory has returned: the turn is acknowledged.
    TurnAcknowledged {
        /// The turn.
        turn: TurnId,
    },
    /// A fact about the commits of a WebUI's sessions.
    Commits(commits::Observation),
    /// A fact about a gateway's chats.
    Continuity(chats::Observation),
    /// Another process has a file locked, and this process waits for it. Reported once, not at every try.
    WaitsForLock {
        /// The file.
        path: String,
    },
    /// The host built an agent although it had shut the process's memory down.
    OpenedAgain,
    /// The memory has returned with an error: the turn is not acknowledged, but it may be kept.
    TurnUnsure {
        /// The turn.
        turn: TurnId,
    },
    /// The host has told its user that the provider does not take these turns.
    Declared {
        /// The turns.
        turns: Vec<TurnId>,
    },
}

/// The stations of a turn between the agent and the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name says it, and Display says it in words")]
pub enum Place {
    Worker,
    Buffer,
    WriterQueue,
    InFlight,
    Outbox,
    Accepted,
    ClearedBySwitch,
    DroppedAfterShutdown,
    CanceledByShutdown,
    DiscardedAfterFailure,
    AppendedToADeadList,
    SetAside,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Worker => "queued on the manager's worker",
            Self::Buffer => "in the buffer",
            Self::WriterQueue => "in the writer's queue",
            Self::InFlight => "in flight to the provider",
            Self::Outbox => "in the outbox",
            Self::Accepted => "accepted by the provider",
            Self::ClearedBySwitch => "in the buffer, cleared by the switch",
            Self::DroppedAfterShutdown => "handed to a provider that was shutting down, and dropped",
            Self::CanceledByShutdown => "queued on the manager's worker, canceled by the shutdown",
            Self::DiscardedAfterFailure => "in a retain that failed, and was discarded",
            Self::AppendedToADeadList => "in a list that a switch had replaced",
            Self::SetAside => "set aside in the outbox",
        })
    }
}
