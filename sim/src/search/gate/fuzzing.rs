//! Draws scenarios for as long as there is time, in the profiles that concern the release.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Duration;

use model::agents::Subject;

use super::baseline::Failing;
use super::{Case, Section, Stop, worst};
use crate::draw::Profile;
use crate::parallel;
use crate::plan::Strategy;
use crate::run::Verdict;
use crate::search::campaign::{self, Campaign, Class, Found, Shard, Tally};
use crate::search::shrink::{Shrunk, shrink};
use crate::stopwatch::Stopwatch;

/// The most runs for shrinking one violation: the result is one page.
const SHRINKING: u32 = 500;
/// The same with a real agent, whose runs take longer.
const SHRINKING_OF_AN_AGENT: u32 = 100;

/// How much is drawn.
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// As many seeds as fit into this time, shared among the profiles.
    For(Duration),
    /// So many seeds of each profile, however long it takes.
    Seeds(u64),
}

impl Effort {
    /// The time for a part of all, and the number of seeds.
    fn share(self, part: u32, of: u32) -> (Duration, Option<u64>) {
        match self {
            Self::For(time) => (time * part / of, None),
            Self::Seeds(seeds) => (Duration::ZERO, Some(seeds)),
        }
    }
}

/// Draws scenarios, and judges them. The profiles are those that concern the release, the
/// memory's first.
pub fn fuzzing(release: Subject, effort: Effort, jobs: NonZeroUsize, stop: Stop<'_>) -> Section {
    let watch = Stopwatch::start();
    let profiles: Vec<(Profile, u32)> = match release.part() {
        None => vec![(Profile::Default, 3), (Profile::Gateway, 1), (Profile::WebUi, 1)],
        Some(_) => vec![(Profile::of(release), 1)],
    };
    let parts: u32 = profiles.iter().map(|(_, part)| part).sum();
    let mut section = Section::new("fuzzing", String::new(), Vec::new(), 0);
    let (mut codes, mut seeds, mut until, mut interrupted) = (Vec::new(), 0, Duration::ZERO, false);
    for (profile, part) in profiles {
        if stop() {
            interrupted = true;
            break;
        }
        let (time, seeds_of_it) = effort.share(part, parts);
        until += time;
        let campaign = Campaign {
            release,
            profile,
            schedule: Strategy::default(),
            start: 0,
            seeds: seeds_of_it,
            duration: None,
            shard: Shard::default(),
            jobs,
            twice: 50,
        };
        let tally = count(&campaign, &mut || {
            let over = seeds_of_it.is_none() && watch.elapsed() >= until;
            interrupted = !over && stop();
            interrupted || over
        });
        seeds += tally.runs;
        codes.push(campaign::exit_code(&tally, profile, release));
        judge(&mut section, &campaign, &tally, stop);
    }
    section.exit_code = worst(codes.into_iter());
    section.done = format!("{seeds} seeds drawn, one in 50 run twice");
    section.so_far(interrupted)
}

