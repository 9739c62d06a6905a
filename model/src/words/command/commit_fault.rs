//! The faults that a plan injects into an agent's commits.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The faults of one agent's commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitFaults {
    /// By the number of the commit, from 1.
    pub by_number: BTreeMap<u32, CommitFault>,
    /// For all other commits.
    pub every: Option<CommitFault>,
}

impl CommitFaults {
    /// The fault of the `number`-th commit. `None` if it succeeds at once.
    pub fn of(&self, number: u32) -> Option<CommitFault> {
        self.by_number.get(&number).copied().or(self.every)
    }
}

/// The effect of the fault on a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommitFault {
    /// It raises an exception after this time.
    Fail(Duration),
    /// It raises `SystemExit`, which is no `Exception`.
    Panic,
    /// It never returns.
    Hang,
    /// It succeeds after this time.
    Takes(Duration),
}
