//! The reference's promises beyond the invariants: bounded memory, undo, one disk for several processes, a bounded end.

use std::path::Path;

use model::agents::Subject;
use model::facts::Observation;
use model::words::server::Server;
use sim::history::Fact;
use sim::plan::{Outcome, Scenario};
use sim::run::{self, Run, Verdict};
use sim::search::replay;
use sim::world::Engine;

fn run_on(server: Server, plan: &str) -> Run {
    let scenario = Scenario::parse(Path::new("case.toml"), &format!("title = \"a case\"\n{plan}"));
    run::run(&scenario.unwrap_or_else(|error| panic!("{error}")), Subject::REFERENCE, server, Engine::Events)
}

/// The content of the documents at the end, on every server: `S1:000001-000002: S1#1 S1#2`.
fn check_stored(plan: &str, expected: &[&str]) {
    for &server in Server::ALL {
        let run = run_on(server, plan);
        let documents = run.documents.iter().map(|(document, entries)| {
            let turns: Vec<String> = entries.iter().flatten().map(ToString::to_string).collect();
            format!("{document}: {}", turns.join(" "))
        });
        assert_eq!(documents.collect::<Vec<_>>(), expected, "on {server}: {plan}");
    }
}

fn requests(run: &Run) -> usize {
    run.events.iter().filter(|event| matches!(event.fact, Fact::Told(Observation::RequestSent { .. }))).count()
}

#[test]
fn memory_is_bounded_however_much_waits() {
    let run = run_on(
        Server::Idempotent,
        "config = { retain_every_n_turns = 7, auto_recall = false }\n\
         steps = [\"turn x2000\", \"sleep 90s\", \"shutdown\"]\n[faults]\ndown = \"60s\"",
    );
    assert_eq!(run.verdict, Verdict::Pass, "{:?}", run.violations);
    let held = run.events.iter().filter_map(|event| {
        let Fact::Told(Observation::Holding { turns }) = &event.fact else { return None };
        Some(*turns)
    });
    assert_eq!(held.collect::<Vec<_>>(), [64, 128]);
    let stored: Vec<u32> = run.documents.values().flatten().flatten().map(|turn| turn.number).collect();
    assert_eq!(stored, (1..=2_000).collect::<Vec<_>>());
}

#[test]
fn an_undone_turn_is_in_no_document_wherever_it_was() {
    let config = "config = { retain_every_n_turns = 2 }\n";
    let check = |steps: &str, expected: &[&str]| check_stored(&format!("{config}steps = [{steps}]"), expected);
    check("\"turn\", \"undo\", \"shutdown\"", &[]);
    check("\"turn x3\", \"undo\", \"sleep 1s\", \"shutdown\"", &["S1:000001-000002: S1#1 S1#2"]);
    check("\"turn x2\", \"sleep 1s\", \"undo\", \"shutdown\"", &["S1:000001-000002: S1#1"]);
    check("\"turn x2\", \"sleep 1s\", \"undo\", \"undo\", \"turn\", \"shutdown\"", &["S1:000003-000003: S1#3"]);
    check("\"turn x2\", \"sleep 1s\", \"sigkill\", \"restart\", \"undo\", \"undo\", \"undo\", \"shutdown\"", &[]);
    check("\"turn x2\", \"shutdown\", \"undo\"", &["S1:000001-000002: S1#1"]);
    check("\"say ok\", \"say ok\", \"sleep 1s\", \"undo\", \"shutdown\"", &["S1:000001-000002: S1#1"]);
}

#[test]
fn an_undone_turn_does_not_come_back_with_a_request_that_was_given_up() {
    let steps = |end: &str| {
        format!("steps = [\"turn\", \"sleep 1s\", {end}, \"sleep 1s\", \"undo\", \"sleep 1s\", \"shutdown\"]\n")
    };
    let late = "[faults]\nretain = { 1 = \"delay 130s\" }";
    for end in ["\"sleep 121s\"", "\"shutdown\", \"reinit\"", "\"sigkill\", \"restart\"", "\"power_loss\", \"restart\""]
    {
        check_stored(&(steps(end) + late), &[]);
    }
}

