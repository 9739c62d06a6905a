//! The desktop app: one process behind its window, with many chats. Each chat has an agent of its own, and the window shows one.
//!
//! Its one rule: a new chat ends nothing. The agent of the chat before it lives on with what its memory has buffered, and no hook
//! announces that the user has left it (hermes-agent#74686, #88944). Deliberately absent: a cache that evicts agents and a limit
//! on idle chats, because a chat that the window knows is never given up (hermes-agent#81837).

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::agents::{Agent, Agents};
use super::{Departure, Program, Properties, answer, hand_over, shut_down};
use crate::contracts::memory::{Habits, Memory};
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::session::SessionId;

/// How long the app waits for its process to go. No source says it.
const GRACE: Duration = Duration::from_secs(5);

/// When the plan is over the user closes the window, which no hook announces.
pub(super) const PROPERTIES: Properties =
    Properties { name: "desktop", knows_lineage: true, finishes: false, ..Properties::USUAL };

/// The desktop app. An agent has the name of its session.
pub(super) struct Desktop {
    machine: Machine,
    agents: Agents,
    habits: Habits,
}

impl Desktop {
    /// Starts with the window on `session`.
    pub(super) async fn start(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        let habits = memory.habits();
        let desktop = Self { agents: Agents::new(machine.clone(), memory), machine, habits };
        desktop.show(session).await;
        desktop
    }

    /// Shows the chat of `session`. Builds its agent if it has none.
    async fn show(&self, session: &SessionId) {
        if self.agents.find(session.as_str()).is_none() {
            self.agents.add(session.as_str(), session).await;
        }
    }

    fn shown(&self) -> Agent {
        self.agents.current().expect("the window always shows a chat")
    }
}

#[async_trait(?Send)]
impl Program for Desktop {
    async fn take(&self, command: Command) -> Answer {
        let Agent { lifecycle, session, .. } = self.shown();
        match command {
            Command::Turn(turn, completion) => {
                hand_over(&self.machine, &*lifecycle, self.habits, turn, completion, true).await;
            }
            Command::New(to) | Command::Use(to) | Command::Agent(_, Some(to)) => self.show(&to).await,
            Command::Switch(to, adoption) => {
                self.agents.rename(&to);
                lifecycle.switch(&session, &to, adoption).await;
            }
            Command::Compress(to) => {
                self.agents.rename(&to);
                lifecycle.compress(&session, &to).await;
            }
            Command::Undo(turn) => return answer(lifecycle.undo(&turn).await),
            Command::End => lifecycle.end().await,
            Command::Prefetch => return Answer::Text(lifecycle.prefetch(&session).await),
            Command::Shutdown => {
                self.agents.close();
                for lifecycle in self.agents.lifecycles() {
                    shut_down(&*lifecycle).await;
                }
            }
            Command::Reinitialize => lifecycle.reinitialize(&session).await,
            Command::Agent(_, None) | Command::Evict(_) | Command::Idle(_) | Command::Expire(_) => {}
            Command::CliExit | Command::Run(..) | Command::WebUi(_) | Command::Gateway(_) => {}
        }
        Answer::Nothing
    }

    fn passes_over(&self, command: &Command) -> bool {
        matches!(
            command,
            Command::Agent(_, None) | Command::Evict(_) | Command::Idle(_) | Command::Expire(_) | Command::CliExit
        )
    }

    /// `shutdown_all` of every agent. No hook announces the ends of their sessions.
    async fn sigterm(&self) {
        for lifecycle in self.agents.lifecycles() {
            lifecycle.shutdown().await;
        }
    }

    /// The window is closed: its process gets a SIGTERM. Without a handler no hook runs, not even `atexit` (hermes-agent#88944).
    async fn finish(&self) -> Departure {
        self.machine.terminate();
        self.machine.sleep(GRACE).await;
        Departure::OsExit
    }
}
