//! A row of the table of subjects: what a subject is, and the code that loads it into a process.

use std::rc::Rc;

use async_trait::async_trait;

use super::outside::{Making, Outside};
use crate::contracts::chats::{Continuity, Patience};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;
use crate::words::server::Server;

/// The code of a subject. A process loads it part by part.
#[async_trait(?Send)]
pub trait Code: Sync {
    /// Loads the memory into a process.
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory>;

    /// Loads the session lifecycle of its WebUI.
    async fn commits(&self, machine: Machine) -> Rc<dyn Commits>;

    /// Loads what its gateway keeps of its chats. `None` if that is not modeled, as for a release of the memory.
    fn chats(&self, _machine: Machine, _patience: Patience) -> Option<Rc<dyn Continuity>> {
        None
    }

    /// A run of code that is outside of the simulated machine. `None` for a model. A run of such code loads the memory.
    fn outside(&self) -> Option<Rc<dyn Outside>> {
        None
    }

    /// What its runs depend on, if it is code from outside. `None` for a model.
    fn making(&self) -> Option<&Making> {
        None
    }

    /// Its table of behaviors, if it has one.
    fn behaviors(&self) -> Option<serde_json::Value> {
        None
    }
}

/// One subject.
pub struct Row {
    /// The name by which scenarios and the command line know it.
    pub name: &'static str,
    /// The name at the head of a column: at most seven characters, and different from all others.
    pub head: &'static str,
    /// A description in one line: when it shipped and from which commit, or which release it was proposed for.
    pub about: &'static str,
    /// The part that it was released for. `None` for all parts.
    pub part: Option<Part>,
    /// Whether it is a fix that was proposed and did not ship.
    pub proposed: bool,
    /// Whether it is the reference, or built from it. Such a subject can reach the reference's own marks.
    pub of_reference: bool,
    /// The parts that report to their witness what only the implementation knows. Empty for code that was not written for this
    /// harness.
    pub testifies: &'static [Part],
    /// The server versions that it is meant for.
    pub servers: &'static [Server],
    /// The code to load.
    pub code: &'static dyn Code,
}
