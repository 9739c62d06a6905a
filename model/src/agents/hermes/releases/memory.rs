//! The releases of Hermes Agent and its Hindsight plugin, and the fixes proposed for them: one row each.
//!
//! The letters are those of the ground truth. Each stands for a date at which the real code was measured. A proposed fix is a
//! change to the behaviors of the release that it was proposed for, as its pull request describes it. None of them was measured.

use std::rc::Rc;

use async_trait::async_trait;

use crate::agents::hermes::commits::{self, Sessions};
use crate::agents::hermes::memory::{Append, Behaviors, ExitHook, Flush, Hermes, OnEnd, OnFailure, OnSwitch, shipped};
use crate::agents::row::{Code, Row};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Memory};
use crate::machine::Machine;
use crate::words::part::Part;
use crate::words::server::Server;

/// A release of the agent reports for its memory and for the WebUI of its time. It has no chats.
pub(super) const TESTIFIES: &[Part] = &[Part::Memory, Part::WebUi];

/// A release of the agent: its memory's behaviors, and those of the WebUI of its time.
pub(super) struct AgentRelease {
    behaviors: Behaviors,
    webui: &'static commits::Behaviors,
}

impl AgentRelease {
    /// Loads its memory into a process.
    pub(super) fn load(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        Hermes::load(self.behaviors, machine, config)
    }

    /// Loads the WebUI of its time.
    pub(super) fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        Sessions::load(*self.webui, machine)
    }

    /// The server versions of its time.
    pub(super) const fn servers(&self) -> &'static [Server] {
        self.behaviors.servers()
    }
}

#[async_trait(?Send)]
impl Code for AgentRelease {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        self.load(machine, config)
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        Self::commits(self, machine)
    }

    fn behaviors(&self) -> Option<serde_json::Value> {
        Some(serde_json::to_value(self.behaviors).expect("behaviors are a struct of enums and booleans"))
    }
}

pub(super) static A: AgentRelease = before_the_webui(shipped::A);
static B: AgentRelease = before_the_webui(shipped::B);
pub(super) static C: AgentRelease = before_the_webui(shipped::C);
static D: AgentRelease = AgentRelease { behaviors: shipped::D, webui: &commits::W2 };
pub(super) static E: AgentRelease = AgentRelease { behaviors: shipped::E, webui: &commits::W2 };
pub(super) static F: AgentRelease = today(shipped::F);

const fn before_the_webui(behaviors: Behaviors) -> AgentRelease {
    AgentRelease { behaviors, webui: &commits::BEFORE_2461 }
}

const fn today(behaviors: Behaviors) -> AgentRelease {
    AgentRelease { behaviors, webui: &commits::W3 }
}

const fn shipped(name: &'static str, code: &'static AgentRelease, about: &'static str) -> Row {
    row(name, name, false, code, about)
}

const fn proposed(name: &'static str, head: &'static str, code: &'static AgentRelease, about: &'static str) -> Row {
    row(name, head, true, code, about)
}

const fn row(
    name: &'static str,
    head: &'static str,
    proposed: bool,
    code: &'static AgentRelease,
    about: &'static str,
) -> Row {
    let (part, servers) = (Some(Part::Memory), code.servers());
    Row { name, head, about, part, proposed, of_reference: false, testifies: TESTIFIES, servers, code }
}

/// #34859: the plugin records which turns are queued and which are confirmed. The next retain carries the turns of a failed
/// one. The end of a session and a switch send the unconfirmed turns. Two rows begin with it.
const PR_34859: Behaviors = Behaviors {
    append: Append::Unconfirmed,
    on_end: OnEnd::Flush(Flush::Unconfirmed),
    on_switch: OnSwitch::Flush(Flush::Unconfirmed),
    one_shot_skips_prefetch: true,
    ..shipped::F
};

/// All rows: what shipped, by date, then what was proposed.
pub(crate) static RELEASES: &[Row] = &[
    shipped("A", &A, "2026-04-29, d244596d: a thread for each retain, no switch hook"),
    shipped("B", &B, "2026-04-29, 1bedc836: one writer; a switch clears the buffer"),
    shipped("C", &C, "2026-04-29, 0a5ee01e: a switch flushes the buffer (#17508)"),
    shipped("D", &D, "2026-06-07, dde9c0d1: append, the whole session each time"),
    shipped("E", &E, "2026-06-08, a5c12f5f: append, what follows a watermark (#40605)"),
    shipped("F", &F, "2026-08-14, f80f453a: sync and prefetch on a background worker (#41945)"),
    shipped("N", &today(shipped::N), "2026-09, 03bb459d: the provider in Hindsight's own repository (#62950)"),
    proposed(
        "pr-17447",
        "17447",
        // That thread waits for the previous one, which is really the writer and never ends. #17508 shipped instead.
        &before_the_webui(Behaviors { on_switch: OnSwitch::FlushOnThread, ..shipped::B }),
        "#17447 on B: a switch flushes the buffer on a thread of its own",
    ),
    proposed(
        "pr-34859",
        "34859",
        &today(PR_34859),
        "#34859 on F: what is not confirmed is sent again with the next retain, at a switch, at the end",
    ),
    proposed(
        "pr-34859-exit-hook",
        "34859+",
        &today(Behaviors { exit_hook: ExitHook::BeforeExecutorsClose, patient_shutdown: true, ..PR_34859 }),
        "#34859 and its comment: an exit hook before the executors close, a patient shutdown",
    ),
    proposed(
        "pr-64599",
        "64599",
        // A turn leaves the buffer when its `aretain_batch` has succeeded. The end of a session sends nothing, as in F.
        &today(Behaviors { append: Append::Unconfirmed, on_switch: OnSwitch::Flush(Flush::Unconfirmed), ..shipped::F }),
        "#64599 on F: what is not confirmed is sent again with the next retain and at a switch",
    ),
    proposed(
        "pr-55936",
        "55936",
        // The flush does not note that it sent anything.
        &today(Behaviors { on_end: OnEnd::Flush(Flush::Whole), ..shipped::F }),
        "#55936 on F: the end of a session flushes the whole buffer",
    ),
    proposed(
        "end-then-switch",
        "end+sw",
        &today(Behaviors { on_end: OnEnd::Flush(Flush::Tail), on_switch: OnSwitch::Flush(Flush::Tail), ..shipped::F }),
        "review of #55936, on F: the end and the switch each flush the tail, neither notes it",
    ),
    // `scenarios/README.md` rows 39 and 40.
    proposed(
        "blind-retry",
        "retry",
        &today(Behaviors { on_failure: OnFailure::Retry, ..shipped::F }),
        "on F: a failed retain is sent again",
    ),
    proposed(
        "pr-110846",
        "110846",
        // The id is `uuid5(bank, document, mode, content)`.
        &today(Behaviors { on_failure: OnFailure::RetryUnderContentId, ..shipped::F }),
        "#110846 on F: a failed retain is sent again, under an operation id made of its content",
    ),
];
