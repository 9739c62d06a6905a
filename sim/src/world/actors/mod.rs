//! The actors of the world.
//!
//! - `agent`: the plan's processes. - `main_thread`: the life of each. - `steps`: its actions.
//! - `listener`: what the implementation reports. - `provider`: the provider's process.
//! - `berth`: a process for which a real one stands, and `threads`: its schedule.

pub(in crate::world) mod agent;
mod berth;
pub(in crate::world) mod listener;
pub(in crate::world) mod main_thread;
pub(in crate::world) mod provider;
pub(in crate::world) mod steps;
mod threads;