#[test]
fn a_worker_that_dies_doubles_nothing() {
    for retain_async in [true, false] {
        let plan = format!(
            "config = {{ retain_every_n_turns = 2, retain_async = {retain_async} }}\n\
             steps = [\"turn x4\", \"sleep 9s\", \"undo\", \"sleep 9s\", \"shutdown\"]\n\
             [faults]\nretain = {{ 1 = \"worker_crash\", 2 = \"worker_crash\" }}"
        );
        check_stored(&plan, &["S1:000001-000002: S1#1 S1#2", "S1:000003-000004: S1#3"]);
    }
}

#[test]
fn two_processes_on_one_disk_write_documents_of_their_own() {
    let plan = "parallel = [[\"turn\", \"sleep 5s\", \"turn\"], [\"sleep 1s\", \"turn\", \"sigkill\"]]\n[faults]\ndown = \"3s\"";
    check_stored(plan, &["S1:000001-000001: S1#1", "S1:000002-000002: S1#2", "S1:k2-000001-000001: S1#101"]);
}

#[test]
fn a_session_whose_request_hangs_holds_up_no_other_not_even_at_the_end() {
    let plan = "steps = [\"turn\", \"sleep 1s\", \"switch S2\", \"turn\", \"switch S3\", \"turn x3\", \"shutdown\"]\n\
                [faults]\nretain = { 1 = \"hang\" }";
    let run = run_on(Server::Idempotent, plan);
    assert_eq!(run.verdict, Verdict::Pass, "{:?}", run.violations);
    let closed = run.events.iter().position(|event| matches!(&event.fact, Fact::Returned(call) if call.is_shutdown()));
    let closed = closed.expect("it was shut down");
    let applied =
        |event: &&sim::history::Event| matches!(event.fact, Fact::Provider(sim::history::Happening::Applied { .. }));
    assert_eq!(run.events[..closed].iter().filter(applied).count(), 4, "all but the one that hangs");
}

#[test]
fn agents_that_close_together_share_one_budget() {
    let agents: Vec<String> = (2..=12).map(|n| format!("\"agent a{n} S{n}\", \"turn\"")).collect();
    let plan = format!(
        "steps = [\"turn\", {}, \"on_sigterm\", \"sigterm\"]\n[faults]\nretain = {{ \"*\" = \"hang\" }}",
        agents.join(", ")
    );
    for host in ["cli", "gateway"] {
        let run = run_on(Server::Idempotent, &format!("config = {{ host = \"{host}\" }}\n{plan}"));
        let took = run.shutdown_ms.expect("it was shut down");
        assert!((4_900..5_050).contains(&took), "{host}: {took}");
        assert_eq!((run.lost.len(), run.documents.len()), (0, 12));
    }
}

#[test]
fn closed_is_final_and_what_comes_later_is_durable() {
    let run =
        run_on(Server::Idempotent, "steps = [\"turn\", \"shutdown\", \"turn\", \"prefetch\", \"end\", \"sleep 60s\"]");
    assert_eq!(run.verdict, Verdict::Pass, "{:?}", run.violations);
    assert_eq!(run.documents.len(), 2);
}

#[test]
fn a_batch_takes_two_requests() {
    let run = run_on(
        Server::Idempotent,
        "config = { auto_recall = false }\nsteps = [\"turn x5\", \"sleep 1s\", \"shutdown\"]",
    );
    assert_eq!(requests(&run), 10);
}

#[test]
fn each_choice_of_the_reference_has_a_scenario_in_which_another_choice_fails() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/reported");
    let scenarios = replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let is_damage = |outcome: &Outcome| outcome.damage != Outcome::default().damage;
    let designs = Subject::all().filter(|subject| subject.is_of_reference() && *subject != Subject::REFERENCE);
    for design in designs {
        let shows = |scenario: &&Scenario| {
            let outcomes = |subject| Server::ALL.iter().map(move |&server| scenario.expect.of(subject, server));
            let fails = outcomes(design).all(|outcomes| outcomes.iter().any(is_damage));
            fails
                && outcomes(Subject::REFERENCE).all(|outcomes| !outcomes.is_empty() && !outcomes.iter().any(is_damage))
        };
        assert!(scenarios.iter().any(|scenario| shows(&scenario)), "no scenario shows {design}");
    }
}
