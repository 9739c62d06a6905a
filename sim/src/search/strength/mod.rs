//! The strength of the tester: how many seeds it takes to find each known defect.
//!
//! Every release outside the reference is a defect that somebody shipped or proposed, and every invariant must be broken by some release.
//! Each is looked for from several starts, in the profile that its release is about, and a release is caught by an invariant of its own
//! part. A defect that is not found within the budget is a hole in the generator or in a check.
//!
//! The same measurement compares another schedule: which of the two shows races in fewer seeds?
//!
//! - `soon`: how soon. - `ahead`: under which schedule sooner.

mod ahead;
mod soon;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use model::agents::Subject;

pub use ahead::Ahead;
pub use soon::Soon;
use soon::{Find, middle};

use crate::draw;
use crate::draw::Profile;
use crate::judging::Invariant;
use crate::parallel;
use crate::plan::Strategy;
use crate::search::campaign::{self, Class};
use crate::search::shrink::shrink;
use crate::stopwatch::Stopwatch;

/// The distance between the starts.
const APART: u64 = 1_000_000;
/// The most seeds until a release is caught, in the median over the starts.
pub const MEDIAN: u64 = 200;
/// The most steps and faults in the smallest scenario, in the median over the starts.
pub const SIZE: (usize, usize) = (6, 2);

/// The effort of the search.
#[derive(Clone, Debug)]
pub struct Effort {
    /// The number of starts.
    pub starts: u64,
    /// The most seeds from each.
    pub seeds: u64,
    /// Whether to continue after the first violation, until every invariant that the release breaks had its chance.
    pub every_invariant: bool,
    /// The most runs for shrinking one scenario; 0 turns shrinking off.
    pub shrinking: u32,
    /// The schedule to compare with the random one, if any.
    pub compared: Option<Strategy>,
}

impl Effort {
    /// Enough for a table of medians.
    pub const FULL: Self = Self {
        starts: 5,
        seeds: 1_000,
        every_invariant: true,
        shrinking: 2_000,
        compared: Some(Strategy::Pct { depth: 3 }),
    };
    /// Enough to see that every release is still caught, and that every invariant is still broken by its breaker.
    pub const SHORT: Self = Self { starts: 1, seeds: 1_000, every_invariant: false, shrinking: 0, compared: None };
}

/// The finds for one release.
#[derive(Clone, Debug)]
pub struct Caught {
    /// The release.
    pub release: Subject,
    /// The profile in which the search drew scenarios.
    pub profile: Profile,
    /// The effort until any violation was found.
    pub any: Soon,
    /// The effort until each invariant was violated.
    pub invariants: BTreeMap<&'static str, Soon>,
    /// The smallest scenario of the first violation from each start, in steps and faults.
    pub smallest: Vec<(usize, usize)>,
}

impl Caught {
    /// The median size of the smallest scenarios: steps, and faults.
    pub fn size(&self) -> Option<(usize, usize)> {
        let steps = middle(self.smallest.iter().map(|(steps, _)| Some(*steps)).collect())?;
        let faults = middle(self.smallest.iter().map(|(_, faults)| Some(*faults)).collect())?;
        Some((steps, faults))
    }
}

/// How soon a violation of an invariant was found.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The invariant.
    pub invariant: &'static str,
    /// The release that broke it, and how soon; `None` if no release did.
    pub by: Option<(Subject, Soon)>,
}

/// All known defects, and how soon each was found.
#[derive(Clone, Debug)]
pub struct Strength {
    /// Every release outside the reference.
    pub releases: Vec<Caught>,
    /// Every invariant.
    pub invariants: Vec<Broken>,
    /// The same releases in the same order under the other schedule, if it was compared; its scenarios are not shrunk.
    pub compared: Vec<Caught>,
    /// Whether the search was over before each of them had been looked for. Those that were not are left out.
    pub interrupted: bool,
}

/// Looks for every known defect until it is `over`.
pub fn strength(effort: &Effort, jobs: NonZeroUsize, over: &(dyn Fn() -> bool + Sync)) -> Strength {
    let mut interrupted = false;
    let releases: Vec<Subject> = Subject::all().filter(|release| *release != Subject::REFERENCE).collect();
    let mut caught = |schedule: &Strategy, effort: &Effort| {
        let found = parallel::map_until(&releases, jobs, over, |release| look_for(*release, schedule, effort));
        interrupted |= found.iter().any(Option::is_none);
        found.into_iter().flatten().collect::<Vec<Caught>>()
    };
    let compared =
        effort.compared.as_ref().map(|schedule| caught(schedule, &Effort { shrinking: 0, ..effort.clone() }));
    let releases = caught(&Strategy::Random, effort);
    let invariants: Vec<Broken> = match effort.every_invariant {
        true => Invariant::all().map(|row| soonest(row.name, &releases)).collect(),
        false => {
            let rows: Vec<&Invariant> = Invariant::all().collect();
            let found = parallel::map_until(&rows, jobs, over, |row| broken(row, effort));
            interrupted |= found.iter().any(Option::is_none);
            found.into_iter().flatten().collect()
        }
    };
    Strength { releases, invariants, compared: compared.unwrap_or_default(), interrupted }
}

