//! A change of a scenario by one fault, one step or one decision of its schedule.

use std::fmt;
use std::time::Duration;

use crate::draw::Drawn;
use crate::plan::{
    AgentStep, EndingStep, Forced, Kill, Moment, PlannedFault, Scenario, Setting, Step, SurroundingStep, TurnStep,
    WebUiStep,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The pace at one step of a process is forced.
    Pace(Forced),
    /// A forced pace is left to the strategy.
    WithoutPace(Forced),
    /// A kill strikes elsewhere.
    KillMoved(Kill, Kill),
    /// A kill is left out.
    WithoutKill(Kill),
    /// A fault is left out.
    WithoutFault(PlannedFault),
    /// The provider is there from the start.
    WithoutOutage,
    /// A step is put before another.
    StepAdded(Position, Step),
    /// A step is left out.
    StepLeftOut(Position, Step),
    /// A setting has its default.
    WithoutSetting(Setting),
}

/// The place of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The list, from 0.
    pub list: usize,
    /// The step of the list, from 0.
    pub step: usize,
    /// Whether there are several lists.
    pub of_several: bool,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}", self.step + 1)?;
        if self.of_several { write!(f, " of list {}", self.list + 1) } else { Ok(()) }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pace(forced) => write!(f, "with the schedule's decision \"{forced}\""),
            Self::WithoutPace(forced) => write!(f, "without the forced \"{forced}\""),
            Self::KillMoved(from, to) => write!(f, "with \"{to}\" in the place of \"{from}\""),
            Self::WithoutKill(kill) => write!(f, "without the kill \"{kill}\""),
            Self::WithoutFault(fault) => write!(f, "without the fault \"{fault}\""),
            Self::WithoutOutage => f.write_str("without the provider's outage at the start"),
            Self::StepAdded(at, step) => write!(f, "with \"{step}\" put in as {at}"),
            Self::StepLeftOut(at, step) => write!(f, "without {at} \"{step}\""),
            Self::WithoutSetting(setting) => write!(f, "without the setting {setting}"),
        }
    }
}

impl Change {
    /// How far it leads away, among changes that part from the run at the same event: a decision of the schedule is the nearest.
    pub(super) fn distance(&self) -> u8 {
        match self {
            Self::Pace(_) | Self::WithoutPace(_) => 0,
            Self::KillMoved(..) => 1,
            Self::WithoutFault(_) | Self::WithoutKill(_) | Self::WithoutOutage => 2,
            Self::StepAdded(..) => 3,
            Self::StepLeftOut(..) => 4,
            Self::WithoutSetting(_) => 5,
        }
    }

    /// The scenario with the change.
    pub fn made(&self, drawn: &Drawn) -> Drawn {
        drawn.changed(|scenario| match self {
            Self::Pace(forced) => {
                scenario.schedule.forced.retain(|own| (own.process, own.step) != (forced.process, forced.step));
                scenario.schedule.forced.push(*forced);
            }
            Self::WithoutPace(forced) => scenario.schedule.forced.retain(|own| own != forced),
            Self::KillMoved(from, to) => {
                let is_it = |kill: &&mut Kill| *kill == from;
                scenario.faults.kills.iter_mut().filter(is_it).for_each(|kill| kill.clone_from(to));
            }
            Self::WithoutKill(kill) => scenario.faults.kills.retain(|own| own != kill),
            Self::WithoutFault(fault) => scenario.faults.leave_out(fault),
            Self::WithoutOutage => scenario.faults.down = Duration::ZERO,
            Self::StepAdded(at, step) => scenario.lanes[at.list].insert(at.step, step.clone()),
            Self::StepLeftOut(at, _) => _ = scenario.lanes[at.list].remove(at.step),
            Self::WithoutSetting(setting) => scenario.config = scenario.config.without(setting.key()),
        })
    }
}

/// Every step of a scenario, with its place.
pub(super) fn steps(scenario: &Scenario) -> impl Iterator<Item = (Position, &Step)> {
    let of_several = scenario.lanes.len() > 1;
    scenario.lanes.iter().enumerate().flat_map(move |(list, lane)| {
        lane.iter().enumerate().map(move |(step, what)| (Position { list, step, of_several }, what))
    })
}

/// Each fault and kill left out: what a scenario does to its run besides its steps.
pub(super) fn without_a_fault(scenario: &Scenario) -> Vec<Change> {
    let faults = scenario.faults.planned().map(Change::WithoutFault);
    let kills = scenario.faults.kills.iter().cloned().map(Change::WithoutKill);
    let outage = (!scenario.faults.down.is_zero()).then_some(Change::WithoutOutage);
    let forced = scenario.schedule.forced.iter().copied().map(Change::WithoutPace);
    faults.chain(kills).chain(outage).chain(forced).collect()
}

/// Each step left out that hands over no turn. Without a turn, others would have its name.
pub(super) fn without_a_step(scenario: &Scenario) -> Vec<Change> {
    let others = steps(scenario).filter(|(_, step)| !makes_turns(step));
    others.map(|(at, step)| Change::StepLeftOut(at, step.clone())).collect()
}

