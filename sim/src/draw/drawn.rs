//! The result of a draw: a scenario, and the server that it runs against.

use std::collections::BTreeSet;

use model::words::server::Server;

use super::wide::Additions;
use crate::plan::{
    Config, Ending, EndingStep, Expectations, Faults, Kill, Moment, PlannedFault, Scenario, Schedule, StartingStep,
    Step, Strategy, SurroundingStep,
};

/// The configuration, and the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub server: Server,
    pub config: Config,
}

/// The path of a scenario that a seed made.
const DRAWN: &str = "drawn.toml";

/// How many steps a real agent takes at most where a model takes one.
const FINER: u64 = 10;
/// The steps of a real agent in a short run.
const STEPS: u64 = 1_500;

/// A scenario, and the server that it runs against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The scenario.
    pub scenario: Scenario,
    /// The server.
    pub server: Server,
}

impl Drawn {
    /// Leaves out faults that cannot strike: kills of processes and faults of agents that the steps do not have.
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
            expect: Expectations::default(),
        };
        let processes = scenario.process_count();
        let kills = kills.into_iter().filter(|kill| kill.process as usize <= processes).collect();
        let names = scenario.names();
        let faults: Vec<PlannedFault> = faults.into_iter().filter(|fault| can_be_met(fault, &names)).collect();
        scenario.faults.kills = kills;
        faults.into_iter().for_each(|fault| scenario.faults.plan(fault));
        Self { scenario, server: setting.server }
    }

    /// The same, with these additions.
    pub(super) fn with(mut self, additions: Additions) -> Self {
        additions.add_to(&mut self.scenario);
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

    /// The same as far as a real agent can be put through it. Its kills can meet it: it has none of a model's labels, and takes one to ten
    /// steps for each of a model's. Half of its SIGTERMs are handled: without a handler one is but another SIGKILL. Its disk is real: it loses
    /// no power, but is killed, and its disk has no faults.
    #[must_use]
    pub fn for_real_code(mut self) -> Self {
        let (seed, mut handled) = (self.scenario.seed, BTreeSet::new());
        for (place, kill) in self.scenario.faults.kills.iter_mut().enumerate() {
            let text = format!("{seed} {place} {kill}");
            let hash = blake3::hash(text.as_bytes());
            let drawn = u64::from(hash.as_bytes()[0]) << 8 | u64::from(hash.as_bytes()[1]);
            match kill.at {
                Moment::Step(step) if drawn % 2 == 0 => kill.at = Moment::Step(step * FINER - drawn / 2 % FINER),
                Moment::Label(..) => kill.at = Moment::Step(1 + drawn % STEPS),
                Moment::Step(_) | Moment::After(_) => {}
            }
            match kill.ending {
                Ending::PowerLoss => kill.ending = Ending::Sigkill,
                Ending::Sigterm if hash.as_bytes()[2].is_multiple_of(2) => _ = handled.insert(kill.process),
                Ending::Sigterm | Ending::Sigkill | Ending::Exit | Ending::OsExit => {}
            }
        }
        // A host that serves many sessions handles it by itself.
        if !self.scenario.config.host.properties().serves {
            handled.into_iter().for_each(|process| handle_sigterm(&mut self.scenario.lanes, process));
        }
        for lane in &mut self.scenario.lanes {
            let power_loss = Step::Ending(EndingStep::PowerLoss);
            lane.iter_mut().filter(|step| **step == power_loss).for_each(|step| *step = EndingStep::Sigkill.into());
            let is_of_the_disk = |step: &Step| matches!(step, Step::Around(SurroundingStep::Disk(_)));
            if !lane.iter().all(is_of_the_disk) {
                lane.retain(|step| !is_of_the_disk(step));
            }
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

/// Has a process handle SIGTERM from its beginning. Processes are counted from 1, through all lanes.
fn handle_sigterm(lanes: &mut [Vec<Step>], process: u32) {
    let mut count = 0;
    for lane in lanes {
        let begins = |step: &Step| matches!(step, Step::Starting(StartingStep::Restart(..)));
        let first = usize::from(matches!(lane.first(), Some(Step::Starting(StartingStep::StartAfter(_)))));
        let later = lane.iter().enumerate().filter(|(_, step)| begins(step)).map(|(place, _)| place + 1);
        let beginnings: Vec<usize> = std::iter::once(first).chain(later).collect();
        for place in beginnings {
            count += 1;
            if count == process {
                return lane.insert(place, EndingStep::OnSigterm.into());
            }
        }
    }
}

fn can_be_met(fault: &PlannedFault, names: &BTreeSet<&str>) -> bool {
    match fault {
        PlannedFault::Commit(agent, ..) => names.contains(&**agent),
        PlannedFault::Request(..) => true,
    }
}
