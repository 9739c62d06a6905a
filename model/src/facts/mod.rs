//! Facts: the reports of an implementation and its host, as plain data. Reporting a fact never changes later behavior.
//!
//! - `memory`: facts about a memory, and the sum of all kinds. - [`commits`]: about a WebUI's commits. - [`chats`]: about a
//!   gateway's chats. - [`KeptText`]: what is found in files of an agent.

pub mod chats;
pub mod commits;
mod kept;
mod memory;

pub use kept::KeptText;
pub use memory::{Observation, Place};
