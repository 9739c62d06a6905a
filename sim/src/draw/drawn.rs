//! The result of a draw: a scenario, and the server that it runs against.

use std::collections::BTreeSet;
use std::time::Duration;

use model::words::server::Server;
use model::words::turn::TurnId;

use super::limits::limited;
use super::wide::Additions;
use crate::plan::{
    Config, Ending, EndingStep, Expectations, Faults, Kill, PlannedFault, Scenario, Schedule,
    Setting as PlannedSetting, Step, Strategy, Tail, Which, planned,
};

/// The configuration, and the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub server: Server,
    pub config: Config,
}

/// The path of a scenario that a seed made.
const DRAWN: &str = "drawn.toml";

/// A scenario, and the server that it runs against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The scenario.
    pub scenario: Scenario,
    /// The server.
    pub server: Server,
}

impl Drawn {
    /// Leaves out faults that cannot strike: kills of processes and faults of agents and turns that the steps do not have.
    pub(super) fn assemble(
        setting: Setting,
        lanes: Vec<Vec<Step>>,
        faults: Vec<PlannedFault>,
        kills: Vec<Kill>,
        schedule: u32,
    ) -> Self {
        let mut scenario = Scenario {
            name: "drawn".to_owned(),
            path: DRAWN.into(),
            title: "drawn at random".to_owned(),
            reports: Vec::new(),
            seed: schedule.into(),
            schedule: Schedule::default(),
            config: setting.config,
            lanes,
            faults: Faults::default(),
            agent: None,
            may_miss_steps: false,
            expect: Expectations::default(),
        };
        let processes = scenario.process_count();
        let kills = kills.into_iter().filter(|kill| kill.process as usize <= processes).collect();
        let names = scenario.names();
        let turns = scenario.turns();
        let faults = faults.into_iter().filter(|fault| can_be_met(fault, &names, &turns));
        let faults: Vec<PlannedFault> = faults.collect();
        scenario.faults.kills = kills;
        faults.into_iter().for_each(|fault| scenario.faults.plan(fault));
        Self { scenario, server: setting.server }
    }

    /// The same with one more loss of power, and what those that it has leave of the end of a file.
    pub(super) fn losing_power(mut self, (tail, kill): (Tail, Option<Kill>)) -> Self {
        let scenario = &mut self.scenario;
        let processes = scenario.process_count();
        scenario.faults.kills.extend(kill.filter(|kill| kill.process as usize <= processes));
        let is_planned = scenario.faults.kills.iter().any(|kill| kill.ending == Ending::PowerLoss)
            || scenario.steps().any(|step| *step == Step::Ending(EndingStep::PowerLoss));
        if is_planned {
            scenario.config = scenario.config.with(PlannedSetting::UnsyncedTail(tail));
        }
        self
    }

    /// The same, with these additions.
    pub(super) fn with(mut self, additions: Additions) -> Self {
        additions.add_to(&mut self.scenario);
        self
    }

    /// The same, judged by this limit of its delivery if it can have it.
    pub(super) fn within(mut self, limit: Option<Duration>) -> Self {
        self.scenario.config = limited(&self.scenario.config, limit);
        self
    }

    /// Whether a seed made it. Otherwise it was read from a file.
    pub fn is_of_a_seed(&self) -> bool {
        self.scenario.path == std::path::Path::new(DRAWN)
    }

    /// The same, scheduled by this strategy. Random, which is every plan's own strategy, leaves it another that was drawn.
    pub fn scheduled(mut self, strategy: Strategy) -> Self {
        if strategy != Strategy::Random {
            self.scenario.schedule.strategy = strategy;
        }
        self
    }

    /// The same with a change of the scenario.
    pub fn changed(&self, change: impl FnOnce(&mut Scenario)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.scenario);
        changed
    }
}

fn can_be_met(fault: &PlannedFault, names: &BTreeSet<&str>, turns: &BTreeSet<TurnId>) -> bool {
    match fault {
        PlannedFault::Commit(agent, ..) => names.contains(&**agent),
        PlannedFault::Request(_, Which::Turn(turn), _) => turns.contains(&planned(turn)),
        PlannedFault::Request(_, Which::Number(_) | Which::Every, _) => true,
    }
}
