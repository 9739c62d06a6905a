//! The steps about the agent at work, and the choice of that agent.

use std::fmt;

use model::words::session::SessionId;

use crate::plan::argument::{Argument, NAME_MAX, session};
use crate::plan::rows::{Form, Row};

/// A step about the agent at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentStep {
    /// Another agent in the same process takes over, new or known.
    Agent(String, Option<SessionId>),
    /// What follows belongs to this profile: its sessions and agents are others. The plan names its agent, and no process takes the step.
    Profile(String),
    /// The session ends.
    End,
    /// The host waits for the memory.
    Flush,
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
        word: "profile",
        read: profile,
        forms: &[Form {
            written: &["profile P"],
            example: "profile work",
            means: "what follows belongs to profile P, until the next such step or `restart`: an agent of P takes over, in the \
                session that P had open, at first in its own `S1`. The turns of P belong in bank P. A process begins with `hermes`",
        }],
    },
    Row {
        word: "end",
        read: |it| it.alone(AgentStep::End),
        forms: &[Form { written: &["end"], example: "end", means: "`on_session_end` alone" }],
    },
    Row {
        word: "flush",
        read: |it| it.alone(AgentStep::Flush),
        forms: &[Form {
            written: &["flush"],
            example: "flush",
            means: "`flush_pending` alone: the host waits until the memory of the open agent has delivered what it has, 10 s at most in \
                Hermes, and goes on; nothing on `cron`, `api_server`, `webui` and `hooks`",
        }],
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
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::End => f.write_str("end"),
            Self::Flush => f.write_str("flush"),
            Self::Shutdown => f.write_str("shutdown"),
            Self::CliExit => f.write_str("cli_exit"),
            Self::Reinit => f.write_str("reinit"),
        }
    }
}

fn profile(it: &Argument<'_>) -> Result<AgentStep, String> {
    let name = it.rest().ok_or("\"profile\" needs a name, as in \"profile work\"; a process begins with hermes")?;
    match (1..=NAME_MAX).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => Ok(AgentStep::Profile(name.to_owned())),
        false => Err(format!("\"{name}\" is not a profile's name; use letters and digits, as in work")),
    }
}

fn agent(it: &Argument<'_>) -> Result<AgentStep, String> {
    match it.words()[..] {
        [name] => Ok(AgentStep::Agent(name.to_owned(), None)),
        [name, of] => Ok(AgentStep::Agent(name.to_owned(), Some(session(of)?))),
        _ => Err("\"agent\" needs a name and, the first time, a session, as in \"agent second S2\"; the agent with which a process starts is called main".into()),
    }
}
