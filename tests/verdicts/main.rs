//! Inputs that once led to a wrong verdict, each with its neighbors: what the reader refuses, what acquits the reference, and what convicts a
//! release all the same.

mod drawn;

use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;
use sim::judging::Invariant;
use sim::plan::Scenario;
use sim::run::{self, Run, Verdict};
use sim::world::Engine;

fn parsed(text: &str) -> Result<Scenario, String> {
    let text = format!("title = \"t\"\n{text}\n");
    Scenario::parse(Path::new("t.toml"), &text).map_err(|error| error.to_string())
}

fn runs(text: &str, release: &str) -> Vec<Run> {
    let scenario = parsed(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let release: Subject = release.parse().expect("a release");
    Server::ALL.iter().map(|&server| run::run(&scenario, release, server, Engine::Events)).collect()
}

/// The reference keeps every invariant, and at least one was judged.
#[track_caller]
fn acquits(texts: &[&str]) {
    for text in texts {
        for run in runs(text, "reference") {
            assert_eq!(run.violations, [], "{text}: on {}", run.server);
            assert_eq!(run.verdict, Verdict::Pass, "{text}: on {}", run.server);
        }
    }
}

/// The release violates this invariant on some server.
#[track_caller]
fn convicts(text: &str, release: &str, invariant: &str) {
    let runs = runs(text, release);
    let violated: Vec<&str> = runs.iter().flat_map(|run| &run.violations).map(|found| found.invariant).collect();
    assert!(violated.contains(&invariant), "{text}: {release} violates {violated:?}");
}

/// The reader refuses it and says so.
#[track_caller]
fn refuses(text: &str, complaint: &str) {
    let error = parsed(text).err().unwrap_or_else(|| panic!("{text}: was read"));
    assert!(error.contains(complaint), "{text}: {error}");
}

#[test]
fn turns_of_two_lives_never_share_a_name() {
    let text = r#"parallel = [["turn x100", "sleep 5s", "restart", "turn", "sleep 1s", "switch S2", "sleep 1s", "shutdown"], ["turn", "sigkill"]]"#;
    acquits(&[text, r#"parallel = [["turn x100", "restart", "turn"], ["turn x100", "restart", "turn", "sigkill"]]"#]);
    for run in runs(text, "F") {
        assert_eq!(run.turns, 102, "each turn is its own");
    }
}

#[test]
fn an_undone_turn_in_a_commit_is_the_memory_s_affair() {
    acquits(&[
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"undo\"]",
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"turn\", \"undo\", \"turn\", \"undo\"]",
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"commit S1 wait\", \"undo\", \"commit S1 wait\"]",
        "config = { host = \"webui\" }\nsteps = [\"run 1s\", \"undo\", \"sleep 2s\"]",
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"turn interrupted\", \"commit S1 wait\"]",
    ]);
}

#[test]
fn a_command_that_the_host_passes_over_was_never_made() {
    acquits(&[
        "config = { host = \"cron\" }\nsteps = [\"turn\", \"undo\"]",
        "config = { host = \"cron\" }\nsteps = [\"turn\", \"undo\", \"turn\", \"undo\", \"end\", \"turn\"]",
        "config = { host = \"cron\" }\nsteps = [\"turn\", \"cli_exit\", \"turn\", \"shutdown\", \"turn\"]",
        "config = { host = \"cron\" }\nsteps = [\"turn\", \"evict S1\", \"turn\", \"expire S1\", \"turn\"]",
        "config = { host = \"gateway\" }\nsteps = [\"turn\", \"cli_exit\", \"turn\", \"sleep 1s\"]",
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"cli_exit\", \"turn\", \"sleep 10s\"]",
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"cli_exit\", \"turn ephemeral\", \"idle S1\", \"turn\", \"sleep 10s\", \"sigterm\"]",
        "config = { host = \"desktop\" }\nsteps = [\"turn\", \"evict S1\", \"turn\", \"expire S1\", \"cli_exit\", \"turn\"]",
    ]);
    convicts("steps = [\"turn\", \"sleep 1s\", \"undo\", \"sleep 1s\"]", "D", "no-pollution");
}

#[test]
fn after_a_shutdown_every_host_may_go_on() {
    acquits(&[
        "steps = [\"turn\", \"shutdown\", \"turn\", \"sleep 1s\"]",
        "config = { host = \"gateway\" }\nsteps = [\"turn\", \"shutdown\", \"turn\", \"sleep 1s\"]",
        "config = { host = \"gateway\" }\nsteps = [\"turn\", \"shutdown\", \"evict S1\", \"turn\", \"sleep 1s\"]",
        "config = { host = \"gateway\" }\nsteps = [\"turn\", \"shutdown\", \"new S2\", \"turn\", \"sleep 1s\"]",
        "config = { host = \"desktop\" }\nsteps = [\"turn\", \"shutdown\", \"new S2\", \"turn\", \"sleep 1s\"]",
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"shutdown\", \"turn\", \"sleep 1s\"]",
    ]);
    convicts("steps = [\"turn\", \"sleep 500ms\", \"shutdown\", \"turn x2\", \"sleep 1s\"]", "A", "closed-is-final");
}

#[test]
fn a_drain_is_not_killed_by_the_plan() {
    acquits(&[
        "config = { host = \"webui\" }\nseed = 143\nsteps = [\"run 1s\", \"start drain\", \"drain 1s\"]",
        "config = { host = \"webui\" }\nsteps = [\"run 1s\", \"start drain\", \"sleep 100ms\", \"sigkill\"]",
        "config = { host = \"webui\" }\nseed = 143\nsteps = [\"run 1s\", \"start drain\", \"restart\", \"turn\"]",
        "config = { host = \"webui\" }\nparallel = [[\"run 1s\", \"start drain\", \"drain 1s\"], [\"turn\", \"power_loss\"]]",
        "config = { host = \"webui\" }\nsteps = [\"run 1s\", \"sigterm\"]\nfaults = { kills = [\"sigkill at step 20 of process 1\"] }",
    ]);
}

#[test]
fn what_no_implementation_can_meet_is_refused_or_excused() {
    for (config, limit) in [
        ("operation_lag = \"2m\", convergence_limit = \"11m\"", "660s"),
        ("convergence_limit = \"1ms\"", "1ms"),
        ("convergence_limit = \"1h\", timeout = \"24h\"", "3600s"),
    ] {
        let told = format!("convergence_limit ({limit}) must be at least");
        refuses(&format!("config = {{ {config} }}\nsteps = [\"turn\"]"), &told);
    }
    refuses(
        "config = { latency = \"400ms\", timeout = \"1s\" }\nsteps = [\"turn\"]",
        "timeout (1s) must be longer than",
    );
    refuses("config = { latency = \"30s\" }\nsteps = [\"turn\"]", "four times the latency (30s)");
    acquits(&[
        "config = { operation_lag = \"11m\" }\nsteps = [\"turn\"]",
        "config = { operation_lag = \"9m\" }\nsteps = [\"turn x10\", \"switch S2\", \"turn\"]",
        "config = { operation_lag = \"1h\", retain_every_n_turns = 2 }\nsteps = [\"turn x10\", \"shutdown\"]",
        "config = { latency = \"29s\", retain_every_n_turns = 1 }\nsteps = [\"turn x10\"]",
        "config = { timeout = \"1h\" }\nsteps = [\"turn x2\", \"sleep 1s\", \"sigkill\"]\nfaults = { retain = { \"1\" = \"drop\" } }",
        "steps = [\"server_down 20m\", \"turn x3\"]",
    ]);
}

#[test]
fn a_schedule_that_holds_threads_up_accuses_nobody() {
    let held = |at: &str, rest: &str| format!("schedule = {{ at = [{at}] }}\n{rest}");
    acquits(&[
        &held(
            "\"sleep 5s at step 9 of process 1\", \"sleep 2s at step 20 of process 1\"",
            "seed = 4\nsteps = [\"turn x3\", \"undo\", \"switch S2\", \"turn\", \"shutdown\"]",
        ),
        &held(
            "\"sleep 5s at step 38 of process 1\", \"sleep 5s at step 23 of process 1\"",
            "seed = 54229893\nconfig = { agent_cache = 1, host = \"webui\", retain_every_n_turns = 3 }\n\
             steps = [\"run 3s\", \"turn interrupted\", \"run 3s\", \"turn ephemeral\", \"use S1\", \"sleep 4679ms\", \"sleep 10s\", \
             \"sigterm\", \"restart\", \"sleep 5m\"]\nfaults = { commit = { S1 = { 1 = \"20s\", 3 = \"hang\" } } }",
        ),
    ]);
    acquits(&[
        "config = { host = \"webui\", drain_timeout = \"0s\" }\nsteps = [\"turn\", \"use S3\", \"turn\", \"evict S3\", \"turn\", \"drain\", \"sigterm\"]",
        "config = { host = \"gateway\", drain_timeout = \"0s\", shutdown_limit = \"7s\", latency = \"29s\" }\n\
         steps = [\"turn\", \"run 42s\", \"run hangs\", \"sleep 10s\", \"sigterm\"]",
    ]);
}

#[test]
fn a_disk_that_fails_holds_nobody_up() {
    for fault in ["full", "fails", "stalls"] {
        for host in ["cli", "oneshot", "cron", "gateway", "webui", "desktop", "tui", "api_server", "hooks"] {
            acquits(&[
                &format!(
                    "config = {{ host = \"{host}\" }}\nsteps = [\"disk {fault} 600ms\", \"turn\", \"turn\", \"sleep 2s\", \"turn\"]"
                ),
                &format!(
                    "config = {{ host = \"{host}\" }}\nsteps = [\"turn\", \"sleep 1s\", \"disk {fault} 10m\", \"turn\", \"undo\", \"turn\", \"sleep 11m\", \"turn\"]"
                ),
            ]);
        }
        acquits(&[&format!("steps = [\"turn\", \"disk {fault} 24h\", \"turn x100\", \"sleep 1s\", \"shutdown\"]")]);
        for run in runs(&format!("steps = [\"disk {fault} 600ms\", \"turn\"]"), "reference") {
            assert_eq!(run.refused.len(), 1, "the call fails, and says so");
            assert_eq!((run.verdict, run.violations.len()), (Verdict::Pass, 0));
        }
    }
}

/// The same deadlock in every thread: the handler of SIGTERM waits for nothing that the main thread held.
#[test]
fn a_signal_at_any_step_is_handled_in_time() {
    let stops = "stop_timeout = \"2s\", stop_budget = \"1s\"";
    for host in ["cli", "gateway", "webui", "desktop", "tui", "api_server"] {
        let serves = host == "gateway";
        for step in 1..=60 {
            let config = if serves { format!("host = \"{host}\", {stops}") } else { format!("host = \"{host}\"") };
            for steps in
                ["\"turn x3\", \"undo\", \"turn x2\"", "\"disk stalls 200ms\", \"turn x3\", \"undo\", \"turn\""]
            {
                let kills = format!("faults = {{ kills = [\"sigterm at step {step} of process 1\"] }}");
                for run in runs(&format!("config = {{ {config} }}\nsteps = [{steps}]\n{kills}"), "reference") {
                    assert_eq!(run.violations, [], "{host}, step {step}, {steps}, on {}", run.server);
                }
            }
        }
    }
}

#[test]
fn what_says_nothing_is_refused() {
    let expecting = |damage: &str| format!("steps = [\"turn\"]\n[expect]\nA = {{ {damage} }}");
    for key in ["lost", "misattributed", "polluted", "stale_recall", "violates"] {
        refuses(&expecting(&format!("{key} = []")), "says nothing");
    }
    refuses(&expecting("duplicated = {}"), "duplicated says nothing");
    refuses(&expecting("order_broken = false"), "order_broken says nothing");
    refuses(&expecting(""), "an outcome without damage is written \"pass\"");
    refuses(&expecting("duplicated = { \"S1#1\" = 1 }"), "S1#1 is duplicated if it is stored at least twice");
    refuses(
        "steps = [\"turn\"]\nfaults = { retain = { \"01\" = \"hang\", \"1\" = \"drop\" } }",
        "\"01\" is not a request",
    );
    for title in ["", "  ", "a\\u0007b", "a\\nb"] {
        let text = format!("title = \"{title}\"\nsteps = [\"turn\"]\n");
        let error = Scenario::parse(Path::new("t.toml"), &text).expect_err("a mistake").to_string();
        assert!(error.starts_with("t.toml:1:9: the title is"), "{error}");
    }
}

#[test]
fn an_invariant_with_a_key_of_its_own_is_not_mistaken_for_another() {
    for row in Invariant::all().filter(|row| row.data.is_some()) {
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n[expect]\nA = {{ violates = [\"{}\"] }}\n", row.name);
        let read = Scenario::parse_knowing(Path::new("t.toml"), &text, &Invariant::names());
        let error = read.expect_err("a mistake").to_string();
        let (_, written) = error.split_once("has a key of its own; write ").unwrap_or_else(|| panic!("{error}"));
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n[expect]\nA = {{ {written} }}\n");
        let read = Scenario::parse_knowing(Path::new("t.toml"), &text, &Invariant::names());
        assert!(read.is_ok(), "{text}");
    }
    let text = "title = 't'\nsteps = ['turn']\n[expect]\nA = { violates = ['no-los'] }\n";
    let read = Scenario::parse_knowing(Path::new("t.toml"), text, &Invariant::names());
    let error = read.expect_err("a mistake").to_string();
    assert!(error.contains("did you mean \"no-loss\"?"), "{error}");
}

#[test]
fn the_memory_limit_is_judged_to_the_turn() {
    let held = |limit: u32, turns: u32| {
        format!(
            "config = {{ auto_recall = false, memory_limit = {limit} }}\nsteps = [\"server_down 1h\", \"turn x{turns}\"]"
        )
    };
    refuses(&held(10, 60), "memory_limit is at least 256");
    refuses(&held(255, 60), "memory_limit is at least 256");
    acquits(&[&held(256, 600), &held(300, 300)]);
    convicts(&held(256, 270), "A", "bounded-memory");
    convicts(&held(300, 310), "A", "bounded-memory");
    convicts(&held(512, 530), "A", "bounded-memory");
    for run in runs(&held(2_000, 100), "A") {
        assert!(
            run.violations.iter().all(|found| found.invariant != "bounded-memory"),
            "100 turns, and copies of them"
        );
    }
}

#[test]
fn a_step_that_can_never_happen_is_refused() {
    let after = |end: &str, step: &str| refuses(&format!("steps = [\"turn\", \"{end}\", \"{step}\"]"), "never happens");
    for end in ["exit", "os_exit", "sigkill", "sigterm", "power_loss"] {
        for step in ["turn", "sleep 1s", "sigkill", "network hold"] {
            after(end, step);
        }
    }
    after("sigint", "turn");
    refuses("steps = [\"turn\", \"sigint\", \"sigint\", \"turn\"]", "never happens: \"sigint\" has ended the process");
    refuses("steps = [\"turn\", \"sigkill\", \"turn\"]", "t.toml:2:29: \"turn\" never happens: \"sigkill\" has ended");
    let webui = "config = { host = \"webui\" }\n";
    refuses(&format!("{webui}steps = [\"turn\", \"self_update\", \"turn\"]"), "never happens");
    let gateway = "config = { host = \"gateway\" }\n";
    refuses(&format!("{gateway}steps = [\"turn\", \"request_restart\", \"turn\"]"), "never happens");
    for text in [
        "steps = [\"turn\", \"sigkill\", \"restart\", \"turn\"]",
        "steps = [\"turn\", \"sigint\", \"sleep 500ms\", \"sigint\", \"restart\", \"turn\"]",
        "steps = [\"on_sigterm\", \"turn\", \"sigterm\"]",
        "config = { host = \"gateway\" }\nsteps = [\"turn\", \"exit\", \"turn\", \"start request_restart\", \"turn\"]",
    ] {
        parsed(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn a_restart_follows_a_process_with_steps() {
    refuses("steps = [\"restart\", \"turn\"]", "t.toml:2:10: \"restart\" follows no process");
    refuses("steps = [\"start_after 1s\", \"restart\", \"turn\"]", "follows a process without steps");
    refuses("steps = [\"turn\", \"restart\", \"restart S2\"]", "follows a process without steps");
    parsed("steps = [\"turn\", \"restart\", \"sleep 1s\", \"restart\"]").expect("every process has a step");
}

#[test]
fn a_barrier_that_cannot_be_met_is_refused() {
    refuses("steps = [\"turn\", \"barrier 2\"]", "t.toml:2:18: \"barrier 2\" waits for 2 processes");
    refuses("parallel = [[\"barrier 3\"], [\"barrier 3\"]]", "write \"barrier 2\"");
    refuses("parallel = [[\"barrier 2\", \"barrier 2\"], [\"barrier 2\"]]", "cannot be met");
    refuses("parallel = [[\"barrier 2\"], [\"turn\"]]", "cannot be met");
    refuses("parallel = [[\"barrier 2\", \"barrier 2\", \"barrier 2\"], [\"barrier 2\"]]", "they have 3, 1");
    for text in [
        "steps = [\"barrier 1\", \"turn\"]",
        "parallel = [[\"barrier 2\", \"turn\"], [\"turn\", \"barrier 2\"]]",
        "parallel = [[\"barrier 2\", \"barrier 2\"], [\"barrier 2\"], [\"barrier 2\"]]",
        "parallel = [[\"barrier 2\"], [\"turn\"], [\"barrier 2\"]]",
    ] {
        parsed(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}
