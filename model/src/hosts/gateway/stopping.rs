//! The stop, in its order: note the running turns, wait for them, interrupt them, and end the memories.

use std::time::Duration;

use super::Gateway;
use crate::contracts::chats::Budget;
use crate::facts::chats::Observation;
use crate::machine::marks::Mark;
use crate::words::thread;

/// How often a stop looks whether a job still runs.
const POLL: Duration = Duration::from_millis(100);
/// How long it takes to send the waiting users a notice that the gateway stops.
const NOTICE: Duration = Duration::from_millis(200);

impl Gateway {
    /// Stops. Ends the memory of every agent in the cache, running or idle (#16207).
    pub(super) async fn stop(&self) {
        self.inner.stopping.set(true);
        self.inner.draining.set(true);
        let Some(continuity) = self.inner.continuity.clone() else {
            return self.inner.memory.stop(&self.lifecycles()).await;
        };
        self.saw(Observation::StopBegan);
        let budget = continuity.budget();
        let active = self.inner.chats.busy();
        continuity.stop_begins().await;
        if !active.is_empty() {
            self.inner.machine.sleep(NOTICE).await;
        }
        continuity.drain_begins(&self.inner.chats.up_and_running()).await;
        let timed_out = !self.drain(&budget).await;
        let running = self.inner.chats.up_and_running();
        self.saw(Observation::Drained { timed_out, running: running.clone() });
        continuity.drained(timed_out, &running).await;
        if timed_out {
            self.inner.chats.interrupt();
            if !self.wait_for_turns(budget.grace).await {
                self.inner.machine.reached(Mark::TurnOutlastedStop);
            }
        }
        self.inner.memory.stop(&self.lifecycles()).await;
        continuity.stopped(timed_out, &active).await;
    }

    /// Waits for turns and for scheduled jobs, each within its own budget. Returns whether all have ended.
    async fn drain(&self, budget: &Budget) -> bool {
        let begun = self.inner.machine.now();
        loop {
            let waited = self.inner.machine.now() - begun;
            let turns = !self.inner.chats.busy().is_empty();
            let jobs = budget.cron.is_some() && self.inner.jobs.get() > 0;
            let worth = (turns && waited < budget.drain) || (jobs && Some(waited) < budget.cron);
            if !worth {
                return !turns && !jobs;
            }
            if !turns {
                self.inner.machine.reached(Mark::JobOutlastedTurns);
            }
            self.inner.machine.sleep(POLL).await;
        }
    }

    /// Waits at most `limit` for turns. Returns whether all have ended.
    async fn wait_for_turns(&self, limit: Duration) -> bool {
        let until = self.inner.machine.now() + limit;
        while !self.inner.chats.busy().is_empty() {
            if self.inner.machine.now() >= until {
                return false;
            }
            self.inner.machine.sleep(POLL).await;
        }
        true
    }

    /// A restart requested from inside: no new turn begins, and running ones may finish first if the release waits for them.
    pub(super) async fn restart_after_turns(&self) {
        self.inner.draining.set(true);
        self.inner.restarting.set(true);
        let budget = self.inner.continuity.as_ref().map(|continuity| continuity.budget());
        if !self.inner.chats.busy().is_empty() {
            self.inner.machine.reached(Mark::RestartWaited);
        }
        self.wait_for_turns(budget.map_or(Duration::ZERO, |budget| budget.after_turn)).await;
        self.stop().await;
    }

    /// A scheduled job that a stop may have to wait for. The memory of its agent is not modeled here.
    pub(super) fn work_on_a_job(&self, lasts: Duration) {
        let gateway = self.clone();
        self.inner.jobs.set(self.inner.jobs.get() + 1);
        self.inner.machine.spawn(thread::JOB, async move {
            gateway.inner.machine.sleep(lasts).await;
            gateway.inner.jobs.set(gateway.inner.jobs.get() - 1);
        });
    }
}
