//! What Hermes Agent really shipped, and what was proposed: release by release, part by part.
//!
//! - `memory`: its memory manager and its Hindsight provider. - `commits`: its WebUI's session lifecycle. - `chats`: its
//!   gateway over a restart. None of these three knows another.
//! - `releases`: which behaviors each release has, one row each.
//! - `thread`: Python's `threading.Thread`.

mod chats;
mod commits;
mod memory;
pub(super) mod releases;
mod thread;
