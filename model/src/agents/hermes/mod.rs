//! Hermes Agent as it shipped, and as fixes were proposed, release by release and part by part.
//!
//! - `memory`: its memory manager and its Hindsight plugin. - `commits`: its WebUI's session lifecycle. - `chats`: its
//!   gateway across a restart. None of these three knows another.
//! - `releases`: the behaviors of each release, one row each.
//! - `thread`: Python's `threading.Thread`.

mod chats;
mod commits;
mod memory;
pub(super) mod releases;
mod thread;
