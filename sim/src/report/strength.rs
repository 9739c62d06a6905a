//! How soon each known defect is found, as a table.

use std::fmt::Write;

use serde::Serialize;

use crate::strength::{self, Caught, Effort, Soon};

/// The table.
pub fn strength(caught: &[Caught], effort: Effort) -> String {
    let mut text = format!(
        "{:<32} {:<8} {:>7} {:>7}  smallest scenario\n",
        "seeds until it is found", "profile", "median", "most"
    );
    for one in caught {
        let (median, longest) = told(&one.any);
        let smallest =
            one.smallest.map_or_else(String::new, |(steps, faults)| format!("{steps} steps, {faults} faults"));
        _ = writeln!(text, "{:<32} {:<8} {median:>7} {longest:>7}  {smallest}", one.release.name(), one.profile);
    }
    if effort.every_invariant {
        text.push('\n');
        for (name, soonest) in strength::by_invariant(caught) {
            match soonest {
                Some((release, soon)) => {
                    let (median, longest) = told(&soon);
                    _ = writeln!(text, "{name:<32} {:<8} {median:>7} {longest:>7}  {release}", "");
                }
                None => _ = writeln!(text, "{name:<32} no release violates it here"),
            }
        }
        _ = writeln!(text, "\n{}", sizes(caught));
    }
    let missed = strength::missed(caught, effort);
    match missed.is_empty() {
        true => _ = writeln!(text, "all found within {} seeds", effort.seeds),
        false => _ = writeln!(text, "NOT FOUND within {} seeds: {}", effort.seeds, missed.join(", ")),
    }
    text
}

/// The median of the smallest scenarios.
fn sizes(caught: &[Caught]) -> String {
    let middle = |mut sizes: Vec<usize>| {
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    };
    let sizes: Vec<(usize, usize)> = caught.iter().filter_map(|one| one.smallest).collect();
    let steps = middle(sizes.iter().map(|(steps, _)| *steps).collect());
    let faults = middle(sizes.iter().map(|(_, faults)| *faults).collect());
    format!("a shrunk scenario has {steps} steps and {faults} faults, in the median")
}

fn told(soon: &Soon) -> (String, String) {
    let told = |seeds: Option<u64>| seeds.map_or_else(|| "-".to_owned(), |seeds| seeds.to_string());
    (told(soon.median()), told(soon.longest()))
}

/// What `--json` prints: one object per release.
pub fn strength_json(one: &Caught) -> String {
    let object = Object {
        release: one.release.name(),
        profile: one.profile.name(),
        median: one.any.median(),
        most: one.any.longest(),
        steps: one.smallest.map(|(steps, _)| steps),
        faults: one.smallest.map(|(_, faults)| faults),
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
    steps: Option<usize>,
    faults: Option<usize>,
    invariants: std::collections::BTreeMap<&'static str, u64>,
}
