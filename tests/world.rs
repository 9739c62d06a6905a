//! The world follows its plan: packets, processes, disks and the provider, seen through the history of a run.

use std::path::Path;

use model::agents::Subject;
use model::facts::{Observation, chats};
use model::protocols::hindsight::endpoints::RETAIN;
use model::words::endpoint::Endpoint;
use model::words::server::Server;
use sim::history::{Call, Event, Fact, Happening, Word};
use sim::plan::{Ending, Scenario};
use sim::run::{self, Run, Verdict};
use sim::world::Engine;

/// Runs a plan with the reference, or another release, and returns its run.
fn run(release: &str, server: Server, plan: &str) -> Run {
    let text = format!("title = \"t\"\n{plan}");
    let scenario = Scenario::parse(Path::new("world.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
    let release: Subject = release.parse().unwrap_or_else(|error| panic!("{error}"));
    run::run(&scenario, release, server, Engine::Events)
}

fn reference(plan: &str) -> Run {
    let run = run("reference", Server::Idempotent, plan);
    assert_eq!(run.verdict, Verdict::Pass, "{:#?}", run.violations);
    run
}

/// The time of the first event that `which` picks, in milliseconds.
fn at(run: &Run, which: impl Fn(&Fact) -> bool) -> u64 {
    run.events.iter().find(|event| which(&event.fact)).unwrap_or_else(|| panic!("it never happened")).at_ms
}

fn retain_received(what: &Fact) -> bool {
    matches!(what, Fact::Provider(Happening::Received { endpoint, .. }) if endpoint.delivers())
}

fn failures(run: &Run, endpoint: Endpoint) -> Vec<&str> {
    let failure = |event: &'_ Event| {
        let Fact::Told(Observation::RequestFailed { endpoint: failed, reason }) = &event.fact else { return None };
        (*failed == endpoint).then(|| reason.clone())
    };
    run.events.iter().filter_map(failure).map(|reason| &*reason.leak()).collect()
}

#[test]
fn a_packet_takes_the_links_latency() {
    let quick = reference("steps = [\"turn\", \"sleep 5s\", \"shutdown\"]");
    let slow = reference("config = { latency = \"50ms\" }\nsteps = [\"turn\", \"sleep 5s\", \"shutdown\"]");
    let changed = reference("steps = [\"network latency 50ms\", \"turn\", \"sleep 5s\", \"shutdown\"]");
    assert!(at(&quick, retain_received) < 20, "{}", at(&quick, retain_received));
    // A connection and the retain itself: three one-way trips at least.
    assert!(at(&slow, retain_received) >= 150, "{}", at(&slow, retain_received));
    assert!(at(&changed, retain_received) >= 150, "{}", at(&changed, retain_received));
}

#[test]
fn a_second_ctrl_c_interrupts_the_cleanup_of_the_first() {
    let cleanup = |later: &str| {
        let fault = "faults = { retain = { 1 = \"delay 4s\" } }";
        let run =
            run("F", Server::Append, &format!("{fault}\nsteps = [\"turn\", \"wait_retain 1\", \"sigint\"{later}]"));
        let is_the_cleanup = |call: &Call| matches!(call, Call::Command { word: Word::CliExit, .. });
        let began = at(&run, |fact| matches!(fact, Fact::Called(call) if is_the_cleanup(call)));
        let ended = at(&run, |fact| matches!(fact, Fact::Ended { .. }));
        let returned =
            run.events.iter().any(|event| matches!(&event.fact, Fact::Returned(call) if is_the_cleanup(call)));
        (ended - began, returned)
    };
    let (once, returned) = cleanup("");
    assert!(once > 3_000 && returned, "{once} ms, {returned}");
    let (twice, returned) = cleanup(", \"sleep 300ms\", \"sigint\"");
    assert!((300..400).contains(&twice) && !returned, "{twice} ms, {returned}");
    let (late, returned) = cleanup(", \"sleep 20s\", \"sigint\"");
    assert!(late == once && returned, "the cleanup is over by then: {late} ms, {returned}");
}

#[test]
fn held_packets_arrive_when_they_are_released() {
    let run = reference(
        "steps = [\"network hold\", \"turn\", \"sleep 2s\", \"network release\", \"sleep 1s\", \"shutdown\"]",
    );
    let received = at(&run, retain_received);
    assert!((2_000..2_100).contains(&received), "{received}");
}

#[test]
fn a_partition_swallows_packets_until_it_is_repaired() {
    let plan = "steps = [\"turn\", \"sleep 1s\", \"network partition\", \"turn\", \"sleep 10s\", \"network repair\", \"sleep 200s\", \
                \"shutdown\"]";
    let run = reference(plan);
    assert_eq!(failures(&run, RETAIN)[0], "no answer in time");
    assert_eq!(run.documents.values().flatten().flatten().count(), 2);
}

#[test]
fn a_reset_leaves_the_outcome_unknown() {
    let plan = "steps = [\"turn\", \"wait_retain 1\", \"network reset\", \"sleep 10s\", \"shutdown\"]\n\
                [faults]\nretain = { 1 = \"delay 1s\" }";
    let run = reference(plan);
    assert_eq!(failures(&run, RETAIN), ["server disconnected"]);
}

#[test]
fn behind_a_nap_an_idle_connection_is_reset_and_a_request_that_was_under_way_hangs() {
    let nap = |steps: &str| {
        let plan = format!(
            "config = {{ timeout = \"30s\", auto_recall = false }}\nfaults = {{ retain = {{ 2 = \"delay 5s\" }} }}\n\
             steps = [\"turn\", \"sleep 1s\", {steps}, \"sleep 2m\", \"shutdown\"]"
        );
        let run = reference(&plan);
        let failed = at(&run, |fact| matches!(fact, Fact::Told(Observation::RequestFailed { .. })));
        (failures(&run, RETAIN).join(", "), failed)
    };
    let hour = 3_600_000;
    let (why, failed) = nap("\"suspend 8h\", \"turn\"");
    assert_eq!(why, "server disconnected");
    assert!((8 * hour + 1_000..8 * hour + 2_000).contains(&failed), "{failed}");
    let (why, failed) = nap("\"turn\", \"wait_retain 2\", \"suspend 8h\"");
    assert_eq!(why, "no answer in time");
    assert!((8 * hour + 30_000..8 * hour + 32_000).contains(&failed), "its timeout stood still meanwhile: {failed}");
}

#[test]
fn a_dropped_packet_stalls_its_connection() {
    let plan = "steps = [\"turn\", \"sleep 1s\", \"network drop 1\", \"turn\", \"sleep 200s\", \"shutdown\"]";
    assert_eq!(reference(plan).verdict, Verdict::Pass);
    let plan = "config = { auto_recall = false }\n".to_owned() + plan;
    assert_eq!(failures(&reference(&plan), RETAIN), ["no answer in time"]);
}

#[test]
fn a_server_that_is_down_refuses_connections() {
    let run = reference("steps = [\"turn\", \"sleep 9s\", \"shutdown\"]\n[faults]\ndown = \"3s\"");
    assert!(failures(&run, RETAIN).contains(&"connection refused"));
    assert!(at(&run, |what| *what == Fact::Provider(Happening::Up)) >= 3_000);
}

#[test]
fn a_process_is_killed_at_the_step_that_was_planned() {
    for step in [1, 7, 20] {
        let plan = format!(
            "steps = [\"turn x9\", \"restart\", \"turn\", \"shutdown\"]\n[faults]\nkills = [\"sigkill at step {step}\"]"
        );
        let run = reference(&plan);
        let killed = run.events.iter().find_map(|event| {
            let Fact::Ended { ending: Ending::Sigkill, steps, label } = &event.fact else { return None };
            Some((*steps, label.is_some()))
        });
        assert_eq!(killed, Some((step, true)));
    }
}

#[test]
fn nothing_follows_a_kill() {
    let run =
        run("F", Server::Append, "faults = { retain = { \"*\" = \"delay 1s\" } }\nsteps = [\"turn x3\", \"sigkill\"]");
    let killed = run.events.iter().position(|event| matches!(event.fact, Fact::Ended { .. })).expect("an end");
    let source = run.events[killed].who;
    assert!(run.events[killed + 1..].iter().all(|event| event.who != source));
    let provider_went_on = run.events[killed + 1..].iter().any(|event| event.who == sim::history::Who::Provider);
    assert!(provider_went_on, "only the process is gone");
}

#[test]
fn processes_end_in_different_ways() {
    for (step, ending) in [
        ("exit", Ending::Exit),
        ("os_exit", Ending::OsExit),
        ("sigkill", Ending::Sigkill),
        ("sigterm", Ending::Sigterm),
        ("power_loss", Ending::PowerLoss),
    ] {
        let run = reference(&format!("steps = [\"turn\", \"{step}\", \"restart\", \"turn\"]"));
        assert_eq!(run.turns, 2);
        assert!(
            run.events.iter().any(|event| matches!(event.fact, Fact::Ended { ending: how, .. } if how == ending)),
            "{step}"
        );
    }
}

#[test]
fn executors_are_closed_before_the_exit_hooks_run() {
    // The hook drains the writer's queue, and every retain that it begins fails: executors are closed by then.
    let run = run("B", Server::Replace, "config = { cold_client_import = true }\nsteps = [\"turn x2\"]");
    assert_eq!(run.lost.len(), 2);
    assert!(!run.events.iter().any(|event| retain_received(&event.fact)));
    // The process waits for a request that is on the wire when the main thread ends.
    let plan = "steps = [\"turn\", \"sleep 500ms\"]\n[faults]\nretain = { \"*\" = \"delay_if_alive 1s\" }";
    assert_eq!(crate::run("B", Server::Replace, plan).lost, []);
}

#[test]
fn waiting_is_free() {
    let steps = |plan: &str| reference(plan).steps;
    let short = steps("steps = [\"turn\", \"sleep 1s\", \"shutdown\"]");
    let long = steps("steps = [\"turn\", \"sleep 10h\", \"shutdown\"]");
    assert_eq!(short, long, "ten hours of idleness take no step more than a second");
}

#[test]
fn recalls_lag_behind_retains() {
    let plan = |lag: &str| {
        format!(
            "config = {{ visibility_lag = \"{lag}\" }}\nsteps = [\"turn\", \"sleep 1s\", \"turn\", \"sleep 1s\", \"prefetch\", \"shutdown\"]"
        )
    };
    let recalled = |plan: &str| {
        let run = reference(plan);
        run.events.iter().find_map(|event| {
            let Fact::Recalled { text, .. } = &event.fact else { return None };
            text.clone()
        })
    };
    assert!(recalled(&plan("0s")).is_some_and(|text| text.contains("visible: S1#1")));
    assert!(recalled(&plan("1m")).is_some_and(|text| text.ends_with("visible: ")));
}

#[test]
fn a_turn_whose_call_never_returned_promises_nothing() {
    let plan = "steps = [\"turn\"]\n[faults]\nkills = [\"sigkill at step 1\"]";
    let run = run("reference", Server::Replace, plan);
    assert!(!run.events.iter().any(|event| matches!(event.fact, Fact::Returned(Call::Turn(_)))));
    assert_eq!((run.verdict, run.lost.len()), (Verdict::Vacuous, 0));
}

#[test]
fn of_a_run_that_does_not_end_no_fate_is_judged() {
    let run = run("E", Server::Append, "steps = [\"wedge 24h\", \"turn x40\", \"shutdown\"]");
    assert!(run.simulated_ms <= 30 * 24 * 60 * 60 * 1_000, "{}", run.simulated_ms);
    assert_eq!((run.judged["no-loss"], run.lost.len()), (0, 0));
    assert!(run.violations.iter().all(|violation| violation.invariant == "turn-never-blocked"), "that much was seen");
}

#[test]
fn when_the_plan_is_done_the_faults_stop() {
    for plan in [
        "steps = [\"network latency 3s\", \"turn\", \"shutdown\"]",
        "steps = [\"network drop 100000\", \"turn\", \"shutdown\"]",
        "steps = [\"network partition\", \"turn\", \"shutdown\"]",
        "steps = [\"turn\", \"network hold\", \"shutdown\"]",
        "steps = [\"turn\", \"server_down 1h\", \"shutdown\"]",
        "steps = [\"turn\", \"shutdown\"]\n[faults]\ndown = \"24h\"",
        "steps = [\"turn\", \"shutdown\"]\n[faults]\nretain = { \"*\" = \"hang\" }",
    ] {
        reference(plan);
    }
}

#[test]
fn what_arrives_too_late_did_not_converge() {
    let plan = "steps = [\"turn\", \"sigkill\"]";
    assert_eq!(run("reference", Server::Append, plan).verdict, Verdict::Pass);
    assert_eq!(run("lazy-start", Server::Append, plan).verdict, Verdict::NotConverged);
}

#[test]
fn a_request_that_is_on_the_wire_at_the_end_is_waited_for() {
    let plan = "config = { latency = \"2s\" }\nsteps = [\"turn\", \"sleep 5s\", \"sigkill\"]";
    assert_eq!(run("B", Server::Replace, plan).lost, []);
}

#[test]
fn a_packet_never_overtakes_another() {
    // The retain is on its way when the link becomes fast and the process dies: the end of the connection must not overtake it.
    let plan = "config = { latency = \"500ms\" }\n\
                steps = [\"turn\", \"sleep 1200ms\", \"network latency 1ms\", \"sleep 50ms\", \"sigkill\",\n\
                         \"restart\", \"sleep 10s\"]\n\
                [faults]\nretain = { 1 = \"delay_if_alive 5s\" }";
    assert_eq!(run("B", Server::Replace, plan).lost.len(), 1);
}

#[test]
fn a_killed_process_hangs_up_and_a_machine_without_power_does_not() {
    let stored = |ending: &str| {
        let plan = format!(
            "steps = [\"turn\", \"wait_retain 1\", \"{ending}\"]\n[faults]\nretain = {{ 1 = \"delay_if_alive 2s\" }}"
        );
        run("F", Server::Append, &plan).lost.is_empty()
    };
    assert!(!stored("sigkill"), "the provider saw the end of the connection");
    assert!(stored("power_loss"), "the provider noticed nothing");
}

#[test]
fn a_loss_of_power_takes_no_packet_of_a_process_that_starts_behind_it() {
    let run = reference("parallel = [[\"power_loss\"], [\"turn\", \"sleep 40s\"]]");
    assert!(at(&run, retain_received) < 20, "{}", at(&run, retain_received));
}

#[test]
fn a_slow_network_is_no_reason_not_to_deliver() {
    reference("config = { latency = \"2s\" }\nsteps = [\"turn\"]");
}

#[test]
fn what_was_written_and_not_synced_survives_a_sigkill_and_not_a_power_loss() {
    let struck_before_the_sync = |ending: &str| {
        let killed = (1..20).map(|step| {
            let plan = format!("steps = [\"turn\"]\n[faults]\nkills = [\"{ending} at step {step}\"]");
            run("reference", Server::Replace, &plan)
        });
        let label =
            |event: &Event| matches!(&event.fact, Fact::Ended { label: Some(label), .. } if label == "journal sync");
        let mut killed = killed.filter(|run| run.events.iter().any(label));
        killed.next().expect("the first turn is synced within twenty steps").documents.len()
    };
    assert_eq!((struck_before_the_sync("sigkill"), struck_before_the_sync("power_loss")), (1, 0));
}

/// A WebUI's answer to each step, and how long it took.
fn answers(release: &str, plan: &str) -> Vec<String> {
    let run = run(release, Server::Append, &format!("config = {{ host = \"webui\" }}\n{plan}"));
    let told = run.answers.iter().map(|answered| {
        let answer = serde_json::to_string(&answered.answer).expect("an answer is JSON");
        let took = answered.took_ms.map_or("never".to_owned(), |took| format!("{took} ms"));
        format!("{}: {answer}, {took}", answered.step)
    });
    told.collect()
}

#[test]
fn what_never_returned_is_told_behind_what_was_answered() {
    let plan = r#"
        steps = ["mark S1 a", "start commit S1", "sleep 100ms", "commit S1 wait 0.2s", "drain 0s", "drain 3000ms", "commit S1 wait"]
        faults = { commit.a = { 1 = "hang" }, kills = ["sigkill 15s after the start of process 1"] }
    "#;
    let told = [
        "mark S1 a: 1, 0 ms",
        "commit S1 wait 200ms: false, 200 ms",
        "drain 0s: null, 0 ms",
        "drain 3s: null, 3000 ms",
        "commit S1: null, never",
        "commit S1 wait: null, never",
    ];
    assert_eq!(answers("W3", plan), told);
}

#[test]
fn a_commit_fails_when_it_is_told_to_and_succeeds_among_failures() {
    let plan = r#"
        steps = ["mark S1 a", "mark S2 a", "commit S1", "commit S1", "commit S2", "dirty S2"]
        faults = { commit.a = { 1 = "fail 600ms", 2 = "ok", "*" = "fail" } }
    "#;
    let told = [
        "mark S1 a: 1, 0 ms",
        "mark S2 a: 1, 0 ms",
        "commit S1: false, 600 ms",
        "commit S1: true, 0 ms",
        "commit S2: false, 0 ms",
        "dirty S2: true, 0 ms",
    ];
    assert_eq!(answers("W2", plan), told);
}

/// #82381. The user of an idle chat is turned away, and the reference keeps both messages.
#[test]
fn only_a_busy_chat_is_promised_a_turn_behind_a_restart() {
    let refused = |release: &str| {
        let plan = "config = { host = \"gateway\" }\n\
                    steps = [\"run 30s\", \"start request_restart\", \"sleep 2s\", \"start turn\", \"use S2\", \"start turn\", \"sleep 40s\"]";
        let run = run(release, Server::Append, plan);
        let told = run.events.iter().filter_map(|event| {
            let Fact::Told(Observation::Continuity(chats::Observation::Refused { turn })) = &event.fact else {
                return None;
            };
            Some(turn.to_string())
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(refused("E4"), ["S2#1"]);
    assert_eq!(refused("reference"), [""; 0]);
}

#[test]
fn a_call_without_a_session_does_nothing() {
    let plan = r#"
        steps = ['register "" a', 'mark "" a', 'commit "" a wait', 'dirty ""', 'discard ""', 'unregister ""', "drain"]
    "#;
    let told = [
        r#"register "" a: null, 0 ms"#,
        r#"mark "" a: 0, 0 ms"#,
        r#"commit "" a wait: false, 0 ms"#,
        r#"dirty "": false, 0 ms"#,
        r#"discard "": false, 0 ms"#,
        r#"unregister "": null, 0 ms"#,
        "drain: null, 0 ms",
    ];
    for release in ["W3", "reference"] {
        assert_eq!(answers(release, plan), told, "{release}");
    }
    assert_eq!(answers("W1", plan)[4], r#"discard "": null, 0 ms"#);
}
