//! What a process that owns agents calls on their memory, in the words of Hermes' hooks.
//!
//! A process loads the code of one release once ([`Memory`]), and initializes it for each of its agents ([`Lifecycle`]).
//! Every call is made by the process's main task, one at a time, and returns when the host would get its thread back.
//! How long that takes is judged; what is left undone is judged too. Who calls what, and in which order, is the business
//! of [`hosts`](crate::hosts).

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::words::command::Adoption;
use crate::words::session::{BankId, SessionId};
use crate::words::turn::{Turn, TurnId};

/// What the user configured. Names and defaults are those of Hermes' Hindsight provider, but for the shutdown budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many turns travel in one retain, at least 1.
    pub retain_every_n_turns: u32,
    /// How long a request may take.
    pub timeout: Duration,
    /// Whether a turn's end warms up the recall for the next turn.
    pub auto_recall: bool,
    /// Whether the provider may accept a retain first and apply it later.
    pub retain_async: bool,
    /// Whether the HTTP client is imported on its first use, which takes a while, and fails once executors are closed.
    pub cold_client_import: bool,
    /// How long the reference lets a shutdown take. The Hermes releases have constants of their own.
    pub stop_budget: Duration,
    /// The provider's partition.
    pub bank: BankId,
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
            bank: BankId::from("hermes"),
        }
    }
}

/// What the hosts of a release do: they ship together with its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether a one-shot process warms up a recall for a next turn that never comes (#31172, #34859).
    pub warms_up_for_nobody: bool,
    /// Whether turns that the runtime made up are handed to the memory like a user's (#117487).
    pub hands_over_ephemeral_turns: bool,
    /// Whether the gateway tells the memory of an `/undo` before it throws the agent away (#37051).
    pub announces_undo_in_gateway: bool,
    /// Whether the gateway ends a session before its idle agent goes (#99402).
    pub ends_idle_sessions: bool,
}

/// The memory code of one release, as one process has loaded it: what its agents have in common.
#[async_trait(?Send)]
pub trait Memory {
    /// `initialize`: the memory of a new agent whose open session is `session`.
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle>;

    /// Ends the memory of all agents of a process that was told to stop.
    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]);

    /// The main thread has run off its end: what the runtime still does before the process is gone.
    async fn exit(&self) {}

    /// Returns when nothing handed over earlier, by this process or by a former one, is left to deliver.
    async fn drained(&self) {}

    /// From here on, every call into the provider first blocks for `duration`: a broken daemon.
    fn wedge(&self, duration: Duration);

    /// What the release's hosts do.
    fn habits(&self) -> Habits;
}

/// The memory of one agent: from `initialize` to the end of the agent.
///
/// When `turn` returns, the turn is acknowledged: from then on it must not be lost, whatever happens.
#[async_trait(?Send)]
pub trait Lifecycle {
    /// The end of a turn: hand it over. `turn.id.session` is the agent's session.
    async fn turn(&self, turn: Turn);

    /// The end of a turn, second half: warm up the recall for the next one.
    async fn warm_up(&self, turn: &Turn);

    /// `/resume` and `/branch`: the agent leaves `from` and adopts `to`.
    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption);

    /// `/new`: the session ends and a fresh one begins.
    async fn new_session(&self, from: &SessionId, to: &SessionId);

    /// Compression: what was said is committed, then the agent goes on as `to`, which may be the same session.
    async fn compress(&self, from: &SessionId, to: &SessionId);

    /// `/undo`: the session goes on without its last turn, which the caller names.
    async fn undo(&self, undone: &TurnId);

    /// The session ends, or is committed: no more is known.
    async fn end(&self);

    /// The recall that was warmed up for the coming turn of `session`, if there is one.
    async fn prefetch(&self, session: &SessionId) -> Option<String>;

    /// Waits a bounded time for what was handed over to be taken up.
    async fn flush_pending(&self) {}

    /// The agent ends: finish what can be finished, and release everything. The session's end is announced by the caller.
    async fn shutdown(&self);

    /// `initialize`, once more, on the same agent.
    async fn reinitialize(&self, session: &SessionId);
}
