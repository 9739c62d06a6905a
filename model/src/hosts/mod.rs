//! The processes that own agents: who calls which hook of the memory, and in which order, as Hermes' source has it.
//!
//! The same happens to every host: a user completes a turn, resumes another session, compresses, leaves. What the host
//! makes of it is its own: where the interactive CLI switches a session, the gateway throws the agent away. A host knows
//! no release; it has a [`Memory`], and an agent for each [`Lifecycle`].
//!
//! - `agents`: the agents of a process. - `cli`: `hermes`, interactive, and the bare hooks. - `oneshot`: `hermes chat -q`
//!   and `hermes -z`. - `cron`: a fresh agent for each job. - `gateway`: many sessions, an agent for each in a cache.
//! - `webui`: the same behind a browser: many sessions, and threads that work for them at once.

mod agents;
mod cli;
mod cron;
pub mod gateway;
mod oneshot;
#[cfg(test)]
mod tests;
pub mod webui;

pub use agents::FIRST;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;

use crate::contracts::Loaded;
use crate::contracts::memory::{Habits, Lifecycle};
use crate::facts::Observation;
use crate::machine::Machine;
use crate::words::command::{Answer, Command, CommitFaults};
use crate::words::course::Completion;
use crate::words::session::SessionId;
use crate::words::spelling;
use crate::words::turn::Turn;

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
    /// The WebUI: many sessions in one process, an agent for each, in a cache, and request threads.
    WebUi,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Cli, Self::ChatQ, Self::Oneshot, Self::Cron, Self::Gateway, Self::WebUi];

    /// The name by which a scenario knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::ChatQ => "chat_q",
            Self::Oneshot => "oneshot",
            Self::Cron => "cron",
            Self::Gateway => "gateway",
            Self::WebUi => "webui",
        }
    }

    /// Whether turns run in it beside what else happens, each in the session that is open when it begins.
    pub fn runs_turns(self) -> bool {
        matches!(self, Self::Gateway | Self::WebUi)
    }

    /// How many agents its cache keeps, unless it is configured: `HERMES_WEBUI_AGENT_CACHE_MAX` is 25 since #3506.
    pub fn agent_cache(self) -> usize {
        match self {
            Self::WebUi => 25,
            _ => Settings::default().agent_cache,
        }
    }

    /// Starts the host in a process that has `loaded` what it runs, with `session` open.
    pub async fn start(
        self,
        machine: Machine,
        loaded: Loaded,
        settings: &Settings,
        session: &SessionId,
    ) -> Rc<dyn Program> {
        let memory = Rc::clone(&loaded.memory);
        match self {
            Self::Cli => Rc::new(cli::Cli::start(machine, memory, session).await),
            Self::ChatQ => Rc::new(oneshot::Oneshot::start(machine, memory, oneshot::End::CleanUp, session).await),
            Self::Oneshot => Rc::new(oneshot::Oneshot::start(machine, memory, oneshot::End::Leave, session).await),
            Self::Cron => Rc::new(cron::Cron::start(machine, memory)),
            Self::Gateway => Rc::new(gateway::Gateway::start(machine, loaded, settings, session).await),
            Self::WebUi => Rc::new(webui::WebUi::start(machine, loaded, settings, session).await),
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many agents the gateway and the WebUI keep; one more, and the one that was idle longest is evicted.
    pub agent_cache: usize,
    /// How long a stop waits for running turns, if it is not what the release has.
    pub drain_timeout: Option<Duration>,
    /// How long the supervisor waits for the end of a process that it stops, if it is not what the release has.
    pub stop_timeout: Option<Duration>,
    /// Whether the WebUI's agents pass on what their memory raises at a commit. The real one swallows it.
    pub agent_raises: bool,
    /// What becomes of an agent's commits: by its name, and by how many it was asked for before, from 1.
    pub commits: BTreeMap<String, CommitFaults>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agent_cache: 128,
            drain_timeout: None,
            stop_timeout: None,
            agent_raises: false,
            commits: BTreeMap::new(),
        }
    }
}

/// A process that owns agents.
#[async_trait(?Send)]
pub trait Program {
    /// Something happens. Returns what the caller is answered.
    async fn take(&self, command: Command) -> Answer;

    /// What the host does behind a turn, when nobody waits for it any more.
    async fn after_turn(&self) {}

    /// Whether it handles SIGTERM from its start on.
    fn handles_sigterm(&self) -> bool {
        false
    }

    /// How long its supervisor is told to wait for its end (`TimeoutStopSec`), if its release says so.
    fn stop_timeout(&self) -> Option<Duration> {
        None
    }

    /// The handler of SIGTERM.
    async fn sigterm(&self);

    /// Returns when nothing that former processes have left for this host is left to do.
    async fn settled(&self) {}

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

/// A turn's end, told to the observer: until it has returned, the turn is not acknowledged.
async fn hand_over(
    machine: &Machine,
    memory: &dyn Lifecycle,
    habits: Habits,
    turn: Turn,
    completion: Completion,
    warm_up: bool,
) {
    let id = turn.id.clone();
    machine.saw(Observation::TurnEnding { turn: id.clone() });
    sync(memory, habits, turn, completion, warm_up).await;
    machine.saw(Observation::TurnAcknowledged { turn: id });
}

/// Sync, then the warm-up for the next turn. An interrupted turn is handed to nobody (#15395).
async fn sync(memory: &dyn Lifecycle, habits: Habits, turn: Turn, completion: Completion, warm_up: bool) {
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
