//! The stop, in its order: what is about to be interrupted is noted, waited for, interrupted, and then the memories are ended.

use std::time::Duration;

use super::Gateway;
use crate::contracts::chats::Budget;
use crate::facts::chats::Observation;
use crate::machine::marks::Mark;

/// How often a stop looks whether anybody still works.
const POLL: Duration = Duration::from_millis(100);
/// How long it takes to tell the users who wait that the gateway stops.
const NOTICE: Duration = Duration::from_millis(200);

impl Gateway {
    /// Stops. Every agent in the cache is cleaned up, running or idle (#16207).
    pub(super) async fn stop(&self) {
        self.inner.stopping.set(true);
        self.inner.draining.set(true);
        let memories = || self.inner.agents.memories();
        let Some(continuity) = self.inner.continuity.clone() else { return self.inner.memory.stop(&memories()).await };
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
        self.inner.memory.stop(&memories()).await;
        continuity.stopped(timed_out, &active).await;
    }

    /// Waits for turns and for scheduled jobs, each as long as it is worth. Says whether nothing is left.
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

    /// Waits for what runs, at most `limit`. Says whether nothing is left.
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

    /// A restart that is asked for inside: nothing new begins, and what runs may finish first, if the release knows that.
    pub(super) async fn restart_after_turns(&self) {
        self.inner.draining.set(true);
        let budget = self.inner.continuity.as_ref().map(|continuity| continuity.budget());
        if !self.inner.chats.busy().is_empty() {
            self.inner.machine.reached(Mark::RestartWaited);
        }
        self.wait_for_turns(budget.map_or(Duration::ZERO, |budget| budget.after_turn)).await;
        self.stop().await;
    }

    /// A scheduled job, as far as a stop has to wait for it. What its agent remembers is not told here.
    pub(super) fn work_on_a_job(&self, lasts: Duration) {
        let gateway = self.clone();
        self.inner.jobs.set(self.inner.jobs.get() + 1);
        self.inner.machine.spawn("job", async move {
            gateway.inner.machine.sleep(lasts).await;
            gateway.inner.jobs.set(gateway.inner.jobs.get() - 1);
        });
    }
}
