//! How strong the tester is: how many seeds it takes until each known defect is found.
//!
//! Every release that did not come out of the reference is a defect that somebody shipped or proposed, and every invariant is one
//! that somebody must break. Each is looked for from several starts, in the profile that its release is about, and a release is
//! caught by an invariant of its own part. A defect that is
//! not found within the budget is a hole in the generator or in a check.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::release::Release;

use crate::campaign::{self, Class};
use crate::checks;
use crate::generate::{self, Profile};
use crate::shrink::shrink;

/// How far apart the starts are.
const APART: u64 = 1_000_000;

/// How hard to look.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// From how many starts.
    pub starts: u64,
    /// How many seeds from each, at most.
    pub seeds: u64,
    /// Whether to go on after the first violation, until every invariant that the release breaks had its chance.
    pub every_invariant: bool,
    /// How many runs the shrinking of one scenario may take; none is shrunk if it is 0.
    pub shrinking: u32,
}

impl Effort {
    /// As much as a table of medians needs.
    pub const FULL: Self = Self { starts: 5, seeds: 1_000, every_invariant: true, shrinking: 2_000 };
    /// Enough to see that every release is still caught.
    pub const SHORT: Self = Self { starts: 1, seeds: 1_000, every_invariant: false, shrinking: 0 };
}

/// How soon a defect was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soon {
    /// How many seeds it took from each start, in order; nothing where the budget did not suffice.
    pub seeds: Vec<Option<u64>>,
}

impl Soon {
    /// The middle one, if it was found from most starts.
    pub fn median(&self) -> Option<u64> {
        let mut seeds: Vec<u64> = self.seeds.iter().map(|seeds| seeds.unwrap_or(u64::MAX)).collect();
        seeds.sort_unstable();
        seeds.get(seeds.len() / 2).copied().filter(|&seeds| seeds != u64::MAX)
    }

    /// The longest, if it was found from every start.
    pub fn longest(&self) -> Option<u64> {
        self.seeds.iter().copied().collect::<Option<Vec<u64>>>().and_then(|seeds| seeds.into_iter().max())
    }

    /// Whether it was found from most starts.
    pub fn found(&self) -> bool {
        self.median().is_some()
    }
}

/// What was found of a release.
#[derive(Clone, Debug)]
pub struct Caught {
    /// The release.
    pub release: Release,
    /// The profile in which it was looked for.
    pub profile: Profile,
    /// Until anything was found.
    pub any: Soon,
    /// Until each invariant was violated.
    pub invariants: BTreeMap<&'static str, Soon>,
    /// The smallest scenario of the first violation, in steps and faults.
    pub smallest: Option<(usize, usize)>,
}

/// Looks for every known defect.
pub fn strength(effort: Effort, jobs: NonZeroUsize) -> Vec<Caught> {
    let releases: Vec<Release> = Release::all().filter(|release| *release != Release::Reference).collect();
    let next = AtomicUsize::new(0);
    let caught = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.get() {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&release) = releases.get(place) else { return };
                    let one = look_for(release, effort);
                    caught.lock().expect("nothing panics while it holds this lock").insert(place, one);
                }
            });
        }
    });
    caught.into_inner().expect("nothing panics while it holds this lock").into_values().collect()
}

fn look_for(release: Release, effort: Effort) -> Caught {
    let profile = Profile::of(release);
    // A WebUI or a gateway is not caught by what the memory of its time does wrong.
    let own = checks::ALL.iter().filter(|check| release.part().is_none_or(|part| check.part == part));
    let own: Vec<&'static str> = own.map(|check| check.name).collect();
    let invariants = own.iter().map(|name| (*name, Soon::default())).collect();
    let mut caught = Caught { release, profile, any: Soon::default(), invariants, smallest: None };
    for start in 0..effort.starts {
        let first = start * APART;
        let mut found: BTreeMap<&'static str, u64> = BTreeMap::new();
        for seed in first..first + effort.seeds {
            let sketch = generate::sketch(seed, profile);
            let run = campaign::run(&sketch, release);
            if caught.smallest.is_none()
                && effort.shrinking > 0
                && let Some(class) = Class::of(&run).iter().find(|class| own.contains(&&*class.invariant))
            {
                let shrunk = shrink(&sketch, release, class, effort.shrinking);
                caught.smallest = shrunk.map(|shrunk| shrunk.sketch.size());
            }
            for violation in run.violations.iter().filter(|violation| own.contains(&violation.invariant)) {
                found.entry(violation.invariant).or_insert(seed - first + 1);
            }
            if !found.is_empty() && !effort.every_invariant {
                break;
            }
        }
        caught.any.seeds.push(found.values().min().copied());
        for (name, soon) in &mut caught.invariants {
            soon.seeds.push(found.get(name).copied());
        }
    }
    caught
}

/// For each invariant the release that gives it away soonest, if any does.
pub fn by_invariant(caught: &[Caught]) -> BTreeMap<&'static str, Option<(Release, Soon)>> {
    let soonest = |name: &'static str| {
        let found = caught.iter().filter_map(|one| Some((one.invariants.get(name)?.median()?, one)));
        let (_, one) = found.min_by_key(|(median, _)| *median)?;
        Some((one.release, one.invariants[name].clone()))
    };
    checks::ALL.iter().map(|check| (check.name, soonest(check.name))).collect()
}

/// The defects that were not found: releases, and invariants if every one had its chance.
pub fn missed(caught: &[Caught], effort: Effort) -> Vec<String> {
    let releases = caught.iter().filter(|one| !one.any.found()).map(|one| one.release.to_string());
    let invariants =
        by_invariant(caught).into_iter().filter(|(_, soonest)| effort.every_invariant && soonest.is_none());
    releases.chain(invariants.map(|(name, _)| name.to_owned())).collect()
}
