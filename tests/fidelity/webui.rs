//! The WebUI's session lifecycle against what was measured of the real one: `webui.jsonl`, and `scenarios/webui`.
//!
//! Compared are every answer, every commit call of an agent with its order and what it did, how long the drain took, and what
//! reached the provider. Nothing is excepted.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Failed;
use model::hosts::Answer;
use model::release::Release;
use serde::Deserialize;
use sim::runner::{self, Run};
use sim::scenario::{Scenario, Server};
use sim::world::Engine;

/// How far a time may be off, in seconds.
const TOLERANCE: f64 = 0.5;
/// Under how many schedules a case is run: nothing that was measured depends on one.
const SEEDS: u64 = 8;

/// One line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measured {
    pub(crate) case: String,
    release: Release,
    /// By step what it answered each time, in the order of the answers; `null` if that was not noted.
    #[serde(default)]
    answers: BTreeMap<String, Vec<Option<bool>>>,
    /// How long each of those answers took.
    #[serde(default)]
    took_s: BTreeMap<String, Vec<Option<f64>>>,
    #[serde(default)]
    commits: Vec<String>,
    drain_s: Option<f64>,
    retains_on_server: Option<usize>,
    still_buffered: Option<usize>,
    /// The drain never ended: the process was killed after 15 s.
    #[serde(default)]
    hangs: bool,
    /// The release does not have the call of this step: nothing was measured.
    unknown: Option<String>,
}

/// What was measured, by case.
pub(crate) fn cases() -> BTreeMap<String, Vec<Measured>> {
    let mut cases: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
    for line in super::read("webui.jsonl").lines() {
        let measured: Measured = serde_json::from_str(line).expect("a line of webui.jsonl");
        cases.entry(measured.case.clone()).or_default().push(measured);
    }
    cases
}

/// Compares all releases of a case.
pub(crate) fn check(case: &str, measured: &[Measured]) -> Result<usize, Failed> {
    let path = super::folder().join(format!("scenarios/webui/{case}.toml"));
    let scenario = Scenario::read(&path).map_err(|error| error.to_string())?;
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    for one in measured {
        for seed in 0..SEEDS {
            let run = runner::run(&scenario.seeded(seed), one.release, Server::Append, Engine::Events);
            let found = differences(one, &run).into_iter();
            wrong.extend(found.map(|difference| format!("{case} {} under seed {seed}: {difference}", one.release)));
        }
    }
    if wrong.is_empty() { Ok(measured.len()) } else { Err(Vec::from_iter(wrong).join("\n").into()) }
}

fn differences(measured: &Measured, run: &Run) -> Vec<String> {
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

type Tamper = fn(&mut Measured);

/// Each part of a line is really compared.
pub(crate) fn a_tampered_line_is_a_difference() -> Result<(), Failed> {
    let tampers: [(&str, &str, Tamper); 8] = [
        ("fail_then_retry", "answers", |line| {
            _ = line.answers.insert("commit S1".into(), vec![Some(true), Some(true)])
        }),
        ("fail_then_retry", "commits", |line| line.commits.reverse()),
        ("fail_always_drain", "drain takes", |line| line.drain_s = Some(0.6)),
        ("hang_drain", "drain takes", |line| line.hangs = true),
        ("commit_nowait_inflight", "takes", |line| _ = line.took_s.insert("commit S1".into(), vec![Some(0.6)])),
        ("real_hindsight", "retains", |line| line.retains_on_server = Some(1)),
        ("real_hindsight", "buffered", |line| line.still_buffered = Some(0)),
        ("discard", "is answered", |line| line.unknown = Some("discard S1".into())),
    ];
    let cases = cases();
    for (case, part, tamper) in tampers {
        let line = cases.get(case).and_then(|lines| lines.iter().find(|line| line.release.name() == "W3"));
        let mut line = line.ok_or("no such case")?.clone();
        tamper(&mut line);
        match check(case, &[line]) {
            Err(failed) if failed.message().is_some_and(|message| message.contains(part)) => {}
            other => return Err(format!("nobody noticed that {part} of {case} was changed: {other:?}").into()),
        }
    }
    Ok(())
}
