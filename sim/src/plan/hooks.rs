//! The plan of a coding agent: the hooks that it starts, a process each, and what the agent does until the next one.
//!
//! A life of the agent begins with the hook of a session's start and ends with that of its end, unless the plan ends the agent first.
//! Between them every completed turn has a hook. What the memory has no hook for does not reach it: an undo, a review, a cache.

use std::time::Duration;

use model::words::session::SessionId;

use super::actions::{Action, Hook, Process};
use super::steps::{AgentStep, EndingStep, SessionStep, SurroundingStep};

/// How long the hook of a session's end may take, if it is not configured (anthropics/claude-code#41577).
pub(super) const END_BUDGET: Duration = Duration::from_millis(1_500);
/// How long any other hook may take.
const BUDGET: Duration = Duration::from_secs(60);

/// The hooks of one life of a coding agent, in their order.
pub(super) fn of(life: Process, end_budget: Duration) -> Vec<Process> {
    let last = life.from.last().copied().unwrap_or_default();
    let mut cut = Cut { hooks: Vec::new(), session: life.session, end_budget, wedge: None, is_alive: true };
    cut.hook(Action::Prefetch, life.from.first().copied().unwrap_or_default(), BUDGET);
    cut.hooks[0].after = life.after;
    for (action, place) in life.actions.into_iter().zip(life.from) {
        cut.take(action, place);
    }
    if cut.is_alive {
        cut.end(last);
    }
    cut.hooks
}

/// A life that is being cut into hooks.
struct Cut {
    hooks: Vec<Process>,
    session: SessionId,
    end_budget: Duration,
    /// The broken daemon that every later hook meets, and its step.
    wedge: Option<(Action, usize)>,
    is_alive: bool,
}

impl Cut {
    fn hook(&mut self, action: Action, place: usize, budget: Duration) {
        let mut process = Process::opening(self.session.clone(), Duration::ZERO);
        (process.actions, process.from) = self.wedge.clone().into_iter().chain([(action, place)]).unzip();
        process.hook = Some(Hook { is_first: self.hooks.is_empty(), budget, meanwhile: Vec::new() });
        self.hooks.push(process);
    }

    fn end(&mut self, place: usize) {
        self.hook(Action::Agent(AgentStep::End), place, self.end_budget);
    }

    fn meanwhile(&mut self, action: Action) {
        let hook = self.hooks.last_mut().and_then(|process| process.hook.as_mut());
        hook.expect("a life begins with a hook").meanwhile.push(action);
    }

    fn take(&mut self, action: Action, place: usize) {
        match action {
            Action::Turn(..) | Action::Say(..) | Action::Prefetch => self.hook(action, place, BUDGET),
            Action::Session(
                SessionStep::Switch(to)
                | SessionStep::Resume(to)
                | SessionStep::Branch(to)
                | SessionStep::New(to)
                | SessionStep::Compress(to),
            ) => {
                self.end(place);
                self.session = to;
                self.hook(Action::Prefetch, place, BUDGET);
            }
            Action::Session(SessionStep::Use(to)) | Action::Agent(AgentStep::Agent(_, Some(to))) => self.session = to,
            Action::Agent(AgentStep::End | AgentStep::Shutdown | AgentStep::CliExit) => self.end(place),
            Action::Around(SurroundingStep::Wedge(_)) => self.wedge = Some((action, place)),
            Action::Around(_) => self.meanwhile(action),
            Action::Ending(step) => {
                self.is_alive &= matches!(step, EndingStep::Exit | EndingStep::OnSigterm);
                self.meanwhile(action);
            }
            Action::Session(SessionStep::Evict(_) | SessionStep::Idle(_) | SessionStep::Expire(_))
            | Action::Agent(AgentStep::Agent(_, None) | AgentStep::Profile(_) | AgentStep::Flush | AgentStep::Reinit)
            | Action::Undo(_)
            | Action::Review(_)
            | Action::Run(..)
            | Action::Start(_)
            | Action::Join
            | Action::WebUi(..)
            | Action::Gateway(_) => {}
        }
    }
}
