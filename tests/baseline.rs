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

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use sim::run;
use sim::search::replay::{self, Selection};
use sim::world::Engine;

mod recorded;

/// Campaigns of more seeds run with `--whole` only.
const SHORT: u64 = 500;

const UPDATE: &str = "cargo test --test baseline -- --whole --update";

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
    let mut trials =
        vec![Trial::test("every_run_has_its_digest", || recorded::same(&recorded::lines(REPLAY), &replayed(), UPDATE))];
    for (number, campaign) in campaigns.into_iter().enumerate() {
        let name = format!("a_campaign_has_its_digest::{}", campaign[..3].join("::"));
        trials.push(Trial::test(name, move || {
            recorded::same(&[campaign.join(" ")], &[run_campaign(number, &campaign)], UPDATE)
        }));
    }
    trials.push(Trial::test("a_digest_that_differs_is_named", a_digest_that_differs_is_named));
    libtest_mimic::run(&Arguments::from_iter(rest), trials).exit();
}

/// The recorded campaigns of at most `longest` seeds: release, profile, number of seeds, digest.
fn campaigns(longest: u64) -> Vec<[String; 4]> {
    let words = |line: String| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let rows = recorded::lines(CAMPAIGNS).into_iter().map(|line| words(line).try_into().expect("four words"));
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

/// Runs a recorded campaign. Returns its line with its present digest.
fn run_campaign(number: usize, [release, profile, seeds, _]: &[String; 4]) -> String {
    let counted = recorded::campaign(&format!("baseline/{number}"), release, profile, seeds);
    format!("{release} {profile} {seeds} {}", counted["digest"].as_str().expect("a digest"))
}

/// Writes the present digests. Lines of campaigns that did not run stay.
fn update(campaigns: &[[String; 4]]) {
    recorded::write(REPLAY, &replayed());
    let mut lines = recorded::lines(CAMPAIGNS);
    for (number, campaign) in campaigns.iter().enumerate() {
        let now = run_campaign(number, campaign);
        let before = campaign.join(" ");
        lines.iter_mut().filter(|line| **line == before).for_each(|line| line.clone_from(&now));
    }
    recorded::write(CAMPAIGNS, &lines);
}

fn a_digest_that_differs_is_named() -> Result<(), Failed> {
    let mut now = recorded::lines(REPLAY);
    let before = now[7].clone();
    now[7] = format!("{}0", now[7]);
    let Err(failed) = recorded::same(&recorded::lines(REPLAY), &now, UPDATE) else {
        return Err("nothing was said".into());
    };
    let message = failed.message().unwrap_or_default();
    let named = message.contains(&format!("- {before}\n")) && message.contains(&format!("+ {before}0\n"));
    if named { Ok(()) } else { Err(message.into()) }
}
