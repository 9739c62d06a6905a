//! The commands that a host handles.
//!
//! - `webui`, `gateway`: commands for one kind of host only. - `answer`: the answer of a host. - `commit_fault`: the faults
//!   that a plan injects into commits.

mod answer;
mod commit_fault;
mod gateway;
mod webui;

pub use answer::Answer;
pub use commit_fault::{CommitFault, CommitFaults};
pub use gateway::GatewayRequest;
pub use webui::{Wait, WebUiRequest};

use super::course::{Completion, Course};
use super::session::SessionId;
use super::turn::{Turn, TurnId};

/// A command to a host.
#[derive(Clone, Debug)]
pub enum Command {
    /// An agent's turn ends.
    Turn(Turn, Completion),
    /// The following commands belong to this session. No hook announces it.
    Use(SessionId),
    /// Another agent takes over, new or known.
    Agent(String, Option<SessionId>),
    /// `/resume` and `/branch`.
    Switch(SessionId, Adoption),
    /// `/new` and `/reset`.
    New(SessionId),
    /// The transcript is compressed, under another session id or in place.
    Compress(SessionId),
    /// `/undo` of this turn.
    Undo(TurnId),
    /// The session is committed, and nothing else happens.
    End,
    /// The host waits for the memory of its agent, and nothing else happens.
    Flush,
    /// A turn begins and reads its recall.
    Prefetch,
    /// The memory is shut down.
    Shutdown,
    /// The user leaves the CLI.
    CliExit,
    /// The memory is initialized again.
    Reinitialize,
    /// The gateway's cache is full, and the session's agent leaves it.
    Evict(SessionId),
    /// The session was idle for too long, and its agent goes.
    Idle(SessionId),
    /// The session expires.
    Expire(SessionId),
    /// A turn begins and runs beside the commands that follow.
    Run(Turn, Course),
    /// A command for a WebUI only.
    WebUi(WebUiRequest),
    /// A command for a gateway only.
    Gateway(GatewayRequest),
}

/// Why an agent adopts another session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// `/resume`: the session continues where the user left it.
    Resume,
    /// `/branch`: the session is forked from the one that the user leaves.
    Branch,
}
