//! `sweep --schedules` as a user has it: races that need no fault, their files, and what else takes them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs the command line from the project's folder. Returns the exit code, the output and the errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("the project's folder");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let code = sim::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

/// A new folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schedules").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

const LOST_LIST: &str = "tests/schedules/lost_list.toml";

#[test]
fn a_race_that_is_found_is_a_file_for_every_other_command() {
    let folder = folder("files");
    let sweep =
        ["sweep", LOST_LIST, "--release", "N", "--server", "append", "--schedules", "1", "--out", shown(&folder)];
    let (code, out, err) = forget_me_not(&sweep);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("N on append, without a preemption: pass\n"), "{out}");
    assert!(out.contains("mem-sync is held up for ") && out.contains(", \"list taken\""), "{out}");
    assert!(out.contains("complete to 1 preemption, of 64 ms at most; "), "{out}");
    let entries = fs::read_dir(folder.join("classes")).expect("the classes");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in &files {
        let file = shown(file);
        let of_the_race = [file, "--release", "N", "--server", "append"];
        let run = |command: &str, more: &[&str]| forget_me_not(&[&[command], &of_the_race[..], more].concat());
        let (code, first, _) = run("replay", &["--json"]);
        assert_eq!(code, 2, "the file expects what is right, so it fails");
        for _ in 0..9 {
            assert_eq!(run("replay", &["--json"]), (2, first.clone(), String::new()));
        }
        let (_, out, err) = run("explain", &[]);
        assert!(out.contains("sleep ") && out.contains(" of process 1"), "it names the preemption: {out}{err}");
        let (code, out, err) = run("diff", &["--against", "reference"]);
        assert!(code == 0 && out.contains("the first difference is behind"), "{out}{err}");
        let (code, out, err) = run("shrink", &["--out", shown(&folder.join("smallest"))]);
        assert!(code == 2 && out.contains("steps"), "{out}{err}");
    }
}

#[test]
fn a_certificate_of_schedules_is_the_same_byte_for_byte() {
    let folder = folder("certificate");
    let certificate = folder.join("certificate.json");
    let sweep = |more: &[&str]| {
        let fixed =
            ["sweep", LOST_LIST, "--schedules=1", "--out", shown(&folder), "--certificate", shown(&certificate)];
        let (code, out, err) = forget_me_not(&[&fixed[..], more].concat());
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("none violates an invariant"), "{out}");
        fs::read_to_string(&certificate).expect("a certificate")
    };
    let first = sweep(&["--jobs", "1"]);
    assert_eq!(sweep(&["--jobs", "2"]), first);
    assert_eq!(sweep(&["--jobs", "1"]), first);
    assert!(first.contains("\"extent\": \"complete to 1 preemption, of 64 ms at most\""), "{first}");
    for what in ["\"preemptions\": 1", "\"schedules\": ", "\"pruned\": ", "\"outcomes\": "] {
        assert!(first.contains(what), "{what}: {first}");
    }
}

#[test]
fn what_cannot_be_explored_is_refused() {
    let refused = |arguments: &[&str], why: &str| {
        let (code, out, err) = forget_me_not(arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(why), "{err}");
    };
    refused(&["sweep", LOST_LIST, "--schedules", "2", "--depth", "2"], "cannot be used with");
    refused(&["sweep", LOST_LIST, "--schedules", "2", "--resume"], "cannot be used with");
    refused(&["sweep", LOST_LIST, "--schedules", "9"], "9");
    let large = ["scenarios/ground-truth/many_turns_n1_append.toml", "scenarios/ground-truth/rapid_switch_n1.toml"];
    refused(&["sweep", large[0], large[1], "--schedules"], "name one of them alone to explore it all the same");
}
