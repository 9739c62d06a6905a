//! `queue.Queue` as the plugin uses it: unbounded, in memory, with a count of items that were taken and are not yet done.

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

    /// Takes the first item, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        self.items.borrow_mut().pop_front()
    }

    /// Returns when something changed. The caller looks again.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Records that an item that was taken is done.
    pub(super) fn task_done(&self) {
        self.unfinished.set(self.unfinished.get() - 1);
        self.changed.notify_waiters();
    }

    /// Whether every item was taken and is done.
    pub(super) fn is_idle(&self) -> bool {
        self.unfinished.get() == 0
    }

    /// Maps the waiting items, in order, and leaves them in the queue.
    pub(super) fn look<U>(&self, see: impl Fn(&T) -> U) -> Vec<U> {
        self.items.borrow().iter().map(see).collect()
    }

    /// Takes all waiting items out, undone.
    pub(super) fn cancel(&self) -> Vec<T> {
        let canceled: Vec<T> = self.items.take().into();
        self.unfinished.set(self.unfinished.get() - canceled.len());
        self.changed.notify_waiters();
        canceled
    }

    /// Waits at most `limit` until every item is done. Returns whether they are.
    pub(super) async fn idle(&self, machine: &Machine, limit: Duration) -> bool {
        let idle = async {
            while !self.is_idle() {
                self.changed().await;
            }
        };
        machine.timeout(limit, idle).await.is_some()
    }
}
