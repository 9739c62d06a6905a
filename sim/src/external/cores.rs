//! The core of a template: its runs, and the thread that simulates their world, stay on it.
//!
//! The world and the child never compute at the same time. On two cores each hand-over from one to the other would wake a core that sleeps,
//! and move what both have in their caches.

use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// The cores of living templates.
static TAKEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A core that no other template of this program has.
pub(super) struct Core(usize);

/// A thread that stays on a core until this is dropped.
pub(super) struct Pinned {
    before: CpuSet,
}

impl Core {
    /// The core that the calling thread is on, or else another one. `None` if there are more templates than cores, or if the system does not
    /// say which there are: the system then chooses.
    pub(super) fn take() -> Option<Self> {
        let allowed = sched_getaffinity(None).ok()?;
        let mut taken = taken();
        let mut cores = std::iter::once(sched_getcpu()).chain(0..CpuSet::MAX_CPU);
        let core = cores.find(|core| allowed.is_set(*core) && !taken.contains(core))?;
        taken.push(core);
        Some(Self(core))
    }

    /// Keeps a process, and all that it will fork, on this core. A system that refuses loses speed, and nothing else.
    pub(super) fn keep(&self, process: &Child) {
        let process = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
        if let Some(process) = process {
            _ = sched_setaffinity(Some(process), &self.set());
        }
    }

    /// Keeps the calling thread on this core for a while.
    pub(super) fn pin(&self) -> Option<Pinned> {
        let before = sched_getaffinity(None).ok()?;
        sched_setaffinity(None, &self.set()).ok()?;
        Some(Pinned { before })
    }

    fn set(&self) -> CpuSet {
        let mut set = CpuSet::new();
        set.set(self.0);
        set
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        taken().retain(|core| *core != self.0);
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        _ = sched_setaffinity(None, &self.before);
    }
}

fn taken() -> MutexGuard<'static, Vec<usize>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_stays_on_the_core_of_its_run_and_is_free_behind_it() {
        let before = sched_getaffinity(None).expect("the system says it");
        let (first, second) = (Core::take().expect("a core"), Core::take());
        assert!(second.is_none_or(|second| second.0 != first.0), "no two templates share a core");
        let pinned = first.pin().expect("a core of its own may be chosen");
        assert_eq!(sched_getaffinity(None).expect("the system says it"), first.set());
        drop(pinned);
        assert_eq!(sched_getaffinity(None).expect("the system says it"), before);
    }
}
