//! The reference: correct by design, no bug branches.
//!
//! - `memory`: the memory lifecycle. - `commits`: which sessions of a WebUI wait for a commit. - `chats`: what a gateway
//!   keeps of its chats across a restart.
//! - `journal`: the file in which memory and chats keep their records. - `frame`: how a record is written in it. - `scribe`: the
//!   thread that writes for the others.

mod chats;
mod commits;
mod frame;
mod journal;
mod memory;
mod scribe;

use std::rc::Rc;

use async_trait::async_trait;

use self::chats::ReferenceChats;
use self::commits::CommitQueue;
use self::memory::{LazyStart, Reference};
use super::row::{Code, Row};
use crate::contracts::chats::{Continuity, Patience};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;
use crate::words::server::Server;

/// The reference's row.
pub(super) static REFERENCE: Row = Row {
    name: "reference",
    head: "ref",
    about: "correct by design",
    part: None,
    proposed: false,
    of_reference: true,
    testifies: &Part::ALL,
    servers: Server::ALL,
    code: &Whole { lazy: false },
};

/// A candidate built from the reference that is not correct.
pub(super) static LAZY_START: Row = Row {
    name: "lazy-start",
    head: "lazy",
    about: "on the reference: nothing is sent before a process has an agent",
    part: Some(Part::Memory),
    proposed: true,
    of_reference: true,
    testifies: &Part::ALL,
    servers: Server::ALL,
    code: &Whole { lazy: true },
};

/// The whole reference. Its memory starts delivery at once, or with its first agent.
struct Whole {
    lazy: bool,
}

#[async_trait(?Send)]
impl Code for Whole {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        match self.lazy {
            true => LazyStart::load(machine, config).await,
            false => Reference::load(machine, config).await,
        }
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        CommitQueue::load(machine).await
    }

    fn chats(&self, machine: Machine, patience: Patience) -> Option<Rc<dyn Continuity>> {
        Some(ReferenceChats::load(machine, patience))
    }
}
