//! How it all comes to its end: the process's, and one agent's.

use std::rc::Rc;
use std::time::Duration;

use super::{DRAIN, Inner};
use crate::contracts::commits::Agent;
use crate::facts::commits::Closing;
use crate::machine::marks::Mark;
use crate::words::session::SessionId;

impl Inner {
    /// All that waits is attended to, side by side, within one budget; so is what is completed meanwhile. What is left then
    /// waits on the disk.
    pub(super) async fn drain(self: &Rc<Self>, deadline: Option<Duration>) {
        self.draining.raise();
        self.dirty().iter().for_each(|session| self.boundary(session));
        let budget = deadline.unwrap_or(DRAIN);
        if self.machine.timeout(budget, self.idle()).await.is_none() && !self.dirty().is_empty() {
            self.machine.reached(Mark::DrainRanOut);
        }
    }

    /// Returns when nobody is in a turn, and nothing waits that anybody could commit.
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

    /// An agent goes: when its turn is over and nothing waits that is its own, it is closed, once, and its session is
    /// forgotten if nobody else is at work in it.
    pub(super) async fn release(self: Rc<Self>, session: SessionId, agent: Rc<dyn Agent>) {
        self.machine.step("release").await;
        loop {
            let changed = self.changed.notified();
            if !self.is_busy(&*agent) && !self.owns(&agent) {
                break;
            }
            self.machine.reached(Mark::AgentWaited);
            self.entry(&session, |entry| entry.bound_for(&agent));
            self.attend(&session);
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
