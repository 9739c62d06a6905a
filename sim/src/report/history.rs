//! The history of a run: every event, with the task and the step of the plan that it came from.

use std::fmt::Write;

use serde::Serialize;

use crate::history::{Fact, Origin, Who};
use crate::plan::{Scenario, Whence};
use crate::run::Run;

/// A line for each event.
pub fn history(scenario: &Scenario, run: &Run) -> String {
    let Run { release, server, seed, digest, .. } = run;
    let mut text = format!("{} with {release} on {server}, seed {seed}, digest {digest}\n", scenario.name);
    let steps = Whence::of(scenario);
    let mut step = None;
    for (event, origin) in run.events.iter().zip(&run.origins) {
        if let Who::Process(process) = event.who {
            let begun = (process, origin.action);
            if origin.action > 0 && step != Some(begun) {
                step = Some(begun);
                let written = steps.step(process, origin.action).unwrap_or_default();
                _ = writeln!(text, "             process {process}: {written}");
            }
        }
        let task = origin.task.unwrap_or("-");
        _ = writeln!(text, "{:>9} ms  {:<10} {task:<20} {:?}", event.at_ms, event.who.to_string(), event.fact);
    }
    text
}

/// An object for each event, a line each.
pub fn history_json(scenario: &Scenario, run: &Run) -> String {
    let steps = Whence::of(scenario);
    let line = |(event, origin): (&crate::history::Event, &Origin)| {
        let step = match event.who {
            Who::Process(process) => steps.step(process, origin.action),
            Who::World | Who::Provider => None,
        };
        let object =
            Object { at_ms: event.at_ms, who: event.who.to_string(), task: origin.task, step, fact: &event.fact };
        serde_json::to_string(&object).expect("an event always serializes") + "\n"
    };
    run.events.iter().zip(&run.origins).map(line).collect()
}

#[derive(Serialize)]
struct Object<'a> {
    at_ms: u64,
    who: String,
    task: Option<&'static str>,
    step: Option<String>,
    fact: &'a Fact,
}
