//! The errors of a real agent. Each ends its run without a verdict.

use std::io;

use thiserror::Error;

/// Why a run with a real agent has no result.
#[derive(Debug, Error)]
pub(super) enum Broken {
    /// The interpreter does not start.
    #[error("{python} cannot be started: {why}; name another with --python")]
    NoPython { python: String, why: io::Error },
    /// The template ended before it was ready.
    #[error("the agent does not start: {0}")]
    NotReady(String),
    /// The child says itself what failed.
    #[error("the child failed: {0}")]
    Failed(String),
    /// It speaks another version of the protocol.
    #[error("the agent speaks version {0} of the protocol; this program speaks version 1")]
    Version(u16),
    /// It sent what is no frame.
    #[error("the child sent garbage: {0}")]
    Garbage(String),
    /// It sent nothing for too long.
    #[error("the child stopped answering: {0} s of real time without a question")]
    Silent(u64),
    /// It never waits.
    #[error("the child does not come to rest: {0}")]
    Restless(String),
    /// Its process ended, and it did not say why.
    #[error("the child died: {0}")]
    Died(String),
    /// The socket failed.
    #[error("the socket to the child failed: {0}")]
    Socket(io::Error),
    /// It did what is not simulated.
    #[error("not simulated: {0}")]
    NotSimulated(String),
    /// An agent without which the scenario cannot begin.
    #[error("the agent cannot be initialized: {0}")]
    NotInitialized(String),
    /// The scenario asks for what the agent does not have.
    #[error("the agent has no `{0}`")]
    Lacks(&'static str),
    /// The scenario asks for what no real agent can do.
    #[error("{0}, which is not simulated for a real agent")]
    Impossible(String),
    /// A file in which the agent keeps turns.
    #[error("what the agent keeps cannot be read: {0}")]
    Unreadable(String),
    /// A file outside of the run's folder.
    #[error(
        "the agent keeps {0} in the home of its template, which all runs share: its code settled the place when it was imported; \
         write ahead = false into the [plugin] of its description"
    )]
    Shared(String),
    /// A folder of the run.
    #[error("the folder of a run cannot be used: {0}")]
    Folder(io::Error),
}
