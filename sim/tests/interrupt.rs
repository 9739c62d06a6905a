//! A campaign that is interrupted (Ctrl-C) ends soon, loses nothing, and goes on where it was. It takes a process of its own.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_forget-me-not");

fn fuzz(arguments: &[&str]) -> Child {
    let mut program = Command::new(PROGRAM);
    program.arg("fuzz").args(arguments).args(["--jobs", "2"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    program.spawn().expect("the program starts")
}

fn interrupt(child: &Child) {
    signal(child, "-INT");
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(status.expect("there is a kill").success());
}

/// The exit code, and how many runs the page tells of.
fn end(child: Child) -> (Option<i32>, u64, String) {
    let output = child.wait_with_output().expect("it ends");
    let page = String::from_utf8(output.stdout).expect("text");
    let runs = page.split(" seeds").next().map(|number| number.replace(',', "")).and_then(|number| number.parse().ok());
    (output.status.code(), runs.unwrap_or_else(|| panic!("{page}")), page)
}

#[expect(clippy::disallowed_methods, reason = "another process runs meanwhile, in real time")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

fn until(there: impl Fn() -> bool) {
    for _ in 0..1_200 {
        if there() {
            return;
        }
        pause();
    }
    panic!("it never happened");
}

#[test]
fn an_interrupted_campaign_prints_its_page_and_can_be_resumed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted");
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    let counted = || fs::read_to_string(folder.join("tally.jsonl")).is_ok_and(|lines| lines.contains('\n'));
    let campaign = ["--for", "10m", "--release", "C", "--profile", "switch", "--shrink", "50", "--out", out];

    let child = fuzz(&campaign);
    until(counted);
    interrupt(&child);
    let (code, runs, page) = end(child);
    assert_eq!(code, Some(2), "{page}");
    assert!(runs >= 500 && page.ends_with("violated\n"), "{page}");
    assert!(fs::read_dir(folder.join("classes")).is_ok_and(|files| files.count() > 0), "what it found is shrunk");

    let (code, more, page) = end(fuzz(&["--resume", out, "--for", "1ms", "--shrink", "0"]));
    assert_eq!(code, Some(2), "{page}");
    assert!(more > runs, "{more} runs after {runs}");
}

#[test]
fn an_interrupted_campaign_has_not_passed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted_clean");
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    for name in ["-INT", "-TERM"] {
        let child = fuzz(&["--for", "10m", "--out", out]);
        until(|| fs::read_to_string(folder.join("tally.jsonl")).is_ok_and(|lines| lines.contains('\n')));
        signal(&child, name);
        let (code, _, page) = end(child);
        assert_eq!(code, Some(5), "{name}: {page}");
        let last = "incomplete: it was interrupted before its time was over; no violation so far\n";
        assert!(page.ends_with(last), "{name}: {page}");
        assert!(!folder.join("complete").exists(), "nor does a merge take it for complete");
        fs::remove_dir_all(&folder).expect("a folder");
    }
}

#[test]
fn a_second_interrupt_ends_the_shrinking_and_the_page_is_printed_all_the_same() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted_twice");
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    let campaign = ["--seeds", "500", "--release", "F", "--profile", "switch", "--shrink", "3000", "--out", out];
    let child = fuzz(&campaign);
    until(|| fs::read_to_string(folder.join("tally.jsonl")).is_ok_and(|lines| lines.contains('\n')));
    // The campaign is over or about to be: whichever of the two the shrinking hears ends it.
    interrupt(&child);
    pause();
    interrupt(&child);
    let (code, runs, page) = end(child);
    assert_eq!((code, runs), (Some(2), 500), "{page}");
    assert!(page.ends_with("violated\n"), "{page}");
    let classes = page.lines().filter(|line| line.contains(": in ") && line.contains(", seed")).count();
    let shrunk = page.matches("forget-me-not replay").count();
    assert_eq!(shrunk, classes, "each class is there, as small as it was by then: {page}");
    assert!(page.contains("not shrunk to the end"), "all were shrunk to the end: {page}");
}

#[test]
fn a_watched_replay_runs_again_when_its_file_changes_and_ends_with_ctrl_c() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("watched");
    fs::create_dir_all(&folder).expect("a folder");
    let (scenario, out, err) = (folder.join("a.toml"), folder.join("out"), folder.join("err"));
    let write = |steps: &str| {
        let text = format!("title = \"t\"\nsteps = [{steps}]\n[expect]\nreference = \"pass\"\n");
        fs::write(&scenario, text).expect("a file");
    };
    write("\"turn\", \"sleep 1s\"");
    let to = |path: &Path| fs::File::create(path).expect("a file");
    let mut program = Command::new(PROGRAM);
    program.args(["replay", "--watch"]).arg(&scenario).stdout(to(&out)).stderr(to(&err));
    let mut child = program.spawn().expect("the program starts");
    let count = |path: &Path, what: &str| fs::read_to_string(path).unwrap_or_default().matches(what).count();
    until(|| count(&err, "watching the file") == 1);
    assert_eq!(count(&out, "every expectation met"), 1);
    write("\"turn\", \"tunr\"");
    until(|| count(&err, "watching the file") == 2);
    assert_eq!(count(&err, "unknown step \"tunr\""), 1);
    write("\"turn x2\", \"sleep 1s\"");
    until(|| count(&err, "watching the file") == 3);
    assert_eq!(count(&out, "every expectation met"), 2);
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
