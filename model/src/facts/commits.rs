//! Facts about the commits of a WebUI's sessions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// A fact about a process's commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// The lifecycle made an entry for a session.
    Entered {
        /// The session.
        session: SessionId,
    },
    /// The lifecycle dropped a session's entry.
    Dropped {
        /// The session.
        session: SessionId,
    },
    /// A turn was completed, and waits for a commit.
    Marked {
        /// Its session.
        session: SessionId,
        /// The turn.
        turn: TurnId,
        /// The agent that owns the turn, if any does.
        owner: Option<String>,
    },
    /// The process found turns that a former process left, and that wait for a commit.
    Restored {
        /// Their session.
        session: SessionId,
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// A session has come to a boundary: its completed turns are due for a commit.
    Boundary {
        /// The session.
        session: SessionId,
    },
    /// A commit began.
    Began {
        /// The commit.
        commit: Call,
        /// The plan's word for it: `ok`, `fail`, `hang`, or how many seconds it takes.
        plan: String,
        /// The session that it commits.
        session: SessionId,
        /// The session in which the agent works. `None` for an agent of the plan.
        at_work_in: Option<SessionId>,
        /// The turns that it covers.
        turns: Vec<TurnId>,
    },
    /// A commit ended.
    Ended {
        /// The commit.
        commit: Call,
        /// Whether its turns are committed. This is what the provider did, even if the agent claims otherwise.
        done: bool,
    },
    /// The lifecycle now counts turns as committed.
    Counted {
        /// Their session.
        session: SessionId,
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// A turn began, and its agent is found.
    RunBegan {
        /// The agent.
        agent: String,
        /// The turn.
        turn: TurnId,
    },
    /// A turn has waited for everything in its way, and its agent works.
    RunWorks {
        /// The turn.
        turn: TurnId,
    },
    /// An agent's turn is over, however it ended.
    RunEnded {
        /// The agent.
        agent: String,
        /// The turn.
        turn: TurnId,
    },
    /// An agent left the cache.
    Evicted {
        /// The agent.
        agent: String,
        /// Its session.
        session: SessionId,
    },
    /// An agent moved to another session.
    Left {
        /// The agent.
        agent: String,
        /// The session that it left.
        session: SessionId,
    },
    /// An agent was closed.
    Closed {
        /// The agent.
        agent: String,
        /// Which parts of it.
        closing: Closing,
    },
    /// A session's end reached its provider otherwise than by a commit of the lifecycle.
    SessionEnded {
        /// The agent.
        agent: String,
        /// The session.
        session: SessionId,
    },
    /// A drain began.
    DrainBegan {
        /// Its number in this process, from 1.
        drain: u32,
        /// Its deadline, if the caller set one.
        within: Option<Duration>,
    },
    /// A drain ended.
    DrainEnded {
        /// Its number.
        drain: u32,
    },
}

/// The n-th commit of an agent: `a#1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// The agent's name.
    pub agent: String,
    /// The number of the commit, from 1.
    pub number: u32,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.agent, self.number)
    }
}

/// Which parts of an agent are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closing {
    /// Its session's database. Its memory stays open.
    Database,
    /// The database, and its memory, which gets the transcript and shuts down. The session ends once more.
    MemoryWithTranscript,
    /// The database, and its memory, which shuts down.
    Memory,
}
