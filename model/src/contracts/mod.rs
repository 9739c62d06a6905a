//! The contracts between a host and the code it runs: the calls that a host makes, and that an implementation must answer.
//!
//! - [`memory`]: the memory of agents. Start here.
//! - [`commits`]: when a WebUI commits its sessions.
//! - [`chats`]: where a gateway's chats continue after a restart.

pub mod chats;
pub mod commits;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod memory;

use std::rc::Rc;

/// The code under test, as a process has loaded it for its host.
#[derive(Clone)]
pub struct Loaded {
    /// The memory of its agents.
    pub memory: Rc<dyn memory::Memory>,
    /// The session lifecycle. Present if the host is a WebUI.
    pub commits: Option<Rc<dyn commits::Commits>>,
    /// The gateway's memory of its chats. Present if the host is a gateway and the subject models it.
    pub chats: Option<Rc<dyn chats::Continuity>>,
}
