//! The session lifecycle of hermes-webui as it shipped (`api/session_lifecycle.py`), release by release.
//!
//! One condition guards all sessions, so everything between two `step()`s here is atomic there too. The commit itself runs with
//! the condition released. `scenarios/ground-truth` has the measurements.
//!
//! - `behaviors`: the ways in which releases differ. - `entry`: one session's state. - `sessions`: the operations.
//! - `drain`: the end of all sessions. - `eviction`: the end of one agent.

pub(super) mod behaviors;
mod drain;
mod entry;
mod eviction;
mod sessions;
#[cfg(test)]
mod tests;

pub(super) use behaviors::{BEFORE_2461, Behaviors, W2, W3};
pub(super) use sessions::Sessions;
