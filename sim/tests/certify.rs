//! Report cards of plugins of Hermes: of a plugin that keeps its promises, and of one for each promise that it breaks.
//!
//! Without an environment with Hermes, which `HERMES_PLUGINS_PYTHON` names, these tests are skipped, by name.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// The toy's broken versions, each with the only guarantee that it breaks.
const BROKEN: [(&str, &str); 13] = [
    ("forgets", "no-loss"),
    ("repeats", "no-duplicate"),
    ("confuses_sessions", "attribution"),
    ("recalls_for_another", "no-stale-recall"),
    ("keeps_what_was_undone", "no-pollution"),
    ("shuffles", "order"),
    ("dawdles", "prompt-delivery"),
    ("blocks", "turn-never-blocked"),
    ("does_not_end", "bounded-shutdown"),
    ("hushes", "refusal-is-reported"),
    ("confuses_parents", "lineage"),
    ("floods", "traffic-is-bounded"),
    ("recalls_for_nobody", "recall-is-read"),
];

/// The body of a test. It gets the interpreter.
type Test = Box<dyn Fn(&Path) -> Result<(), Failed> + Send>;

/// The most steps of a smallest scenario.
const STEPS: u64 = 6;
/// The same of a plugin that floods: a session of fewer than eight turns may be sent as often as it likes.
const STEPS_OF_A_FLOOD: u64 = 12;

fn main() {
    let python = std::env::var_os("HERMES_PLUGINS_PYTHON").map(PathBuf::from).filter(|python| python.exists());
    let mut trials = Vec::new();
    let mut add = |name: &str, test: Test| {
        if python.is_none() {
            say(&format!("skipped: HERMES_PLUGINS_PYTHON names no environment with Hermes: {name}"));
        }
        let path = python.clone().unwrap_or_default();
        trials.push(Trial::test(name, move || test(&path)).with_ignored_flag(python.is_none()));
    };
    add("a_correct_plugin_is_all_green_twice_the_same", Box::new(correct));
    for (variant, guarantee) in BROKEN {
        let name = format!("the_plugin_that_{variant}_has_exactly_that_line_red");
        add(&name, Box::new(move |python| broken(python, variant, guarantee)));
    }
    add("what_is_known_to_be_broken_fails_no_card", Box::new(known));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

#[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
fn say(line: &str) {
    println!("{line}");
}

fn project(path: &str) -> String {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path))
        .expect("a part of the project")
        .display()
        .to_string()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certify").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn certify(python: &Path, variant: &str, folder: &Path, more: &[&str]) -> Output {
    let toy = project("examples/toy_memory");
    let provider = format!("{toy}/provider.toml{variant}");
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(folder).args(["certify", &toy, "--provider", &provider, "--python"]).arg(python);
    program.args(more).output().expect("the program starts")
}

fn card(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// The guarantees of this standing.
fn standing(card: &Value, standing: &str) -> Vec<String> {
    let all = card["guarantees"].as_array().expect("a list");
    let of_it = all.iter().filter(|one| one["standing"] == standing);
    of_it.map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

fn correct(python: &Path) -> Result<(), Failed> {
    let folder = folder("correct");
    let twice = ["2", "1"].map(|jobs| certify(python, "", &folder, &["--json", "--seeds", "40", "--jobs", jobs]));
    assert_eq!(twice[0].stdout, twice[1].stdout, "two runs of one memory");
    let card = card(&twice[0]);
    assert_eq!(standing(&card, "broken"), [""; 0], "{card}");
    let kept = standing(&card, "kept");
    let missing: Vec<_> = BROKEN.iter().filter(|(_, name)| !kept.contains(&(*name).to_owned())).collect();
    assert!(missing.is_empty(), "not judged: {missing:?}");
    assert_eq!((&card["diverged"], &card["without_result"]), (&serde_json::json!([]), &serde_json::json!({})));
    assert_eq!(twice[0].status.code(), Some(0));
    Ok(())
}

fn broken(python: &Path, variant: &str, guarantee: &str) -> Result<(), Failed> {
    let folder = folder(variant);
    let output = certify(python, &format!(":{variant}"), &folder, &["--json", "--seeds", "0"]);
    let card = card(&output);
    assert_eq!(standing(&card, "broken"), [guarantee], "{card}");
    assert_eq!(output.status.code(), Some(2));
    let line = card["guarantees"].as_array().expect("a list").iter().find(|one| one["name"] == guarantee);
    let smallest = &line.expect("a line")["smallest"];
    let path = smallest["path"].as_str().expect("a file");
    let most = if variant == "floods" { STEPS_OF_A_FLOOD } else { STEPS };
    assert!(folder.join(path).exists() && smallest["steps"].as_u64().is_some_and(|steps| steps <= most), "{smallest}");
    let words = shlex::split(smallest["replay"].as_str().expect("a command")).expect("words");
    let mut again = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    let again = again.current_dir(&folder).args(&words[1..]).output().expect("the program starts");
    let page = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.code() == Some(2) && page.contains(&format!("{guarantee}: ")), "{page}");
    Ok(())
}

fn known(python: &Path) -> Result<(), Failed> {
    let folder = folder("known");
    let small = ["--seeds", "0", "--shrink", "5"];
    let with = |more: &[&str]| certify(python, ":repeats", &folder, &[&small[..], more].concat());
    let first = with(&["--write-baseline", "known.json", "--badge", "badge.svg", "--junit", "junit.xml"]);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stdout));
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    assert!(read("known.json").contains("\"no-duplicate\""), "{}", read("known.json"));
    assert!(read("badge.svg").contains("13 of 14 kept"), "{}", read("badge.svg"));
    assert!(read("junit.xml").contains("known: No turn is stored twice."), "{}", read("junit.xml"));
    let page = String::from_utf8_lossy(&with(&["--baseline", "known.json"]).stdout).into_owned();
    assert!(page.contains("passed: 1 guarantee broken, and all of that was known"), "{page}");
    fs::write(folder.join("known.json"), read("known.json").replace("no-duplicate", "order")).expect("a file");
    assert_eq!(with(&["--baseline", "known.json"]).status.code(), Some(2));
    Ok(())
}
