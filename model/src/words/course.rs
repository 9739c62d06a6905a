//! How a turn goes: how long it takes, what becomes of it, and what its end means to the memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a running turn goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// How long it takes; for ever if nothing is said.
    pub lasts: Option<Duration>,
    /// What becomes of it then.
    pub result: RunResult,
}

impl Course {
    /// It is answered at once.
    pub const AT_ONCE: Self = Self { lasts: Some(Duration::ZERO), result: RunResult::Completes };

    /// Whether it never ends.
    pub fn hangs(&self) -> bool {
        self.lasts.is_none()
    }
}

/// What becomes of a running turn in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunResult {
    /// The assistant has answered.
    Completes,
    /// The model's API fails: no answer.
    Fails,
    /// One of its tools restarts the process it runs in; the answer never comes.
    Restarts,
}

/// How a turn came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Completion {
    /// The user asked, the assistant answered.
    Completed,
    /// The user interrupted it: there is nothing to remember (#15218).
    Interrupted,
    /// The runtime asked, for itself: a notification, say (#117487).
    Ephemeral,
}
