//! What a host calls on an agent's memory, and who else it asks: the contracts that implementations keep.
//!
//! - [`memory`]: the memory of agents. Start here. - [`commits`]: when a WebUI commits its sessions. - [`chats`]: where a
//!   gateway's chats go on after a restart.

pub mod chats;
pub mod commits;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod memory;

use std::rc::Rc;

/// What a process has loaded of the code under test, and hands to its host.
#[derive(Clone)]
pub struct Loaded {
    /// The memory of its agents.
    pub memory: Rc<dyn memory::Memory>,
    /// The session lifecycle, if the host is a WebUI.
    pub commits: Option<Rc<dyn commits::Commits>>,
    /// What the gateway keeps of its chats, if the host is a gateway and that is modeled.
    pub chats: Option<Rc<dyn chats::Continuity>>,
}
