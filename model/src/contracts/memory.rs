//! The calls that a host makes on the memory of its agents, in the words of Hermes' hooks.
//!
//! A process loads the code of one release once ([`Memory`]), and initializes it for each of its agents ([`Lifecycle`]). The
//! process's main task makes every call, one at a time. A call returns when the host would get its thread back. Both the duration of a call
//! and the work that it leaves undone are judged. The hosts decide which calls to make, and in which order.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::words::command::Adoption;
use crate::words::profile::{self, Banks};
use crate::words::session::{BankId, SessionId};
use crate::words::turn::{Turn, TurnId};

/// The user's configuration. Names and defaults are those of Hermes' Hindsight plugin, except for the shutdown budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many turns travel in one retain, at least 1.
    pub retain_every_n_turns: u32,
    /// How long a request may take.
    pub timeout: Duration,
    /// Whether the end of a turn fetches the recall for the next one ahead.
    pub auto_recall: bool,
    /// Whether the server may accept a retain first and apply it later.
    pub retain_async: bool,
    /// Whether the process imports the HTTP client on first use. The import takes a while, and fails once executors are closed.
    pub cold_client_import: bool,
    /// How long the reference lets a shutdown take. Hermes' releases have constants of their own.
    pub stop_budget: Duration,
    /// The server's partition.
    pub bank: BankId,
    /// The partitions of other profiles, or of each session, if there is more than that one.
    pub banks: Banks,
}

impl Config {
    /// The partition in which the turns of a session belong.
    pub fn bank_of(&self, session: &SessionId) -> BankId {
        if self.banks.is_one() { self.bank.clone() } else { self.banks.of(session) }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retain_every_n_turns: 1,
            timeout: Duration::from_secs(120),
            auto_recall: true,
            retain_async: true,
            cold_client_import: false,
            stop_budget: Duration::from_secs(5),
            bank: BankId::from(profile::HOME),
            banks: Banks::default(),
        }
    }
}

/// The behavior of a release's hosts. They ship together with its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether a one-shot process fetches a recall for a next turn that never comes (#31172, #34859).
    pub one_shot_warms_up: bool,
    /// Whether an agent that is built for one request fetches a recall for a next turn, which another agent takes (#91694).
    pub request_warms_up: bool,
    /// Whether the host hands turns that the runtime made up to the memory like a user's (#117487).
    pub hands_over_ephemeral_turns: bool,
    /// Whether an agent of the runtime that reviews a session has a memory, like a user's (#27190).
    pub reviews_have_memory: bool,
    /// Whether the gateway calls the memory's `undo` before it drops the agent (#37051).
    pub announces_undo_in_gateway: bool,
    /// Whether the gateway ends an idle session before it drops the session's agent (#99402).
    pub ends_idle_sessions: bool,
}

/// The memory code of one release, as one process has loaded it: the state that its agents share.
#[async_trait(?Send)]
pub trait Memory {
    /// `initialize`: the memory of a new agent whose open session is `session`. The agent is of that session's profile for good.
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle>;

    /// Ends the memory of all agents, because the process was asked to stop.
    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]);

    /// The runtime's work after the main thread has run off its end.
    async fn exit(&self) {}

    /// Returns when every turn handed over by this process or a former one is delivered.
    async fn drained(&self) {}

    /// The turns that the server will not take, though they were acknowledged: it refuses them for good, or does not end with them. Their
    /// user must know. Each is returned once in the life of the process.
    fn undeliverable(&self) -> Vec<TurnId> {
        Vec::new()
    }

    /// Makes every later call into the server block for `duration` first, as a broken daemon does.
    fn wedge(&self, duration: Duration);

    /// The behavior of the release's hosts.
    fn habits(&self) -> Habits;
}

/// The error of a call whose caller had to go on before the memory could make sure of what it was asked for, which may still happen.
/// The user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsure;

/// The memory of one agent, from `initialize` to the agent's end.
///
/// When `turn` returns without an error, the turn is acknowledged. From then on it must not be lost, whatever happens.
#[async_trait(?Send)]
pub trait Lifecycle {
    /// Takes over a completed turn. `turn.id.session` is the agent's session.
    async fn turn(&self, turn: Turn) -> Result<(), Unsure>;

    /// Fetches the recall for the next turn ahead. Called after [`Lifecycle::turn`].
    async fn warm_up(&self, turn: &Turn);

    /// `/resume` and `/branch`: the agent leaves `from` and adopts `to`.
    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption);

    /// `/new`: the session ends and a fresh one begins.
    async fn new_session(&self, from: &SessionId, to: &SessionId);

    /// Compression: the agent commits its session, then continues as `to`, which may be the same session.
    async fn compress(&self, from: &SessionId, to: &SessionId);

    /// `/undo`: the session continues without its last turn, `undone`.
    async fn undo(&self, undone: &TurnId) -> Result<(), Unsure>;

    /// The session ends or is committed. The caller does not say which.
    async fn end(&self);

    /// The recall that was fetched ahead for the coming turn of `session`, if there is one.
    async fn prefetch(&self, session: &SessionId) -> Option<String>;

    /// Waits a bounded time until the memory has delivered every turn handed over. The agent goes on, or is shut down at once: then the caller
    /// waits for both.
    async fn flush_pending(&self) {}

    /// The agent ends: the memory finishes as much as it can, and frees everything. The caller announces the end of the session.
    async fn shutdown(&self);

    /// `initialize` again, on the same agent.
    async fn reinitialize(&self, session: &SessionId);
}
