//! What was recorded of runs and campaigns, under `tests/baseline/`, and how it is compared with what comes of them today.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use serde_json::Value;

/// How many of the different lines are named.
const NAMED: usize = 20;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/baseline").join(name)
}

/// The lines of a record.
pub(crate) fn lines(name: &str) -> Vec<String> {
    let text = fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.lines().map(str::to_owned).collect()
}

/// Writes a record.
pub(crate) fn write(name: &str, lines: &[String]) {
    fs::write(file(name), lines.join("\n") + "\n").unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// Runs a campaign as the command line does, in a folder of this name and of this process. Returns what it prints.
pub(crate) fn campaign(folder: &str, release: &str, profile: &str, seeds: &str) -> Value {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{folder}-{}", std::process::id()));
    _ = fs::remove_dir_all(&out);
    let fixed = "forget-me-not fuzz --json --shrink 0 --jobs 1".split(' ');
    let named = ["--release", release, "--profile", profile, "--seeds", seeds].into_iter();
    let folder = [OsString::from("--out"), out.clone().into()];
    let (mut printed, mut progress) = (Vec::new(), Vec::new());
    sim::cli::run(fixed.chain(named).map(OsString::from).chain(folder), &mut printed, &mut progress);
    _ = fs::remove_dir_all(&out);
    serde_json::from_slice(&printed)
        .unwrap_or_else(|error| panic!("{release} {profile}: {error}: {}", String::from_utf8_lossy(&progress)))
}

/// Fails if the lines differ, and names the missing and the new ones. `update` is the command that records the new ones.
pub(crate) fn same(recorded: &[String], now: &[String], update: &str) -> Result<(), Failed> {
    let (recorded, now): (BTreeSet<&String>, BTreeSet<&String>) = (recorded.iter().collect(), now.iter().collect());
    let gone: Vec<&&String> = recorded.difference(&now).collect();
    let new: Vec<&&String> = now.difference(&recorded).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(());
    }
    let named = |sign: &str, lines: &[&&String]| -> String {
        lines.iter().take(NAMED).map(|line| format!("{sign} {line}\n")).collect()
    };
    Err(format!(
        "{} recorded lines are gone, {} are new; the first {NAMED} of each:\n{}{}\
         If this was meant to change, run `{update}`.",
        gone.len(),
        new.len(),
        named("-", &gone),
        named("+", &new),
    )
    .into())
}
