//! The eras of the gateway's stops and starts, and the fixes proposed for them: one row each.

use std::rc::Rc;

use async_trait::async_trait;

use super::memory::{self, AgentRelease};
use crate::agents::hermes::chats::{Behaviors, Gateway, candidate, shipped};
use crate::agents::row::{Code, Row};
use crate::contracts::chats::{Continuity, Patience};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;

/// An era of the gateway: its behaviors, and the agent's release of its time, which also fixes the WebUI.
struct Era {
    behaviors: Behaviors,
    memory: &'static AgentRelease,
}

#[async_trait(?Send)]
impl Code for Era {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        self.memory.load(machine, config)
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        self.memory.commits(machine)
    }

    fn chats(&self, machine: Machine, patience: Patience) -> Option<Rc<dyn Continuity>> {
        Some(Gateway::load(self.behaviors, machine, patience.drain))
    }

    fn behaviors(&self) -> Option<serde_json::Value> {
        Some(serde_json::to_value(self.behaviors).expect("behaviors are a struct of enums, numbers and booleans"))
    }
}

const fn on(memory: &'static AgentRelease, behaviors: Behaviors) -> Era {
    Era { behaviors, memory }
}

const fn shipped(name: &'static str, code: &'static Era, about: &'static str) -> Row {
    row(name, name, false, code, about)
}

const fn proposed(name: &'static str, head: &'static str, code: &'static Era, about: &'static str) -> Row {
    row(name, head, true, code, about)
}

const fn row(name: &'static str, head: &'static str, proposed: bool, code: &'static Era, about: &'static str) -> Row {
    let (part, servers) = (Some(Part::Gateway), code.memory.servers());
    Row { name, head, about, part, proposed, of_reference: false, testifies: &Part::ALL, servers, code }
}

/// All rows: what shipped, by date, then what was proposed.
pub(crate) static RELEASES: &[Row] = &[
    shipped("E0", &on(&memory::A, shipped::E0), "until 2026-04-17: a start without receipt suspends recent chats"),
    shipped(
        "E1",
        &on(&memory::A, shipped::E1),
        "2026-04-18, cb4adda: what a drain gives up is marked pending (#11852)",
    ),
    shipped("E2", &on(&memory::C, shipped::E2), "2026-05: marked before the drain, resumed at the start (#28576)"),
    shipped("E3", &on(&memory::E, shipped::E3), "2026-06: expiry, durable routes, a breaker, a ledger, no drain"),
    shipped("E4", &on(&memory::F, shipped::E4), "2026-08: a mark for every turn instead of the sweep"),
    proposed(
        "pr-11099",
        "11099",
        &on(&memory::A, candidate::PR_11099),
        "proposed on E0: the receipt is written before the drain",
    ),
    proposed("pr-9128", "9128", &on(&memory::A, candidate::PR_11099), "proposed on E0: the same, earlier"),
    proposed(
        "early-receipt",
        "receipt",
        &on(&memory::F, candidate::EARLY_RECEIPT),
        "proposed on E4: the receipt is written before the drain",
    ),
    proposed(
        "keep-counter",
        "counter",
        &on(&memory::F, candidate::KEEP_COUNTER),
        "proposed on E4: a start keeps the counts of failures (#20030)",
    ),
    proposed(
        "count-first",
        "count1",
        &on(&memory::F, candidate::COUNT_FIRST),
        "proposed on E4: attempts count before they start (#96204)",
    ),
];
