//! Pictures of runs: what stands in their files, and what a browser makes of them.
//!
//! - `page`: the HTML file. - `trace`: the file for Perfetto. - `pages`: the pages of a campaign and of the tournament. - `answers`: the page in a real browser, which `browser` drives. Without a
//!   browser on this machine, those tests say so and are skipped.

mod answers;
mod browser;
mod page;
mod pages;
mod trace;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Scenarios of each kind with a release that breaks them, or does not.
const SAMPLE: &[(&str, &str)] = &[
    ("scenarios/ground-truth/n3_switch.toml", "B"),
    ("scenarios/ground-truth/n3_switch.toml", "reference"),
    ("scenarios/ground-truth/kill_inflight.toml", "F"),
    ("scenarios/ground-truth/apply_drop.toml", "E"),
    ("scenarios/ground-truth/down30_50.toml", "F"),
    ("scenarios/ground-truth/two_procs_n1.toml", "F"),
    ("scenarios/gateway/one_of_three_chats_is_interrupted.toml", "E3"),
    ("scenarios/gateway/machine_sleeps_under_a_turn.toml", "reference"),
    ("scenarios/webui/bg_thread_at_drain.toml", "W1"),
];

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("timeline").join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Draws a picture into a file of this name. Returns the file and its text.
fn drawn(name: &str, arguments: &[&str]) -> (PathBuf, String) {
    let file = folder("drawn").join(name);
    let out = file.to_str().expect("a path of letters").to_owned();
    let (code, printed, errors) = run(&[&["timeline"], arguments, &["--out", &out]].concat());
    assert_eq!((code, errors.as_str()), (0, ""), "{arguments:?}");
    assert_eq!(printed, format!("{out}\n"));
    let text = fs::read_to_string(&file).expect("it was written");
    (file, text)
}

fn run(arguments: &[&str]) -> (u8, String, String) {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("the project's folder");
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

/// A scenario file of a test's own.
fn scenario(name: &str, text: &str) -> String {
    let path = folder("scenarios").join(name);
    fs::write(&path, text).expect("a file");
    path.to_str().expect("a path of letters").to_owned()
}
