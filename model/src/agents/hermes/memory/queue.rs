//! `queue.Queue`, as the provider uses it: unbounded, in memory, and counting what was taken but is not done.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::Notify;

use crate::machine::Machine;

/// An unbounded FIFO.
pub(super) struct Queue<T> {
    items: RefCell<VecDeque<T>>,
    unfinished: Cell<usize>,
    changed: Notify,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { items: RefCell::default(), unfinished: Cell::new(0), changed: Notify::new() }
    }
}

impl<T> Queue<T> {
    /// Appends an item.
    pub(super) fn put(&self, item: T) {
        self.items.borrow_mut().push_back(item);
        self.unfinished.set(self.unfinished.get() + 1);
        self.changed.notify_waiters();
    }

    /// The first item, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        self.items.borrow_mut().pop_front()
    }

    /// Returns when something changed; whoever waits looks again.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// An item that was taken is done with.
    pub(super) fn task_done(&self) {
        self.unfinished.set(self.unfinished.get() - 1);
        self.changed.notify_waiters();
    }

    /// Whether everything ever put has been taken and done.
    pub(super) fn is_idle(&self) -> bool {
        self.unfinished.get() == 0
    }

    /// What `see` sees in each item that waits, in order.
    pub(super) fn look<U>(&self, see: impl Fn(&T) -> U) -> Vec<U> {
        self.items.borrow().iter().map(see).collect()
    }

    /// Takes everything out, unfinished as it is.
    pub(super) fn cancel(&self) -> Vec<T> {
        let canceled: Vec<T> = self.items.take().into();
        self.unfinished.set(self.unfinished.get() - canceled.len());
        self.changed.notify_waiters();
        canceled
    }

    /// Waits until everything is done, at most `limit`. Says whether it is.
    pub(super) async fn idle(&self, machine: &Machine, limit: Duration) -> bool {
        let idle = async {
            while !self.is_idle() {
                self.changed().await;
            }
        };
        machine.timeout(limit, idle).await.is_some()
    }
}
