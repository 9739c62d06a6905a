//! The actors of the world.
//!
//! - `agent`: the plan's processes; `hooks`: those of a coding agent. - `main_thread`: the life of each. - `steps`: its actions.
//! - `listener`: what the implementation reports. - `provider`: the provider's process.
//! - `berth`: a process for which a real one stands, and `threads`: its schedule.

use std::time::Duration;

pub(in crate::world) mod agent;
mod berth;
mod hooks;
pub(in crate::world) mod listener;
pub(in crate::world) mod main_thread;
pub(in crate::world) mod provider;
pub(in crate::world) mod steps;
mod threads;

/// How long a supervisor waits before it starts the next process (systemd's `RestartSec`).
const RESTART_DELAY: Duration = Duration::from_millis(100);
