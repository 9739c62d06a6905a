//! How soon fuzzing finds each known defect, as a table.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use crate::plan::Strategy;
use crate::search::strength::{Ahead, Broken, Caught, Effort, Soon, Strength};

/// The table.
pub fn strength(strength: &Strength, effort: &Effort) -> String {
    let shrunk = if effort.shrinking > 0 { "smallest scenario" } else { "" };
    let mut text = head("profile", shrunk);
    for one in &strength.releases {
        let smallest = one.size().map_or_else(String::new, |(steps, faults)| format!("{steps} steps, {faults} faults"));
        text += &row(one.release.name(), one.profile.name(), &one.any, &smallest);
    }
    text.push('\n');
    text += &head("", "violated by");
    for Broken { invariant, by } in &strength.invariants {
        match by {
            Some((release, soon)) => text += &row(invariant, "", soon, release.name()),
            None => _ = writeln!(text, "{invariant:<32} never violated"),
        }
    }
    if effort.shrinking > 0 {
        _ = writeln!(text, "\n{}", sizes(&strength.releases));
    }
    if let Some(schedule) = &effort.compared {
        text += &schedules(&strength.releases, &strength.compared, schedule);
    }
    let shortcomings = strength.shortcomings();
    match shortcomings.is_empty() {
        true => {
            let starts =
                if effort.starts == 1 { "one start".to_owned() } else { format!("each of {} starts", effort.starts) };
            _ = writeln!(text, "\nevery defect found within {} seeds from {starts}", effort.seeds);
        }
        false => _ = writeln!(text, "\nFALLS SHORT: {}", shortcomings.join("; ")),
    }
    text
}

/// The medians under the random schedule and under another one, and which of them is ahead.
fn schedules(random: &[Caught], other: &[Caught], schedule: &Strategy) -> String {
    let (first, second) = (Strategy::Random.to_string(), schedule.to_string());
    let mut text = format!("\n{:<32} {first:>8} {second:>8}  ahead\n", "median seeds by schedule");
    for (random, other) in random.iter().zip(other) {
        let medians = (random.any.median(), other.any.median());
        let seeds = |seeds: Option<u64>| seeds.map_or_else(|| "-".to_owned(), |seeds| seeds.to_string());
        let ahead = match medians {
            (Some(a), Some(b)) if a == b => "",
            (Some(a), b) if b.is_none_or(|b| a < b) => &first,
            (_, Some(_)) => &second,
            (_, None) => "",
        };
        let line = format!("{:<32} {:>8} {:>8}  {ahead}", random.release.name(), seeds(medians.0), seeds(medians.1));
        _ = writeln!(text, "{}", line.trim_end());
    }
    let counted = |what: &str, ahead: Ahead| {
        format!("{what}: {first} {}, {second} {}, equal {}\n", ahead.first, ahead.second, ahead.neither)
    };
    text += &counted("\nreleases caught in fewer seeds", Ahead::of_releases(random, other));
    text += &counted("violations of a release's invariants in fewer seeds", Ahead::of_invariants(random, other));
    text
}

fn head(profile: &str, last: &str) -> String {
    format!("{:<32} {profile:<8} {:>7} {:>7} {:>9} {:>9}  {last}\n", "", "seeds", "most", "seconds", "most")
}

fn row(name: &str, profile: &str, soon: &Soon, last: &str) -> String {
    let seeds = |seeds: Option<u64>| seeds.map_or_else(|| "-".to_owned(), |seeds| seeds.to_string());
    let seconds =
        |time: Option<Duration>| time.map_or_else(|| "-".to_owned(), |time| format!("{:.3}", time.as_secs_f64()));
    let line = format!(
        "{name:<32} {profile:<8} {:>7} {:>7} {:>9} {:>9}  {last}",
        seeds(soon.median()),
        seeds(soon.most()),
        seconds(soon.median_time()),
        seconds(soon.most_time()),
    );
    format!("{}\n", line.trim_end())
}

/// The median of the smallest scenarios, over all releases.
fn sizes(caught: &[Caught]) -> String {
    let middle = |mut sizes: Vec<usize>| {
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    };
    let sizes: Vec<(usize, usize)> = caught.iter().flat_map(|one| &one.smallest).copied().collect();
    let steps = middle(sizes.iter().map(|(steps, _)| *steps).collect());
    let faults = middle(sizes.iter().map(|(_, faults)| *faults).collect());
    format!("{} shrunk scenarios; median: {steps} steps, {faults} faults", sizes.len())
}

/// What `--json` prints: one object per release. `compared` is the same release under another schedule.
pub fn strength_json(one: &Caught, compared: Option<(&Strategy, &Caught)>) -> String {
    let object = Object {
        release: one.release.name(),
        profile: one.profile.name(),
        median: one.any.median(),
        most: one.any.most(),
        median_seconds: one.any.median_time().map(|time| time.as_secs_f64()),
        most_seconds: one.any.most_time().map(|time| time.as_secs_f64()),
        steps: one.size().map(|(steps, _)| steps),
        faults: one.size().map(|(_, faults)| faults),
        medians_by_schedule: compared.map(|(schedule, other)| {
            [(Strategy::Random.to_string(), one.any.median()), (schedule.to_string(), other.any.median())].into()
        }),
        invariants: one.invariants.iter().filter_map(|(name, soon)| Some((*name, soon.median()?))).collect(),
    };
    serde_json::to_string(&object).expect("a table always serializes")
}

#[derive(Serialize)]
struct Object<'a> {
    release: &'a str,
    profile: &'a str,
    median: Option<u64>,
    most: Option<u64>,
    median_seconds: Option<f64>,
    most_seconds: Option<f64>,
    steps: Option<usize>,
    faults: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    medians_by_schedule: Option<std::collections::BTreeMap<String, Option<u64>>>,
    invariants: std::collections::BTreeMap<&'static str, u64>,
}
