//! `drain_all_on_shutdown`: passes over all dirty sessions, one session after the other, until a pass achieves nothing.
//!
//! A failing commit gets one attempt in each pass, with no pause in between. A hanging one takes the whole rest of the budget,
//! if there is a budget.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::behaviors::Drain;
use super::sessions::Inner;
use crate::agents::hermes::thread::Thread;
use crate::words::command::Wait;
use crate::words::session::SessionId;

/// How long a drain takes at most, unless the caller says otherwise (#5543).
const DEADLINE: Duration = Duration::from_secs(30);

/// How long the drain waits for one background commit.
const JOIN: Duration = Duration::from_secs(5);

/// Whether a pass over the dirty sessions continues.
enum Pass {
    Progress,
    NoProgress,
    OutOfTime,
    /// A commit raised an exception that no code catches.
    Raised,
}

impl Inner {
    /// Releases without a deadline ignore `deadline`.
    pub(super) async fn drain(self: &Rc<Self>, deadline: Option<Duration>) {
        let end = self.machine.now() + deadline.unwrap_or(DEADLINE);
        if self.behaviors.drain != Drain::Unbounded {
            self.machine.step("draining").await;
            self.draining.set(true);
            self.join_background_commits(end).await;
        }
        loop {
            self.machine.step("drain takes stock").await;
            let snapshot = self.dirty();
            if snapshot.is_empty() || self.remaining(end).is_some_and(|left| left.is_zero()) {
                break;
            }
            match self.pass(&snapshot, end).await {
                Pass::Progress => {}
                Pass::NoProgress | Pass::OutOfTime | Pass::Raised => break,
            }
        }
    }

    /// The rest of the budget. `None` if the release has no budget.
    fn remaining(&self, end: Duration) -> Option<Duration> {
        (self.behaviors.drain != Drain::Unbounded).then(|| end.saturating_sub(self.machine.now()))
    }

    /// Takes the threads off the list first, so a second drain does not join them.
    async fn join_background_commits(&self, end: Duration) {
        let threads = self.background.take();
        for (_, thread) in threads.into_iter().filter(|(_, thread)| thread.is_alive()) {
            let left = end.saturating_sub(self.machine.now());
            if left.is_zero() {
                break;
            }
            thread.join(&self.machine, left.min(JOIN)).await;
        }
    }

    async fn pass(self: &Rc<Self>, sessions: &[SessionId], end: Duration) -> Pass {
        let mut pass = Pass::NoProgress;
        for session in sessions {
            let left = end.saturating_sub(self.machine.now());
            let committed = match self.behaviors.drain {
                Drain::Unbounded | Drain::CheckedBeforeAPass => self.commit(session, None, Wait::Until(None)).await,
                Drain::BoundedWait => self.commit(session, None, Wait::Until(Some(left))).await,
                Drain::OnThreads if left.is_zero() => return Pass::OutOfTime,
                Drain::OnThreads => Some(self.commit_on_a_joined_thread(session, left).await),
            };
            match committed {
                Some(true) => pass = Pass::Progress,
                Some(false) => {}
                None => return Pass::Raised,
            }
        }
        pass
    }

    /// Commits on a thread, and joins it for at most `limit`. The drain abandons a thread that is still alive then. If that thread
    /// waits for another commit, it still commits when that one is over.
    async fn commit_on_a_joined_thread(self: &Rc<Self>, session: &SessionId, limit: Duration) -> bool {
        let committed = Rc::new(Cell::new(false));
        let (inner, session, result) = (Rc::clone(self), session.clone(), Rc::clone(&committed));
        let thread = Thread::new(&self.machine, "drain commit", async move {
            result.set(inner.commit(&session, None, Wait::Until(None)).await == Some(true));
        });
        thread.start().await;
        thread.join(&self.machine, limit).await && committed.get()
    }
}
