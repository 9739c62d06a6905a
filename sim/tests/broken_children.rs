//! Children that break in every way that a simulator has to expect: each ends its run with a named error, soon, and leaves nothing behind.
//!
//! This program is its own fake agent: the program under test starts it as the interpreter. It needs no Python.
#![cfg(target_os = "linux")]

#[path = "broken_children/fake.rs"]
mod fake;
#[path = "broken_children/kinds.rs"]
mod kinds;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kinds::{GOOD, KINDS, Kind};
use libtest_mimic::{Arguments, Failed, Trial};

/// How long a run may take, in real time.
const LONGEST: Duration = Duration::from_secs(15);

fn main() {
    if let Some(adapter) = adapter() {
        let name = adapter.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        KINDS.iter().chain([&GOOD]).find(|kind| kind.name == name).expect("a kind of this name").be();
    }
    let broken = KINDS.iter().map(|kind| Trial::test(kind.name, || check(kind)));
    let good = Trial::test("a_fake_that_behaves_has_a_result", behaves);
    let mut arguments = Arguments::from_args();
    // They wait for a watchdog, most of the time.
    arguments.test_threads.get_or_insert(16);
    libtest_mimic::run(&arguments, broken.chain([good]).collect()).exit();
}

/// The agent that this program is to be, if it was started as an interpreter: `-S launch.py --adapter FILE`.
fn adapter() -> Option<PathBuf> {
    let arguments: Vec<String> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == "--adapter")?;
    arguments.get(place + 1).map(PathBuf::from)
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken_children");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn replay(name: &str) -> Output {
    let (adapter, scenario) = (folder().join(format!("{name}.py")), folder().join(format!("{name}.toml")));
    fs::write(&adapter, "").expect("a file");
    fs::write(&scenario, "title = \"t\"\nsteps = [\"turn\", \"sleep 1s\", \"shutdown\"]\n").expect("a file");
    let fake = std::env::current_exe().expect("this program has a file");
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.arg("replay").arg(scenario).arg("--agent").arg(adapter).arg("--python").arg(fake);
    program.args(["--server", "append"]).output().expect("the program starts")
}

#[expect(clippy::disallowed_methods, reason = "the watchdog is one of real time")]
fn now() -> Instant {
    Instant::now()
}

fn check(kind: &Kind) -> Result<(), Failed> {
    let begun = now();
    let output = replay(kind.name);
    let took = begun.elapsed();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains(kind.told), "{told}");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{told}");
    assert!(took < LONGEST, "{took:?}");
    assert_eq!(left(kind.name), Vec::<String>::new(), "processes that outlived the program");
    Ok(())
}

fn behaves() -> Result<(), Failed> {
    let output = replay(GOOD.name);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("lost 1"), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "it stores nothing");
    Ok(())
}

/// The processes of this kind, a moment after the program has ended.
fn left(name: &str) -> Vec<String> {
    let file = format!("{name}.py");
    let running = || {
        let processes = fs::read_dir("/proc").expect("Linux").flatten();
        let lines = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
        lines.filter(|line| line.split('\0').any(|word| word.ends_with(&file))).collect::<Vec<String>>()
    };
    for _ in 0..100 {
        if running().is_empty() {
            break;
        }
        fake::pause(Duration::from_millis(20));
    }
    running()
}
