//! What drawing the whole language has found: plans that accused the reference wrongly, each a kind of its own.

use super::{acquits, convicts, refuses, runs};

#[test]
fn nobody_plays_the_agent_that_the_host_builds() {
    let webui = |steps: &str| format!("config = {{ host = \"webui\" }}\nsteps = [{steps}]");
    for (steps, place) in [
        (r#""mark S2 S1""#, "t.toml:3:10"),
        (r#""turn", "restart", "start mark S1 S1", "sleep 100ms""#, "t.toml:3:29"),
        (r#""register S3 S1", "use S3", "compress S11""#, "t.toml:3:10"),
        (r#""compress S10", "commit S1 S10 wait 1s""#, "t.toml:3:26"),
        (r#""turn", "commit_in_background S2 S1""#, "t.toml:3:18"),
    ] {
        refuses(&webui(steps), place);
        refuses(&webui(steps), "names the agent that the host itself builds for session S1");
    }
    acquits(&[&webui(r#""mark S2 a", "mark S1", "commit S2 b", "drain""#)]);
    // Another agent keeps the session that the evicted one has left.
    acquits(&[
        "config = { agent_cache = 2, host = \"webui\" }\nsteps = [\"run hangs\", \"use S3\", \"turn\", \"register S3 a\", \"use S2\", \"run 100ms\", \"sleep 1s\"]",
    ]);
}

#[test]
fn an_agent_whose_turn_runs_is_not_evicted() {
    let shut = r#"steps = ["run 100ms", "use S2", "turn", "shutdown"]"#;
    acquits(&[
        &format!("config = {{ host = \"gateway\", agent_cache = 1 }}\n{shut}"),
        // Its chat goes on with another agent, and a shutdown reaches both.
        "config = { host = \"gateway\" }\nsteps = [\"run 100ms\", \"sleep 100ms\", \"branch S1\", \"shutdown\"]",
    ]);
}

#[test]
fn a_turn_whose_heartbeats_the_disk_held_up_need_not_be_resumed() {
    acquits(&[
        "config = { host = \"gateway\" }\nsteps = [\"run hangs\", \"sleep 43m\", \"disk stalls 24h\", \"run 40s\", \"sigkill\", \"restart\", \"sleep 5m\", \"turn\"]",
    ]);
}

#[test]
fn a_closed_client_sends_nothing() {
    acquits(&["config = { host = \"gateway\" }\nseed = 731842671\n\
               steps = [\"turn interrupted\", \"turn\", \"start evict S01\", \"resume S1\", \"shutdown\", \"turn\"]"]);
}

#[test]
fn a_drain_without_a_deadline_has_its_own() {
    acquits(&[
        "config = { drain_timeout = \"0s\", host = \"webui\", shutdown_limit = \"6s\" }\nsteps = [\"run 10s\", \"drain\"]",
    ]);
}

#[test]
fn only_a_supervisor_kills_a_stop_that_took_too_long() {
    acquits(&[
        "config = { host = \"gateway\" }\nsteps = [\"turn\", \"start request_restart\", \"turn\", \"sigkill\"]\nseed = 3",
        "config = { host = \"gateway\", stop_budget = \"1s\", stop_timeout = \"2s\" }\nseed = 2\nschedule = \"pct 3\"\n\
         steps = [\"server_down 10m\", \"start turn interrupted\", \"turn x2\"]\n\
         [faults]\nkills = [\"sigterm at step 22 of process 1\"]",
        "config = { host = \"gateway\", stop_budget = \"500ms\", stop_timeout = \"1s\" }\n\
         steps = [\"server_down 10m\", \"turn\", \"run hangs\", \"sleep 1s\", \"sigterm\"]",
    ]);
}

#[test]
fn a_plan_says_no_more_than_can_be_answered_in_time() {
    let says =
        |config: &str, kib: usize| format!("config = {{ {config} }}\nsteps = [\"say {}\"]", "x".repeat(kib << 10));
    refuses(
        &says("timeout = \"5ms\", stop_budget = \"1s\"", 100),
        "timeout (5ms) must be longer than 10 times the latency",
    );
    acquits(&[
        &says("timeout = \"20ms\", stop_budget = \"1s\"", 100),
        &says("timeout = \"5ms\", stop_budget = \"1s\"", 30),
        "config = { retain_every_n_turns = 100000, stop_budget = \"1s\", timeout = \"5ms\" }\nsteps = [\"turn x570\"]",
        "config = { retain_every_n_turns = 600, timeout = \"500ms\" }\nsteps = [\"network latency 120ms\", \"turn x600\"]",
    ]);
}

#[test]
fn a_turn_that_is_said_again_arrives_again() {
    acquits(&[
        "config = { operation_lag = \"24h\" }\nsteps = [\"turn\", \"say ok\", \"say ok\", \"say ok\", \"turn x2\"]",
    ]);
}

#[test]
fn a_drain_writes_at_once_when_the_disk_is_well_again() {
    acquits(&[
        "config = { host = \"webui\" }\nsteps = [\"turn\", \"disk full 24h\", \"drain 1h\", \"disk stalls 20ms\", \"sigterm\"]\n\
         [faults]\ncommit.S1 = { 1 = \"2s\" }",
    ]);
}

#[test]
fn only_the_request_that_came_late_excuses_what_comes_back() {
    let steps = r#"steps = ["turn", "sleep 1s", "undo", "sleep 1s", "turn", "shutdown"]"#;
    let delayed = format!("config = {{ timeout = \"1s\" }}\n{steps}\n[faults]\nretain = {{ 9 = \"delay 100s\" }}");
    acquits(&[&delayed]);
    for release in ["F", "spool"] {
        convicts(&delayed, release, "no-pollution");
    }
    // The first retain is applied when its client has long been sure that it is over.
    let late = "config = { timeout = \"1s\" }\nsteps = [\"turn\", \"sleep 500ms\", \"undo\", \"sigkill\", \"restart S2\", \"turn\", \"sleep 200s\", \"shutdown\"]\n\
                [faults]\nretain = { 1 = \"delay 100s\" }";
    acquits(&[late]);
    let spared = runs(late, "D").into_iter().flat_map(|run| run.violations);
    assert_eq!(spared.filter(|found| found.invariant == "no-pollution").count(), 0);
    // What came late is overwritten by a request that came in time, and brings the turn too.
    let overwritten = "config = { timeout = \"1s\" }\nsteps = [\"turn\", \"sleep 500ms\", \"undo\", \"sleep 200s\", \"turn\", \"shutdown\"]\n\
                       [faults]\nretain = { 1 = \"delay 100s\" }";
    acquits(&[overwritten]);
    convicts(overwritten, "F", "no-pollution");
    // What came in time would be there without what came late.
    convicts(&late.replace("\"sigkill\", \"restart S2\"", "\"switch S2\""), "F", "no-pollution");
}

#[test]
fn an_answer_is_noted_though_a_signal_suspends_who_writes() {
    acquits(&["config = { host = \"gateway\" }\nseed = 992106895\n\
               steps = [\"sigterm\", \"restart\", \"start turn\", \"turn\", \"turn\", \"turn\", \"restart\"]\n\
               [faults]\nkills = ['sigterm at 3rd \"request\" of process 2']"]);
}

#[test]
fn a_message_that_its_user_stopped_is_stopped_for_good() {
    let gateway = "config = { host = \"gateway\" }\n";
    acquits(&[
        &format!("{gateway}steps = [\"say ok\", \"start stop\", \"start request_restart\", \"say ok\", \"restart\"]"),
        &format!(
            "{gateway}seed = 2\nsteps = [\"sigkill\", \"restart\", \"cron 16s\", \"start stop\", \"run hangs\", \"restart\", \"sleep 10s\"]"
        ),
        // Two messages that come at once run in another order than they were written.
        &format!("{gateway}seed = 3\nsteps = [\"start turn\", \"turn\", \"restart S1\"]"),
    ]);
    acquits(&[
        "config = { host = \"webui\" }\nsteps = [\"compress S10\", \"mark S1 A\", \"start evict S1\", \"sleep 1s\"]",
    ]);
}

#[test]
fn a_chat_takes_its_messages_one_by_one() {
    let gateway = "config = { host = \"gateway\" }\n";
    acquits(&[
        // Another message is resumed first, and runs on.
        &format!(
            "{gateway}seed = 21047276\nschedule = \"pct 1\"\nsteps = [\"start turn\", \"run 82s restarts\", \"power_loss\", \"restart\", \"sleep 10s\"]\n[faults]\ndown = \"1h\""
        ),
        // A message that waits may find itself undone, or not.
        &format!(
            "{gateway}parallel = [[\"turn\", \"restart\"], [\"disk fails 45s\", \"network hold\", \"run 300ms fails\", \"turn\", \"undo\"]]"
        ),
        // Its user stopped it as it ended.
        &format!(
            "{gateway}seed = 410225615\nsteps = [\"run 53s\", \"sleep 7s\", \"turn\", \"restart\", \"run 83s\", \"stop\", \"sigkill\", \"restart after 2h\", \"sleep 5m\", \"turn\"]"
        ),
    ]);
}

#[test]
fn a_handler_takes_the_place_of_the_stop_that_it_interrupts() {
    acquits(&[
        "config = { drain_timeout = \"10m\", host = \"gateway\", stop_timeout = \"15m\" }\nsteps = [\"run hangs\"]\n[faults]\nkills = [\"sigterm 8m after the start of process 1\"]",
        "config = { host = \"webui\", shutdown_limit = \"24h\" }\nsteps = [\"turn\", \"disk full 130s\", \"self_update\"]",
        "config = { host = \"webui\", shutdown_limit = \"24h\" }\nsteps = [\"start turn\", \"compress S11\", \"start drain\", \"disk full 11m\", \"join\"]",
    ]);
}

#[test]
fn what_an_earlier_process_left_is_not_the_same_text_said_again() {
    let webui = "config = { host = \"webui\" }\n";
    let again = "steps = [\"say ok\", \"restart\", \"say ok\"]";
    for seed in 0..8 {
        acquits(&[&format!("{webui}seed = {seed}\n{again}\n[faults]\ndown = \"1h\"")]);
    }
}

#[test]
fn what_nobody_completed_is_committed_apart() {
    acquits(&[
        "config = { host = \"webui\" }\nschedule = \"pct 1\"\nsteps = [\"mark S1\", \"turn\", \"sleep 1s\", \"sigterm\"]",
    ]);
}

#[test]
fn equal_words_of_two_processes_are_two_turns() {
    let side_by_side = |second: &str| {
        format!(
            "parallel = [[\"echo ok\", \"sleep 20s\", \"shutdown\"], [\"start_after 3s\", {second}, \"sleep 2s\", \"shutdown\"]]"
        )
    };
    for second in [r#""echo ok""#, r#""switch S2", "echo ok""#, r#""profile work", "echo ok""#] {
        acquits(&[&side_by_side(second)]);
        convicts(&side_by_side(second), "same-words", "no-loss");
    }
    // Words that name their turns are nobody else's.
    acquits(&[&side_by_side(r#""say ok""#)]);
}

#[test]
fn a_message_that_is_stopped_while_it_is_accepted_does_not_run() {
    acquits(&["config = { host = \"gateway\" }\nseed = 2\n\
               steps = [\"request_restart\", \"restart\", \"start stop\", \"run 80s fails\", \"run 39s fails\"]"]);
}

#[test]
fn what_a_closed_agent_gets_is_due_in_the_next_process() {
    acquits(&["config = { host = \"gateway\" }\n\
               steps = [\"run 100ms\", \"restart\", \"end\", \"shutdown\", \"turn\"]\n\
               schedule = { strategy = \"random\", at = [\"yield at step 28 of process 2\"] }"]);
}

#[test]
fn a_long_list_takes_no_turn_of_the_next_one() {
    acquits(&[
        "parallel = [[\"turn x101\"], [\"review\"]]",
        "config = { host = \"desktop\" }\nparallel = [[\"turn x101\"], [\"turn ephemeral\", \"undo\"]]",
    ]);
}

#[test]
fn a_drain_fits_into_the_time_of_an_impatient_supervisor() {
    let stopped = |config: &str| {
        format!("config = {{ host = \"webui\", {config} }}\nsteps = [\"run 3s\", \"sleep 100ms\", \"sigterm\"]")
    };
    acquits(&[
        &stopped("stop_timeout = \"2s\", stop_budget = \"1s\""),
        &stopped("stop_timeout = \"1s\", stop_budget = \"500ms\""),
        &stopped("stop_timeout = \"90s\""),
    ]);
}

#[test]
fn a_turn_behind_one_that_outlasts_its_memory_is_due_in_the_next_process() {
    let shut = |after: &str| {
        format!(
            "config = {{ host = \"gateway\" }}\nsteps = [\"run 10s\", \"sleep 100ms\", \"shutdown\", {after}, \"sleep 1m\"]"
        )
    };
    acquits(&[&shut(r#""turn""#), &shut(r#""sleep 20s", "turn""#), &shut(r#""profile hermes", "turn""#)]);
    acquits(&[
        "config = { host = \"gateway\" }\nsteps = [\"run 41s\", \"sleep 1s\", \"stop\", \"sleep 1s\", \"shutdown\", \"turn\", \"sleep 1m\"]",
        "config = { host = \"gateway\" }\nsteps = [\"run 500ms fails\", \"sleep 2s\", \"shutdown\", \"turn\", \"sleep 1m\"]",
    ]);
    // Without a shutdown it is due.
    let open = "config = { host = \"gateway\" }\nsteps = [\"run 10s\", \"turn\", \"sleep 1m\"]";
    acquits(&[open]);
    convicts(open, "hour-late", "prompt-delivery");
}
