//! Real Python code in the simulated world, by the command line: one history for one seed, kills, restarts, and what is no verdict.
//!
//! The agents are the example of the shim and `real/diary.py`. Without `python3.11` these tests are skipped, by name.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// The body of a test.
type Test = fn() -> Result<(), Failed>;

fn main() {
    let python = Command::new("python3.11").arg("--version").output().is_ok_and(|output| output.status.success());
    let tests: [(&str, Test); 15] = [
        ("the_planted_bug_is_found", planted_bug),
        ("one_seed_is_one_history", one_history),
        ("a_restart_finds_the_files_of_the_process_before", restart),
        ("a_host_may_wait_for_days_between_two_calls", days),
        ("a_kill_strikes_at_its_time", kill_in_time),
        ("a_kill_strikes_at_its_step", kill_at_step),
        ("who_does_not_leave_is_killed_by_its_supervisor", supervised),
        ("the_network_of_a_scenario_is_the_childs", network),
        ("the_next_start_takes_up_what_is_in_files", next_start),
        ("what_only_models_can_be_put_through_is_skipped_by_name", only_for_models),
        ("a_recorded_schedule_repeats_its_run", recorded),
        ("a_case_and_a_seed_have_one_digest", one_digest),
        ("an_agent_without_an_ability_is_skipped", skipped_by_name),
        ("a_child_that_breaks_is_no_verdict", broken),
        ("an_agent_that_cannot_start_says_why", no_start),
    ];
    if !python {
        tests.iter().for_each(|(name, _)| skipped(name));
    }
    let trials = tests.map(|(name, test)| Trial::test(name, test).with_ignored_flag(!python));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

#[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
fn skipped(name: &str) {
    println!("skipped: python3.11 is not installed: {name}");
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/python/examples/batching.py")
}

fn diary() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/diary.py")
}

/// A scenario file with these lines.
fn scenario(name: &str, lines: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real_agents");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{name}.toml"));
    fs::write(&file, format!("title = \"{name}\"\n{}\n", lines.join("\n"))).expect("a file");
    file
}

fn replay(scenario: &Path, agent: &Path, more: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.arg("replay").arg(scenario).arg("--agent").arg(agent).args(more).output().expect("the program starts")
}

