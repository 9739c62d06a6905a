//! The tasks of a process that can continue, and the waker of the process.
//!
//! A task is listed once, however often it was woken. The list records which tasks can continue and since when; the [`Schedule`] decides
//! which of them does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Wake, Waker};

use super::{Schedule, TaskId, Waiting};

/// Puts its task among the ready ones, once. A waker outlives its task when a timer or a socket still holds it; the slot may then belong to
/// a newer task, which is polled once too often, without harm.
pub(in crate::world) struct TaskWaker {
    pub(in crate::world) task: TaskId,
    slot: usize,
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl TaskWaker {
    /// A waker for the task in this slot, which is ready at once.
    pub(in crate::world) fn new(task: TaskId, slot: usize, ready: &Arc<Ready>) -> Arc<Self> {
        let waker = Arc::new(Self { task, slot, queued: AtomicBool::new(false), ready: Arc::clone(ready) });
        waker.wake_by_ref();
        waker
    }

    /// Records that the task is polled now: the next wake lists it again.
    pub(in crate::world) fn polled(&self) {
        self.queued.store(false, Ordering::Relaxed);
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.push(self.task, self.slot);
        }
    }
}

/// The tasks that can continue, and the waker of the process.
#[derive(Default)]
pub(in crate::world) struct Ready {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    /// The slot of each.
    slots: Vec<usize>,
    wakes: u64,
    outer: Option<Waker>,
}

impl Ready {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }

    /// Lists a task, which lives in this slot of its process.
    pub(in crate::world) fn push(&self, task: TaskId, slot: usize) {
        let mut state = self.state();
        let since = state.wakes;
        state.wakes += 1;
        state.waiting.push(Waiting { task, since });
        state.slots.push(slot);
        let outer = state.outer.take();
        drop(state);
        if let Some(outer) = outer {
            outer.wake();
        }
    }

    /// Wakes the process, if its waker is set.
    pub(in crate::world) fn wake_outer(&self) {
        let outer = self.state().outer.take();
        if let Some(outer) = outer {
            outer.wake();
        }
    }

    /// Sets the waker of the process.
    pub(in crate::world) fn set_outer(&self, waker: Option<&Waker>) {
        self.state().outer = waker.cloned();
    }

    /// How many tasks are listed.
    pub(in crate::world) fn count(&self) -> usize {
        self.state().waiting.len()
    }

    /// Whether any listed task matches.
    pub(in crate::world) fn any(&self, such: impl FnMut(&Waiting) -> bool) -> bool {
        self.state().waiting.iter().any(such)
    }

    /// The slot of the task that continues; `None` if no task can. The schedule is asked only if there is a choice.
    pub(in crate::world) fn take(&self, schedule: &mut dyn Schedule) -> Option<usize> {
        let mut state = self.state();
        let place = match state.waiting.len() {
            0 => return None,
            1 => 0,
            _ => schedule.next(&state.waiting),
        };
        state.waiting.swap_remove(place);
        Some(state.slots.swap_remove(place))
    }
}
