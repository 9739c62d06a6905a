//! Each invariant, over drawn scenarios: the reference keeps it and was really judged, and a release known to break it is caught.
//!
//! A judge that never convicts proves nothing, and neither does one that never judges. `tests/properties.rs` checks all invariants at once,
//! over more cases, and counts the copies a second time by itself.

use std::cell::Cell;
use std::collections::BTreeMap;

use libtest_mimic::{Arguments, Failed, Trial};
use model::agents::Subject;
use model::hosts::Kind;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sim::draw::{self, Profile, scenarios};
use sim::judging::Invariant;
use sim::search::campaign;
use sim::search::strength::breaker;

/// How many cases the reference must pass, for each invariant.
const CASES: u32 = 400;
/// How many further rounds of cases are tried if none judged the invariant: a provider that is away for six hundred turns is rare.
const MORE: u8 = 5;
/// The number of seeds within which a release must be caught.
const SEEDS: u64 = 1_000;
/// How many cases of each host the reference must pass.
const CASES_OF_A_HOST: u32 = 50;

fn profile(row: &Invariant) -> Profile {
    Profile::of(breaker(row))
}

fn main() {
    let mut trials = Vec::new();
    for (number, row) in (0_u8..).zip(Invariant::all()) {
        trials.push(Trial::test(format!("the_reference_keeps::{}", row.name), move || kept(row, number)));
        trials.push(Trial::test(format!("a_release_breaks::{}", row.name), move || broken(row)));
    }
    for host in Kind::ALL {
        trials.push(Trial::test(format!("the_reference_passes_on::{}", host.name()), move || passes_on(host)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// The same cases in every run, and others for each test.
fn cases(count: u32, stream: [u8; 2]) -> TestRunner {
    let mut seed = *b"forget-me-not: every invariant  ";
    seed[30..].copy_from_slice(&stream);
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

fn kept(row: &'static Invariant, stream: u8) -> Result<(), Failed> {
    let judged = Cell::new(0);
    for again in 0..MORE {
        let outcome = cases(CASES, [stream, again]).run(&scenarios(profile(row)), |drawn| {
            let run = campaign::run(&drawn, Subject::REFERENCE);
            judged.set(judged.get() + run.judged.get(row.name).copied().unwrap_or(0));
            match run.violations.iter().find(|violation| violation.invariant == row.name) {
                None => Ok(()),
                Some(violation) => Err(TestCaseError::fail(format!("{}\n{}", violation.evidence, drawn.scenario))),
            }
        });
        outcome.map_err(|failure| failure.to_string())?;
        if judged.get() > 0 {
            return Ok(());
        }
    }
    Err(format!("{} was never judged in {} cases", row.name, CASES * u32::from(MORE)).into())
}

fn broken(row: &'static Invariant) -> Result<(), Failed> {
    let release = breaker(row);
    let breaks = |seed: &u64| {
        let run = campaign::run(&draw::scenario(*seed, profile(row)), release);
        run.violations.iter().any(|violation| violation.invariant == row.name)
    };
    match (0..SEEDS).find(breaks) {
        Some(_) => Ok(()),
        None => Err(format!("{SEEDS} seeds did not show that {release} breaks {}", row.name).into()),
    }
}

/// The reference passes every case drawn for a host, and most cases judge something.
fn passes_on(host: Kind) -> Result<(), Failed> {
    let profile = if host.properties().commits { Profile::WebUi } else { Profile::Default };
    let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut seeds = 0..;
    while verdicts.values().sum::<u32>() < CASES_OF_A_HOST {
        let seed = seeds.next().expect("there is no last seed");
        let drawn = draw::scenario(seed, profile);
        if drawn.scenario.config.host != host {
            continue;
        }
        let run = campaign::run(&drawn, Subject::REFERENCE);
        if let Some(violation) = run.violations.first() {
            return Err(format!("seed {seed}: {}: {}", violation.invariant, violation.evidence).into());
        }
        *verdicts
            .entry(if run.judged.values().any(|judged| *judged > 0) { "judged" } else { "vacuous" })
            .or_default() += 1;
    }
    match verdicts.get("judged") {
        Some(judged) if *judged > CASES_OF_A_HOST / 2 => Ok(()),
        _ => Err(format!("most cases prove nothing: {verdicts:?}").into()),
    }
}
