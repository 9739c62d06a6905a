//! The processes that own agents: which hooks of the memory each calls, and in which order, as in Hermes' source.
//!
//! The same commands happen to every host: a user completes a turn, resumes another session, compresses, leaves. Each host
//! handles them in its own way: where the interactive CLI switches a session, the gateway drops the agent. A host knows no
//! release. It is handed a [`Loaded`], and gets a [`Lifecycle`] for each agent.
//!
//! - `agents`: the agents of a process. `declaring`: what the user must know of turns that the provider does not take.
//! - `cli`: `hermes`, interactive, and the bare hooks. - `oneshot`: `hermes chat -q` and `hermes -z`. - `cron`: a fresh agent
//!   for each job. - `gateway`: many sessions, an agent for each in a cache. - `webui`: the same behind a browser, with
//!   threads that work for several sessions at once. - `desktop`: many chats, an agent for each, and nothing ends one;
//!   also the TUI.
//! - `api_server`: an agent for each request. - `hooks`: a process for each.

mod agents;
mod api_server;
mod cli;
mod cron;
mod declaring;
mod desktop;
pub mod gateway;
mod hooks;
mod oneshot;
#[cfg(test)]
mod tests;
pub mod webui;

pub use agents::FIRST;
pub use declaring::declare;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;

use self::desktop::{Desktop, Window};
use crate::contracts::Loaded;
use crate::contracts::memory::{Habits, Lifecycle, Unsure};
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
    /// The interactive CLI. At the end of the plan it does nothing by itself: leaving is a command.
    #[default]
    Cli,
    /// `hermes chat -q`: answers one question, cleans up and exits.
    ChatQ,
    /// `hermes -z`: answers one question and leaves by `os._exit`.
    Oneshot,
    /// The scheduler: every turn is a job with an agent of its own.
    Cron,
    /// The gateway: many sessions in one process, an agent for each, in a cache.
    Gateway,
    /// The WebUI: many sessions in one process, an agent for each, in a cache, and request threads.
    WebUi,
    /// The desktop app: many chats in one process, an agent for each.
    Desktop,
    /// The TUI: the same, but for what its process does on SIGTERM.
    Tui,
    /// The API server: an agent for each request, in one process.
    ApiServer,
    /// A coding agent whose hooks are processes of their own.
    Hooks,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Cli,
        Self::ChatQ,
        Self::Oneshot,
        Self::Cron,
        Self::Gateway,
        Self::WebUi,
        Self::Desktop,
        Self::Tui,
        Self::ApiServer,
        Self::Hooks,
    ];

    /// The name in a scenario.
    pub fn name(self) -> &'static str {
        self.properties().name
    }

    /// The names in quotes of the kinds that are like that.
    pub fn quoted(wanted: impl Fn(Properties) -> bool) -> Vec<String> {
        let like_that = Self::ALL.into_iter().filter(|kind| wanted(kind.properties()));
        like_that.map(|kind| format!("\"{}\"", kind.name())).collect()
    }

    /// How many agents its cache keeps, unless it is configured.
    pub fn agent_cache(self) -> usize {
        self.properties().agent_cache
    }

    /// The properties of the kind.
    pub fn properties(self) -> Properties {
        match self {
            Self::Cli => cli::PROPERTIES,
            Self::ChatQ => oneshot::CHAT_Q,
            Self::Oneshot => oneshot::ONESHOT,
            Self::Cron => cron::PROPERTIES,
            Self::Gateway => gateway::PROPERTIES,
            Self::WebUi => webui::PROPERTIES,
            Self::Desktop => desktop::DESKTOP,
            Self::Tui => desktop::TUI,
            Self::ApiServer => api_server::PROPERTIES,
            Self::Hooks => hooks::PROPERTIES,
        }
    }

    /// Starts the host in a process that has `loaded` the code to run, with `session` open.
    pub async fn start(
        self,
        machine: Machine,
        loaded: Loaded,
        settings: &Settings,
        session: &SessionId,
    ) -> Rc<dyn Program> {
        let (memory, witness) = (Rc::clone(&loaded.memory), machine.clone());
        let program = self.program(machine, loaded, settings, session).await;
        Rc::new(declaring::Declaring { program, machine: witness, memory })
    }

    async fn program(
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
            Self::Desktop => Rc::new(Desktop::start(machine, memory, Window::App, session).await),
            Self::Tui => Rc::new(Desktop::start(machine, memory, Window::Terminal, session).await),
            Self::ApiServer => Rc::new(api_server::ApiServer::start(machine, memory, session)),
            Self::Hooks => Rc::new(hooks::Hook::start(machine, memory, session)),
        }
    }
}

