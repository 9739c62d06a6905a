//! Whatever goes wrong, the reference loses nothing, duplicates nothing, and puts nothing in the wrong place.
//!
//! A case is a scenario file: steps, faults, kills and a schedule, drawn at random; a failure prints it, shrunk, ready to
//! be committed. That the same generator finds the bugs of a release is a test, too: a judge that never convicts is none.

use std::cell::Cell;
use std::path::Path;

use model::hermes;
use model::release::Release;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sim::runner::{self, Run, Verdict};
use sim::scenario::{Scenario, Server};
use sim::world::Engine;

/// One line of a plan, or a few that belong together.
fn steps() -> impl Strategy<Value = String> {
    let fixed = |text: &'static str| Just(text.to_owned());
    let end = prop_oneof![
        Just("sigkill"),
        Just("power_loss"),
        Just("sigterm"),
        Just("os_exit"),
        Just("shutdown"),
        Just("cli_exit"),
        Just("exit"),
    ];
    prop_oneof![
        8 => fixed("\"turn\""),
        2 => (1..4_u32).prop_map(|n| format!("\"turn x{n}\"")),
        3 => (0..3_000_u32).prop_map(|ms| format!("\"sleep {ms}ms\"")),
        2 => (1..4_u32).prop_map(|n| format!("\"switch S{n}\"")),
        1 => (4..6_u32).prop_map(|n| format!("\"new S{n}\"")),
        1 => (1..4_u32).prop_map(|n| format!("\"compress S{n}\"")),
        1 => prop_oneof![fixed("\"prefetch\""), fixed("\"end\"")],
        1 => fixed("\"server_down 2s\""),
        1 => fixed("\"wedge 700ms\""),
        1 => fixed("\"network hold\", \"sleep 300ms\", \"network release\""),
        1 => fixed("\"network partition\", \"sleep 1s\", \"network repair\""),
        1 => prop_oneof![fixed("\"network reset\""), fixed("\"network drop 2\"")],
        1 => (1..400_u32).prop_map(|ms| format!("\"network latency {ms}ms\"")),
        2 => end.prop_map(|end| format!("\"{end}\", \"restart\"")),
    ]
}

/// A table of faults for the requests of one kind, of which the first `requests` may meet one.
fn faults(requests: u32, most: usize) -> impl Strategy<Value = String> {
    let fault = prop_oneof![
        Just("500"),
        Just("503"),
        Just("429"),
        Just("drop"),
        Just("apply_drop"),
        Just("delay 2s"),
        Just("delay 130s"),
        Just("delay_if_alive 6s"),
        Just("hang"),
        Just("restart 1s"),
        Just("accept_fail"),
    ];
    proptest::collection::btree_map(1..requests, fault, 0..most).prop_map(|faults| {
        let faults: Vec<String> = faults.iter().map(|(number, fault)| format!("{number} = \"{fault}\"")).collect();
        format!("{{ {} }}", faults.join(", "))
    })
}

/// The configuration.
fn configs() -> impl Strategy<Value = String> {
    let lag = prop_oneof![Just("0s"), Just("800ms")];
    (1..5_u32, lag, any::<bool>()).prop_map(|(batch, lag, retain_async)| {
        format!("{{ retain_every_n_turns = {batch}, operation_lag = \"{lag}\", retain_async = {retain_async} }}")
    })
}

/// A scenario's text, and the server to run it against.
fn plans() -> impl Strategy<Value = (String, Server)> {
    let kill = (1..150_u32, 1..4_usize, prop_oneof![Just("sigkill"), Just("power_loss")]);
    let kills = proptest::collection::vec(kill, 0..3);
    let server = prop_oneof![Just(Server::Replace), Just(Server::Append), Just(Server::Idempotent)];
    let tables = (faults(12, 5), faults(4, 2), faults(9, 3), faults(9, 2));
    (proptest::collection::vec(steps(), 1..14), tables, kills, configs(), any::<u32>(), server).prop_map(
        |(steps, (retain, version, operation, recall), kills, config, seed, server)| {
            let steps = steps.join(", ");
            let processes = 1 + steps.matches("restart").count();
            let kills: Vec<String> = kills
                .iter()
                .filter(|(_, process, _)| *process <= processes)
                .map(|(step, process, how)| format!("\"{how} at step {step} of process {process}\""))
                .collect();
            let text = format!(
                "title = \"drawn at random\"\nseed = {seed}\nconfig = {config}\nsteps = [{steps}]\n[faults]\n\
                 retain = {retain}\nversion = {version}\noperation = {operation}\nrecall = {recall}\nkills = [{}]\n",
                kills.join(", "),
            );
            (text, server)
        },
    )
}

fn run(text: &str, release: Release, server: Server) -> Run {
    let scenario = Scenario::parse(Path::new("drawn.toml"), text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    runner::run(&scenario, release, server, Engine::Events)
}

/// The same cases on every machine and in every run.
fn cases(count: u32) -> TestRunner {
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, b"forget-me-not: what must hold \0\0"))
}

#[test]
fn the_reference_passes_whatever_happens() {
    let (passed, vacuous) = (Cell::new(0), Cell::new(0));
    let outcome = cases(3_000).run(&plans(), |(text, server)| {
        let run = run(&text, Release::Reference, server);
        let counted = match run.verdict {
            Verdict::Pass => &passed,
            Verdict::Vacuous => &vacuous,
            _ => return Err(TestCaseError::fail(format!("on {server}:\n{text}\n{:#?}", run.violations))),
        };
        counted.set(counted.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(passed.get() > 2_500, "only {} cases were judged, {} proved nothing", passed.get(), vacuous.get());
}

#[test]
fn the_same_cases_convict_every_release() {
    for release in hermes::Release::ALL {
        let convicted = Cell::new(0);
        let outcome = cases(60).run(&plans(), |(text, server)| {
            let verdict = run(&text, Release::Hermes(release), server).verdict;
            convicted.set(convicted.get() + u32::from(verdict == Verdict::Violation));
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(convicted.get() > 10, "release {} was convicted in {} of 60 cases", release.name(), convicted.get());
    }
}
