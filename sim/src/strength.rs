//! How strong the tester is: how many seeds it takes until each known defect is found.
//!
//! Every release that did not come out of the reference is a defect that somebody shipped or proposed, and every invariant is one
//! that somebody must break. Each is looked for from several starts, in the profile that its release is about, and a release is
//! caught by an invariant of its own part. A defect that is
//! not found within the budget is a hole in the generator or in a check.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use model::release::Release;

use crate::campaign::{self, Class};
use crate::checks;
use crate::generate::{self, Profile};
use crate::parallel;
use crate::shrink::shrink;
use crate::stopwatch::Stopwatch;

/// How far apart the starts are.
const APART: u64 = 1_000_000;
/// The most seeds that it may take, in the median over the starts, until a release is caught.
pub const MEDIAN: u64 = 200;
/// The most steps and faults that the smallest scenario may have, in the median over the starts.
pub const SIZE: (usize, usize) = (6, 2);

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

/// How soon a defect was found: from each start, in order; nothing where the budget did not suffice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soon {
    finds: Vec<Option<Find>>,
}

/// How soon it was found from one start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Find {
    seeds: u64,
    took: Duration,
}

impl Soon {
    /// The middle number of seeds, if it was found from most starts.
    pub fn median(&self) -> Option<u64> {
        middle(self.finds.iter().map(|find| find.map(|find| find.seeds)).collect())
    }

    /// The middle time, if it was found from most starts.
    pub fn median_time(&self) -> Option<Duration> {
        middle(self.finds.iter().map(|find| find.map(|find| find.took)).collect())
    }

    /// The most seeds, if it was found from every start.
    pub fn most(&self) -> Option<u64> {
        self.finds.iter().map(|find| find.map(|find| find.seeds)).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// The longest time, if it was found from every start.
    pub fn most_time(&self) -> Option<Duration> {
        self.finds.iter().map(|find| find.map(|find| find.took)).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Whether it was found from every start.
    pub fn found(&self) -> bool {
        self.most().is_some()
    }
}

/// The middle one; what was not found comes last.
fn middle<T: Ord + Copy>(mut finds: Vec<Option<T>>) -> Option<T> {
    finds.sort_unstable_by_key(|find| (find.is_none(), *find));
    finds.get(finds.len() / 2).copied().flatten()
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
    /// The smallest scenario of the first violation from each start, in steps and faults.
    pub smallest: Vec<(usize, usize)>,
}

impl Caught {
    /// The middle of the smallest scenarios: steps, and faults.
    pub fn size(&self) -> Option<(usize, usize)> {
        let steps = middle(self.smallest.iter().map(|(steps, _)| Some(*steps)).collect())?;
        let faults = middle(self.smallest.iter().map(|(_, faults)| Some(*faults)).collect())?;
        Some((steps, faults))
    }
}

/// Looks for every known defect.
pub fn strength(effort: Effort, jobs: NonZeroUsize) -> Vec<Caught> {
    let releases: Vec<Release> = Release::all().filter(|release| *release != Release::Reference).collect();
    parallel::map(&releases, jobs, |release| look_for(*release, effort))
}

fn look_for(release: Release, effort: Effort) -> Caught {
    let profile = Profile::of(release);
    // A WebUI or a gateway is not caught by what the memory of its time does wrong.
    let own = checks::ALL.iter().filter(|check| release.part().is_none_or(|part| check.part == part));
    let own: Vec<&'static str> = own.map(|check| check.name).collect();
    let invariants = own.iter().map(|name| (*name, Soon::default())).collect();
    let mut caught = Caught { release, profile, any: Soon::default(), invariants, smallest: Vec::new() };
    for start in 0..effort.starts {
        let found = look_from(start * APART, &mut caught, &own, effort);
        caught.any.finds.push(found.values().min_by_key(|find| find.seeds).copied());
        for (name, soon) in &mut caught.invariants {
            soon.finds.push(found.get(name).copied());
        }
    }
    caught
}

/// What is found from one start, and the smallest scenario of the first violation.
fn look_from(first: u64, caught: &mut Caught, own: &[&'static str], effort: Effort) -> BTreeMap<&'static str, Find> {
    let mut found = BTreeMap::new();
    let watch = Stopwatch::start();
    let mut shrinking = Duration::ZERO;
    for seed in first..first + effort.seeds {
        let sketch = generate::sketch(seed, caught.profile);
        let run = campaign::run(&sketch, caught.release);
        let took = watch.elapsed() - shrinking;
        let is_the_first = found.is_empty();
        for violation in run.violations.iter().filter(|violation| own.contains(&violation.invariant)) {
            found.entry(violation.invariant).or_insert(Find { seeds: seed - first + 1, took });
        }
        if is_the_first && !found.is_empty() && effort.shrinking > 0 {
            let class = Class::of(&run).into_iter().find(|class| own.contains(&&*class.invariant));
            let shrunk = class.and_then(|class| shrink(&sketch, caught.release, &class, effort.shrinking, &|| false));
            caught.smallest.extend(shrunk.map(|shrunk| shrunk.sketch.size()));
            shrinking = watch.elapsed() - took;
        }
        if !found.is_empty() && !effort.every_invariant {
            break;
        }
    }
    found
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

/// What falls short, in words: a release that is not found from every start, or not soon enough, or that cannot be shown in a small
/// scenario; and an invariant that nothing breaks, if every one had its chance.
pub fn missed(caught: &[Caught], effort: Effort) -> Vec<String> {
    let releases = caught.iter().filter_map(|one| {
        let falls_short = match (one.any.most(), one.any.median(), one.size()) {
            (None, _, _) => "not found from every start",
            (_, Some(median), _) if median > MEDIAN => "found too late",
            (_, _, Some((steps, faults))) if steps > SIZE.0 || faults > SIZE.1 => "its scenarios stay too large",
            _ => return None,
        };
        Some(format!("{}: {falls_short}", one.release))
    });
    let invariants =
        by_invariant(caught).into_iter().filter(|(_, soonest)| effort.every_invariant && soonest.is_none());
    releases.chain(invariants.map(|(name, _)| format!("{name}: nothing breaks it"))).collect()
}
