//! `hermes chat -q` and `hermes -z`: a process that lives for one question.
//!
//! `chat -q` arms a watchdog, flushes pending turns, ends the session and shuts the memory down. `-z` does only the last two,
//! and leaves by `os._exit`. Both fetch a recall for a next turn that never comes, unless the release skips it (#34859).

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::cli::Cli;
use super::{Departure, Program, Properties};
use crate::contracts::memory::Memory;
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::session::SessionId;

/// How long the watchdog lets the cleanup take (`HERMES_EXIT_WATCHDOG_S`).
const WATCHDOG: Duration = Duration::from_secs(30);

/// `hermes chat -q`.
pub(super) const CHAT_Q: Properties = Properties { name: "chat_q", knows_lineage: true, ..Properties::USUAL };
/// `hermes -z`.
pub(super) const ONESHOT: Properties = Properties { name: "oneshot", ..CHAT_Q };

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `_run_cleanup`, under a watchdog.
    CleanUp,
    /// A shutdown, and `os._exit`.
    Leave,
}

/// A process that lives for one question.
pub(super) struct Oneshot {
    machine: Machine,
    end: End,
    cli: Cli,
}

impl Oneshot {
    /// Starts with one agent, and `session` open.
    pub(super) async fn start(machine: Machine, memory: Rc<dyn Memory>, end: End, session: &SessionId) -> Self {
        let cli = Cli::start_for_one_turn(machine.clone(), memory, session).await;
        Self { machine, end, cli }
    }
}

#[async_trait(?Send)]
impl Program for Oneshot {
    async fn take(&self, command: Command) -> Answer {
        self.cli.take(command).await
    }

    async fn sigterm(&self) -> Departure {
        self.cli.sigterm().await
    }

    async fn finish(&self) -> Departure {
        match self.end {
            End::CleanUp => match self.machine.timeout(WATCHDOG, self.cli.take(Command::CliExit)).await {
                Some(_) => Departure::Return,
                None => Departure::OsExit,
            },
            End::Leave => {
                self.cli.take(Command::Shutdown).await;
                Departure::OsExit
            }
        }
    }
}
