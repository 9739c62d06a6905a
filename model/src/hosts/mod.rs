//! The processes that own agents: who calls which hook of the memory, and in which order, as Hermes' source has it.
//!
//! The same happens to every host: a user completes a turn, resumes another session, compresses, leaves. What the host
//! makes of it is its own: where the interactive CLI switches a session, the gateway throws the agent away. A host knows
//! no release; it has a [`Memory`], and an agent for each [`Lifecycle`].
//!
//! - `agents`: the agents of a process. - `cli`: `hermes`, interactive, and the bare hooks. - `oneshot`: `hermes chat -q`
//!   and `hermes -z`. - `cron`: a fresh agent for each job. - `gateway`: many sessions, an agent for each in a cache.

mod agents;
mod cli;
mod cron;
mod gateway;
mod oneshot;
#[cfg(test)]
mod tests;

pub use agents::FIRST;

use std::rc::Rc;
use std::str::FromStr;

use async_trait::async_trait;

use crate::host::Host;
use crate::lifecycle::{Adoption, Habits, Lifecycle, Memory};
use crate::session::SessionId;
use crate::spelling;
use crate::turn::{Turn, TurnId};

/// The kinds of host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The interactive CLI. It does nothing by itself when the plan is over: leaving it is a command.
    #[default]
    Cli,
    /// `hermes chat -q`: answers one question, cleans up and exits.
    ChatQ,
    /// `hermes -z`: answers one question, and leaves by `os._exit`.
    Oneshot,
    /// The scheduler: every turn is a job with an agent of its own.
    Cron,
    /// The gateway: many sessions in one process, an agent for each, in a cache.
    Gateway,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cli, Self::ChatQ, Self::Oneshot, Self::Cron, Self::Gateway];

    /// The name by which a scenario knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::ChatQ => "chat_q",
            Self::Oneshot => "oneshot",
            Self::Cron => "cron",
            Self::Gateway => "gateway",
        }
    }

    /// Starts the host in a process that has loaded `memory`, with `session` open.
    pub async fn start(
        self,
        host: Host,
        memory: Rc<dyn Memory>,
        settings: Settings,
        session: &SessionId,
    ) -> Rc<dyn Program> {
        match self {
            Self::Cli => Rc::new(cli::Cli::start(memory, session).await),
            Self::ChatQ => Rc::new(oneshot::Oneshot::start(host, memory, oneshot::End::CleanUp, session).await),
            Self::Oneshot => Rc::new(oneshot::Oneshot::start(host, memory, oneshot::End::Leave, session).await),
            Self::Cron => Rc::new(cron::Cron::start(host, memory)),
            Self::Gateway => Rc::new(gateway::Gateway::start(host, memory, settings, session)),
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::name).collect();
            spelling::unknown("host", name, &names)
        })
    }
}

/// What a host can be configured with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many agents the gateway keeps; one more, and the one that was idle longest is evicted.
    pub agent_cache: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { agent_cache: 128 }
    }
}

/// What happens to a host.
#[derive(Clone, Debug)]
pub enum Command {
    /// An agent's turn is over.
    Turn(Turn, Completion),
    /// What follows belongs to this session; nobody announces it.
    Use(SessionId),
    /// Another agent, new or known, takes over.
    Agent(String, Option<SessionId>),
    /// `/resume` and `/branch`.
    Switch(SessionId, Adoption),
    /// `/new` and `/reset`.
    New(SessionId),
    /// The transcript is compressed, under another session id or in place.
    Compress(SessionId),
    /// `/undo` of this turn.
    Undo(TurnId),
    /// The session is committed, and nothing else.
    End,
    /// A turn begins: its recall is read.
    Prefetch,
    /// The memory is shut down.
    Shutdown,
    /// The user leaves.
    CliExit,
    /// The memory is initialized once more.
    Reinitialize,
    /// The gateway's cache is full: the session's agent goes.
    Evict(SessionId),
    /// The session was idle for too long: its agent goes.
    Idle(SessionId),
    /// The session is over.
    Expire(SessionId),
}

/// How a turn came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The user asked, the assistant answered.
    Completed,
    /// The user interrupted it: there is nothing to remember (#15218).
    Interrupted,
    /// The runtime asked, for itself: a notification, say (#117487).
    Ephemeral,
}

/// A process that owns agents.
#[async_trait(?Send)]
pub trait Program {
    /// Something happens. Returns what a `Prefetch` has read, and nothing otherwise.
    async fn take(&self, command: Command) -> Option<String>;

    /// What the host does behind a turn, when nobody waits for it any more.
    async fn after_turn(&self) {}

    /// The handler of SIGTERM.
    async fn sigterm(&self);

    /// There is nothing more to do. Says how the process leaves.
    async fn finish(&self) -> Departure;
}

/// How a process leaves when there is nothing more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The main thread runs off its end, and the interpreter finalizes.
    Return,
    /// `os._exit`.
    OsExit,
}

/// `shutdown_memory_provider`: `on_session_end`, then `shutdown_all`.
async fn shut_down(memory: &dyn Lifecycle) {
    memory.end().await;
    memory.shutdown().await;
}

/// A turn's end: sync, then the warm-up for the next one. An interrupted turn is handed to nobody (#15395).
async fn hand_over(memory: &dyn Lifecycle, habits: Habits, turn: Turn, completion: Completion, warm_up: bool) {
    let wanted = match completion {
        Completion::Completed => true,
        Completion::Interrupted => false,
        Completion::Ephemeral => habits.hands_over_ephemeral_turns,
    };
    if !wanted {
        return;
    }
    memory.turn(turn.clone()).await;
    if warm_up {
        memory.warm_up(&turn).await;
    }
}
