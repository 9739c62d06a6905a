//! The gate shows each section as it ends, and loses nothing when it is interrupted. It takes a process of its own.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn program(arguments: &[&str]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(PROJECT).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("the program starts")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted_gate").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The gate of a release over one scenario, with so much time that it does not come to its end.
fn gate(release: &str, folder: &Path, arguments: &[&str]) -> Child {
    let path = |name: &str| folder.join(name).to_str().expect("a path of letters").to_owned();
    let (found, junit) = (path("found"), path("junit.xml"));
    let all = ["gate", "scenarios/ground-truth/n3_switch.toml", "--release", release, "--for", "3m"];
    program(&[&all[..], &["--out", &found, "--junit", &junit], arguments].concat())
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(status.expect("there is a kill").success());
}

/// What a process prints, a line at a time.
struct Page {
    output: BufReader<std::process::ChildStdout>,
    text: String,
}

impl Page {
    fn of(child: &mut Child) -> Self {
        Self { output: BufReader::new(child.stdout.take().expect("its output")), text: String::new() }
    }

    /// Reads until a line begins with `word`.
    fn until(&mut self, word: &str) {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("text") > 0, "no \"{word}\": {}", self.text);
            self.text += &line;
            if line.starts_with(word) {
                return;
            }
        }
    }

    /// The exit code, and the whole page.
    fn end(mut self, mut child: Child) -> (Option<i32>, String) {
        self.output.read_to_string(&mut self.text).expect("text");
        (child.wait().expect("it ends").code(), self.text)
    }
}

/// Whether this process and so its children ignore SIGHUP, as after nohup.
fn hangup_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 == 1)
}

#[test]
fn a_gate_that_is_terminated_has_shown_what_ended_and_writes_what_it_found() {
    for name in ["-TERM", "-INT", "-HUP"] {
        if name == "-HUP" && hangup_is_ignored() {
            continue;
        }
        let folder = folder("found");
        let mut child = gate("B", &folder, &[]);
        let mut page = Page::of(&mut child);
        page.until("fidelity ");
        assert!(page.text.contains("\nscenarios  FAILED 1 of 1 "), "{}", page.text);
        assert!(child.try_wait().expect("its state").is_none(), "minutes of fuzzing are left: {}", page.text);
        signal(&child, name);
        let (code, page) = page.end(child);
        assert_eq!(code, Some(2), "{name}: {page}");
        let last =
            "failed: an invariant was violated or an expectation not met; interrupted before the end of fuzzing\n";
        assert!(page.contains("\nfuzzing ") && page.ends_with(last), "{name}: {page}");
        let junit = fs::read_to_string(folder.join("junit.xml")).expect("JUnit");
        assert!(junit.contains("<error message=\"interrupted before it ended\""), "{junit}");
        assert!(junit.contains("<failure message=\"B on "), "{junit}");
    }
}

#[test]
fn an_interrupted_gate_has_not_passed() {
    let mut child = gate("reference", &folder("clean"), &[]);
    let mut page = Page::of(&mut child);
    page.until("fidelity ");
    signal(&child, "-TERM");
    let (code, page) = page.end(child);
    assert_eq!(code, Some(5), "{page}");
    let last = "incomplete: interrupted before the end of strength, fuzzing; nothing failed so far\n";
    assert!(page.contains("\nstrength   INTERRUPTED ") && page.contains("\nfuzzing    INTERRUPTED "), "{page}");
    assert!(page.ends_with(last), "{page}");
}

/// Only Linux shows from outside whether a process listens.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_gate_prints_its_object() {
    let mut child = gate("reference", &folder("object"), &["--json"]);
    let listens = || {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
        mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & (1 << 14) > 0)
    };
    while !listens() {
        std::thread::yield_now();
    }
    signal(&child, "-TERM");
    let (code, told) = Page::of(&mut child).end(child);
    let told: Value = serde_json::from_str(&told).expect("one object");
    assert_eq!((code, &told["exit_code"]), (Some(5), &5.into()), "{told}");
    let sections = told["sections"].as_array().expect("a list");
    assert!(sections.iter().any(|section| section["interrupted"] == true), "{told}");
    assert!(sections.iter().any(|section| section["name"] == "fuzzing"), "what did not begin is there too: {told}");
}

#[test]
fn an_interrupted_replay_ends_with_a_whole_line() {
    let mut child = program(&["replay", "scenarios", "--json"]);
    let mut page = Page::of(&mut child);
    // The rest does not fit into the pipe, so it is not over.
    page.until("{");
    signal(&child, "-TERM");
    let (code, told) = page.end(child);
    assert_eq!(code, Some(5), "{told}");
    for line in told.lines() {
        serde_json::from_str::<Value>(line).expect("an object in each line");
    }
}
