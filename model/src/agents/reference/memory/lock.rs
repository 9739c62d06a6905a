//! A lock file, for a design that lets one process of a home deliver, and knows that process by its file.
//!
//! Its one rule: a process that finds the file gives up. The file says nothing of whose it is, so that of a process that was killed locks out
//! everyone after it. Deliberately absent: any of it in the reference, whose locks go with their process.

use std::cell::Cell;

use super::design::Lock;
use crate::machine::Machine;
use crate::words::session::BankId;

/// What a process made of the file when it started.
pub(super) struct LockFile {
    machine: Machine,
    path: String,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is no such file to this design, or it is removed.
    None,
    Own,
    Anothers,
}

impl LockFile {
    /// Makes the file, unless it is there.
    pub(super) async fn take(machine: Machine, bank: &BankId, lock: Lock) -> Self {
        let path = format!("/lock-{bank}");
        let state = match lock {
            Lock::OfEachJournal => State::None,
            Lock::File => match machine.disk.read(&path).await {
                Ok(Some(_)) => State::Anothers,
                Ok(None) | Err(_) => match machine.disk.replace(&path, b"locked").await {
                    Ok(()) => State::Own,
                    Err(_) => State::None,
                },
            },
        };
        Self { machine, path, state: Cell::new(state) }
    }

    /// Whether this process may not deliver.
    pub(super) fn is_anothers(&self) -> bool {
        self.state.get() == State::Anothers
    }

    /// Removes the file that this process has made.
    pub(super) async fn remove(&self) {
        if self.state.get() == State::Own && self.machine.disk.remove(&self.path).await.is_ok() {
            self.state.set(State::None);
        }
    }
}
