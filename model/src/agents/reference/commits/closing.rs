//! The end of the process, and of one agent.

use std::rc::Rc;
use std::time::Duration;

use super::{DRAIN, Inner, When};
use crate::contracts::commits::AgentHandle;
use crate::facts::commits::Closing;
use crate::machine::marks::Mark;
use crate::words::session::SessionId;

impl Inner {
    /// Commits all waiting turns, session beside session, within one budget, and turns that are completed meanwhile too. The rest
    /// waits on the disk.
    pub(super) async fn drain(self: &Rc<Self>, deadline: Option<Duration>) {
        let budget = deadline.unwrap_or(DRAIN);
        self.budget.set(budget);
        self.draining.raise();
        self.hurried.notify_waiters();
        self.dirty().iter().for_each(|session| self.boundary(session));
        if self.machine.timeout(budget, self.idle()).await.is_none() && !self.dirty().is_empty() {
            self.machine.reached(Mark::DrainRanOut);
        }
    }

    /// Returns when no agent is in a turn, and no turn waits that any agent could commit.
    async fn idle(&self) {
        loop {
            let changed = self.changed.notified();
            let attended = self.sessions.borrow().values().any(|entry| entry.attended || entry.in_flight);
            if !attended && self.at_work.borrow().is_empty() {
                break;
            }
            changed.await;
        }
    }

    /// An agent goes. When its turn is over and none of its own turns waits, closes it, once. Forgets its session if no other
    /// agent works in it.
    pub(super) async fn let_go(self: Rc<Self>, session: SessionId, agent: Rc<dyn AgentHandle>) {
        self.machine.step("release").await;
        loop {
            let changed = self.changed.notified();
            let owns = self.owns(&agent);
            if !self.is_busy(&*agent) && !owns {
                break;
            }
            self.machine.reached(Mark::AgentWaited);
            // Who only works needs no attendance: with nothing to commit it ends at once, says so, and would be started again.
            if owns && self.commits == When::AtBoundaries {
                self.entry(&session, |entry| entry.bound_for(&agent));
                self.attend(&session);
            }
            changed.await;
        }
        let forgotten = self.entry(&session, |entry| {
            let registered = entry.agent.as_ref().map(|other| other.name() == agent.name());
            if registered == Some(true) {
                entry.agent = None;
            }
            registered != Some(false)
        });
        if forgotten == Some(true) {
            self.discard(&session);
        }
        agent.close(Closing::Memory).await;
    }
}
