//! The digest of every replayed run, and of some campaigns, is the one that was recorded.
//!
//! A change that only moves code leaves all of them as they are. A change of behavior updates the records in its own commit,
//! which says which digests differ and why:
//!
//! ```text
//! cargo test --test baseline -- --update            # writes the present digests
//! cargo test --test baseline -- --whole             # compares the long campaigns, too: minutes
//! cargo test --test baseline -- --whole --update
//! ```
//!
//! `baseline/replay.txt` has a line for each run: scenario, release, server, seed, digest. `baseline/campaigns.txt` has a line
//! for each campaign: release, profile, number of seeds, digest.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use sim::run;
use sim::search::replay::{self, Selection};
use sim::world::Engine;

/// Campaigns of more seeds run with `--whole` only.
const SHORT: u64 = 500;
/// How many of the different digests are named.
const NAMED: usize = 20;

const REPLAY: &str = "replay.txt";
const CAMPAIGNS: &str = "campaigns.txt";

fn main() {
    let (own, rest): (Vec<String>, Vec<String>) =
        std::env::args().partition(|argument| ["--update", "--whole"].contains(&argument.as_str()));
    let has = |option: &str| own.iter().any(|argument| argument == option);
    let campaigns = campaigns(if has("--whole") { u64::MAX } else { SHORT });
    if has("--update") {
        return update(&campaigns);
    }
    let mut trials = vec![Trial::test("every_run_has_its_digest", || same(&recorded(REPLAY), &replayed()))];
    for (number, campaign) in campaigns.into_iter().enumerate() {
        let name = format!("a_campaign_has_its_digest::{}", campaign[..3].join("::"));
        trials.push(Trial::test(name, move || same(&[campaign.join(" ")], &[run_campaign(number, &campaign)])));
    }
    trials.push(Trial::test("a_digest_that_differs_is_named", a_digest_that_differs_is_named));
    libtest_mimic::run(&Arguments::from_iter(rest), trials).exit();
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/baseline").join(name)
}

fn recorded(name: &str) -> Vec<String> {
    let text = fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.lines().map(str::to_owned).collect()
}

/// The recorded campaigns of at most `longest` seeds: release, profile, number of seeds, digest.
fn campaigns(longest: u64) -> Vec<[String; 4]> {
    let words = |line: String| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let rows = recorded(CAMPAIGNS).into_iter().map(|line| words(line).try_into().expect("four words"));
    let seeds = |row: &[String; 4]| row[2].parse::<u64>().expect("a number of seeds");
    rows.filter(|row| seeds(row) <= longest).collect()
}

/// `scenario release server seed digest` of every run that `replay scenarios` makes, sorted.
fn replayed() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut rows = Vec::new();
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            for (release, server, seed) in replay::pairs(scenario, &Selection::default()) {
                let run = run::run(&scenario.seeded(seed), release, server, Engine::Events);
                rows.push(format!("{} {release} {server} {seed} {}", scenario.name, run.digest));
            }
        }
        rows
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rows: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no run panics")).collect()
    });
    rows.sort();
    rows
}

/// Runs a campaign as the command line does. Returns its line with its present digest.
fn run_campaign(number: usize, [release, profile, seeds, _]: &[String; 4]) -> String {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("baseline").join(number.to_string());
    _ = fs::remove_dir_all(&out);
    let fixed = "forget-me-not fuzz --json --shrink 0 --jobs 1".split(' ');
    let named = ["--release", release, "--profile", profile, "--seeds", seeds].into_iter();
    let folder = [OsString::from("--out"), out.into()];
    let (mut printed, mut progress) = (Vec::new(), Vec::new());
    sim::cli::run(fixed.chain(named).map(OsString::from).chain(folder), &mut printed, &mut progress);
    let counted: serde_json::Value = serde_json::from_slice(&printed)
        .unwrap_or_else(|error| panic!("{release} {profile}: {error}: {}", String::from_utf8_lossy(&progress)));
    format!("{release} {profile} {seeds} {}", counted["digest"].as_str().expect("a digest"))
}

/// Fails if the lines differ, and names the missing and the new ones.
fn same(recorded: &[String], now: &[String]) -> Result<(), Failed> {
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
         If the behavior was meant to change, run `cargo test --test baseline -- --whole --update`.",
        gone.len(),
        new.len(),
        named("-", &gone),
        named("+", &new),
    )
    .into())
}

/// Writes the present digests. Lines of campaigns that did not run stay.
fn update(campaigns: &[[String; 4]]) {
    let write = |name: &str, lines: &[String]| {
        fs::write(file(name), lines.join("\n") + "\n").unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    write(REPLAY, &replayed());
    let mut lines = recorded(CAMPAIGNS);
    for (number, campaign) in campaigns.iter().enumerate() {
        let now = run_campaign(number, campaign);
        let before = campaign.join(" ");
        lines.iter_mut().filter(|line| **line == before).for_each(|line| line.clone_from(&now));
    }
    write(CAMPAIGNS, &lines);
}

fn a_digest_that_differs_is_named() -> Result<(), Failed> {
    let mut now = recorded(REPLAY);
    let before = now[7].clone();
    now[7] = format!("{}0", now[7]);
    let Err(failed) = same(&recorded(REPLAY), &now) else { return Err("nothing was said".into()) };
    let message = failed.message().unwrap_or_default();
    let named = message.contains(&format!("- {before}\n")) && message.contains(&format!("+ {before}0\n"));
    if named { Ok(()) } else { Err(message.into()) }
}
