//! What can be testified about the commits of a WebUI's sessions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// What an observer is told of a process's commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// The lifecycle has an entry for a session from now on.
    Entered {
        /// The session.
        session: SessionId,
    },
    /// It has none any more.
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
        /// The agent that it belongs to, if it belongs to one.
        owner: Option<String>,
    },
    /// A former process had left turns that wait for a commit, and this one knows of them.
    Restored {
        /// Their session.
        session: SessionId,
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// A session has come to a boundary: what was completed in it is to be committed.
    Boundary {
        /// The session.
        session: SessionId,
    },
    /// A commit began.
    Began {
        /// Which one.
        commit: Call,
        /// What the plan has in store for it: `ok`, `fail`, `hang`, or how many seconds it takes.
        plan: String,
        /// Of which session.
        session: SessionId,
        /// The session in which the agent is at work, if it is a real one.
        at_work_in: Option<SessionId>,
        /// The turns that are committed with it.
        turns: Vec<TurnId>,
    },
    /// A commit came to its end.
    Ended {
        /// Which one.
        commit: Call,
        /// Whether its turns are committed: what the provider did, whatever the agent said.
        done: bool,
    },
    /// The lifecycle counts turns as committed from now on.
    Counted {
        /// Their session.
        session: SessionId,
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// A turn was asked for, and its agent is found.
    RunBegan {
        /// The agent.
        agent: String,
        /// The turn.
        turn: TurnId,
    },
    /// Nothing is in the way of a turn any more: its agent works.
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
    /// An agent goes on in another session.
    Left {
        /// The agent.
        agent: String,
        /// The session in which it is not at work any more.
        session: SessionId,
    },
    /// An agent was closed.
    Closed {
        /// The agent.
        agent: String,
        /// What of it.
        closing: Closing,
    },
    /// A session's end reached its provider by another way than a commit of the lifecycle.
    SessionEnded {
        /// The agent.
        agent: String,
        /// The session.
        session: SessionId,
    },
    /// A drain began.
    DrainBegan {
        /// Which one of this process, from 1.
        drain: u32,
        /// The sessions of which something waits for a commit.
        dirty: Vec<SessionId>,
        /// How long it may take, if it was told.
        within: Option<Duration>,
    },
    /// A drain came to its end.
    DrainEnded {
        /// Which one.
        drain: u32,
    },
}

/// The n-th commit of an agent: `a#1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// The agent's name.
    pub agent: String,
    /// Which of its commits, from 1.
    pub number: u32,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.agent, self.number)
    }
}

/// What of an agent is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closing {
    /// Its session's database, and its memory is left as it is.
    Database,
    /// That, and its memory is told the transcript and shut down: the session ends once more.
    MemoryWithTranscript,
    /// That, and its memory is shut down.
    Memory,
}
