//! The rows of the reference, and of designs that differ from it in one choice. Each of those is wrong, and a public report describes it, or a
//! mutant of the reference that passed every judge.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::chats::ReferenceChats;
use super::commits::CommitQueue;
use super::memory::Reference;
use super::memory::design::{
    self, Banks, Design, Heeds, Knows, Limits, Lock, Note, Replay, Retry, Sessions, Start, TakesUp,
};
use crate::agents::row::{Code, Row};
use crate::contracts::chats::{Continuity, Patience};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;
use crate::words::server::Server;

/// The reference's row.
pub(crate) static REFERENCE: Row =
    Row { part: None, proposed: false, ..row("reference", "ref", &Whole(Design::REFERENCE), "correct by design") };

/// The wrong designs.
pub(crate) static DESIGNS: &[Row] = &[
    row(
        "lazy-start",
        "lazy",
        &Whole(Design { start: Start::WithAnAgent, ..Design::REFERENCE }),
        "on the reference: nothing is sent before a process has an agent",
    ),
    row(
        "endless-wait",
        "wait",
        &Whole(Design { limits: Limits { operation: None, ..Limits::REFERENCE }, ..Design::REFERENCE }),
        "on the reference: it waits without end for an operation that does not end",
    ),
    row(
        "endless-retry",
        "insist",
        &Whole(Design { limits: Limits { refusals: None, failures: None, ..Limits::REFERENCE }, ..Design::REFERENCE }),
        "on the reference: what the provider refuses for good is sent again without end",
    ),
    row(
        "wait-for-disk",
        "disk",
        &Whole(Design { disk: None, ..Design::REFERENCE }),
        "on the reference: the call of a turn returns when the disk has the turn",
    ),
    row(
        "start-retries",
        "start",
        &Whole(Design { retry: Retry::AtTheNextStart, takes_up: TakesUp::Turns(200), ..Design::REFERENCE }),
        "on the reference (#24209): what failed is sent again at the next start, 200 turns of it",
    ),
    row(
        "open-sessions",
        "open",
        &Whole(Design { takes_up: TakesUp::OpenSessions, ..Design::REFERENCE }),
        "on the reference (claude-mem#711): a start takes up only what belongs to an open session",
    ),
    row(
        "no-receipt",
        "replay",
        &Whole(Design { replay: Replay::AsNew, ..Design::REFERENCE }),
        "on the reference (openclaw#88015): a start sends as new what was under way",
    ),
    row(
        "note-beside",
        "beside",
        &Whole(Design { note: Note::BesideItsRequest, ..Design::REFERENCE }),
        "on the reference (langgraph#8039): a delivery is noted beside its request, not behind it",
    ),
    row(
        "no-stop",
        "stop",
        &Whole(Design { heeds: Heeds::AllButStops, ..Design::REFERENCE }),
        "on the reference: a stop delivers nothing of what waits",
    ),
    row(
        "no-end",
        "end",
        &Whole(Design { heeds: Heeds::AllButEnds, ..Design::REFERENCE }),
        "on the reference: the end of a session delivers nothing of what waits",
    ),
    row(
        "no-boundary",
        "bound",
        &Whole(Design { heeds: Heeds::AllButBoundaries, ..Design::REFERENCE }),
        "on the reference (#17447): a new session delivers nothing of what waits in the old one",
    ),
    row(
        "no-flush",
        "flush",
        &Whole(Design { heeds: Heeds::AllButFlushes, ..Design::REFERENCE }),
        "on the reference: a host that waits for its memory waits for nothing",
    ),
    row(
        "hour-late",
        "late",
        &Whole(Design { start: Start::After(Duration::from_secs(3_600)), ..Design::REFERENCE }),
        "on the reference: a process sends nothing in its first hour, unless it ends before",
    ),
    Row {
        part: Some(Part::WebUi),
        ..row(
            "drain-only",
            "drain",
            &Whole(Design { commits: design::Commits::AtTheEnd, ..Design::REFERENCE }),
            "on the reference: a WebUI's boundary commits nothing; the drain does",
        )
    },
    row(
        "shared-provider",
        "shared",
        &Whole(Design { banks: Banks::OfTheLastAgent, ..Design::REFERENCE }),
        "on the reference (mnemosyne#965): agents of all profiles share a provider, whose bank is the last one's",
    ),
    row(
        "same-words",
        "words",
        &Whole(Design { knows: Knows::TheSameWords, ..Design::REFERENCE }),
        "on the reference (MemWal#932): what another process has kept in the same words is not kept again",
    ),
    row(
        "lock-file",
        "lock",
        &Whole(Design { lock: Lock::File, ..Design::REFERENCE }),
        "on the reference: a process that finds a lock file sends nothing, whoever has left it",
    ),
    row(
        "process-setting",
        "setting",
        &Whole(Design { sessions: Sessions::OfTheProcess, ..Design::REFERENCE }),
        "on the reference (hermes-webui#2134): the session is a setting of the process that each turn sets and restores",
    ),
];

const fn row(name: &'static str, head: &'static str, code: &'static Whole, about: &'static str) -> Row {
    let (part, testifies, servers) = (Some(Part::Memory), &Part::ALL, Server::ALL);
    Row { name, head, about, part, proposed: true, of_reference: true, testifies, servers, code }
}

/// The whole reference, with a memory of this design.
struct Whole(Design);

#[async_trait(?Send)]
impl Code for Whole {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        Reference::load(machine, config, self.0).await
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        CommitQueue::load(machine, self.0.commits).await
    }

    fn chats(&self, machine: Machine, patience: Patience) -> Option<Rc<dyn Continuity>> {
        Some(ReferenceChats::load(machine, patience))
    }
}
