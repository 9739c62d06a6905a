//! What a process that owns an agent calls on its memory, in the words of Hermes' hooks.
//!
//! Every call is made by the process's main task, one at a time, and returns when the host would get its thread back.
//! How long that takes is judged; what is left undone is judged too.

use std::time::Duration;

use async_trait::async_trait;

use crate::session::{BankId, SessionId};
use crate::turn::Turn;

/// What the user configured. Names and defaults are Hermes' (`domain/client.md` 2.3), but for the shutdown budget.
#[derive(Clone, Debug)]
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

/// The memory of one agent in one process: from `initialize` to the process's end.
///
/// When `turn` returns, the turn is acknowledged: from then on it must not be lost, whatever happens.
#[async_trait(?Send)]
pub trait Lifecycle {
    /// The end of a turn: hand it over, and warm up the recall for the next one. `turn.id.session` is the agent's session.
    async fn turn(&self, turn: Turn);

    /// `/resume` and `/branch`: the agent adopts `to`.
    async fn switch(&self, to: &SessionId);

    /// `/new`: the session ends and a fresh one begins.
    async fn new_session(&self, to: &SessionId);

    /// Compression: what was said is committed, then the agent goes on as `to`, which may be the same session.
    async fn compress(&self, to: &SessionId);

    /// The session ends without a successor.
    async fn end(&self);

    /// The recall that was warmed up for the coming turn of `session`, if there is one.
    async fn prefetch(&self, session: &SessionId) -> Option<String>;

    /// The process is about to stop: finish what can be finished, and release everything.
    async fn shutdown(&self);

    /// What the interactive CLI does when the user leaves.
    async fn cli_exit(&self) {
        self.shutdown().await;
    }

    /// The main thread has run off its end: what the runtime still does before the process is gone.
    async fn exit(&self) {}

    /// Returns when nothing handed over earlier, by this process or by a former one, is left to deliver.
    async fn drained(&self) {}

    /// From here on, every call into the provider first blocks for `duration`: a broken daemon.
    fn wedge(&self, duration: Duration);
}
