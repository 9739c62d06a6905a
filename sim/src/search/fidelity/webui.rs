//! The WebUI's session lifecycle against the measurements of the real one: `webui.jsonl`, and `scenarios/webui`.
//!
//! Compared are every answer, every commit call of an agent with its order and effect, how long the drain took, and the retains that
//! reached the provider. There are no exceptions.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;
use model::words::command::Answer;
use serde::Deserialize;

use crate::plan::Scenario;
use crate::run;
use crate::run::Run;
use crate::world::Engine;
use model::words::server::Server;

/// How far a time may be off, in seconds.
const TOLERANCE: f64 = 0.5;
/// The number of schedules for each case: no measured result depends on one.
const SEEDS: u64 = 8;

/// One line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The scenario in `scenarios/webui`.
    pub case: String,
    /// The release.
    pub release: Subject,
    /// The answers of each step, in order; `null` for an answer that was not noted.
    #[serde(default)]
    pub answers: BTreeMap<String, Vec<Option<bool>>>,
    /// How long each of those answers took.
    #[serde(default)]
    pub took_s: BTreeMap<String, Vec<Option<f64>>>,
    /// Every commit call of an agent, in order.
    #[serde(default)]
    pub commits: Vec<String>,
    /// How long the drain took, in seconds.
    pub drain_s: Option<f64>,
    /// The number of retains that reached the provider.
    pub retains_on_server: Option<usize>,
    /// The number of turns that the agents still held.
    pub still_buffered: Option<usize>,
    /// The drain never ended: the process was killed after 15 s.
    #[serde(default)]
    pub hangs: bool,
    /// The release lacks the call of this step, so nothing was measured.
    pub unknown: Option<String>,
}

/// The differences between the model and the measurement, each in a sentence; empty if they agree.
pub fn deviations(line: &Line, scenario: &Scenario) -> Vec<String> {
    let mut found = BTreeSet::new();
    for seed in 0..SEEDS {
        let run = run::run(&scenario.seeded(seed), line.release, Server::Append, Engine::Events);
        found.extend(differences(line, &run).into_iter().map(|difference| format!("under seed {seed}: {difference}")));
    }
    Vec::from_iter(found)
}

fn differences(measured: &Line, run: &Run) -> Vec<String> {
    let Some(committed) = &run.committed else { return vec!["it is no scenario of a WebUI".into()] };
    if let Some(step) = &measured.unknown {
        let answered = answers(run, step).into_iter().flatten().count();
        return if answered == 0 { Vec::new() } else { vec![format!("\"{step}\" is answered")] };
    }
    if measured.hangs {
        let hangs = committed.drain_ms.is_none() && run.exit_codes == [-9];
        return if hangs { Vec::new() } else { vec![format!("the drain takes {:?} ms", committed.drain_ms)] };
    }
    let mut found = Vec::new();
    for (step, expected) in &measured.answers {
        let given = answers(run, step);
        let agree = |(given, expected): (&Option<bool>, &Option<bool>)| expected.is_none() || given == expected;
        if given.len() != expected.len() || !given.iter().zip(expected).all(agree) {
            found.push(format!("\"{step}\" answers {given:?} instead of {expected:?}"));
        }
    }
    for (step, expected) in &measured.took_s {
        let took = run.answers.iter().filter(|answered| answered.step == *step).map(|answered| answered.took_ms);
        for (took, expected) in took.zip(expected) {
            match (took, expected) {
                (Some(took), Some(expected)) => found.extend(too_far(step, took, *expected)),
                (None, Some(expected)) => found.push(format!("\"{step}\" takes for ever instead of {expected:.3} s")),
                (_, None) => {}
            }
        }
    }
    if committed.commits != measured.commits {
        found.push(format!("commits: {:?} instead of {:?}", committed.commits, measured.commits));
    }
    if let Some(drain) = measured.drain_s {
        match committed.drain_ms {
            Some(took) => found.extend(too_far("drain", took, drain)),
            None => found.push("the drain does not come to its end".into()),
        }
    }
    let mut number = |what: &str, given: usize, expected: Option<usize>| {
        if expected.is_some_and(|expected| given != expected) {
            found.push(format!("{what}: {given} instead of {expected:?}"));
        }
    };
    number("retains", committed.retains_on_server, measured.retains_on_server);
    number("buffered", committed.still_buffered, measured.still_buffered);
    found
}

fn too_far(what: &str, took_ms: u64, expected: f64) -> Option<String> {
    let took = std::time::Duration::from_millis(took_ms).as_secs_f64();
    ((took - expected).abs() > TOLERANCE).then(|| format!("{what} takes {took:.3} s instead of {expected:.3} s"))
}

fn answers(run: &Run, step: &str) -> Vec<Option<bool>> {
    let given = run.answers.iter().filter(|answered| answered.step == step);
    given.map(|answered| if let Answer::Bool(answer) = answered.answer { Some(answer) } else { None }).collect()
}