/// Each setting left out.
pub(super) fn without_a_setting(scenario: &Scenario) -> Vec<Change> {
    scenario.config.settings().into_iter().map(Change::WithoutSetting).collect()
}

/// Each kill a few steps earlier or later.
pub(super) fn with_a_kill_moved(scenario: &Scenario) -> Vec<Change> {
    let moved = |kill: &Kill| {
        let Moment::Step(step) = kill.at else { return Vec::new() };
        let near = [1, 2, 3, 5, 10, 20].into_iter().flat_map(|by| [step.checked_sub(by), step.checked_add(by)]);
        let other = |step: u64| Kill { at: Moment::Step(step), ..kill.clone() };
        near.flatten().filter(|step| *step > 0).map(|step| Change::KillMoved(kill.clone(), other(step))).collect()
    };
    scenario.faults.kills.iter().flat_map(moved).collect()
}

/// How long the user may think, or go on, before a step.
const WHILE: Duration = Duration::from_secs(60);

/// A wait before each step, and a turn before each that is behind the turn in question: then that turn keeps its name.
pub(super) fn with_a_step_added(scenario: &Scenario, turn: Option<(usize, usize)>) -> Vec<Change> {
    let added = |(at, step): (Position, &Step)| {
        let behind = turn.is_some_and(|(list, step)| at.list == list && at.step > step);
        let turns = [1, scenario.config.memory.retain_every_n_turns as usize].into_iter();
        let turns = turns.map(|times| Step::from(TurnStep::Completed(times)));
        let turns: Vec<Step> = if behind { turns.collect() } else { Vec::new() };
        let waits = (at.step > 0 && !step.only_waits()).then(|| [wait(), waits_for_memory(scenario)]);
        let new = turns.into_iter().chain(waits.into_iter().flatten());
        new.map(move |new| Change::StepAdded(at, new)).collect::<Vec<_>>()
    };
    let of_several = scenario.lanes.len() > 1;
    let ends = scenario.lanes.iter().enumerate();
    let ends = ends.flat_map(|(list, lane)| {
        let at = Position { list, step: lane.len(), of_several };
        [wait(), waits_for_memory(scenario)].map(|step| Change::StepAdded(at, step))
    });
    let mut all: Vec<Change> = steps(scenario).flat_map(added).chain(ends).collect();
    all.dedup();
    all
}

/// Whether a step hands over turns, or counts as one.
fn makes_turns(step: &Step) -> bool {
    match step {
        Step::Turn(step) => !matches!(step, TurnStep::Undo | TurnStep::Prefetch),
        Step::Beside(_) => true,
        Step::WebUi(step) => step.to_string().starts_with("mark"),
        Step::Session(_)
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Starting(_)
        | Step::Around(_)
        | Step::Gateway(_) => false,
    }
}

/// Whether a step is no doing of the user's: the machine, the network or the provider fails, or the process is cut off.
pub(super) fn is_a_fault(step: &Step) -> bool {
    match step {
        Step::Around(step) => match step {
            SurroundingStep::Wedge(_)
            | SurroundingStep::ServerDown(_)
            | SurroundingStep::Network(_)
            | SurroundingStep::Disk(_)
            | SurroundingStep::Suspend(_)
            | SurroundingStep::Clock(_)
            | SurroundingStep::Lose(_) => true,
            SurroundingStep::Sleep(_) | SurroundingStep::WaitRetain(_) | SurroundingStep::Barrier(_) => false,
        },
        Step::Ending(step) => match step {
            EndingStep::OsExit | EndingStep::Sigkill | EndingStep::PowerLoss => true,
            EndingStep::Exit | EndingStep::Sigterm | EndingStep::OnSigterm | EndingStep::Sigint => false,
        },
        Step::Turn(_)
        | Step::Session(_)
        | Step::Agent(_)
        | Step::Starting(_)
        | Step::Beside(_)
        | Step::WebUi(_)
        | Step::Gateway(_) => false,
    }
}

/// A wait of the user, as a step.
pub(super) fn wait() -> Step {
    SurroundingStep::Sleep(WHILE).into()
}

/// The step by which the scenario's host waits for its memory.
pub(super) fn waits_for_memory(scenario: &Scenario) -> Step {
    match scenario.config.host.properties().commits {
        true => WebUiStep::Drain(None).into(),
        false => AgentStep::Flush.into(),
    }
}

impl Change {
    /// The same as a line of a file could say it, without the words around it.
    pub fn subject(&self) -> String {
        match self {
            Self::Pace(forced) | Self::WithoutPace(forced) => forced.to_string(),
            Self::KillMoved(_, kill) | Self::WithoutKill(kill) => kill.to_string(),
            Self::WithoutFault(fault) => fault.to_string(),
            Self::WithoutOutage => "the provider's outage at the start".to_owned(),
            Self::StepAdded(at, step) | Self::StepLeftOut(at, step) => format!("{at} \"{step}\""),
            Self::WithoutSetting(setting) => setting.to_string(),
        }
    }
}
