//! Real agents against providers that only a description knows: the example of `model/python`, and the memory plugins of Hermes.
//!
//! Without `python3.11` these tests are skipped, by name, and those of Hermes without an environment that has its plugins' packages, which
//! `HERMES_PLUGINS_PYTHON` names.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

/// The body of a test.
type Test = fn() -> Result<(), Failed>;

fn main() {
    let python = Command::new("python3.11").arg("--version").output().is_ok_and(|output| output.status.success());
    let tests: [(&str, Test); 8] = [
        ("a_described_provider_is_judged_like_any_other", judged),
        ("a_turn_that_no_commit_covers_is_lost", uncommitted),
        ("a_described_provider_meets_the_faults_of_a_scenario", faults),
        ("what_a_store_does_not_show_is_not_judged_by_name", unseen),
        ("who_speaks_to_an_unknown_provider_is_told_what_to_do", unknown),
        ("a_mistake_in_a_description_has_its_place", mistake),
        ("a_description_of_hindsight_shows_what_its_own_server_shows", hindsight),
        ("fuzzing_finds_shrinks_and_replays_what_a_described_provider_shows", fuzzed),
    ];
    if !python {
        tests.iter().for_each(|(name, _)| say(&format!("skipped: python3.11 is not installed: {name}")));
    }
    let mut trials: Vec<Trial> =
        tests.map(|(name, test)| Trial::test(name, test).with_ignored_flag(!python)).into_iter().collect();
    let plugins = plugins();
    for (agent, expected) in PLUGINS {
        let name = format!("{agent}_does_what_it_did_when_it_was_measured");
        if plugins.is_none() {
            say(&format!("skipped: HERMES_PLUGINS_PYTHON names no environment with the plugins' packages: {name}"));
        }
        let python = plugins.clone();
        let test = move || plugin(agent, python.as_deref().unwrap_or(Path::new("")), expected);
        trials.push(Trial::test(name, test).with_ignored_flag(plugins.is_none()));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// The plugins, and what they do with two sessions, a switch, and a write that fails: lost, duplicated and misattributed turns.
const PLUGINS: [(&str, [&str; 3]); 6] = [
    ("hermes/retaindb", ["", "", ""]),
    ("hermes/openviking", ["", "", ""]),
    ("hermes/supermemory", ["S1#1 S1#2", "", ""]),
    ("hermes/mem0", ["S1#1", "", ""]),
    ("hermes/honcho:per-session", ["", "", "S2#1"]),
    ("hermes/honcho", ["", "", "S1#1 S1#2 S2#1"]),
];

#[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
fn say(line: &str) {
    println!("{line}");
}

fn plugins() -> Option<PathBuf> {
    std::env::var_os("HERMES_PLUGINS_PYTHON").map(PathBuf::from).filter(|python| python.exists())
}

fn described(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/python/examples").join(file);
    fs::canonicalize(path).expect("a part of the project").display().to_string()
}

/// A scenario file of a test's own.
fn scenario(name: &str, lines: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("described_providers");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{name}.toml"));
    fs::write(&file, format!("title = \"{name}\"\n{lines}\n")).expect("a file");
    file.display().to_string()
}

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(env!("CARGO_TARGET_TMPDIR")).args(arguments).output().expect("the program starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A run of the example.
fn notes(name: &str, lines: &str, variant: &str) -> Value {
    let provider = format!("{}{variant}", described("notes.toml"));
    let agent = described("notes.py");
    let output =
        run(&["replay", &scenario(name, lines), "--agent", &agent, "--provider", &provider, "--json", "--twice"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)))
}

const TWO_SESSIONS: &str = r#"steps = ["turn", "sleep 400ms", "prefetch", "turn", "sleep 400ms", "switch S2", "turn", "sleep 400ms", "shutdown"]"#;

fn judged() -> Result<(), Failed> {
    let run = notes("judged", TWO_SESSIONS, "");
    assert_eq!(run["verdict"], "pass", "{run}");
    assert_eq!(run["documents"], json!({ "S1": [["S1#1"], ["S1#2"]], "S2": [["S2#1"]] }));
    assert_eq!(run["prefetches"][0]["visible"], json!([]), "nothing is memory before the commit");
    Ok(())
}

fn uncommitted() -> Result<(), Failed> {
    let run = notes("uncommitted", r#"steps = ["turn", "switch S2", "turn", "sleep 1s"]"#, "");
    assert_eq!((&run["lost"], &run["documents"]), (&json!(["S2#1"]), &json!({ "S1": [["S1#1"]] })), "{run}");
    Ok(())
}

fn faults() -> Result<(), Failed> {
    let steps = r#"steps = ["turn x3", "shutdown"]"#;
    let lost = |name: &str, faults: &str| notes(name, &format!("{steps}\n[faults]\n{faults}"), "")["lost"].clone();
    assert_eq!(lost("refused", r#"retain = { 2 = "500" }"#), json!(["S1#2"]));
    assert_eq!(lost("reply_lost", r#"retain = { 2 = "apply_drop" }"#), json!([]));
    assert_eq!(lost("no_commit", r#"operation = { "*" = "503" }"#), json!(["S1#1", "S1#2", "S1#3"]));
    Ok(())
}

fn unseen() -> Result<(), Failed> {
    let not_judged = |run: Value| run["not_judged"].as_array().expect("a list").clone();
    let all = not_judged(notes("seen", TWO_SESSIONS, ""));
    assert!(all.contains(&json!("lineage")) && !all.contains(&json!("attribution")), "{all:?}");
    let all = not_judged(notes("unseen", TWO_SESSIONS, ":skip-prefix"));
    assert!(all.contains(&json!("attribution")) && !all.contains(&json!("order")), "{all:?}");
    Ok(())
}

fn unknown() -> Result<(), Failed> {
    let output = run(&["replay", &scenario("unknown", TWO_SESSIONS), "--agent", &described("notes.py")]);
    let told = errors(&output);
    assert!(
        told.contains("unknown provider \"notes\"; providers: files, hermes-itsuki, ")
            && told.contains("--provider FILE"),
        "{told}"
    );
    let output = run(&["replay", &scenario("unknown", TWO_SESSIONS), "--agent", "hermes/retainbd"]);
    let told = errors(&output);
    assert!(told.contains("unknown plugin \"retainbd\"; did you mean \"retaindb\"?"), "{told}");
    let output = run(&["replay", &scenario("unknown", TWO_SESSIONS), "--provider", "retaindb"]);
    assert_eq!(errors(&output), "--provider says what an agent speaks to; name one with --agent\n");
    Ok(())
}

fn mistake() -> Result<(), Failed> {
    let file = scenario("mistake", "");
    fs::write(&file, "host = \"h\"\nhots = 1\n").expect("a file");
    let agent = described("notes.py");
    let output = run(&["replay", &scenario("unknown", TWO_SESSIONS), "--agent", &agent, "--provider", &file]);
    let told = errors(&output);
    assert!(told.contains("mistake.toml:2:1: unknown field \"hots\"; did you mean \"host\"?"), "{told}");
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}

/// Batches, switches, boundaries, faults of every kind, a kill, and a server that is down.
const OF_HINDSIGHT: [&str; 12] = [
    "n3_switch",
    "n1_switch",
    "end_then_switch",
    "err500_once",
    "drop_once",
    "apply_drop",
    "accept_fail",
    "hang_retain",
    "hang_recall",
    "kill_inflight",
    "kill_midbuf",
    "down30_50",
];

fn hindsight() -> Result<(), Failed> {
    let project = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).display().to_string();
    let agent = project("model/python/examples/batching.py");
    for case in OF_HINDSIGHT {
        let file = project(&format!("scenarios/ground-truth/{case}.toml"));
        let shown = |more: &[&str]| {
            let arguments = ["replay", &file, "--agent", &agent, "--server", "append", "--json"];
            let output = run(&[&arguments[..], more].concat());
            let run: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)));
            let parts = [
                "verdict",
                "lost",
                "duplicated",
                "misattributed",
                "documents",
                "prefetches",
                "op_max_ms",
                "exit_codes",
            ];
            parts.map(|part| run[part].clone())
        };
        assert_eq!(shown(&["--provider", "hindsight"]), shown(&[]), "{case}");
    }
    Ok(())
}

fn fuzzed() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("described_providers").join("fuzzed");
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let lines = [
        "[agents.noted]".to_owned(),
        format!("adapter = \"{}\"", described("notes.py")),
        format!("provider = \"{}\"", described("notes.toml")),
    ];
    fs::write(folder.join("forget-me-not.toml"), lines.join("\n")).expect("a file");
    let program = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
        program.current_dir(&folder).args(arguments).output().expect("the program starts")
    };
    let found = program(&["fuzz", "--agent", "noted", "--seeds", "60", "--jobs", "1", "--out", "found"]);
    assert_eq!(found.status.code(), Some(2), "{}", errors(&found));
    let again = program(&["replay", "found/classes"]);
    let page = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.code() == Some(2) && page.contains("lost 1"), "{page}{}", errors(&again));
    assert!(!page.contains("ANOTHER"), "{page}");
    Ok(())
}

fn plugin(agent: &str, python: &Path, expected: [&str; 3]) -> Result<(), Failed> {
    let name = agent.replace(['/', ':'], "_");
    let file = scenario(&name, &format!("{TWO_SESSIONS}\n[faults]\nretain = {{ 1 = \"500\" }}"));
    let python = python.display().to_string();
    let output = run(&["replay", &file, "--agent", agent, "--python", &python, "--json", "--twice"]);
    let run: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)));
    let words = |key: &str| {
        let list: Option<Vec<&str>> = run[key].as_array().map(|turns| turns.iter().filter_map(Value::as_str).collect());
        let table = || run[key].as_object().map(|turns| turns.keys().map(String::as_str).collect());
        list.or_else(table).unwrap_or_default().join(" ")
    };
    let shown = ["lost", "duplicated", "misattributed"].map(words);
    assert_eq!(shown, expected, "{run}");
    Ok(())
}
