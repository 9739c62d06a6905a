//! Notes about the threads of a run: which of them went on, in which order, and what the schedule was asked. They are taken only if a search
//! asks for them, decide nothing, and are part of no history.

use std::cell::RefCell;
use std::time::Duration;

/// A thread of one of the agent's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The process, from 1.
    pub process: u32,
    /// The number of threads that the process had started before it.
    pub number: u32,
    /// Its name.
    pub name: &'static str,
}

/// A note, and when it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Simulated time since the start.
    pub at: Duration,
    /// What happened.
    pub what: Noted,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Several threads of a process could go on, and the schedule was asked which of them does.
    Asked {
        /// The process, from 1.
        process: u32,
        /// How many of them could.
        ready: usize,
    },
    /// A thread that waited goes on.
    WentOn(Thread),
    /// A thread takes a step, and the schedule is asked for its pace.
    Stepped {
        /// The thread.
        thread: Thread,
        /// The number of the step in its process, from 1.
        step: u64,
        /// The step's label.
        label: &'static str,
        /// Whether another thread of the process could go on.
        others: bool,
    },
    /// Something happened at the provider.
    AtProvider,
}

/// The notes of one run.
#[derive(Default)]
pub(in crate::world) struct Notes(RefCell<Option<Vec<Note>>>);

impl Notes {
    /// From now on notes are taken.
    pub(in crate::world) fn begin(&self) {
        self.0.replace(Some(Vec::new()));
    }

    /// Takes a note at this time, if notes are taken.
    pub(in crate::world) fn take(&self, at: impl FnOnce() -> Duration, what: impl FnOnce() -> Noted) {
        if let Some(notes) = &mut *self.0.borrow_mut() {
            notes.push(Note { at: at(), what: what() });
        }
    }

    /// All of them, in order.
    pub(in crate::world) fn all(&self) -> Vec<Note> {
        self.0.take().unwrap_or_default()
    }
}
