//! Which parts of a scenario its violation needs: each is left out in turn, under the scenario's own schedule and a few others.

use std::num::NonZeroUsize;

use super::change::{self, Change, is_a_fault};
use super::continuation::{Odds, Trunk};
use super::promise::Became;
use crate::draw::Drawn;
use crate::parallel;
use crate::search::campaign;

/// A part of the scenario, and what becomes of the promise without it.
#[derive(Clone, Debug)]
pub struct Part {
    /// The scenario without it.
    pub change: Change,
    /// Whether it is a fault, or a step that is none of the user's doing.
    pub is_a_fault: bool,
    /// How many schedules still break the promise, of those that show what becomes of it.
    pub without_it: Odds,
}

impl Part {
    /// Whether the promise is broken without it, too. `None` if no schedule shows what becomes of it.
    pub fn is_needed(&self) -> Option<bool> {
        (self.without_it.of > 0).then_some(self.without_it.broken == 0)
    }
}

/// The odds of the scenario as it is, under so many schedules.
pub(super) fn as_it_is(
    trunk: &Trunk<'_>,
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    spent: &mut u32,
) -> Odds {
    odds(trunk, trunk.drawn, jobs, over, spent)
}

/// Every part of the scenario that can be left out.
pub(super) fn parts(
    trunk: &Trunk<'_>,
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    spent: &mut u32,
) -> Vec<Part> {
    let scenario = &trunk.drawn.scenario;
    let faults = change::without_a_fault(scenario);
    let steps = change::without_a_step(scenario);
    let settings = change::without_a_setting(scenario);
    let changes = faults.into_iter().chain(steps).chain(settings).take(MOST);
    let part = |change: Change| {
        let changed = change.made(trunk.drawn);
        changed.scenario.check().is_ok().then(|| {
            let is_a_fault = match &change {
                Change::WithoutFault(_) | Change::WithoutKill(_) | Change::WithoutOutage | Change::WithoutPace(_) => {
                    true
                }
                Change::StepLeftOut(_, step) => is_a_fault(step),
                Change::Pace(_) | Change::KillMoved(..) | Change::StepAdded(..) | Change::WithoutSetting(_) => false,
            };
            Part { is_a_fault, without_it: odds(trunk, &changed, jobs, over, spent), change }
        })
    };
    changes.filter_map(part).collect()
}

/// A scenario with more parts than this is too long to try each.
const MOST: usize = 40;

/// The odds of a scenario under its own schedule and a few others.
fn odds(
    trunk: &Trunk<'_>,
    drawn: &Drawn,
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    spent: &mut u32,
) -> Odds {
    let own = drawn.scenario.seed;
    let others = (0..trunk.schedules).filter(|seed| *seed != own);
    let seeds: Vec<u64> = std::iter::once(own).chain(others).collect();
    *spent += u32::try_from(seeds.len()).unwrap_or(u32::MAX);
    let became = parallel::map_until(&seeds, jobs, over, |seed| {
        trunk.promise.became(&campaign::run(&drawn.changed(|scenario| scenario.seed = *seed), trunk.release))
    });
    became.into_iter().flatten().fold(Odds::default(), |odds, became| match became {
        Became::Open => odds,
        Became::Kept => Odds { of: odds.of + 1, ..odds },
        Became::Broken => Odds { of: odds.of + 1, broken: odds.broken + 1 },
    })
}
