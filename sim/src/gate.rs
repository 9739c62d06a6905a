//! The gate: everything that can be asked of a release, with one verdict.
//!
//! Scenarios are replayed, each twice; scenarios are drawn for as long as there is time; and it is looked whether the tester still
//! catches what is known to be wrong. Whoever is not the reference is judged by the invariants instead of the expectations, and
//! the tester is not tried on its account.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Duration;

use model::release::Release;

use crate::campaign::{self, Campaign, Class, Shard, Tally};
use crate::generate::Profile;
use crate::replay::{self, Selection};
use crate::runner::Verdict;
use crate::scenario::Scenario;
use crate::strength::{self, Effort};

/// One thing that was looked at: a scenario, a profile, a release.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What is wrong, if anything is.
    pub failure: Option<String>,
}

/// One part of the gate.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// What was done, in a few words.
    pub done: String,
    /// What was looked at.
    pub cases: Vec<Case>,
    /// What it alone would make of the process's exit code.
    pub exit_code: u8,
}

impl Section {
    /// The cases with something wrong.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().filter_map(|case| Some((case.name.as_str(), case.failure.as_deref()?)))
    }
}

/// The exit code of all of it: the first of these that any part has.
pub fn exit_code(sections: &[Section]) -> u8 {
    let has = |code: &u8| sections.iter().any(|section| section.exit_code == *code);
    [101, 4, 2, 3, 5].into_iter().find(has).unwrap_or(0)
}

/// Replays the scenarios, each twice: the expectations of all, or what the invariants say of one release.
pub fn scenarios(scenarios: &[Scenario], release: Release) -> Section {
    let of_it = |scenario: &&Scenario| release.part().is_none_or(|part| part == scenario.part());
    let selection = match release {
        Release::Reference => Selection { twice: true, ..Selection::default() },
        other => Selection { release: Some(other), twice: true, ..Selection::default() },
    };
    let (mut cases, mut codes, mut runs) = (Vec::new(), Vec::new(), 0);
    for scenario in scenarios.iter().filter(of_it) {
        let replays: Vec<_> = replay::pairs(scenario, &selection)
            .into_iter()
            .map(|(release, server, seed)| replay::replay(scenario, release, server, seed, true))
            .collect();
        runs += replays.len();
        let all: Vec<_> = replays.iter().collect();
        // A release may have nothing to say to a scenario: that is no failure.
        let code = match replay::exit_code(&all, &selection) {
            5 if release != Release::Reference => 0,
            code => code,
        };
        let wrong = all.iter().find(|one| {
            let met = one.as_expected != Some(false) || selection.release.is_some();
            one.divergence.is_some() || !met || (selection.release.is_some() && !one.run.violations.is_empty())
        });
        let failure = wrong.filter(|_| code != 0).map(|one| match &one.divergence {
            Some(divergence) => format!("two runs with {} differ at event {}", one.run.release, divergence.index),
            None => format!("{} on {}: {}", one.run.release, one.run.server, one.run.damage().summary()),
        });
        codes.push(code);
        cases.push(Case { name: scenario.name.clone(), failure });
    }
    let done = format!("{runs} runs of {} scenarios, each twice", cases.len());
    let exit_code = [4, 2, 3, 5].into_iter().find(|code| codes.contains(code)).unwrap_or(0);
    Section { name: "scenarios", done, cases, exit_code }
}

/// Draws scenarios until `over` says that a profile's time is up, and counts what they show. The profiles are those that concern the
/// release, the memory's first.
pub fn fuzz(release: Release, budget: Duration, jobs: NonZeroUsize, over: &dyn Fn(Duration) -> bool) -> Section {
    let profiles: Vec<(Profile, u32)> = match release.part() {
        None => vec![(Profile::Default, 3), (Profile::Gateway, 1), (Profile::WebUi, 1)],
        Some(_) => vec![(Profile::of(release), 1)],
    };
    let parts: u32 = profiles.iter().map(|(_, part)| part).sum();
    let (mut cases, mut codes, mut seeds, mut until) = (Vec::new(), Vec::new(), 0, Duration::ZERO);
    for (profile, part) in profiles {
        until += budget * part / parts;
        let campaign = Campaign { release, profile, start: 0, seeds: None, shard: Shard::default(), jobs, twice: 50 };
        let mut tally = Tally::default();
        campaign.run(
            &std::collections::BTreeSet::new(),
            |_| {},
            |_, counted| {
                tally.add(counted);
                if over(until) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        seeds += tally.runs;
        codes.push(campaign::exit_code(&tally, profile, release));
        cases.push(Case { name: format!("fuzz {profile}"), failure: complaint(&tally, profile, release) });
    }
    let exit_code = [101, 4, 2, 3, 5].into_iter().find(|code| codes.contains(code)).unwrap_or(0);
    Section { name: "fuzzing", done: format!("{seeds} seeds drawn, one in 50 run twice"), cases, exit_code }
}

/// What is wrong with a campaign, if anything is.
fn complaint(tally: &Tally, profile: Profile, release: Release) -> Option<String> {
    match campaign::exit_code(tally, profile, release) {
        0 => None,
        101 => Some(format!("the harness broke over seed {}", tally.panicked[0])),
        4 => Some(format!("seed {} is not deterministic", tally.diverged[0])),
        5 => Some("a mark was never reached, or nothing was judged".into()),
        _ => {
            let mut invariants: BTreeMap<&str, u64> = BTreeMap::new();
            for (Class { invariant, .. }, found) in &tally.classes {
                *invariants.entry(invariant).or_default() += found.count;
            }
            let told: Vec<String> = invariants.iter().map(|(name, count)| format!("{name} {count}")).collect();
            let first = tally.classes.values().filter_map(|found| found.seeds.first()).min();
            Some(format!("violated, first by seed {}: {}", first.copied().unwrap_or_default(), told.join(", ")))
        }
    }
}

/// Looks whether every release that is known to be wrong is still caught.
pub fn strength(jobs: NonZeroUsize) -> Section {
    let caught = strength::strength(Effort::SHORT, jobs);
    let missed = format!("not caught within {} seeds", Effort::SHORT.seeds);
    let cases = caught.iter().map(|one| Case {
        name: format!("catches {}", one.release),
        failure: (!one.any.found()).then(|| missed.clone()),
    });
    let cases: Vec<Case> = cases.collect();
    let exit_code = if cases.iter().all(|case| case.failure.is_none()) { 0 } else { Verdict::Vacuous.exit_code() };
    let longest = caught.iter().filter_map(|one| one.any.longest()).max().unwrap_or_default();
    let done = format!("{} releases that are wrong, each looked for, {longest} seeds at most", cases.len());
    Section { name: "strength", done, cases, exit_code }
}
