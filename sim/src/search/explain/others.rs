//! Other releases in the same scenario: who passes, and in which behaviors it differs from the one that fails.

use std::num::NonZeroUsize;

use model::agents::Difference;
use model::agents::Subject;

use super::continuation::Trunk;
use super::promise::Became;
use crate::parallel;
use crate::run::Verdict;
use crate::search::campaign;

/// Another release in the same scenario.
#[derive(Clone, Debug)]
pub struct Other {
    /// The release.
    pub release: Subject,
    /// Whether it passes under every schedule that was tried.
    pub passes: bool,
    /// Whether it keeps the promise under every schedule that was tried, whatever else it breaks.
    pub keeps: bool,
    /// How it differs from the release that fails. Empty if the two have no table of behaviors in common.
    pub differences: Vec<Difference>,
}

/// Every release of the scenario's part that runs on its server: those first that keep the promise, and of them those that differ least.
pub(super) fn releases(
    trunk: &Trunk<'_>,
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    spent: &mut u32,
) -> Vec<Other> {
    let (drawn, own) = (trunk.drawn, trunk.release);
    let of_part = Subject::of(drawn.scenario.part()).filter(|release| *release != own);
    let all: Vec<Subject> = of_part.filter(|release| release.servers().contains(&drawn.server)).collect();
    let seeds = || std::iter::once(drawn.scenario.seed).chain(0..trunk.schedules / 2);
    *spent += u32::try_from(all.len() * seeds().count()).unwrap_or(u32::MAX);
    let tried = parallel::map_until(&all, jobs, over, |release| {
        let (mut passes, mut keeps) = (true, true);
        for seed in seeds() {
            let run = campaign::run(&drawn.changed(|scenario| scenario.seed = seed), *release);
            passes &= run.verdict == Verdict::Pass;
            keeps &= match trunk.promise.became(&run) {
                Became::Kept => true,
                Became::Open => run.verdict == Verdict::Pass,
                Became::Broken => false,
            };
        }
        (passes, keeps)
    });
    let known = all.into_iter().zip(tried).filter_map(|(release, tried)| Some((release, tried?)));
    let other = |(release, (passes, keeps))| Other { release, passes, keeps, differences: own.differences(release) };
    let mut others: Vec<Other> = known.map(other).collect();
    let rank = |other: &Other| if other.differences.is_empty() { usize::MAX } else { other.differences.len() };
    others.sort_by_key(|other| (!other.keeps, rank(other), !other.passes));
    others
}
