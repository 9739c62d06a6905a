//! Every violation says when it became true, and what led to it: the process, its task, the request, the step of the plan, and the last that
//! was seen of the turn.

use std::collections::BTreeMap;
use std::path::Path;

use model::agents::Subject;
use model::words::part::Part;
use sim::draw::{self, Profile};
use sim::history::Who;
use sim::judging::{Cause, Invariant, Violation};
use sim::plan::Scenario;
use sim::run::Run;
use sim::search::campaign;
use sim::search::replay::{self, Selection};
use sim::search::strength::breaker;

/// The first run of a release in a scenario file.
fn run(path: &str, release: &str, server: &str) -> Run {
    let scenario = Scenario::read(Path::new(path), &Invariant::names()).expect("a scenario");
    let (release, server) = (Some(release.parse().expect("a release")), Some(server.parse().expect("a server")));
    let selection = Selection { release, server, ..Selection::default() };
    let (release, server, seed) = replay::pairs(&scenario, &selection)[0];
    replay::replay(&scenario, release, server, seed, false).run
}

/// The first violation in a run of a release, and its cause in one line.
fn cause(path: &str, release: &str, server: &str) -> (&'static str, u64, String) {
    let run = run(path, release, server);
    let Violation { invariant, at_ms, cause, .. } = &run.violations[0];
    let Cause { process, task, request, step, last_station } = cause;
    let process = process.map(|process| format!("process {process}"));
    let parts = [process, task.map(str::to_owned), request.clone(), step.clone(), last_station.clone()];
    (invariant, *at_ms, parts.into_iter().flatten().collect::<Vec<_>>().join(" | "))
}

#[test]
fn a_turn_that_a_switch_clears_is_lost_by_the_switch() {
    let told = "process 1 | main | step 5 \"switch S2\" | in the buffer, cleared by the switch, at 800 ms";
    assert_eq!(cause("scenarios/ground-truth/n3_switch.toml", "B", "replace"), ("no-loss", 800, told.to_owned()));
}

#[test]
fn a_second_copy_comes_with_the_request_that_brought_it() {
    let run = run("scenarios/ground-truth/n1_switch.toml", "E", "append");
    let second = run.requests.iter().filter(|request| request.applied).find(|request| request.items[0].turns.len() > 1);
    let second = second.expect("the flush on switch stores again");
    let Violation { invariant, at_ms, cause, .. } = &run.violations[0];
    assert_eq!((*invariant, cause.request.clone()), ("no-duplicate", Some(format!("retain {}", second.number))));
    assert!(*at_ms >= second.at_ms && cause.process == second.process && cause.task == second.task, "{cause:?}");
    assert!(cause.step.as_ref().is_some_and(|step| step.contains("\"switch S2\"")), "{cause:?}");
}

#[test]
fn a_kill_is_what_loses_a_turn_of_the_buffer() {
    let (invariant, _, told) = cause("scenarios/ground-truth/kill_midbuf.toml", "F", "append");
    assert!(invariant == "no-loss" && told.starts_with("process 1 | "), "{told}");
}

/// A run about an invariant's part, by a release that breaks it, that shows a violation of it.
fn violated(row: &'static Invariant) -> Vec<Run> {
    let release: Subject = breaker(row);
    let profile = Profile::of(release);
    let runs = (0..3_000).map(|seed| campaign::run(&draw::scenario(seed, profile), release));
    runs.filter(|run| run.violations.iter().any(|violation| violation.invariant == row.name)).take(3).collect()
}

#[test]
fn every_violation_of_every_invariant_says_what_led_to_it() {
    let mut without: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in Invariant::all() {
        let runs = violated(row);
        assert!(!runs.is_empty(), "{} is never violated by {}", row.name, row.breaker);
        for run in &runs {
            // What a process that never ended leaves undone has no event of its own.
            let of_an_event = |violation: &&Violation| violation.place < run.events.len();
            for violation in
                run.violations.iter().filter(|violation| violation.invariant == row.name).filter(of_an_event)
            {
                let Cause { process, task, step, last_station, .. } = &violation.cause;
                let missing = [
                    ("process", process.is_none()),
                    ("task", task.is_none()),
                    ("step", step.is_none()),
                    ("last station", last_station.is_none() && violation.turn.is_some() && row.part == Part::Memory),
                ];
                let kinds = without.entry(row.name).or_default();
                kinds.extend(
                    missing
                        .iter()
                        .filter(|(kind, gone)| *gone && !kinds.contains(kind))
                        .map(|(kind, _)| *kind)
                        .collect::<Vec<_>>(),
                );
                let event = &run.events[violation.place];
                assert_eq!(violation.at_ms, event.at_ms, "{}: {}", row.name, violation.evidence);
                if let Who::Process(number) = event.who {
                    assert_eq!(*process, Some(number), "{}", violation.evidence);
                }
            }
        }
    }
    without.retain(|_, missing| !missing.is_empty());
    // The process that only recovers has no plan: nothing of its own led to what is pending.
    // A turn that is held before its host hands it over has no station yet.
    let expected = BTreeMap::from([("convergence", vec!["step"]), ("turn-starts-at-once", vec!["last station"])]);
    assert_eq!(without, expected);
}