/// The release that breaks an invariant soonest, if any does.
fn soonest(invariant: &'static str, releases: &[Caught]) -> Broken {
    let found = releases.iter().filter_map(|one| Some((one.invariants.get(invariant)?.median()?, one)));
    let soonest = found.min_by_key(|(median, _)| *median);
    Broken { invariant, by: soonest.map(|(_, one)| (one.release, one.invariants[invariant].clone())) }
}

/// The release that is known to break an invariant, for an invariant that not every release is tested against.
///
/// # Panics
///
/// If the invariant's row names no release.
pub fn breaker(row: &Invariant) -> Subject {
    row.breaker.parse().expect("a row names a release that breaks its invariant")
}

/// How soon the release that is known to break an invariant does so.
fn broken(row: &'static Invariant, effort: &Effort) -> Broken {
    let (invariant, release) = (row.name, breaker(row));
    let profile = Profile::of(release);
    let breaks = |seed: u64| {
        let run = campaign::run(&draw::scenario(seed, profile), release);
        run.violations.iter().any(|violation| violation.invariant == invariant)
    };
    let find = |start: u64| {
        let watch = Stopwatch::start();
        let first = start * APART;
        let seed = (first..first + effort.seeds).find(|seed| breaks(*seed))?;
        Some(Find { seeds: seed - first + 1, took: watch.elapsed() })
    };
    let soon = Soon { finds: (0..effort.starts).map(find).collect() };
    Broken { invariant, by: soon.found().then_some((release, soon)) }
}

fn look_for(release: Subject, schedule: &Strategy, effort: &Effort) -> Caught {
    let profile = Profile::of(release);
    // A WebUI or a gateway is not caught by a violation of the memory that it runs with.
    let own = Invariant::all().filter(|row| release.part().is_none_or(|part| row.part == part));
    let own: Vec<&'static str> = own.map(|row| row.name).collect();
    let invariants = own.iter().map(|name| (*name, Soon::default())).collect();
    let mut caught = Caught { release, profile, any: Soon::default(), invariants, smallest: Vec::new() };
    for start in 0..effort.starts {
        let found = look_from(start * APART, &mut caught, schedule, &own, effort);
        caught.any.finds.push(found.values().min_by_key(|find| find.seeds).copied());
        for (name, soon) in &mut caught.invariants {
            soon.finds.push(found.get(name).copied());
        }
    }
    caught
}

/// The finds from one start, and the smallest scenario of the first violation.
fn look_from(
    first: u64,
    caught: &mut Caught,
    schedule: &Strategy,
    own: &[&'static str],
    effort: &Effort,
) -> BTreeMap<&'static str, Find> {
    let mut found = BTreeMap::new();
    let watch = Stopwatch::start();
    let mut shrinking = Duration::ZERO;
    for seed in first..first + effort.seeds {
        let drawn = draw::scenario(seed, caught.profile).scheduled(schedule.clone());
        let run = campaign::run(&drawn, caught.release);
        let took = watch.elapsed() - shrinking;
        let is_the_first = found.is_empty();
        for violation in run.violations.iter().filter(|violation| own.contains(&violation.invariant)) {
            found.entry(violation.invariant).or_insert(Find { seeds: seed - first + 1, took });
        }
        if is_the_first && !found.is_empty() && effort.shrinking > 0 {
            let class = Class::of(&run).into_iter().find(|class| own.contains(&&*class.invariant));
            let shrunk = class.and_then(|class| shrink(&drawn, caught.release, &class, effort.shrinking, &|| false));
            caught.smallest.extend(shrunk.map(|shrunk| shrunk.drawn.scenario.size()));
            shrinking = watch.elapsed() - took;
        }
        if !found.is_empty() && !effort.every_invariant {
            break;
        }
    }
    found
}

impl Strength {
    /// The shortcomings, in words: a release that is not found from every start, or not soon enough, or has no small scenario that shows
    /// it; and an invariant that no release breaks.
    pub fn shortcomings(&self) -> Vec<String> {
        let releases = self.releases.iter().filter_map(|one| {
            let falls_short = match (one.any.most(), one.any.median(), one.size()) {
                (None, _, _) => "not found from every start",
                (_, Some(median), _) if median > MEDIAN => "found too late",
                (_, _, Some((steps, faults))) if steps > SIZE.0 || faults > SIZE.1 => "its scenarios stay too large",
                _ => return None,
            };
            Some(format!("{}: {falls_short}", one.release))
        });
        let invariants = self.invariants.iter().filter(|broken| broken.by.is_none());
        releases.chain(invariants.map(|broken| format!("{}: nobody breaks it", broken.invariant))).collect()
    }
}
