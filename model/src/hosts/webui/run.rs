//! A turn in a WebUI: a worker thread registers, finds its agent, lets it work, hands the turn to the memory and records it as
//! completed.

use std::future::pending;
use std::rc::Rc;

use super::Inner;
use super::agent::Real;
use crate::contracts::commits::{self, AgentHandle as _, Completes, report};
use crate::facts::commits::Observation;
use crate::hosts::hand_over;
use crate::words::command::Wait;
use crate::words::course::{Completion, Course, RunResult};
use crate::words::session::SessionId;
use crate::words::turn::Turn;

impl Inner {
    /// A turn that ends as soon as it has begun.
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

    /// Registers the worker, and then looks up its agent.
    async fn begin(&self, turn: &Turn) -> Rc<Real> {
        let session = &turn.id.session;
        self.active.borrow_mut().push(session.clone());
        let agent = self.agent_for_a_turn(session, |agent| {
            let handle: Rc<dyn commits::AgentHandle> = Rc::<Real>::clone(agent);
            self.commits.begin_run(session, &handle);
            report(&self.machine, Observation::RunBegan { agent: agent.name().to_owned(), turn: turn.id.clone() });
        });
        let agent = agent.await;
        report(&self.machine, Observation::RunWorks { turn: turn.id.clone() });
        if self.habits.completes == Completes::AtTheBeginning {
            self.record_completed(&agent, turn).await;
        }
        agent
    }

    /// The agent has answered. The core hands the turn to the memory, and then the WebUI records it as completed.
    async fn complete(&self, agent: &Rc<Real>, turn: Turn, completion: Completion) {
        let completed = turn.clone();
        hand_over(&self.machine, &*agent.lifecycle, self.memory.habits(), turn, completion, true).await;
        if completion != Completion::Completed {
            return;
        }
        if matches!(self.habits.completes, Completes::WhenCompleted | Completes::AndCommits) {
            self.record_completed(agent, &completed).await;
        }
        if self.habits.completes == Completes::AndCommits {
            let handle: Rc<dyn commits::AgentHandle> = Rc::<Real>::clone(agent);
            self.commits.commit(&completed.id.session, Some(&handle), Wait::No).await;
        }
    }

    /// Records the turn under the session in which the agent works by now. Compression may have changed it.
    async fn record_completed(&self, agent: &Rc<Real>, turn: &Turn) {
        let handle: Rc<dyn commits::AgentHandle> = Rc::<Real>::clone(agent);
        let session = agent.session().unwrap_or_else(|| turn.id.session.clone());
        self.commits.complete(&session, Some(&handle), &turn.id).await;
    }

    fn end(&self, session: &SessionId, agent: &Rc<Real>, turn: &Turn) {
        let handle: Rc<dyn commits::AgentHandle> = Rc::<Real>::clone(agent);
        let mut active = self.active.borrow_mut();
        if let Some(place) = active.iter().position(|of| of == session) {
            active.swap_remove(place);
        }
        report(&self.machine, Observation::RunEnded { agent: agent.name().to_owned(), turn: turn.id.clone() });
        self.commits.end_run(session, &handle);
    }
}
