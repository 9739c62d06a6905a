//! Closing: agents end, and the last one closes the access to the server.
//!
//! Its one rule: correctness never depends on how much is delivered here, because a restart delivers the rest. So a shutdown
//! waits for one budget at most, and agents that close together share it. Closed is final: after the last agent's shutdown
//! no task starts and no request is sent until an agent is initialized again.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::design::Heeds;
use super::{Courier, Phase, Reference};
use crate::contracts::memory::Lifecycle;
use crate::machine::marks::Mark;
use crate::words::session::SessionId;

/// The last part of a shutdown's budget, in which tasks end and connections close; of a small budget, a quarter.
const CLOSING_TIME: Duration = Duration::from_millis(100);
/// Agents whose shutdowns follow each other within this time belong to one end, and share one budget.
const HEELS: Duration = Duration::from_secs(1);

/// A wait of a host for its memory.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    /// When its time is over.
    deadline: Duration,
    /// When it ended. While it goes on, the same as its deadline.
    ended: Duration,
}

impl Wait {
    fn until(deadline: Duration) -> Self {
        Self { deadline, ended: deadline }
    }
}

impl Reference {
    /// Registers an agent that opens.
    pub(super) fn opened(&self, phase: &Rc<Cell<Phase>>) {
        let mut agents = self.inner.agents.borrow_mut();
        agents.retain(|agent| agent.upgrade().is_some_and(|other| !Rc::ptr_eq(&other, phase)));
        agents.push(Rc::downgrade(phase));
        self.inner.last_wait.take();
    }

    fn is_open(&self) -> bool {
        let is_open =
            |agent: &std::rc::Weak<Cell<Phase>>| agent.upgrade().is_some_and(|phase| phase.get() == Phase::Open);
        self.inner.agents.borrow().iter().any(is_open)
    }

    /// Closes an agent whose session is `session`. Delivers the rest of its session while there is time; the last agent delivers
    /// the rest of every session, and the last one to end closes the access. At the heels of a wait for the agent's memory, both share a budget.
    pub(super) async fn close(&self, session: &SessionId, flushed: Option<Wait>) {
        if self.delivering().is_none() {
            return;
        }
        let now = self.inner.machine.now();
        if let Some(flushed) = flushed.filter(|flushed| now <= flushed.ended + HEELS) {
            self.inner.last_wait.set(Some(flushed));
        }
        let session = self.is_open().then_some(session);
        let (couriers, time_left, closing) = (self.couriers(), self.time_left(), Rc::clone(&self.inner.closing));
        if self.inner.design.heeds != Heeds::AllButStops {
            self.deliver_the_rest(session, &couriers, time_left).await;
        }
        drop(closing);
        if !self.is_open() && Rc::strong_count(&self.inner.closing) == 1 {
            self.finish(&couriers).await;
        }
        let now = self.inner.machine.now();
        self.inner.last_wait.set(self.inner.last_wait.get().map(|wait| Wait { ended: now, ..wait }));
    }

    /// Delivers the rest of an agent's session, or of every session if there is no other agent, for as long as a shutdown may take. The agent stays
    /// open. At the heels of another agent's end both share a budget.
    pub(super) async fn flush(&self, session: &SessionId) -> Wait {
        let session = self.has_several_open().then_some(session);
        let deadline = self.deadline();
        self.deliver_the_rest(session, &self.couriers(), deadline.saturating_sub(self.inner.machine.now())).await;
        Wait { deadline, ended: self.inner.machine.now() }
    }

    fn has_several_open(&self) -> bool {
        let agents = self.inner.agents.borrow();
        let phases = agents.iter().filter_map(std::rc::Weak::upgrade);
        phases.filter(|phase| phase.get() == Phase::Open).count() > 1
    }

    /// Delivers the rest of `session`, or of every session, within this time.
    async fn deliver_the_rest(&self, session: Option<&SessionId>, couriers: &[Courier], time: Duration) {
        couriers.iter().for_each(|courier| courier.dispatcher.hurry(session));
        let settled = async {
            for courier in couriers {
                courier.outbox.until(|backlog| backlog.is_settled(session)).await;
            }
        };
        if self.inner.machine.timeout(time, settled).await.is_none() {
            self.inner.machine.reached(Mark::BudgetRanOut);
        }
    }

    /// Ends all agents. They share one budget, and the rest of their sessions travels side by side.
    pub(super) async fn stop_all(&self, agents: &[Rc<dyn Lifecycle>]) {
        self.inner.last_wait.take();
        let deadline = self.deadline();
        for agent in agents {
            agent.end().await;
        }
        // An agent that opens meanwhile brings no budget of its own.
        for agent in agents {
            self.inner.last_wait.set(Some(Wait::until(deadline)));
            agent.shutdown().await;
        }
        self.inner.last_wait.set(Some(Wait::until(deadline)));
        // What agents that the host has dropped have left travels too, and they still exist as long as one of their tasks does.
        let couriers = self.couriers();
        if self.inner.design.heeds != Heeds::AllButStops {
            self.deliver_the_rest(None, &couriers, self.time_left()).await;
        }
        self.finish(&couriers).await;
    }

    /// Closes the access: no more requests. Waits a moment for the tasks to end.
    async fn finish(&self, couriers: &[Courier]) {
        if let Some(delivering) = self.inner.delivering.take() {
            delivering.access.close();
            couriers.iter().for_each(|courier| courier.dispatcher.wake());
            for courier in couriers {
                courier.task.join(&self.inner.machine, self.closing_time()).await;
                courier.outbox.doubt_all(self.inner.machine.now());
            }
            self.inner.lock.remove().await;
        }
    }

    /// Until when deliveries may be waited for: what an end that goes on has left, or a budget from now on.
    fn deadline(&self) -> Duration {
        let now = self.inner.machine.now();
        let fresh = now + self.inner.config.stop_budget - self.closing_part();
        let last = self.inner.last_wait.get().filter(|last| now <= last.ended + HEELS);
        last.map_or(fresh, |last| last.deadline)
    }

    /// How long a shutdown may still wait for deliveries.
    fn time_left(&self) -> Duration {
        let (now, before, deadline) = (self.inner.machine.now(), self.inner.last_wait.get(), self.deadline());
        self.inner.last_wait.set(Some(Wait::until(deadline)));
        if deadline <= now && before.is_some_and(|before| before.deadline == deadline) {
            self.inner.machine.reached(Mark::BudgetUsedUp);
        }
        deadline.saturating_sub(now)
    }

    /// How long a shutdown may still wait for a task.
    pub(super) fn closing_time(&self) -> Duration {
        let part = self.closing_part();
        let end = self.inner.last_wait.get().map_or(Duration::ZERO, |wait| wait.deadline + part);
        end.saturating_sub(self.inner.machine.now()).min(part / 2)
    }

    fn closing_part(&self) -> Duration {
        CLOSING_TIME.min(self.inner.config.stop_budget / 4)
    }
}
