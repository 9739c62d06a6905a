//! `hermes`, interactive: one agent at a time, and each command is a hook of its memory.

use std::rc::Rc;

use async_trait::async_trait;

use super::agents::{Agent, Agents, FIRST};
use super::{Departure, Program, hand_over, shut_down};
use crate::contracts::memory::{Habits, Memory};
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::session::SessionId;

/// The interactive CLI.
pub(super) struct Cli {
    machine: Machine,
    agents: Agents,
    habits: Habits,
    /// Whether there is a next turn to ask ahead for.
    warms_up: bool,
}

impl Cli {
    /// With one agent, and `session` open.
    pub(super) async fn start(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        let habits = memory.habits();
        let agents = Agents::new(memory);
        agents.add(FIRST, session).await;
        Self { machine, agents, habits, warms_up: true }
    }

    /// The same, for a process that lives for one turn.
    pub(super) async fn start_for_one_turn(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        let warms_up = memory.habits().warms_up_for_nobody;
        Self { warms_up, ..Self::start(machine, memory, session).await }
    }

    fn current(&self) -> Agent {
        self.agents.current().expect("the CLI never dismisses its agents")
    }
}

#[async_trait(?Send)]
impl Program for Cli {
    async fn take(&self, command: Command) -> Answer {
        let Agent { memory, session, .. } = self.current();
        match command {
            Command::Turn(turn, completion) => {
                hand_over(&self.machine, &*memory, self.habits, turn, completion, self.warms_up).await;
            }
            Command::Use(session) => self.agents.enter(&session),
            Command::Agent(name, session) => {
                if self.agents.find(&name).is_none() {
                    self.agents.add(&name, &session.clone().unwrap_or_else(|| SessionId::from("S1"))).await;
                }
                if let Some(session) = session {
                    self.agents.enter(&session);
                }
            }
            Command::Switch(to, adoption) => {
                self.agents.enter(&to);
                memory.switch(&session, &to, adoption).await;
            }
            Command::New(to) => {
                self.agents.enter(&to);
                memory.new_session(&session, &to).await;
            }
            Command::Compress(to) => {
                self.agents.enter(&to);
                memory.compress(&session, &to).await;
            }
            Command::Undo(turn) => memory.undo(&turn).await,
            Command::End | Command::Evict(_) => memory.end().await,
            Command::Prefetch => return Answer::Text(memory.prefetch(&session).await),
            Command::Shutdown | Command::Expire(_) => shut_down(&*memory).await,
            Command::CliExit => {
                memory.flush_pending().await;
                shut_down(&*memory).await;
            }
            Command::Reinitialize => memory.reinitialize(&session).await,
            Command::Idle(_) | Command::Run(..) | Command::WebUi(_) | Command::Gateway(_) => {}
        }
        Answer::Nothing
    }

    /// `shutdown_all` of every agent: the sessions' ends are not announced.
    async fn sigterm(&self) {
        for memory in self.agents.memories() {
            memory.shutdown().await;
        }
    }

    async fn finish(&self) -> Departure {
        Departure::Return
    }
}
