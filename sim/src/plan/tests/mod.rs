//! Scenario files, and the messages about their mistakes.

mod language;

use super::*;

fn parse(text: &str) -> Result<Scenario, String> {
    Scenario::parse(Path::new("scenarios/a.toml"), text).map_err(|error| error.to_string())
}

fn check_error(text: &str, expected: &str) {
    assert_eq!(parse(text).expect_err("a mistake"), expected);
}

#[test]
fn turns_are_numbered_by_session_over_all_processes() {
    let text = r#"
        title = "t"
        steps = ["turn x2", "switch S2", "turn", "sigkill", "restart", "turn", "shutdown"]
    "#;
    let scenario = parse(text).expect("a scenario");
    let lives = scenario.lives();
    let turns =
        |process: &Rc<Process>| process.actions.iter().filter_map(Action::turn).map(ToString::to_string).collect();
    let turns: Vec<Vec<String>> = lives.iter().flatten().map(turns).collect();
    assert_eq!(turns, [vec!["S1#1", "S1#2", "S2#1"], vec!["S1#3"]]);
}

#[test]
fn no_two_lists_name_a_turn_alike() {
    let first = |lists: &str| {
        let scenario = parse(&format!("title = \"t\"\nparallel = {lists}\n")).expect("a scenario");
        let turn = |life: &Rc<Process>| life.actions.iter().find_map(Action::turn).map_or(0, |turn| turn.number);
        scenario.lives().iter().flatten().map(turn).collect::<Vec<_>>()
    };
    assert_eq!(first("[['turn x100'], ['turn'], ['turn']]"), [1, 101, 201]);
    assert_eq!(first("[['turn x101'], ['turn'], ['turn']]"), [1, 201, 301]);
    assert_eq!(first("[['use S2', 'turn x250', 'use S1', 'turn'], ['turn'], ['turn']]"), [1, 301, 401]);
    assert_eq!(first("[['turn'], ['turn x101'], ['turn']]"), [1, 101, 301]);
}

#[test]
fn a_mistake_is_shown_with_its_place_and_the_nearest_word() {
    check_error(
        r#"
            title = "t"
            steps = ["turn",
                     "swich S2"]
        "#,
        "scenarios/a.toml:4:22: unknown step \"swich S2\"; did you mean \"switch\"? steps: turn, review, run, say, echo, undo, \
         prefetch, switch, resume, branch, new, compress, use, evict, idle, expire, agent, profile, end, flush, shutdown, cli_exit, reinit, \
         exit, os_exit, sigkill, sigterm, on_sigterm, sigint, power_loss, restart, start_after, sleep, lose, wait_retain, barrier, \
         wedge, server_down, suspend, clock, network, disk, start, join, register, unregister, mark, commit, \
         commit_in_background, discard, drain, dirty, self_update, stop, reconnect, request_restart, cron, close",
    );
    check_error(
        "title = \"t\"\nstep = [\"turn\"]\n",
        "scenarios/a.toml:2:1: unknown field \"step\"; did you mean \"steps\"? fields: title, reports, seed, schedule, config, \
         steps, parallel, faults, agent, missed_steps, expect",
    );
    let unknown = parse("title = \"t\"\nsteps = [\"turn\"]\n[expect]\nQ = \"pass\"\n").expect_err("a mistake");
    assert!(
        unknown.starts_with("scenarios/a.toml:4:1: unknown release \"Q\"; releases: reference, A, B,"),
        "{unknown}"
    );
    check_error(
        "title = \"t\"\nsteps = [\"sleep 3 parsecs\"]\n",
        "scenarios/a.toml:2:10: \"3 parsecs\" is not a duration; write a number with ms, s, m or h, as in 400ms",
    );
}

#[test]
fn what_the_host_would_pass_over_is_refused() {
    let check = |config: &str, step: &str, faults: &str, expected: &str| {
        check_error(
            &format!("title = \"t\"\nconfig = {{ {config} }}\nsteps = [\"turn\", \"{step}\"]\n{faults}"),
            expected,
        );
    };
    let gateway = "or leave it out";
    for step in ["stop", "reconnect", "request_restart", "cron 5s", "close S1", "lose sessions.json", "start stop"] {
        for host in ["cli", "webui"] {
            let expected = format!(
                "scenarios/a.toml:3:18: \"{step}\" means nothing to the host \"{host}\"; write config = {{ host = \"gateway\" }}, {gateway}"
            );
            check(&format!("host = \"{host}\""), step, "", &expected);
        }
    }
    for step in ["mark S1", "dirty S1", "drain 3s", "self_update", "start commit S1"] {
        let expected = format!(
            "scenarios/a.toml:3:18: \"{step}\" means nothing to the host \"gateway\"; write config = {{ host = \"webui\" }}, {gateway}"
        );
        check("host = \"gateway\"", step, "", &expected);
    }
    for host in ["chat_q", "oneshot", "cron", "gateway", "webui", "desktop", "tui", "api_server", "hooks"] {
        let expected = format!(
            "scenarios/a.toml:3:18: \"sigint\" means nothing to the host \"{host}\"; write config = {{ host = \"cli\" }}, {gateway}"
        );
        check(&format!("host = \"{host}\""), "sigint", "", &expected);
    }
    for step in ["run 5s", "start turn", "join"] {
        let expected = format!(
            "scenarios/a.toml:3:18: \"{step}\" means nothing to the host \"cli\"; \
             write config = {{ host = \"gateway\" }} or {{ host = \"webui\" }} or {{ host = \"api_server\" }}, {gateway}"
        );
        check("", step, "", &expected);
    }
    for (config, key, hosts) in [
        ("drain_timeout = \"5s\"", "drain_timeout", "\"gateway\" or \"webui\""),
        ("agent_cache = 3      ", "agent_cache", "\"gateway\" or \"webui\""),
        ("agent_raises = true  ", "agent_raises", "\"webui\""),
    ] {
        let column = 12 + config.find('=').expect("a value") + 2;
        let expected = format!(
            "scenarios/a.toml:2:{column}: {key} means nothing to the host \"cli\"; write host = {hosts}, {gateway}"
        );
        check(config, "turn", "", &expected);
    }
    let faults = "[faults]\ncommit.zzz = { 1 = \"fail\" }\n";
    check(
        "host = \"gateway\"",
        "turn",
        faults,
        "scenarios/a.toml:5:20: commit.zzz means nothing to the host \"gateway\"; write config = { host = \"webui\" }, or leave it out",
    );
    check(
        "host = \"webui\"",
        "commit S2 agent",
        faults,
        "scenarios/a.toml:5:20: the steps have no agent \"zzz\"; agents and sessions: S1, S2, agent",
    );
    for known in ["agent", "S1", "S1.2", "S2"] {
        let text = format!(
            "title = \"t\"\nconfig = {{ host = \"webui\" }}\nsteps = [\"turn\", \"commit S2 agent\"]\n[faults]\ncommit.\"{known}\" = {{ 1 = \"fail\" }}\n"
        );
        assert!(parse(&text).is_ok(), "{known}");
    }
}

