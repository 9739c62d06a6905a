//! The API server: one long-lived process, and an agent for each request.
//!
//! Its one rule: a request builds an agent for its session, completes its turn with it, and drops it. No hook announces the end: neither
//! the session's nor the agent's (`gateway/platforms/api_server.py`, hermes-agent#91694). Requests run side by side, also of one session.
//! Deliberately absent: the commands of a chat, because a request is a message, and a drain, because a stop knows no request.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use async_trait::async_trait;

use super::{Departure, Program, Properties, hand_over};
use crate::contracts::memory::{Lifecycle, Memory};
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::course::{Completion, Course, RunResult};
use crate::words::session::SessionId;
use crate::words::thread;
use crate::words::turn::Turn;

/// When the plan is over, the process is stopped, and its interpreter ends normally.
pub(super) const PROPERTIES: Properties = Properties {
    name: "api_server",
    beside: true,
    finishes: false,
    drops_agents: true,
    ends: false,
    closes: false,
    ..Properties::USUAL
};

/// The API server. Clones are the same server.
#[derive(Clone)]
pub(super) struct ApiServer {
    machine: Machine,
    memory: Rc<dyn Memory>,
    /// The session of the next request.
    open: Rc<RefCell<SessionId>>,
    /// The agent of a request that has read its recall and not come to its turn.
    begun: Rc<RefCell<Option<Begun>>>,
}

/// A request that has begun.
struct Begun {
    session: SessionId,
    agent: Rc<dyn Lifecycle>,
}

impl ApiServer {
    /// Starts without agents, and `session` in the next request.
    pub(super) fn start(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        Self { machine, memory, open: Rc::new(RefCell::new(session.clone())), begun: Rc::default() }
    }

    /// The agent of a request: the one that has read its recall, or another.
    async fn agent(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        let begun = self.begun.take().filter(|begun| begun.session == *session);
        match begun {
            Some(Begun { agent, .. }) => agent,
            None => self.memory.initialize(session).await,
        }
    }

    async fn answer(&self, agent: &dyn Lifecycle, turn: Turn, completion: Completion) {
        let habits = self.memory.habits();
        hand_over(&self.machine, agent, habits, turn, completion, habits.request_warms_up).await;
    }

    /// A request whose answer takes a while.
    async fn run(&self, turn: Turn, course: Course) {
        let agent = self.agent(&turn.id.session).await;
        match course.lasts {
            Some(duration) => self.machine.sleep(duration).await,
            None => pending().await,
        }
        match course.result {
            RunResult::Completes => self.answer(&*agent, turn, Completion::Completed).await,
            RunResult::Fails => {}
            RunResult::Restarts => self.machine.terminate(),
        }
    }
}

#[async_trait(?Send)]
impl Program for ApiServer {
    async fn take(&self, command: Command) -> Answer {
        match command {
            Command::Turn(turn, completion) => {
                let agent = self.agent(&turn.id.session).await;
                self.answer(&*agent, turn, completion).await;
            }
            Command::Run(turn, course) => {
                let server = self.clone();
                self.machine.spawn(thread::REQUEST, async move { server.run(turn, course).await });
            }
            Command::Prefetch => {
                let session = self.open.borrow().clone();
                let agent = self.agent(&session).await;
                self.begun.replace(Some(Begun { session: session.clone(), agent: Rc::clone(&agent) }));
                return Answer::Text(agent.prefetch(&session).await);
            }
            Command::Use(to)
            | Command::Agent(_, Some(to))
            | Command::Switch(to, _)
            | Command::New(to)
            | Command::Compress(to) => _ = self.open.replace(to),
            Command::Agent(_, None)
            | Command::Undo(_)
            | Command::End
            | Command::Flush
            | Command::Shutdown
            | Command::CliExit
            | Command::Reinitialize
            | Command::Evict(_)
            | Command::Idle(_)
            | Command::Expire(_)
            | Command::WebUi(_)
            | Command::Gateway(_) => {}
        }
        Answer::Nothing
    }

    /// A request is a turn of a session, and nothing else happens to it.
    fn passes_over(&self, command: &Command) -> bool {
        !matches!(command, Command::Turn(..) | Command::Run(..) | Command::Prefetch)
    }

    fn handles_sigterm(&self) -> bool {
        true
    }

    /// Stops listening. The requests that run are cut off, and the agents are gone already.
    async fn sigterm(&self) -> Departure {
        Departure::Return
    }

    async fn finish(&self) -> Departure {
        Departure::Return
    }
}
