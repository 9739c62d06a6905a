//! The steps that run something beside the following steps.

use std::fmt;

use model::hosts::Properties;

use super::{SessionStep, Step, TurnStep};
use crate::plan::argument::Argument;
use crate::plan::rows::{Form, Row};

/// A step that runs another step beside the following ones, or waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BesideStep {
    /// The step is taken on its own thread, beside the following steps.
    Start(Box<Step>),
    /// Waits for all started steps.
    Join,
}

impl BesideStep {
    /// Whether such a host has threads of its own for it, and knows the step that is started.
    pub(super) fn is_for(&self, host: Properties) -> bool {
        match self {
            Self::Start(step) => host.beside && step.is_for(host),
            Self::Join => host.beside,
        }
    }
}

pub(in crate::plan) const ROWS: &[Row<BesideStep>] = &[
    Row {
        word: "start",
        read: start,
        forms: &[Form {
            written: &["start STEP"],
            example: "start commit S1",
            means: "runs the step on a request thread of its own while the next steps go on: a `turn`, `new`, \
                `evict`, or a step of a WebUI or a gateway; `api_server`, `gateway` and `webui` only",
        }],
    },
    Row {
        word: "join",
        read: |it| it.alone(BesideStep::Join),
        forms: &[Form {
            written: &["join"],
            example: "join",
            means: "waits for everything that was started, at most ten minutes for each; `api_server`, `gateway` and \
                `webui` only",
        }],
    },
];

impl fmt::Display for BesideStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(step) => {
                f.write_str("start ")?;
                step.fmt(f)
            }
            Self::Join => f.write_str("join"),
        }
    }
}

fn start(it: &Argument<'_>) -> Result<BesideStep, String> {
    let text =
        it.rest().ok_or("\"start\" needs the step that is taken beside what follows, as in \"start commit S1\"")?;
    let wrong = || {
        format!(
            "\"{text}\" cannot be started beside what follows; what can is turn, new, evict and the steps of a webui or a gateway"
        )
    };
    // A long row of the word would be read one level deeper for each.
    if Argument::split("", text).word() == "start" {
        return Err(wrong());
    }
    let step: Step = text.parse()?;
    match can_be_started(&step) {
        true => Ok(BesideStep::Start(Box::new(step))),
        false => Err(wrong()),
    }
}

fn can_be_started(step: &Step) -> bool {
    match step {
        Step::Turn(TurnStep::Completed(times)) => *times == 1,
        Step::Turn(TurnStep::Interrupted | TurnStep::Ephemeral)
        | Step::Session(SessionStep::New(_) | SessionStep::Evict(_))
        | Step::WebUi(_)
        | Step::Gateway(_) => true,
        Step::Turn(TurnStep::Review | TurnStep::Run(_) | TurnStep::Say(_) | TurnStep::Undo | TurnStep::Prefetch)
        | Step::Session(
            SessionStep::Switch(_)
            | SessionStep::Resume(_)
            | SessionStep::Branch(_)
            | SessionStep::Compress(_)
            | SessionStep::Use(_)
            | SessionStep::Idle(_)
            | SessionStep::Expire(_),
        )
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Starting(_)
        | Step::Around(_)
        | Step::Beside(_) => false,
    }
}
