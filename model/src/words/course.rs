//! The course of a turn: how long it takes, how it ends, and what its end means to the memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The course of a running turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// How long it takes. `None` for ever.
    pub lasts: Option<Duration>,
    /// How it ends then.
    pub result: RunResult,
}

impl Course {
    /// The assistant answers at once.
    pub const AT_ONCE: Self = Self { lasts: Some(Duration::ZERO), result: RunResult::Completes };

    /// Whether the turn never ends.
    pub fn hangs(&self) -> bool {
        self.lasts.is_none()
    }
}

/// How a running turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunResult {
    /// The assistant answers.
    Completes,
    /// The model's API fails, and there is no answer.
    Fails,
    /// One of the turn's tools restarts the process that it runs in, and the answer never comes.
    Restarts,
}

/// What the end of a turn means to the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Completion {
    /// The user asked and the assistant answered.
    Completed,
    /// The user interrupted the turn, so the memory must not keep it (#15218).
    Interrupted,
    /// The runtime asked for its own purpose, such as a notification (#117487).
    Ephemeral,
}
