//! What a profile seldom or never draws of the language: any step that the host knows, any setting at its bounds, any fault, kill and
//! schedule.
//!
//! The profile of the whole language adds a few of them to a scenario of another profile, from a stream of its own.
//! The words come from the plan's tables, and a new word is drawn without a line here. An addition that the plan refuses is left out.
//! What is left out on purpose is in [`undrawn`](super::undrawn).

mod faults;
mod schedule;
mod steps;
mod values;

use std::time::Duration;

use model::hosts::Kind;
use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_oneof};
use proptest::sample::{Index, select};
use proptest::strategy::{BoxedStrategy, Strategy};

use super::undrawn;
use crate::plan::{Kill, PlannedFault, Scenario, Schedule, Setting, StartingStep, Step};

/// What is added to a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Additions {
    /// Each with the lane and the place in it.
    steps: Vec<(Index, Index, Step)>,
    settings: Vec<Setting>,
    down: Duration,
    faults: Vec<PlannedFault>,
    kills: Vec<Kill>,
    schedule: Schedule,
}

/// The additions to a scenario of this host.
pub(super) fn additions(host: Kind) -> BoxedStrategy<Additions> {
    let place = (any::<Index>(), any::<Index>());
    let step = (place, steps::step(host)).prop_map(|((lane, place), step)| Some((lane, place, step?)));
    let down = prop_oneof![3 => Just("0s"), 1 => select(values::DURATIONS)];
    let some = (
        vec(step, 0..8),
        vec(values::setting(), 0..7),
        down,
        vec(faults::fault(host), 0..5),
        vec(faults::kill(), 0..2),
        schedule::schedule(),
    );
    some.prop_map(|(steps, settings, down, faults, kills, schedule)| Additions {
        steps: steps.into_iter().flatten().collect(),
        settings,
        down: values::duration(down),
        faults: faults.into_iter().flatten().collect(),
        kills: kills.into_iter().flatten().collect(),
        schedule,
    })
    .boxed()
}

impl Additions {
    /// Adds them to a scenario, each that it can have.
    pub(super) fn add_to(self, scenario: &mut Scenario) {
        let mut add = |change: &dyn Fn(&mut Scenario)| {
            let mut changed = scenario.clone();
            change(&mut changed);
            if undrawn::allows(&changed) && changed.check().is_ok() {
                *scenario = changed;
            }
        };
        for setting in self.settings {
            add(&|it| it.config = it.config.with(setting));
        }
        for (lane, place, step) in self.steps {
            add(&|it| {
                let lane = lane.index(it.lanes.len());
                let steps = &mut it.lanes[lane];
                let at = if matches!(step, Step::Starting(StartingStep::StartAfter(_))) {
                    0
                } else {
                    place.index(steps.len() + 1)
                };
                steps.insert(at, step.clone());
            });
        }
        if !self.down.is_zero() {
            add(&|it| it.faults.down = self.down);
        }
        for fault in self.faults {
            add(&|it| it.faults.plan(fault.clone()));
        }
        for kill in self.kills {
            add(&|it| it.faults.kills.push(kill.clone()));
        }
        if self.schedule != Schedule::default() {
            add(&|it| it.schedule = self.schedule.clone());
        }
    }
}
