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

/// A scenario's text, and the server to run it against.
fn plans() -> impl Strategy<Value = (String, Server)> {
    let step = prop_oneof![
        8 => Just("\"turn\"".to_owned()),
        2 => (1..4_u32).prop_map(|n| format!("\"turn x{n}\"")),
        3 => (0..3_000_u32).prop_map(|ms| format!("\"sleep {ms}ms\"")),
        2 => (1..4_u32).prop_map(|n| format!("\"switch S{n}\"")),
        1 => (4..6_u32).prop_map(|n| format!("\"new S{n}\"")),
        1 => (1..4_u32).prop_map(|n| format!("\"compress S{n}\"")),
        1 => Just("\"prefetch\"".to_owned()),
        1 => Just("\"server_down 2s\"".to_owned()),
        1 => Just("\"wedge 700ms\"".to_owned()),
        1 => Just("\"network hold\", \"sleep 300ms\", \"network release\"".to_owned()),
        1 => Just("\"network partition\", \"sleep 1s\", \"network repair\"".to_owned()),
        1 => Just("\"network reset\"".to_owned()),
        2 => prop_oneof![Just("sigkill"), Just("power_loss"), Just("sigterm"), Just("os_exit"), Just("shutdown"), Just("exit")]
            .prop_map(|end| format!("\"{end}\", \"restart\"")),
    ];
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
    let faults = proptest::collection::btree_map(1..12_u32, fault, 0..5);
    let kill = (1..150_u32, 1..3_u32, prop_oneof![Just("sigkill"), Just("power_loss")]);
    let kills = proptest::collection::vec(kill, 0..3);
    let server = prop_oneof![Just(Server::Replace), Just(Server::Append), Just(Server::Idempotent)];
    let lag = prop_oneof![Just("0s"), Just("800ms")];
    (proptest::collection::vec(step, 1..14), faults, kills, 1..5_u32, any::<u32>(), lag, server).prop_map(
        |(steps, faults, kills, batch, seed, lag, server)| {
            let faults: Vec<String> = faults.iter().map(|(number, fault)| format!("{number} = \"{fault}\"")).collect();
            let kills: Vec<String> = kills
                .iter()
                .map(|(step, process, how)| format!("\"{how} at step {step} of process {process}\""))
                .collect();
            let text = format!(
                "title = \"drawn at random\"\nseed = {seed}\n\
                 config = {{ retain_every_n_turns = {batch}, operation_lag = \"{lag}\" }}\n\
                 steps = [{}]\n[faults]\nretain = {{ {} }}\nkills = [{}]\n",
                steps.join(", "),
                faults.join(", "),
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
    let outcome = cases(3_000).run(&plans(), |(text, server)| {
        let run = run(&text, Release::Reference, server);
        let fine = matches!(run.verdict, Verdict::Pass | Verdict::Vacuous);
        prop_assert!(fine, "on {server}:\n{text}\n{:#?}", run.violations);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
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
