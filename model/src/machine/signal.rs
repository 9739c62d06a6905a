//! A signal: an event that happens once, and that any number of tasks can wait for.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

use super::unless::Unless;

/// Raised at most once, never lowered. Clones are the same signal.
#[derive(Clone, Default)]
pub struct Signal {
    inner: Rc<Inner>,
}

#[derive(Default)]
struct Inner {
    raised: Cell<bool>,
    waiting: Notify,
}

impl Signal {
    /// Wakes every waiting task. A task that waits later does not wait at all.
    pub fn raise(&self) {
        self.inner.raised.set(true);
        self.inner.waiting.notify_waiters();
    }

    /// Whether the signal is raised.
    pub fn is_raised(&self) -> bool {
        self.inner.raised.get()
    }

    /// Returns as soon as the signal is raised.
    pub async fn wait(&self) {
        while !self.is_raised() {
            self.inner.waiting.notified().await;
        }
    }

    /// The result of `future`. `None` if the signal is raised first; the unfinished future is then dropped.
    pub fn or<T>(&self, future: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
        Unless::new(future, self.wait())
    }
}
