//! Attendance: the task that commits a session's waiting turns, again and again until none waits.
//!
//! Each session has its own task, so no session waits for another's provider.

use std::rc::Rc;
use std::time::Duration;

use super::Inner;
use super::attempt::{Attempt, Ended};
use super::entry::Entry;
use crate::contracts::commits::{AgentHandle, Heirs};
use crate::machine::marks::Mark;
use crate::words::session::SessionId;

/// The pause after a provider's first failure. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause once a drain has begun that lasts for half a minute at most. In a longer one it is a sixtieth of the drain's budget.
const LONGEST_PAUSE_OF_A_DRAIN: Duration = Duration::from_millis(500);

impl Inner {
    /// A boundary of the session: its completed turns get a task that commits them.
    pub(super) fn boundary(self: &Rc<Self>, session: &SessionId) {
        self.entry(session, Entry::bound);
        self.attend(session);
    }

    /// Starts the session's task, unless it runs or no turn from before the last boundary waits.
    pub(super) fn attend(self: &Rc<Self>, session: &SessionId) {
        let begins = self.entry(session, |entry| entry.is_due() && !std::mem::replace(&mut entry.attended, true));
        if begins == Some(true) {
            let (inner, session) = (Rc::clone(self), session.clone());
            self.machine.spawn("attendance", async move { inner.attend_to(&session).await });
        }
    }

    async fn attend_to(self: &Rc<Self>, session: &SessionId) {
        let mut pause = FIRST_PAUSE;
        loop {
            let changed = self.changed.notified();
            match self.begin(session, &None) {
                Attempt::Nothing { .. } => break,
                Attempt::Busy => changed.await,
                Attempt::Begun(outcome) => match outcome.wait().await {
                    Ended::Done => pause = FIRST_PAUSE,
                    Ended::Withdrawn => {}
                    Ended::Failed => {
                        self.machine.reached(Mark::CommitFailed);
                        self.pause(pause).await;
                        pause = LONGEST_PAUSE.min(pause * 2);
                    }
                },
            }
        }
        self.entry(session, |entry| entry.attended = false);
        self.changed.notify_waiters();
    }

    /// Pauses after a failure. A drain cuts the pause short, also one that begins in another's.
    async fn pause(&self, pause: Duration) {
        match self.draining.is_raised() {
            true => {
                let longest = LONGEST_PAUSE_OF_A_DRAIN.max(self.budget.get() / 60);
                _ = self.machine.timeout(pause.min(longest), self.hurried.notified()).await;
            }
            false => _ = self.machine.timeout(pause, self.draining.wait()).await,
        }
    }

    /// Builds an agent for a session whose own agent died with its process. It commits the session's turns, and goes.
    pub(super) async fn inherit(self: Rc<Self>, session: SessionId, heirs: Rc<dyn Heirs>) {
        self.machine.step("heir").await;
        self.machine.reached(Mark::HeirBuilt);
        let heir = heirs.heir(&session).await;
        self.entry(&session, |entry| {
            let orphans = entry.segments.iter_mut().filter(|segment| segment.owner.is_none());
            orphans.for_each(|orphan| orphan.owner = Some(Rc::clone(&heir)));
        });
        Rc::clone(&self).let_go(session, heir).await;
        self.inheriting.set(self.inheriting.get() - 1);
        self.changed.notify_waiters();
    }

    /// Whether turns wait that only this agent may commit.
    pub(super) fn owns(&self, agent: &Rc<dyn AgentHandle>) -> bool {
        let sessions = self.sessions.borrow();
        let mut segments = sessions.values().flat_map(|entry| &entry.segments);
        segments.any(|segment| segment.owner.as_ref().is_some_and(|owner| owner.name() == agent.name()))
    }
}
