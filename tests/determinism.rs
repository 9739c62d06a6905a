//! The same scenario gives the same history, byte for byte: twice in one process, and in two.

use std::path::Path;
use std::process::Command;

use sim::plan::Scenario;
use sim::run;
use sim::search::replay::{self, Selection};
use sim::world::Engine;

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// `name release server seed digest` of every run, a line each.
fn digests() -> String {
    let mut lines = String::new();
    for scenario in scenarios() {
        for (release, server, seed) in replay::pairs(&scenario, &Selection::default()) {
            let run = run::run(&scenario.seeded(seed), release, server, Engine::Events);
            lines += &format!("digest {} {release} {server} {seed} {}\n", scenario.name, run.digest);
        }
    }
    lines
}

#[test]
fn a_second_run_has_the_same_history() {
    for scenario in scenarios() {
        for (release, server, seed) in replay::pairs(&scenario, &Selection::default()) {
            let divergence = replay::replay(&scenario, release, server, seed, true).divergence;
            assert_eq!(divergence, None, "{} with {release} on {server}, seed {seed}", scenario.name);
        }
    }
}

/// Prints what the test below reads from two processes of its own.
#[test]
#[expect(clippy::print_stdout, reason = "its output is its result")]
fn print_digests() {
    print!("\n{}", digests());
}

#[test]
fn two_processes_have_the_same_history() {
    let child = || {
        let program = std::env::current_exe().expect("this test's program");
        let output =
            Command::new(program).args(["--exact", "print_digests", "--nocapture"]).output().expect("a process");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().filter(|line| line.starts_with("digest ")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let (first, second) = (child(), child());
    assert!(first.lines().count() > 100, "only {} digests", first.lines().count());
    assert_eq!(first, second);
    assert_eq!(first, digests(), "this process agrees with its children");
}

#[test]
fn another_seed_is_another_schedule() {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == "switch_race_n3").expect("the scenario");
    let (release, server, _) = *replay::pairs(&scenario, &Selection::default()).last().expect("a pair");
    let digest = |seed| run::run(&scenario.seeded(seed), release, server, Engine::Events).digest;
    assert_ne!(digest(1), digest(2));
}
