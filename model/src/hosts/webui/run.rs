//! A turn in a WebUI: a worker thread that is registered, finds its agent, lets it work, hands the turn over and marks it.

use std::future::pending;
use std::rc::Rc;

use super::Inner;
use super::agent::Real;
use crate::contracts::commits::{self, Agent as _, Marks, tell};
use crate::facts::commits::Observation;
use crate::hosts::hand_over;
use crate::words::command::Wait;
use crate::words::course::{Completion, Course, RunResult};
use crate::words::session::SessionId;
use crate::words::turn::Turn;

impl Inner {
    /// A turn that has come to its end as soon as it has begun.
    pub(super) async fn turn(&self, turn: Turn, completion: Completion) {
        let session = turn.id.session.clone();
        let agent = self.begin(&turn).await;
        self.complete(&agent, turn.clone(), completion).await;
        self.end(&session, &agent, &turn);
    }

    /// A turn that takes a while.
    pub(super) async fn run(&self, turn: Turn, course: Course) {
        let session = turn.id.session.clone();
        let agent = self.begin(&turn).await;
        match course.lasts {
            Some(duration) => self.machine.sleep(duration).await,
            None => pending().await,
        }
        match course.result {
            RunResult::Completes => self.complete(&agent, turn.clone(), Completion::Completed).await,
            RunResult::Fails => {}
            RunResult::Restarts => {
                self.machine.terminate();
                pending().await
            }
        }
        self.end(&session, &agent, &turn);
    }

    /// The worker is registered, and then its agent is looked up.
    async fn begin(&self, turn: &Turn) -> Rc<Real> {
        let session = &turn.id.session;
        self.active.borrow_mut().push(session.clone());
        let agent = self.agent_for_a_turn(session, |agent| {
            let handle: Rc<dyn commits::Agent> = Rc::<Real>::clone(agent);
            self.commits.begin_run(session, &handle);
            tell(&self.machine, Observation::RunBegan { agent: agent.name().to_owned(), turn: turn.id.clone() });
        });
        let agent = agent.await;
        tell(&self.machine, Observation::RunWorks { turn: turn.id.clone() });
        if self.habits.marks == Marks::AtTheBeginning {
            self.mark(&agent, turn).await;
        }
        agent
    }

    /// The agent has answered. What it says is handed to its memory, which is the core's business, and then marked.
    async fn complete(&self, agent: &Rc<Real>, turn: Turn, completion: Completion) {
        let marked = turn.clone();
        hand_over(&self.machine, &*agent.memory, self.memory.habits(), turn, completion, true).await;
        if completion != Completion::Completed {
            return;
        }
        if matches!(self.habits.marks, Marks::WhenCompleted | Marks::AndCommits) {
            self.mark(agent, &marked).await;
        }
        if self.habits.marks == Marks::AndCommits {
            let handle: Rc<dyn commits::Agent> = Rc::<Real>::clone(agent);
            self.commits.commit(&marked.id.session, Some(&handle), Wait::No).await;
        }
    }

    /// Under the session in which the agent works by now: compression may have changed it.
    async fn mark(&self, agent: &Rc<Real>, turn: &Turn) {
        let handle: Rc<dyn commits::Agent> = Rc::<Real>::clone(agent);
        let session = agent.session().unwrap_or_else(|| turn.id.session.clone());
        self.commits.mark(&session, Some(&handle), &turn.id).await;
    }

    fn end(&self, session: &SessionId, agent: &Rc<Real>, turn: &Turn) {
        let handle: Rc<dyn commits::Agent> = Rc::<Real>::clone(agent);
        let mut active = self.active.borrow_mut();
        if let Some(place) = active.iter().position(|of| of == session) {
            active.swap_remove(place);
        }
        tell(&self.machine, Observation::RunEnded { agent: agent.name().to_owned(), turn: turn.id.clone() });
        self.commits.end_run(session, &handle);
    }
}
