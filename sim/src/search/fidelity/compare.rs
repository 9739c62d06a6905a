//! Compares a measured cell with the model, under the seeds that the scenario names for it.
//!
//! Every measured outcome appears under one of the seeds, and no other outcome does. One run agrees with all the rest at once: requests,
//! recalls, times, exit codes. If a race decides (several outcomes, or several processes at once), that run may come from a few more seeds,
//! because the measured run's schedule is unknown.

use super::measured::Cell;
use super::observed;
use crate::plan::Scenario;
use crate::run;
use crate::run::Run;
use crate::search::replay::{self, Selection};
use crate::world::Engine;

/// How far a time may be off, in seconds.
const TOLERANCE: f64 = 0.5;
/// How many more seeds are tried if a race decides.
const MORE_SEEDS: u64 = 64;

/// The differences between the model and the measurement, each in a sentence; empty if they agree.
pub fn deviations(cell: &Cell, scenario: &Scenario) -> Vec<String> {
    let selection = Selection { release: Some(cell.release), server: Some(cell.server), ..Selection::default() };
    let run = |seed| run::run(&scenario.seeded(seed), cell.release, cell.server, Engine::Events);
    let runs: Vec<Run> = replay::pairs(scenario, &selection).into_iter().map(|(_, _, seed)| run(seed)).collect();
    let mut found = outcomes(cell, &runs);
    let mut best: Vec<String> = differences_of_best(cell, &runs);
    let races = cell.outcomes.len() > 1 || scenario.lanes.len() > 1;
    if races && !best.is_empty() && (0..MORE_SEEDS).any(|seed| differences(cell, &run(seed)).is_empty()) {
        best.clear();
    }
    found.append(&mut best);
    found
}

fn outcomes(cell: &Cell, runs: &[Run]) -> Vec<String> {
    let mut found = Vec::new();
    let measured: Vec<_> = cell.outcomes.iter().cloned().map(observed::sorted).collect();
    let shown: Vec<_> = runs.iter().map(observed::outcome).collect();
    for outcome in &measured {
        if !shown.contains(outcome) {
            found.push(format!("no seed shows {outcome:?}; they show {shown:?}"));
        }
    }
    for (outcome, run) in shown.iter().zip(runs) {
        if !measured.contains(outcome) {
            found.push(format!("seed {} shows what was never measured: {outcome:?}", run.seed));
        }
    }
    found
}

/// The differences of the run that agrees best.
fn differences_of_best(cell: &Cell, runs: &[Run]) -> Vec<String> {
    let all = runs.iter().map(|run| differences(cell, run));
    all.min_by_key(Vec::len).unwrap_or_else(|| vec!["the scenario does not run it".to_owned()])
}

/// The differences of one run, apart from its outcome.
fn differences(cell: &Cell, run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    let (requests, prefetches) = (observed::requests(run), observed::prefetches(run));
    if requests != cell.requests {
        found.push(format!("requests: {requests:?} instead of {:?}", cell.requests));
    }
    let measured: Vec<_> = cell.prefetch.iter().map(|read| (read.recalled_for.clone(), read.visible())).collect();
    if prefetches != measured {
        found.push(format!("recalls: {prefetches:?} instead of {measured:?}"));
    }
    if run.exit_codes != cell.exit_codes {
        found.push(format!("exit codes: {:?} instead of {:?}", run.exit_codes, cell.exit_codes));
    }
    let mut time = |what: &str, model_ms: u64, measured: f64| {
        let model = std::time::Duration::from_millis(model_ms).as_secs_f64();
        if (model - measured).abs() > TOLERANCE {
            found.push(format!("longest {what}: {model:.3} s instead of {measured:.3} s"));
        }
    };
    time("turn call", run.turn_call_max_ms, cell.turn_call_max_s);
    for (op, measured) in &cell.op_max_s {
        time(op, run.op_max_ms.get(op.as_str()).copied().unwrap_or(0), *measured);
    }
    if !run.op_max_ms.keys().all(|op| cell.op_max_s.contains_key(*op)) {
        found.push(format!("calls: {:?} instead of {:?}", run.op_max_ms, cell.op_max_s));
    }
    found
}
