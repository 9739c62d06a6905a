//! `hermes`, interactive: one agent at a time. Each command calls one hook of its memory.

use std::rc::Rc;

use async_trait::async_trait;

use super::agents::{Agent, Agents, FIRST};
use super::{Departure, Program, Properties, answer, hand_over, shut_down};
use crate::contracts::memory::{Habits, Memory};
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::session::SessionId;

/// It does nothing by itself when the plan ends: leaving is a command.
pub(super) const PROPERTIES: Properties =
    Properties { name: "cli", knows_lineage: true, returns: true, finishes: false, ..Properties::USUAL };

/// The interactive CLI.
pub(super) struct Cli {
    machine: Machine,
    agents: Agents,
    habits: Habits,
    /// Whether the end of a turn fetches a recall for the next one.
    warms_up: bool,
}

impl Cli {
    /// Starts with one agent, and `session` open.
    pub(super) async fn start(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        let habits = memory.habits();
        let agents = Agents::new(machine.clone(), memory);
        agents.add(FIRST, session).await;
        Self { machine, agents, habits, warms_up: true }
    }

    /// Starts a process that lives for one turn.
    pub(super) async fn start_for_one_turn(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        let warms_up = memory.habits().one_shot_warms_up;
        Self { warms_up, ..Self::start(machine, memory, session).await }
    }

    fn current(&self) -> Agent {
        self.agents.current().expect("the CLI never dismisses its agents")
    }
}

#[async_trait(?Send)]
impl Program for Cli {
    async fn take(&self, command: Command) -> Answer {
        let Agent { lifecycle, session, .. } = self.current();
        match command {
            Command::Turn(turn, completion) => {
                hand_over(&self.machine, &*lifecycle, self.habits, turn, completion, self.warms_up).await;
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
                lifecycle.switch(&session, &to, adoption).await;
            }
            Command::New(to) => {
                self.agents.enter(&to);
                lifecycle.new_session(&session, &to).await;
            }
            Command::Compress(to) => {
                self.agents.enter(&to);
                lifecycle.compress(&session, &to).await;
            }
            Command::Undo(turn) => return answer(lifecycle.undo(&turn).await),
            Command::End | Command::Evict(_) => lifecycle.end().await,
            Command::Flush => lifecycle.flush_pending().await,
            Command::Prefetch => return Answer::Text(lifecycle.prefetch(&session).await),
            Command::Shutdown | Command::Expire(_) => shut_down(&*lifecycle).await,
            Command::CliExit => {
                lifecycle.flush_pending().await;
                shut_down(&*lifecycle).await;
            }
            Command::Reinitialize => lifecycle.reinitialize(&session).await,
            Command::Idle(_) | Command::Run(..) | Command::WebUi(_) | Command::Gateway(_) => {}
        }
        Answer::Nothing
    }

    /// `shutdown_all` of every agent. No hook announces the ends of their sessions.
    async fn sigterm(&self) -> Departure {
        for lifecycle in self.agents.lifecycles() {
            lifecycle.shutdown().await;
        }
        Departure::Return
    }

    async fn finish(&self) -> Departure {
        Departure::Return
    }
}
