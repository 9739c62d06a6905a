//! What an implementation of the lifecycle tells its witness, and what of it a report reads.

use serde::{Deserialize, Serialize};

use super::{chats, commits};
use crate::words::endpoint::Endpoint;
use crate::words::turn::TurnId;

/// Something only the implementation itself can know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Observation {
    /// Turns came to a new place: the last one is the evidence of a turn that was lost.
    Moved {
        /// The turns, in order.
        turns: Vec<TurnId>,
        /// Where they are now, to be read after "last seen".
        place: Place,
    },
    /// A request left for the provider.
    RequestSent {
        /// To which endpoint.
        endpoint: Endpoint,
    },
    /// The client gave up on a request, or was told no.
    RequestFailed {
        /// To which endpoint.
        endpoint: Endpoint,
        /// Why, in a few words.
        reason: String,
    },
    /// Turns were given up, and that was reported: counted in a log that somebody may read.
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
    /// All that a durable outbox still holds.
    Pending {
        /// The turns, in order.
        turns: Vec<TurnId>,
    },
    /// A turn is over, and is about to be handed to the memory.
    TurnEnding {
        /// The turn.
        turn: TurnId,
    },
    /// The memory has it: the host goes on.
    TurnAcknowledged {
        /// The turn.
        turn: TurnId,
    },
    /// Something about the commits of a WebUI's sessions.
    Commits(commits::Observation),
    /// Something about where a gateway's chats go on.
    Continuity(chats::Observation),
    /// A file is locked by another process, and nothing goes on before that one is gone. Told once, not at every try.
    WaitsForLock {
        /// The file.
        path: String,
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
        })
    }
}
