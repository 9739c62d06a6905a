//! The same scenario gives the same history, byte for byte: twice in one process, and in two.

use std::path::Path;
use std::process::{Command, Stdio};

use model::agents::Subject;
use model::words::server::Server;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sim::plan::Scenario;
use sim::run;
use sim::search::replay::{self, Selection};
use sim::world::Engine;

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// Every run that the scenarios ask for.
fn runs() -> Vec<(Scenario, Subject, Server, u64)> {
    let of = |scenario: Scenario| {
        let cells = replay::pairs(&scenario, &Selection::default());
        cells.into_iter().map(move |(release, server, seed)| (scenario.clone(), release, server, seed))
    };
    scenarios().into_iter().flat_map(of).collect()
}

/// `digest scenario release server seed hash` of every run, a line each.
fn digests() -> Vec<String> {
    let digest = |(scenario, release, server, seed): &(Scenario, Subject, Server, u64)| {
        let run = run::run(&scenario.seeded(*seed), *release, *server, Engine::Events);
        format!("digest {} {release} {server} {seed} {}", scenario.name, run.digest)
    };
    runs().par_iter().map(digest).collect()
}

#[test]
fn a_second_run_has_the_same_history() {
    runs().par_iter().for_each(|(scenario, release, server, seed)| {
        let divergence = replay::replay(scenario, *release, *server, *seed, true).divergence;
        assert_eq!(divergence, None, "{} with {release} on {server}, seed {seed}", scenario.name);
    });
}

#[test]
#[ignore = "the next test runs it, in a process of its own"]
#[expect(clippy::print_stdout, reason = "its output is its result")]
fn print_digests() {
    println!("\n{}", digests().join("\n"));
}

#[test]
fn two_processes_have_the_same_history() {
    let program = std::env::current_exe().expect("the program of this test");
    let child = Command::new(program)
        .args(["--exact", "print_digests", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let here = digests();
    let printed = child.wait_with_output().expect("the child ends").stdout;
    let printed = String::from_utf8(printed).expect("the child prints text");
    let there: Vec<&str> = printed.lines().filter(|line| line.starts_with("digest ")).collect();
    assert!(there.len() > 2_000, "only {} digests", there.len());
    assert_eq!(here, there);
}

#[test]
fn another_seed_is_another_schedule() {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == "switch_race_n3").expect("the scenario");
    let (release, server, _) = *replay::pairs(&scenario, &Selection::default()).last().expect("a pair");
    let digest = |seed| run::run(&scenario.seeded(seed), release, server, Engine::Events).digest;
    assert_ne!(digest(1), digest(2));
}
