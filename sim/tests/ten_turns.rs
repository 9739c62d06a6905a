//! A program that is no simulation stores ten turns over real HTTP, and the log of both sides is judged.
//!
//! The program is `examples/ten_turns/ten_turns.py`. Without `python3` its tests are skipped, by name.
#![cfg(unix)]

mod served;

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

use served::{Served, folder, program, text};

/// The body of a test.
type Test = fn() -> Result<(), Failed>;

fn main() {
    let python = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    let tests: [(&str, Test); 2] = [
        ("of_ten_turns_the_two_that_met_faults_are_convicted", two_faults),
        ("ten_turns_that_meet_no_faults_pass", no_faults),
    ];
    if !python {
        tests.iter().for_each(|(name, _)| skipped(name));
    }
    let trials = tests.map(|(name, test)| Trial::test(name, test).with_ignored_flag(!python));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

#[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
fn skipped(name: &str) {
    println!("skipped: python3 is not installed: {name}");
}

/// Stores ten turns at a server with these faults, and judges the logs.
fn judged(name: &str, faults: Option<&Path>) -> (Option<i32>, Value) {
    let folder = folder(name);
    let (log, turns) = (folder.join("log.jsonl"), folder.join("turns.jsonl"));
    let served = Served::start(faults, &log);
    let script = example().join("ten_turns.py");
    let script = Command::new("python3").args([text(&script), &served.address, text(&turns)]).output();
    let script = script.expect("python3 starts");
    assert!(script.status.success(), "{}", String::from_utf8_lossy(&script.stderr));
    assert_eq!(served.end("-TERM"), Some(0));
    let output = program(&["judge", "--json", text(&log), text(&turns)]);
    let object = serde_json::from_slice(&output.stdout);
    let complaint = || panic!("{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), object.unwrap_or_else(|_| complaint()))
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ten_turns")
}

fn two_faults() -> Result<(), Failed> {
    let (code, judged) = judged("two_faults", Some(&example().join("faults.toml")));
    let convicted = |violation: &Value| {
        let turn = violation["turn"].as_str().unwrap_or_default();
        (violation["invariant"].clone(), judged["ids"][turn].clone())
    };
    let violations: Vec<_> = judged["violations"].as_array().ok_or("no violations")?.iter().map(convicted).collect();
    let expected = [(json!("no-loss"), json!(["turn-7"])), (json!("no-duplicate"), json!(["turn-3"]))];
    assert_eq!((code, &violations[..]), (Some(2), &expected[..]), "{judged}");
    assert_eq!((&judged["turns"], &judged["requests"]), (&json!(10), &json!(11)), "{judged}");
    Ok(())
}

fn no_faults() -> Result<(), Failed> {
    let (code, judged) = judged("no_faults", None);
    assert_eq!((code, &judged["verdict"], &judged["violations"]), (Some(0), &json!("pass"), &json!([])), "{judged}");
    for invariant in ["no-loss", "no-duplicate", "attribution"] {
        assert_eq!(judged["judged"][invariant], 10, "{judged}");
    }
    assert_eq!(judged["judged"]["order"], 8, "two documents of five turns: {judged}");
    Ok(())
}
