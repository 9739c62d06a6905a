//! The session lifecycle of hermes-webui as it shipped (`api/session_lifecycle.py`), release by release.
//!
//! One condition guards all sessions, so that whatever happens between two `step()`s here happens at once there too; the
//! commit itself is made with the condition released. What is measured is in `tests/fidelity/webui.jsonl`.
//!
//! - `behaviors`: in what the releases differ. - `entry`: what is known of a session.
//! - `sessions`: the operations. - `drain`: what is done about them all at the end. - `eviction`: about one agent that goes.

pub(super) mod behaviors;
mod drain;
mod entry;
mod eviction;
mod sessions;
#[cfg(test)]
mod tests;

pub(super) use behaviors::{BEFORE_2461, Behaviors, W2, W3};
pub(super) use sessions::Sessions;