#[test]
fn a_file_that_no_host_has_cannot_be_lost() {
    for file in ["../../x", "/sessions.json", "state.db"] {
        let told = parse(&format!("title = \"t\"\nconfig = {{ host = \"gateway\" }}\nsteps = [\"lose {file}\"]\n"));
        let told = told.expect_err("a mistake");
        let start = format!("scenarios/a.toml:3:10: a host has no file \"{file}\" that can be lost");
        assert!(told.starts_with(&start) && told.ends_with("files: sessions.json"), "{told}");
    }
}

#[test]
fn a_list_begins_later_once() {
    let place = "\"start_after\" is the first step of a list, or none; write \"restart after 70s\" further down";
    for steps in ["\"start_after 5s\", \"start_after 5s\"", "\"prefetch      \", \"start_after 5s\""] {
        check_error(
            &format!("title = \"t\"\nsteps = [{steps}, \"turn\"]\n"),
            &format!("scenarios/a.toml:2:28: {place}"),
        );
    }
}

#[test]
fn what_cannot_be_a_scenario_is_refused_in_one_line() {
    check_error("  \n", "scenarios/a.toml:1:1: the file is empty; a scenario needs a title and steps");
    check_error("title = \"t\"\nsteps = []\n", "scenarios/a.toml:2:9: a scenario needs at least one step");
    check_error(
        "title = \"t\"\nsteps = [\"turn x5001\"]\n",
        "scenarios/a.toml:2:10: a scenario has at most 5000 steps; this one has more",
    );
    check_error(
        "title = \"t\"\nsteps = [\"turn\"]\nconfig = { retain_every_n_turns = 0 }\n",
        "scenarios/a.toml:3:35: retain_every_n_turns is at least 1",
    );
}

#[test]
fn what_does_not_fit_together_is_refused_where_it_stands() {
    for (text, expected) in [
        (
            r#"steps = ["turn"]
            faults = { kills = ["sigkill at step 3", "sigkill at step 3 of process 2"] }"#,
            "scenarios/a.toml:3:54: there is no process 2; the steps make 1",
        ),
        (
            r#"steps = ["turn"]
            config = { stop_budget = "40s" }"#,
            "scenarios/a.toml:3:38: stop_budget (40s) must not be longer than shutdown_limit (30s)",
        ),
        (
            r#"steps = ["turn"]
            config = { host = "gateway", shutdown_limit = "4m", stop_budget = "31s" }"#,
            "scenarios/a.toml:3:79: stop_budget (31s) must not be longer than half of the 60s that a supervisor may wait; set stop_timeout to more",
        ),
        (
            r#"steps = ["turn"]
            config = { shutdown_limit = "4s" }"#,
            "scenarios/a.toml:3:41: stop_budget (5s) must not be longer than shutdown_limit (4s)",
        ),
        (
            r#"steps = ["sleep 24h", "sleep 24h", "sleep 24h", "restart after 24h", "sleep 24h", "sleep 24h", "sleep 24h", "sleep 1ms"]"#,
            "scenarios/a.toml:2:109: the sleeps of a scenario may add up to 7 days; these add up to more",
        ),
        (
            r#"parallel = []"#,
            "scenarios/a.toml:1:1: a scenario needs steps; or parallel, a list of them for each process",
        ),
        (
            r#"steps = ["turn"]
            faults = { retain = { 0 = "drop" } }"#,
            "scenarios/a.toml:3:35: \"0\" is not a request; write its number, from 1, a turn that it brings, as in \"S1#2\", or \"*\" for every one",
        ),
        (
            r#"steps = ["turn"]
            faults = { recall = { "S1#1" = "drop" } }"#,
            "scenarios/a.toml:3:35: \"S1#1\" is a turn, and no such request brings turns; write its number, from 1, or \"*\" for every one",
        ),
        (
            r#"steps = ["turn"]
            seed = 3
            expect = { B = ["pass", { seed = 3, lost = ["S1#1"] }] }"#,
            "scenarios/a.toml:1:1: two outcomes of B have seed 3, which is the scenario's own; each of several outcomes needs a seed of its own",
        ),
    ] {
        check_error(&format!("title = \"t\"\n{text}\n"), expected);
    }
}