fn count(campaign: &Campaign, over: &mut dyn FnMut() -> bool) -> Tally {
    let mut tally = Tally::default();
    campaign.run(
        &BTreeSet::new(),
        |_| {},
        |_, counted| {
            tally.add(counted);
            if over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    tally
}

/// Adds a case for each judged invariant, and for each requirement on the harness itself.
fn judge(section: &mut Section, campaign: &Campaign, tally: &Tally, stop: Stop<'_>) {
    let profile = campaign.profile;
    let mut classes: BTreeMap<&str, Vec<(&Class, &Found)>> = BTreeMap::new();
    for (class, found) in &tally.classes {
        classes.entry(&class.invariant).or_default().push((class, found));
    }
    let violated = classes.keys().copied();
    let judged = tally.judged.iter().filter(|(_, judged)| **judged > 0).map(|(name, _)| name.as_str());
    let invariants: BTreeSet<&str> = judged.chain(violated).collect();
    for invariant in invariants {
        let failure = classes.get(invariant).map(|classes| failure(tally, invariant, classes));
        let of_it = classes.get(invariant).into_iter().flatten();
        let found = of_it.map(|(class, _)| (failing(class), 1)).collect();
        section.cases.push(Case { found, ..Case::new(format!("{profile}: {invariant}"), None, failure) });
    }
    let not_judged = campaign::not_judged(profile, campaign.release).into_iter();
    section.not_judged.extend(not_judged.map(|name| format!("{profile}: {name}")));
    let mut harness = |name: &str, failure: Option<String>| {
        section.cases.push(Case::new(format!("{profile}: {name}"), None, failure));
    };
    harness(
        "the same twice",
        tally
            .diverged
            .first_key_value()
            .map(|(seed, place)| format!("the two histories of seed {seed} differ first at {place}")),
    );
    let broke = |(why, found): (&String, &Found)| {
        format!("no result in {} runs, first of seed {}: {why}", found.count, found.seeds[0])
    };
    if campaign.release.making().is_some() {
        harness("the agent", tally.broken.first_key_value().map(broke));
    }
    harness("the harness", tally.panicked.first().map(|seed| format!("it panicked for seed {seed}")));
    let proves_nothing = campaign::exit_code(tally, profile, campaign.release) == Verdict::Vacuous.exit_code();
    harness("coverage", proves_nothing.then(|| campaign::missing(tally, profile, campaign.release)));
    for (why, found) in &tally.skipped {
        section.skipped.entry(why.clone()).or_default().push(format!("{} seeds of {profile}", found.count));
    }
    show(section, campaign, tally, &classes, stop);
}

/// A class of violations. How many seeds show it depends on the time that there was.
fn failing(class: &Class) -> Failing {
    Failing { release: None, server: None, invariant: class.invariant.clone(), turn: class.mechanism.clone() }
}

/// The number of runs that violated an invariant, in total and per class. A run of several classes counts once.
fn failure(tally: &Tally, invariant: &str, classes: &[(&Class, &Found)]) -> String {
    let runs = |count: u64| format!("{count} run{}", if count == 1 { "" } else { "s" });
    let first = classes.iter().filter_map(|(_, found)| found.seeds.first()).min().expect("a class has a seed");
    let head =
        format!("violated in {}, first by seed {first}; classes: {}", runs(violating(tally, invariant)), classes.len());
    let mechanisms = classes.iter().map(|(class, found)| format!("{}: {}", runs(found.count), class.mechanism));
    std::iter::once(head).chain(mechanisms).collect::<Vec<_>>().join("\n")
}

/// The number of runs that violated an invariant.
fn violating(tally: &Tally, invariant: &str) -> u64 {
    tally.violations.get(invariant).copied().unwrap_or_default()
}

/// Shrinks the most frequent class of each invariant, and adds its line to the page. An interrupted gate shows the smallest so far.
fn show(
    section: &mut Section,
    campaign: &Campaign,
    tally: &Tally,
    classes: &BTreeMap<&str, Vec<(&Class, &Found)>>,
    stop: Stop<'_>,
) {
    let most_frequent = |classes: &Vec<(&Class, &Found)>| {
        let (class, found) = classes.iter().max_by_key(|(_, found)| found.count).expect("a class at least");
        ((*class).clone(), found.smallest.1)
    };
    let classes_to_show: Vec<(Class, u64)> = classes.values().map(most_frequent).collect();
    let shrunk: Vec<Option<Shrunk>> = parallel::map(&classes_to_show, campaign.jobs, |(class, seed)| {
        let runs = if campaign.release.making().is_some() { SHRINKING_OF_AN_AGENT } else { SHRINKING };
        shrink(&campaign.drawn(*seed), campaign.release, class, runs, stop)
    });
    for (invariant, shrunk) in classes.keys().zip(&shrunk) {
        let runs = violating(tally, invariant);
        let steps = shrunk.as_ref().map_or_else(String::new, |shrunk| shrunk.drawn.scenario.in_short());
        let unit = if runs == 1 { "run" } else { "runs" };
        section.summary.push(format!("{invariant:<29} in {runs:>6} {unit}: {steps}"));
    }
    section.shrunk.extend(shrunk.into_iter().flatten());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Release C violates `no-loss` in two ways in one run: these seeds have more pairs of a run and a class than runs.
    #[test]
    fn a_run_counts_once_for_an_invariant_however_many_classes_it_shows() {
        let campaign = Campaign {
            release: "C".parse().expect("a release"),
            profile: Profile::Default,
            schedule: Strategy::default(),
            start: 0,
            seeds: Some(200),
            duration: None,
            shard: Shard::default(),
            jobs: NonZeroUsize::MIN,
            twice: 200,
        };
        let tally = count(&campaign, &mut || false);
        let of_no_loss = tally.classes.iter().filter(|(class, _)| class.invariant == "no-loss");
        let pairs: u64 = of_no_loss.map(|(_, found)| found.count).sum();
        let runs = violating(&tally, "no-loss");
        assert!(runs > 0 && runs <= tally.violated && runs < pairs, "{runs} runs, {pairs} pairs of a run and a class");
        let mut twice = tally.clone();
        twice.add(&tally);
        assert_eq!(violating(&twice, "no-loss"), 2 * runs, "a sum of tallies adds its runs");
        let mut section = Section::new("fuzzing", String::new(), Vec::new(), 0);
        judge(&mut section, &campaign, &tally, &|| false);
        let line = section.summary.iter().find(|line| line.starts_with("no-loss ")).expect("a line about no-loss");
        assert!(line.contains(&format!(" {runs} runs: ")), "{line}");
        let (_, failure) = section.failures().find(|(name, _)| *name == "default: no-loss").expect("a failure");
        assert!(failure.starts_with(&format!("violated in {runs} runs, first by seed ")), "{failure}");
    }
}