/// The properties of a kind of host, for the code that runs it.
#[derive(Clone, Copy, Debug)]
pub struct Properties {
    /// The name in a scenario.
    pub name: &'static str,
    /// How many agents its cache keeps, unless it is configured.
    pub agent_cache: usize,
    /// Whether it needs the contract of commits.
    pub commits: bool,
    /// Whether it needs the contract of chats.
    pub chats: bool,
    /// Whether it serves many sessions at once: it keeps their agents in a cache, and drains when it stops.
    pub serves: bool,
    /// Whether it takes steps beside each other, on threads of their own.
    pub beside: bool,
    /// Whether former processes leave it work, so that it is started in a process that only recovers.
    pub recovers: bool,
    /// Whether one agent serves a user who states the origin of a session.
    pub knows_lineage: bool,
    /// Whether its main thread can return before the plan is over.
    pub returns: bool,
    /// Whether a session ends with its turn: the host's work after the turn is an end of the session.
    pub expires_after_turn: bool,
    /// Whether it does some work when the plan ends, which is then a call.
    pub finishes: bool,
    /// Whether each thing that it asks of the memory is asked by a process of its own.
    pub hooks: bool,
    /// Whether an agent ends with its request, so that nobody reads what it recalls behind the turn.
    pub drops_agents: bool,
    /// Whether it ends a session or its memory while somebody waits, and no supervisor bounds that.
    pub ends: bool,
    /// Whether its handler of SIGTERM shuts the memory of its agents down.
    pub closes: bool,
}

impl Properties {
    /// The common properties of most kinds, without a name.
    const USUAL: Self = Self {
        name: "",
        agent_cache: 128,
        commits: false,
        chats: false,
        serves: false,
        beside: false,
        recovers: false,
        knows_lineage: false,
        returns: false,
        expires_after_turn: false,
        finishes: true,
        hooks: false,
        drops_agents: false,
        ends: true,
        closes: true,
    };
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

/// The configuration of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many agents the gateway and the WebUI keep. One more evicts the one that was idle longest.
    pub agent_cache: usize,
    /// How long a stop waits for running turns. `None` for the release's default.
    pub drain_timeout: Option<Duration>,
    /// How long the supervisor waits for a stopping process to end. `None` for the release's default.
    pub stop_timeout: Option<Duration>,
    /// Whether the WebUI's agents raise what their memory raises at a commit. The real agent swallows it.
    pub agent_raises: bool,
    /// The faults of commits, by the name of the agent.
    pub commits: BTreeMap<String, CommitFaults>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agent_cache: Properties::USUAL.agent_cache,
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
    /// Handles a command. Returns the answer to the caller.
    async fn take(&self, command: Command) -> Answer;

    /// Whether the command means nothing to this host. Nothing is called then, and no call returns.
    fn passes_over(&self, _: &Command) -> bool {
        false
    }

    /// An agent of the runtime, with a memory of its own, reviews the session of `turn` in that turn, beside the commands that follow.
    fn review(&self, _turn: Turn) {
        unreachable!("the reviewing host is outermost")
    }

    /// The host's work after a turn, when no caller waits for it any more.
    async fn after_turn(&self) {}

    /// Whether the host handles SIGTERM from its start on.
    fn handles_sigterm(&self) -> bool {
        false
    }

    /// How long its supervisor waits for its end (`TimeoutStopSec`). `None` if the release does not configure it.
    fn stop_timeout(&self) -> Option<Duration> {
        None
    }

    /// The handler of SIGTERM. Returns how the process leaves.
    async fn sigterm(&self) -> Departure;

    /// Returns when the host has finished everything that former processes left to it.
    async fn settled(&self) {}

    /// Ends the host, because the plan has no more commands. Returns how the process leaves.
    async fn finish(&self) -> Departure;
}

/// The answer to a call of the memory that may fail.
fn answer(made: Result<(), Unsure>) -> Answer {
    if made.is_ok() { Answer::Nothing } else { Answer::Unsure }
}

/// How a process leaves at the end of the plan, or of its handler of SIGTERM.
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

/// Hands a turn to the memory, and reports it before and after. The turn is acknowledged only when this has returned, and the memory
/// without an error.
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
    let synced = sync(memory, habits, turn, completion, warm_up).await;
    machine.saw(match synced {
        Ok(()) => Observation::TurnAcknowledged { turn: id },
        Err(Unsure) => Observation::TurnUnsure { turn: id },
    });
}

/// Syncs the turn, then fetches the recall for the next one. An interrupted turn is not handed over (#15395).
async fn sync(
    memory: &dyn Lifecycle,
    habits: Habits,
    turn: Turn,
    completion: Completion,
    warm_up: bool,
) -> Result<(), Unsure> {
    let wanted = match completion {
        Completion::Completed => true,
        Completion::Interrupted => false,
        Completion::Ephemeral => habits.hands_over_ephemeral_turns,
    };
    if !wanted {
        return Ok(());
    }
    let kept = memory.turn(turn.clone()).await;
    if warm_up {
        memory.warm_up(&turn).await;
    }
    kept
}
