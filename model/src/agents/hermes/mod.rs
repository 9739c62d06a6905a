//! What Hermes Agent really shipped, and what was proposed: release by release, part by part.
//!
//! - [`memory`]: its memory manager and its Hindsight provider. - [`commits`]: its WebUI's session lifecycle. - [`chats`]: its
//!   gateway over a restart. - `thread`: the one of Python's library.

pub mod chats;
pub mod commits;
pub mod memory;
mod thread;
