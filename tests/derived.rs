//! Cases without a measurement: the behavior of Hermes' releases follows from the known mechanisms.

use std::path::Path;

use model::words::server::Server;
use sim::plan::Scenario;
use sim::run::{self, Run};
use sim::world::Engine;

const SEEDS: u64 = 8;

fn run(plan: &str, release: &str, server: Server, seed: u64) -> Run {
    let scenario = Scenario::parse(Path::new("case.toml"), &format!("title = \"a case\"\n{plan}"));
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    run::run(&scenario.seeded(seed), release.parse().expect("a release"), server, Engine::Events)
}

/// Every retain as it arrives, `S1+: S1#1 S1#2` if it appends, and finally the turns that the documents lack.
fn told(run: &Run) -> Vec<String> {
    let names = |turns: &[model::words::turn::TurnId]| {
        let names: Vec<String> = turns.iter().map(ToString::to_string).collect();
        names.join(" ")
    };
    let mut told = Vec::new();
    for item in run.requests.iter().flat_map(|request| &request.items) {
        let document = item.document.as_ref().map_or("", |document| document.as_str());
        let session = document.split('-').next().unwrap_or_default();
        let plus = if item.update_mode.is_some() { "+" } else { "" };
        told.push(format!("{session}{plus}: {}", names(&item.turns)));
    }
    told.push(format!("absent: {}", names(&run.absent)).trim_end().to_owned());
    told
}

/// Checks the plan under each of a few schedules.
fn check(plan: &str, releases: &[&str], server: Server, expected: &[&str]) {
    for &release in releases {
        for seed in 0..SEEDS {
            assert_eq!(
                told(&run(plan, release, server, seed)),
                expected,
                "{} on {server}, seed {seed}: {plan}",
                release
            );
        }
    }
}

#[test]
fn reinit_keeps_the_turn_counter_and_forgets_the_buffer() {
    let plan = "config = { retain_every_n_turns = 3 }\n\
                steps = [\"turn x2\", \"sleep 1s\", \"reinit\", \"turn\", \"sleep 1s\", \"turn\", \"sleep 1s\", \"shutdown\"]";
    check(plan, &["A", "B", "C", "D", "E", "F", "N"], Server::Replace, &["S1: S1#3", "absent: S1#1 S1#2 S1#4"]);
    check(plan, &["D", "E", "F", "N"], Server::Append, &["S1+: S1#3", "absent: S1#1 S1#2 S1#4"]);
}

#[test]
fn after_a_shutdown_reinit_helps_only_release_a() {
    let plan = "steps = [\"turn\", \"sleep 1s\", \"shutdown\", \"reinit\", \"turn\", \"sleep 1s\"]";
    check(plan, &["A"], Server::Replace, &["S1: S1#1", "S1: S1#2", "absent:"]);
    check(plan, &["B", "C", "D", "E", "F", "N"], Server::Replace, &["S1: S1#1", "absent: S1#2"]);
}

#[test]
fn an_agent_is_shut_down_without_the_other() {
    let plan = "steps = [\"turn\", \"sleep 1s\", \"agent b S2\", \"turn\", \"sleep 1s\", \"agent main S1\", \"shutdown\", \"turn\", \"sleep 1s\", \"agent b S2\", \"turn\", \"sleep 1s\"]";
    check(plan, &["A"], Server::Replace, &["S1: S1#1", "S2: S2#1", "S1: S1#1 S1#2", "S2: S2#1 S2#2", "absent:"]);
    check(
        plan,
        &["B", "C", "D", "E", "F", "N"],
        Server::Replace,
        &["S1: S1#1", "S2: S2#1", "S2: S2#1 S2#2", "absent: S1#2"],
    );
    check(plan, &["D"], Server::Append, &["S1+: S1#1", "S2+: S2#1", "S2+: S2#1 S2#2", "absent: S1#2"]);
    check(plan, &["E", "F", "N"], Server::Append, &["S1+: S1#1", "S2+: S2#1", "S2+: S2#2", "absent: S1#2"]);
}

#[test]
fn a_failed_probe_is_that_of_the_process() {
    let plan =
        "steps = [\"turn\", \"sleep 1s\", \"agent b S2\", \"turn\", \"sleep 1s\"]\n[faults]\nversion = { 1 = \"404\" }";
    check(plan, &["D", "E", "F", "N"], Server::Append, &["S1: S1#1", "S2: S2#1", "absent:"]);
}

#[test]
fn the_second_agent_of_a_process_finds_it_warm() {
    let plan = "config = { auto_recall = false, cold_client_import = true }\n\
                steps = [\"turn\", \"sleep 5s\", \"agent b S2\", \"turn\", \"sleep 100ms\"]";
    check(plan, &["A", "B", "C", "D", "E", "F", "N"], Server::Replace, &["S1: S1#1", "S2: S2#1", "absent:"]);
}

#[test]
fn release_a_recalls_even_after_its_shutdown() {
    let plan = "steps = [\"turn\", \"sleep 1s\", \"prefetch\", \"shutdown\", \"turn\", \"sleep 1s\", \"prefetch\"]";
    let late = |release| {
        let run = run(plan, release, Server::Replace, 0);
        run.prefetches[1].recalled_for.as_ref().map(ToString::to_string)
    };
    assert_eq!(late("A").as_deref(), Some("S1#2"));
    assert!(["B", "C", "D", "E", "F", "N"].into_iter().all(|release| late(release).is_none()));
}

#[test]
fn an_undone_turn_that_was_cleared_is_absent_and_not_lost() {
    let plan =
        "config = { retain_every_n_turns = 3 }\nsteps = [\"turn\", \"undo\", \"turn\", \"sleep 1s\", \"shutdown\"]";
    let run = run(plan, "B", Server::Replace, 0);
    let names = |turns: &[model::words::turn::TurnId]| turns.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((names(&run.lost), names(&run.absent)), (vec!["S1#2".to_owned()], vec!["S1#1".into(), "S1#2".into()]));
}

#[test]
fn sigterm_without_a_handler_runs_nothing() {
    let plan = "config = { retain_every_n_turns = 2 }\nsteps = [\"turn x3\", \"sleep 1s\", \"sigterm\"]";
    check(plan, &["A", "B", "C", "D", "E", "F", "N"], Server::Replace, &["S1: S1#1 S1#2", "absent: S1#3"]);
    assert_eq!(run(plan, "N", Server::Append, 0).exit_codes, [-15]);
}
