//! An event of a run as a line: when, where, and what, in plain words.

use model::words::turn::TurnId;
use serde::Serialize;

use super::words;
use crate::history::{Origin, Who};
use crate::plan::Whence;
use crate::run::Run;

/// An event in words. Serializes as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    /// Its number in the history, from 1.
    pub event: usize,
    /// When.
    pub at_ms: u64,
    /// Its observer.
    pub who: String,
    /// The task that ran.
    pub task: Option<&'static str>,
    /// The step of the plan that its process had begun last, waits aside.
    pub step: Option<String>,
    /// What happened.
    pub what: String,
}

impl Moment {
    /// The event at this place of a run.
    pub(super) fn of(run: &Run, steps: &Whence<'_>, place: usize, about: Option<&TurnId>) -> Option<Self> {
        let event = run.events.get(place)?;
        let origin = run.origins.get(place).copied().unwrap_or_default();
        let (task, step) = match event.who {
            Who::Process(process) => (origin.task, step(steps, process, origin)),
            Who::World | Who::Provider => (None, None),
        };
        let what = words::fact(&event.fact, about);
        Some(Self { event: place + 1, at_ms: event.at_ms, who: event.who.to_string(), task, step, what })
    }

    /// Where it happened: the observer, its task and its step.
    pub(super) fn place(&self) -> String {
        let parts = [Some(self.who.clone()), self.task.map(str::to_owned), self.step.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn step(steps: &Whence<'_>, process: u32, origin: Origin) -> Option<String> {
    if origin.action > 0 { steps.acting_step(process, origin.action) } else { None }
}