/// The object of the only run.
fn run(scenario: &Path, agent: &Path) -> Value {
    let output = replay(scenario, agent, &["--json", "--server", "append"]);
    let complaint = || panic!("{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| complaint())
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn planted_bug() -> Result<(), Failed> {
    let config = "config = { retain_every_n_turns = 2 }";
    let file = scenario("batch", &[config, r#"steps = ["turn x3", "sleep 1s", "shutdown"]"#]);
    let run = run(&file, &example());
    assert_eq!((&run["verdict"], &run["lost"]), (&"violation".into(), &serde_json::json!(["S1#3"])));
    Ok(())
}

fn one_history() -> Result<(), Failed> {
    let file = scenario("twice", &[r#"steps = ["turn", "prefetch", "turn x2", "sleep 1s", "shutdown"]"#]);
    let output = replay(&file, &example(), &["--twice", "--seeds", "0..3"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", String::from_utf8_lossy(&output.stdout), errors(&output));
    let digests = [run(&file, &example()), run(&file, &example())].map(|run| run["digest"].clone());
    assert_eq!(digests[0], digests[1], "two processes of the program");
    Ok(())
}

fn restart() -> Result<(), Failed> {
    let file = scenario("restart", &[r#"steps = ["turn x2", "sigkill", "restart", "turn", "shutdown"]"#]);
    let run = run(&file, &diary());
    assert_eq!((&run["verdict"], &run["exit_codes"]), (&"pass".into(), &serde_json::json!([-9, 0])));
    Ok(())
}

fn days() -> Result<(), Failed> {
    let file = scenario("days", &[r#"steps = ["turn", "sleep 20h", "turn", "sleep 20h", "turn", "shutdown"]"#]);
    let run = run(&file, &diary());
    assert_eq!((&run["lost"], &run["exit_codes"]), (&serde_json::json!([]), &serde_json::json!([0])));
    // It sends nothing before its end.
    let broken = run["violations"].as_array().into_iter().flatten().map(|violation| &violation["invariant"]);
    assert!(broken.clone().count() > 0 && broken.into_iter().all(|invariant| invariant == "prompt-delivery"), "{run}");
    Ok(())
}

fn kill_in_time() -> Result<(), Failed> {
    let faults = "[faults]\nkills = [\"sigkill 500ms after the start of process 1\"]";
    let file = scenario("kill_in_time", &[r#"steps = ["turn", "sleep 1s", "shutdown"]"#, faults]);
    let run = run(&file, &diary());
    assert_eq!((&run["exit_codes"], &run["missed_kills"]), (&serde_json::json!([-9]), &serde_json::json!([])));
    Ok(())
}

fn kill_at_step() -> Result<(), Failed> {
    for step in [2, 20] {
        let faults = format!("[faults]\nkills = [\"sigkill at step {step} of process 1\"]");
        let file = scenario(&format!("kill_at_{step}"), &[r#"steps = ["turn", "sleep 1s", "shutdown"]"#, &faults]);
        let run = run(&file, &diary());
        let ended = (&run["exit_codes"], &run["missed_kills"], &run["steps"]);
        assert_eq!(ended, (&serde_json::json!([-9]), &serde_json::json!([]), &step.into()));
    }
    Ok(())
}

/// The handler of SIGTERM returns at once; the exit behind it waits for a thread that looks around once a second.
fn supervised() -> Result<(), Failed> {
    let steps = r#"steps = ["on_sigterm", "say 'watchman'", "sleep 1s", "sigterm"]"#;
    let file = scenario("supervised", &["config = { stop_timeout = \"40s\" }", steps]);
    let run = run(&file, &diary());
    let ended = (&run["verdict"], &run["exit_codes"], &run["simulated_ms"].as_u64().map(|ms| ms / 1_000));
    assert_eq!(ended, (&"pass".into(), &serde_json::json!([-9]), &Some(41)));
    Ok(())
}

fn network() -> Result<(), Failed> {
    let steps = r#"steps = ["turn", "network hold", "shutdown", "network release"]"#;
    let held = run(&scenario("held", &[steps]), &diary());
    assert_eq!((&held["verdict"], &held["shutdown_ms"]), (&"pass".into(), &5_000.into()));
    Ok(())
}

/// What a process leaves in its files is taken up by the one after all others, though no restart is planned. What it had in memory is lost.
fn next_start() -> Result<(), Failed> {
    let file = scenario("next_start", &[r#"steps = ["turn x2", "sigkill"]"#]);
    let outcome = |agent: PathBuf| run(&file, &agent)["lost"].clone();
    let both = [outcome(diary()), outcome(example())];
    assert_eq!(both, [serde_json::json!([]), serde_json::json!(["S1#1", "S1#2"])]);
    Ok(())
}

fn only_for_models() -> Result<(), Failed> {
    let check = |name: &str, step: &str, why: &str| {
        let file = scenario(name, &[&format!(r#"steps = ["turn", "{step}", "restart", "turn", "shutdown"]"#)]);
        let output = replay(&file, &diary(), &["--server", "append"]);
        let told = format!("skipped: {name} on append: {why}, which is not simulated for a real agent\n");
        assert_eq!((errors(&output), output.status.code()), (told, Some(5)));
    };
    check("no_power", "power_loss", "the power is lost");
    check("bad_disk", "disk full 2s", "the disk has a fault");
    Ok(())
}

/// A seed preempts threads where nothing blocks. Its choices are a schedule that a scenario can carry, and that repeats the run.
fn recorded() -> Result<(), Failed> {
    let steps = r#"steps = ["turn", "prefetch", "turn x2", "sleep 1s", "shutdown"]"#;
    let recorded = |name: &str, lines: &[&str]| {
        let output = replay(&scenario(name, lines), &example(), &["--json", "--server", "append", "--record"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)))
    };
    let mut preempted = 0;
    for (place, strategy) in ["random", "random", "random", "random", "pct 3"].iter().enumerate() {
        let (seed, name) = (format!("seed = {place}"), format!("record_{place}"));
        let first = recorded(&name, &[steps, &seed, &format!("schedule = \"{strategy}\"")]);
        let schedule = first["schedule"].as_str().expect("a schedule").to_owned();
        preempted += u32::from(schedule.contains("step "));
        let again = recorded(&format!("{name}_again"), &[steps, &seed, &format!("schedule = {schedule}")]);
        assert_eq!((&first["digest"], &first["schedule"]), (&again["digest"], &again["schedule"]), "{schedule}");
    }
    assert!(preempted > 1, "seeds preempt");
    let forced = recorded("forced", &[steps, r#"schedule = { at = ["sleep 7ms at step 30 of process 1"] }"#]);
    assert!(forced["schedule"].as_str().is_some_and(|schedule| schedule.contains("step 29 s7")), "{forced}");
    Ok(())
}

/// Several cases and seeds, again and again, in several templates and processes of the program: one digest each.
fn one_digest() -> Result<(), Failed> {
    let crash = r#"steps = ["turn x3", "sigkill", "restart", "turn", "shutdown"]"#;
    let beside = "steps = [\"turn x2\", \"prefetch\", \"shutdown\"]\nconfig = { retain_every_n_turns = 2 }";
    let mut digests = BTreeMap::<(String, u64), BTreeSet<String>>::new();
    for (name, lines) in [("digest_crash", crash), ("digest_beside", beside)] {
        let file = scenario(name, &[lines]);
        for _ in 0..3 {
            let output = replay(&file, &example(), &["--json", "--server", "append", "--twice", "--seeds", "0..6"]);
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                let run: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{}", errors(&output)));
                let seed = run["seed"].as_u64().expect("a seed");
                digests.entry((name.to_owned(), seed)).or_default().insert(run["digest"].to_string());
            }
        }
    }
    assert_eq!((digests.len(), digests.values().filter(|of_a_pair| of_a_pair.len() > 1).count()), (12, 0));
    Ok(())
}

fn skipped_by_name() -> Result<(), Failed> {
    let file = scenario("lacks", &[r#"steps = ["turn", "undo", "shutdown"]"#]);
    let output = replay(&file, &diary(), &["--server", "append"]);
    assert_eq!(errors(&output), "skipped: lacks on append: the agent has no `undo`\n");
    assert_eq!(output.status.code(), Some(5), "nothing was proved");
    Ok(())
}

fn broken() -> Result<(), Failed> {
    let check = |misdeed: &str, expected: &str| {
        let file = scenario(misdeed, &[&format!(r#"steps = ["say {misdeed}", "shutdown"]"#)]);
        let output = replay(&file, &diary(), &["--server", "append"]);
        let told = errors(&output);
        assert!(told.contains(expected), "{misdeed}: {told}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{misdeed} is no verdict");
    };
    check("crash", "the child died: signal 11 ended it");
    check("garbage", "the child sent garbage: a frame of 1952540791 bytes");
    check("subprocess", "not simulated: ");
    check("close", "the child died: it ended with exit code 98 and without a word");
    check("hang", "the child stopped answering: 11 s of real time without a question");
    check("refusal", "the child stopped answering: 11 s of real time without a question");
    check("fork", "the child died: signal 31 ended it");
    check("thread", "not simulated: a thread of C code that calls Python");
    check("circles", "the child does not come to rest: it computed for 1s of simulated time and never waited");
    Ok(())
}

fn no_start() -> Result<(), Failed> {
    let file = scenario("no_start", &[r#"steps = ["turn"]"#]);
    let check = |agent: &str, more: &[&str], expected: &str| {
        let output = replay(&file, Path::new(agent), more);
        let told = errors(&output);
        assert!(told.contains(expected), "{told}");
        assert_eq!((output.status.code(), told.lines().count()), (Some(1), 1), "{told}");
    };
    check("nowhere.py", &[], "--agent nowhere.py: No such file or directory");
    check("hermes", &["--python", "/nowhere/python"], "/nowhere/python cannot be started");
    check("hermes", &["--python", "/bin/false"], "the child died: its socket has ended");
    Ok(())
}
