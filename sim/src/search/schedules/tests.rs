//! Races are found without a fault, and what is left out would have shown nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use model::words::server::Server;

use super::certificate::Certificate;
use super::*;
use crate::history::Fact;
use crate::judging::Invariant;
use crate::plan::Scenario;
use crate::search::campaign;

fn release(name: &str) -> Subject {
    name.parse().expect("a release")
}

fn jobs(jobs: usize) -> NonZeroUsize {
    NonZeroUsize::new(jobs).expect("a number of threads")
}

fn target(text: &str, server: Server) -> Drawn {
    let scenario = Scenario::parse(Path::new("explored.toml"), text).expect("a scenario");
    Drawn { scenario, server }
}

/// A scenario of `tests/schedules`.
fn file(name: &str, server: Server) -> Drawn {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/schedules").join(name);
    let scenario = Scenario::read(&path, &Invariant::names()).expect("a scenario");
    Drawn { scenario, server }
}

fn explored(target: &Drawn, release: Subject, extent: Extent) -> Explored {
    let explored = explore(std::slice::from_ref(target), release, extent, &|| false, &mut |_| {});
    assert!(explored.is_complete());
    explored
}

/// The exploration of a scenario that passes without a preemption.
fn of_a_passing(target: &Drawn, release: Subject, extent: Extent) -> ExploredScenario {
    let one = explored(target, release, extent).scenarios.remove(0);
    assert_eq!(one.run.verdict, Verdict::Pass, "{release} without a preemption");
    one
}

/// What the schedules of a plan violate, each invariant with each turn, and how many were run.
fn violated(target: &Drawn, release: Subject, extent: Extent) -> (BTreeSet<String>, u64) {
    let one = explored(target, release, extent).scenarios.remove(0);
    let shown = one.found.iter().flat_map(|found| &found.shown);
    (shown.map(|shown| format!("{} {:?}", shown.class.invariant, shown.turn)).collect(), one.schedules())
}

/// A reduced exploration shows what one without any reduction does: every time at every step, every thread at every choice, and every pair.
fn reduced_is_full(text: &str, release: Subject, server: Server, longest_ms: u64, preemptions: u8) {
    let target = target(text, server);
    let longest = Duration::from_millis(longest_ms);
    let extent = |reduction| Extent { preemptions, longest, reduction, jobs: jobs(2) };
    let (reduced, few) = violated(&target, release, extent(Reduction::ByOrder));
    let (full, many) = violated(&target, release, extent(Reduction::None));
    assert!(!full.is_empty(), "{release}: nothing to compare");
    assert_eq!(reduced, full, "{release} on {server}, {few} of {many} schedules");
    assert!(few * 3 < many, "{few} of {many} schedules");
}

#[test]
fn a_reduced_exploration_shows_what_a_full_one_does() {
    let switch = "title = \"t\"\nconfig = { retain_every_n_turns = 2, auto_recall = false }\nsteps = [\"turn\", \"sleep 8ms\", \"switch S2\", \"turn\", \"shutdown\"]\n";
    reduced_is_full(switch, release("N"), Server::Append, 10, 2);
    let batch = "title = \"t\"\nconfig = { retain_every_n_turns = 1, auto_recall = false }\nsteps = [\"turn\", \"sleep 14ms\", \"switch S2\", \"shutdown\"]\n";
    reduced_is_full(batch, release("F"), Server::Append, 12, 2);
}

/// The runs of a scenario that are found, each replayed ten times from its file.
fn races(name: &str, by: &str, server: Server) -> Vec<Run> {
    let (target, release) = (file(name, server), release(by));
    let one = of_a_passing(&target, release, Extent::of(1, jobs(2)));
    let run = |found: &Found| {
        let (with, run) = rerun(&one.drawn, &found.preemptions, release);
        let written = with.scenario.to_string();
        let read = Scenario::parse(Path::new("explored.toml"), &written).expect("its own file is read");
        let read = Drawn { scenario: read, server };
        let digests: BTreeSet<String> = (0..10).map(|_| campaign::run(&read, release).digest).collect();
        assert_eq!(digests, BTreeSet::from([run.digest.clone()]), "{written}");
        run
    };
    one.found.iter().map(run).collect()
}

/// How many threads of this name a run's first process had at once.
fn at_once(run: &Run, thread: &str) -> usize {
    let (mut alive, mut most) = (0_usize, 0);
    for event in &run.events {
        if let Fact::TaskStarted { name } = &event.fact {
            alive += usize::from(name == thread);
        } else if let Fact::TaskEnded { name } = &event.fact {
            alive -= usize::from(name == thread);
        }
        most = most.max(alive);
    }
    most
}

#[test]
fn an_inline_switch_that_overtakes_a_queued_turn_is_found_without_a_fault() {
    let races = races("inline_switch.toml", "F", Server::Replace);
    assert!(races.iter().any(|run| !run.misattributed.is_empty()), "{} races", races.len());
}

#[test]
fn a_tail_that_end_and_switch_flush_is_found_without_a_fault() {
    let races = races("end_and_switch.toml", "end-then-switch", Server::Append);
    // The worker, the end and the switch.
    assert!(races.iter().any(|run| run.duplicated.values().any(|copies| *copies == 3)), "{} races", races.len());
}

#[test]
fn a_list_that_a_switch_has_replaced_is_found_without_a_fault() {
    let races = races("lost_list.toml", "N", Server::Append);
    let is_dead =
        |run: &Run| run.events.iter().any(|event| format!("{:?}", event.fact).contains("AppendedToADeadList"));
    assert!(races.iter().any(|run| is_dead(run) && !run.lost.is_empty()), "{} races", races.len());
}

#[test]
fn two_writers_are_found_without_a_fault() {
    let races = races("two_writers.toml", "N", Server::Append);
    let both = |run: &Run| at_once(run, "hindsight-writer") == 2 && !run.duplicated.is_empty();
    assert!(races.iter().any(both), "{} races", races.len());
}

#[test]
fn the_reference_violates_nothing_where_the_releases_race() {
    for name in ["inline_switch.toml", "end_and_switch.toml", "lost_list.toml", "two_writers.toml"] {
        for server in Subject::REFERENCE.servers() {
            let one = of_a_passing(&file(name, *server), Subject::REFERENCE, Extent::of(1, jobs(2)));
            let found: Vec<String> = one.found.iter().map(|found| format!("{:?}", found.preemptions)).collect();
            assert_eq!(found, Vec::<String>::new(), "{name} on {server}");
        }
    }
}

#[test]
fn a_certificate_is_the_same_with_one_job_and_two() {
    let target = file("two_writers.toml", Server::Append);
    let certificate = |threads| {
        let explored = explored(&target, release("N"), Extent::of(1, jobs(threads)));
        Certificate::of(&explored).expect("everything was tried")
    };
    let first = certificate(1);
    assert_eq!(first.text(), certificate(2).text());
    assert_eq!(Certificate::read(&first.text()), Ok(first.clone()));
    assert!(first.differences(&first).is_empty() && Certificate::is_meant(&first.text()));
    let mut other = first.clone();
    other.scenarios[0].orders += 1;
    assert_eq!(first.differences(&other).len(), 1);
}

#[test]
fn an_interrupted_exploration_has_no_certificate() {
    let target = file("two_writers.toml", Server::Append);
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let over = || calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 8;
    let explored =
        explore(std::slice::from_ref(&target), Subject::REFERENCE, Extent::of(1, jobs(1)), &over, &mut |_| {});
    assert!(!explored.is_complete() && Certificate::of(&explored).is_none());
    assert_eq!(explored.exit_code(), Verdict::Vacuous.exit_code());
}
