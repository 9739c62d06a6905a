//! One scenario under many schedules: each outcome once, with the seeds that show it and the evidence of the first.

use std::fmt::Write;
use std::ops::Range;

use super::expected;
use super::layout::{WIDTH, counted, cut, wrapped};
use super::text::{outcome, violations};
use crate::plan::Scenario;
use crate::search::replay::Replayed;

/// How many seeds of an outcome are named.
const NAMED: usize = 12;

/// The outcomes of each scenario, release and server, the most frequent first.
pub fn outcomes(scenarios: &[(Scenario, Vec<Replayed>)], seeds: &Range<u64>) -> String {
    let mut text = String::new();
    for (scenario, replays) in scenarios {
        _ = writeln!(text, "{}: {}", scenario.name, scenario.title);
        for group in replays.chunk_by(|a, b| (a.run.release, a.run.server) == (b.run.release, b.run.server)) {
            let head = &group[0].run;
            let (release, server, count) = (head.release, head.server, counted(group.len() as u64, "seed"));
            _ = writeln!(text, "\n  {release} on {server}, {count} from {}:", seeds.start);
            for alike in alike(group) {
                one(&mut text, scenario, &alike);
            }
        }
        _ = writeln!(text);
    }
    text
}

/// The runs by their outcome, the most frequent first.
fn alike(runs: &[Replayed]) -> Vec<Vec<&Replayed>> {
    let key = |one: &Replayed| (one.run.verdict, one.run.damage().sorted(), one.as_expected);
    let mut groups: Vec<Vec<&Replayed>> = Vec::new();
    for run in runs {
        match groups.iter_mut().find(|group| key(group[0]) == key(run)) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

fn one(text: &mut String, scenario: &Scenario, alike: &[&Replayed]) {
    let first = alike[0];
    let expected = match first.as_expected {
        Some(true) => ", as expected",
        Some(false) => ", NOT AS EXPECTED",
        None => "",
    };
    let shown = format!("{}{expected}", outcome(&first.run));
    _ = writeln!(text, "  {:>6}  {}", alike.len(), cut(&shown, WIDTH - 10));
    let mut seeds: Vec<String> = alike.iter().take(NAMED).map(|one| one.run.seed.to_string()).collect();
    if alike.len() > NAMED {
        seeds.push("...".to_owned());
    }
    for line in wrapped(&seeds, ", ", WIDTH - 16) {
        _ = writeln!(text, "          seeds {line}");
    }
    violations(text, scenario, &first.run, 1);
    expected::to_paste(text, scenario, first);
}
