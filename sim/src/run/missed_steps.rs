//! Missed steps: what a plan says, and a run never did.
//!
//! A plan may cut its own steps off: it kills a process, cuts the power, or lets a step end the process while the next ones wait. Every other
//! step that no process began is a surprise, because its author believes that it happened. Absent: steps that began and came to nothing.

use std::rc::Rc;

use model::words::command::{GatewayRequest, WebUiRequest};
use model::words::course::RunResult;
use serde::Serialize;

use super::missed_faults::struck;
use crate::history::reading::lives::Lives;
use crate::plan::{Action, Ending, EndingStep, Process, Scenario, Whence};
use crate::world::{Begun, OUT_OF_BUDGET};

/// A step that its process never began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissedStep {
    /// The process.
    pub process: u32,
    /// The step, as `step 3 "switch S2"`.
    pub step: String,
    /// What of the plan cut it off: a kill, the loss of power, or a step that ended its process. `None` if the plan does not explain it.
    pub cut_off_by: Option<String>,
}

/// The missed steps of a run, in the order of the processes: each began so many of so many planned actions.
pub(super) fn missed_steps(
    scenario: &Scenario,
    lives: &Lives,
    (begun, planned): (&Begun, &[usize]),
) -> Vec<MissedStep> {
    if (1..).zip(planned).all(|(process, planned)| begun.get(&process).is_some_and(|begun| begun >= planned)) {
        return Vec::new();
    }
    let steps = Whence::of(scenario);
    let mut missed = Vec::new();
    for (process, plan) in (1..).zip(steps.processes()) {
        let begun = begun.get(&process).copied().unwrap_or(0);
        let mut behind: Vec<String> = (begun + 1..=plan.actions.len()).filter_map(|n| steps.step(process, n)).collect();
        behind.dedup();
        if !behind.is_empty() {
            let cut_off_by = cut_off_by(scenario, lives, (process, plan, begun), &steps);
            let miss = |step| MissedStep { process, step, cut_off_by: cut_off_by.clone() };
            missed.extend(behind.into_iter().map(miss));
        }
    }
    missed
}

/// What of the plan ended a process that began so many of its actions. `None` if nothing did.
fn cut_off_by(
    scenario: &Scenario,
    lives: &Lives,
    (process, plan, begun): (u32, &Rc<Process>, usize),
    steps: &Whence<'_>,
) -> Option<String> {
    let end = lives.end_of(process)?;
    let mut kills = scenario.faults.kills.iter().filter(|kill| kill.process == process);
    if let Some(kill) = kills.find(|kill| struck(kill, lives)) {
        return Some(kill.to_string());
    }
    if end.ending == Ending::PowerLoss {
        return Some("the loss of power".to_owned());
    }
    if end.label.as_deref() == Some(OUT_OF_BUDGET) {
        return Some("the end_hook_budget".to_owned());
    }
    if plan.hook.is_some() && end.ending != Ending::Exit {
        return Some("the budget of its hook, or the end of its agent".to_owned());
    }
    let returns = scenario.config.host.properties().returns;
    let last = plan.actions[..begun].iter().rposition(|action| ends(action, returns))?;
    steps.step(process, last + 1)
}

/// Whether an action ends its process, now or later. `returns`: whether the host's main thread returns at `exit`.
fn ends(action: &Action, returns: bool) -> bool {
    match action {
        Action::Start(action) => ends(action, returns),
        Action::Run(_, course) => course.result == RunResult::Restarts,
        Action::Ending(EndingStep::OnSigterm) => false,
        Action::Ending(EndingStep::Exit) => returns,
        Action::Ending(
            EndingStep::OsExit | EndingStep::Sigkill | EndingStep::Sigterm | EndingStep::Sigint | EndingStep::PowerLoss,
        ) => true,
        Action::WebUi(_, request) => *request == WebUiRequest::SelfUpdate,
        Action::Gateway(step) => step.0 == GatewayRequest::RequestRestart,
        Action::Turn(..)
        | Action::Say(..)
        | Action::Review(_)
        | Action::Undo(_)
        | Action::Prefetch
        | Action::Session(_)
        | Action::Agent(_)
        | Action::Around(_)
        | Action::Join => false,
    }
}
