//! A row: what a subject is, and the code that loads it into a process.

use std::rc::Rc;

use async_trait::async_trait;

use crate::contracts::chats::{Continuity, Patience};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;
use crate::words::server::Server;

/// The code of a subject: how a process loads it, part by part.
#[async_trait(?Send)]
pub trait Code: Sync {
    /// Loads the memory into a process.
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory>;

    /// Loads the session lifecycle of its WebUI.
    async fn commits(&self, machine: Machine) -> Rc<dyn Commits>;

    /// Loads what its gateway keeps of its chats. `None` if that is not modeled: a release of the memory says nothing of it.
    fn chats(&self, _machine: Machine, _patience: Patience) -> Option<Rc<dyn Continuity>> {
        None
    }

    /// What it does, behavior by behavior. `None` if it has no table of behaviors.
    fn behaviors(&self) -> Option<serde_json::Value> {
        None
    }
}

/// One subject.
pub struct Row {
    /// The name by which scenarios and the command line know it.
    pub name: &'static str,
    /// The same at the head of a column: seven characters at most, and different from all others.
    pub head: &'static str,
    /// What it is, in one line: when it shipped and from which commit, or on what it was proposed.
    pub about: &'static str,
    /// The part that it was released for; `None` if it is all of them.
    pub part: Option<Part>,
    /// Whether it is a fix that was proposed and did not ship.
    pub proposed: bool,
    /// Whether it is the reference, or made of it: then it can reach the reference's own marks, and testifies all that is asked.
    pub of_reference: bool,
    /// The servers that it is meant for.
    pub servers: &'static [Server],
    /// How it is loaded.
    pub code: &'static dyn Code,
}
