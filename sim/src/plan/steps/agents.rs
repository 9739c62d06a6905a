//! The steps about the agent at work, and the choice of that agent.

use std::fmt;

use model::words::session::SessionId;

use crate::plan::argument::{Argument, session};
use crate::plan::rows::{Form, Row};

/// A step about the agent at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentStep {
    /// Another agent in the same process takes over, new or known.
    Agent(String, Option<SessionId>),
    /// The session ends.
    End,
    /// The memory is shut down.
    Shutdown,
    /// The interactive CLI is left.
    CliExit,
    /// The memory is initialized again.
    Reinit,
}

pub(in crate::plan) const ROWS: &[Row<AgentStep>] = &[
    Row {
        word: "agent",
        read: agent,
        forms: &[Form {
            written: &["agent NAME S", "agent NAME"],
            example: "agent second S2",
            means: "another agent of the process takes over: a new one with session S open, or a known one",
        }],
    },
    Row {
        word: "end",
        read: |it| it.alone(AgentStep::End),
        forms: &[Form { written: &["end"], example: "end", means: "`on_session_end` alone" }],
    },
    Row {
        word: "shutdown",
        read: |it| it.alone(AgentStep::Shutdown),
        forms: &[Form {
            written: &["shutdown"],
            example: "shutdown",
            means: "`on_session_end`, then `shutdown_all`; the process keeps running",
        }],
    },
    Row {
        word: "cli_exit",
        read: |it| it.alone(AgentStep::CliExit),
        forms: &[Form {
            written: &["cli_exit"],
            example: "cli_exit",
            means: "the user leaves the CLI: `flush_pending` (10 s in Hermes), then the same as `shutdown`; the \
                process keeps running",
        }],
    },
    Row {
        word: "reinit",
        read: |it| it.alone(AgentStep::Reinit),
        forms: &[Form { written: &["reinit"], example: "reinit", means: "`initialize` again, on the same agent" }],
    },
];

impl fmt::Display for AgentStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(name, None) => write!(f, "agent {name}"),
            Self::Agent(name, Some(session)) => write!(f, "agent {name} {session}"),
            Self::End => f.write_str("end"),
            Self::Shutdown => f.write_str("shutdown"),
            Self::CliExit => f.write_str("cli_exit"),
            Self::Reinit => f.write_str("reinit"),
        }
    }
}

fn agent(it: &Argument<'_>) -> Result<AgentStep, String> {
    match it.words()[..] {
        [name] => Ok(AgentStep::Agent(name.to_owned(), None)),
        [name, of] => Ok(AgentStep::Agent(name.to_owned(), Some(session(of)?))),
        _ => Err("\"agent\" needs a name and, the first time, a session, as in \"agent second S2\"; the agent with which a process starts is called main".into()),
    }
}
