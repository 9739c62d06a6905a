//! The releases of hermes-webui's session lifecycle and its callers, and designs that were proposed or could have been built
//! instead: one row each.

use std::rc::Rc;

use async_trait::async_trait;

use super::memory::{self, AgentRelease};
use crate::agents::hermes::commits::Sessions;
use crate::agents::hermes::commits::behaviors::{
    BEFORE_2461, Behaviors, Clears, Drain, OnNew, Owners, TEARDOWN, W1, W2, W3,
};
use crate::agents::row::{Code, Row};
use crate::contracts::commits::{Commits, Completes};
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;

/// A release of the WebUI: its behaviors, and the agent's release of its time.
struct WebUiRelease {
    behaviors: Behaviors,
    memory: &'static AgentRelease,
}

#[async_trait(?Send)]
impl Code for WebUiRelease {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        self.memory.load(machine, config)
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        Sessions::load(self.behaviors, machine)
    }

    fn behaviors(&self) -> Option<serde_json::Value> {
        Some(serde_json::to_value(self.behaviors).expect("behaviors are a struct of enums and booleans"))
    }
}

/// A release of May or June 2026, when the agent's release C was current.
const fn on_c(behaviors: Behaviors) -> WebUiRelease {
    WebUiRelease { behaviors, memory: &memory::C }
}

/// A release of July 2026, when the agent's release E was current.
const fn on_e(behaviors: Behaviors) -> WebUiRelease {
    WebUiRelease { behaviors, memory: &memory::E }
}

const fn shipped(name: &'static str, head: &'static str, code: &'static WebUiRelease, about: &'static str) -> Row {
    row(name, head, false, code, about)
}

const fn proposed(name: &'static str, head: &'static str, code: &'static WebUiRelease, about: &'static str) -> Row {
    row(name, head, true, code, about)
}

const fn row(
    name: &'static str,
    head: &'static str,
    proposed: bool,
    code: &'static WebUiRelease,
    about: &'static str,
) -> Row {
    let (part, servers) = (Some(Part::WebUi), code.memory.servers());
    Row { name, head, about, part, proposed, of_reference: false, testifies: memory::TESTIFIES, servers, code }
}

/// All rows: what shipped, by date, then what did not.
pub(crate) static RELEASES: &[Row] = &[
    shipped("W1", "W1", &on_c(W1), "WebUI 2026-05-17: commits at boundaries, generations with owners (#2461)"),
    shipped(
        "W2",
        "W2",
        &on_c(W2),
        "WebUI 2026-06-04, v0.51.256: entries are discarded, a full cache spares live agents (#3506)",
    ),
    shipped(
        "W3",
        "W3",
        &on_e(W3),
        "WebUI 2026-07-04: background commits, a SIGTERM handler, a drain with a deadline (#5543)",
    ),
    shipped(
        "before-webui-2461",
        "<2461",
        &on_c(BEFORE_2461),
        "WebUI before #2461: nothing is committed at any boundary",
    ),
    proposed(
        "webui-commit-per-turn",
        "perturn",
        &on_c(Behaviors { completes: Completes::AndCommits, ..W1 }),
        "WebUI #2461, first draft: every turn is committed at once",
    ),
    shipped(
        "webui-3218",
        "3218",
        &on_c(TEARDOWN),
        "WebUI 2026-05-30, between W1 and W2: evicted agents are torn down, live or not (#3218)",
    ),
    proposed(
        "webui-5543-gate-1",
        "5543-1",
        &on_e(Behaviors { on_new: OnNew::Untracked, drain: Drain::CheckedBeforeAPass, ..W3 }),
        "WebUI #5543 as its first gate saw it: an untracked background commit",
    ),
    proposed(
        "webui-5543-gate-2",
        "5543-2",
        &on_e(Behaviors { drain: Drain::CheckedBeforeAPass, ..W3 }),
        "WebUI #5543 as its second gate saw it: the deadline is looked at between passes",
    ),
    proposed(
        "webui-5543-gate-2b",
        "5543-2b",
        &on_e(Behaviors { drain: Drain::BoundedWait, ..W3 }),
        "WebUI #5543 after that: the wait is bounded, the drain's own commits are not",
    ),
    proposed(
        "webui-marks-early",
        "early",
        &on_e(Behaviors { completes: Completes::AtTheBeginning, ..W3 }),
        "a design on W3: turns are marked when they begin",
    ),
    proposed(
        "webui-dirty-flag",
        "flag",
        &on_e(Behaviors { clears: Clears::Everything, ..W3 }),
        "a design on W3: a dirty flag instead of generations",
    ),
    proposed(
        "webui-one-owner",
        "1owner",
        &on_e(Behaviors { owners: Owners::Latest, ..W3 }),
        "a design on W3: one owner for all that is dirty instead of segments",
    ),
    proposed(
        "webui-no-guard",
        "noguard",
        &on_e(Behaviors { guarded: false, ..W3 }),
        "a design on W3: no guard while a commit is in flight",
    ),
];
