//! The desktop app and the TUI: one process behind its window, with many chats. Each chat has an agent of its own, and the window shows one.
//!
//! Its one rule: a new chat ends nothing. The agent of the chat before it lives on with what its memory has buffered, and no hook
//! announces that the user has left it (hermes-agent#74686, #88944). Deliberately absent: a cache that evicts agents and a limit
//! on idle chats, because a chat that the window knows is never given up (hermes-agent#81837).
//!
//! The two differ in their end: the TUI's process handles SIGTERM (`tui_gateway/entry.py`). It ends the session of each chat and
//! finalizes its interpreter, and is gone a second after the signal, whatever is left.

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

/// How long the TUI's process handles a SIGTERM (`HERMES_TUI_GATEWAY_SHUTDOWN_GRACE_S`).
const TUI_GRACE: Duration = Duration::from_secs(1);

/// When the plan is over the user closes the window, which no hook announces.
pub(super) const DESKTOP: Properties =
    Properties { name: "desktop", knows_lineage: true, finishes: false, ..Properties::USUAL };
/// It commits its sessions on SIGTERM, and shuts no memory down.
pub(super) const TUI: Properties = Properties { name: "tui", closes: false, ..DESKTOP };

/// How the process treats a SIGTERM.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// It has no handler.
    App,
    /// It ends its sessions, in a second.
    Terminal,
}

/// The desktop app or the TUI. An agent has the name of its session.
pub(super) struct Desktop {
    machine: Machine,
    memory: Rc<dyn Memory>,
    agents: Agents,
    habits: Habits,
    window: Window,
}

impl Desktop {
    /// Starts with the window on `session`.
    pub(super) async fn start(machine: Machine, memory: Rc<dyn Memory>, window: Window, session: &SessionId) -> Self {
        let (habits, agents) = (memory.habits(), Agents::new(machine.clone(), Rc::clone(&memory)));
        let desktop = Self { agents, machine, memory, habits, window };
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
            Command::Flush => lifecycle.flush_pending().await,
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

    fn handles_sigterm(&self) -> bool {
        self.window == Window::Terminal
    }

    /// The app: `shutdown_all` of every agent; no hook announces the ends of their sessions. The TUI: `commit_memory_session` of every
    /// agent, then `sys.exit`, both under a timer that ends in `os._exit`.
    async fn sigterm(&self) -> Departure {
        let lifecycles = self.agents.lifecycles();
        if self.window == Window::App {
            for lifecycle in lifecycles {
                lifecycle.shutdown().await;
            }
            return Departure::Return;
        }
        let exit = async {
            for lifecycle in lifecycles {
                lifecycle.end().await;
            }
            self.memory.exit().await;
        };
        self.machine.timeout(TUI_GRACE, exit).await;
        Departure::OsExit
    }

    /// The window is closed: its process gets a SIGTERM. Without a handler no hook runs, not even `atexit` (hermes-agent#88944).
    async fn finish(&self) -> Departure {
        self.machine.terminate();
        self.machine.sleep(GRACE).await;
        Departure::OsExit
    }
}
