//! What can be testified: plain data, with no say in what happens next.
//!
//! - `memory`: what a memory tells, and the sum of the others. - [`commits`]: of a WebUI's commits. - [`chats`]: of a gateway's.

pub mod chats;
pub mod commits;
mod memory;

pub use memory::{Observation, Place};
