//! Smaller or simpler variants of a scenario, the biggest cuts first.

use std::time::Duration;

use model::words::course::{Course, RunResult};

use crate::draw::Drawn;
use crate::plan::{Config, Jump, Kill, Moment, Setting, Step, SurroundingStep, TurnStep};

/// Proposes smaller scenarios.
pub(super) type Pass = fn(&Drawn) -> Vec<Drawn>;

/// All ways to make a scenario smaller, the most effective first.
pub(super) const PASSES: [Pass; 6] =
    [without_a_lane, without_steps, without_a_fault, without_a_kill, without_a_setting, simpler];

fn without_a_lane(drawn: &Drawn) -> Vec<Drawn> {
    match drawn.scenario.lanes.len() {
        1 => Vec::new(),
        lanes => (0..lanes).map(|lane| drawn.changed(|scenario| _ = scenario.lanes.remove(lane))).collect(),
    }
}

/// Leaves out runs of steps: half of them, a quarter, and so on down to each single one.
fn without_steps(drawn: &Drawn) -> Vec<Drawn> {
    let mut proposals = Vec::new();
    for (lane, steps) in drawn.scenario.lanes.iter().enumerate() {
        let mut size = steps.len() / 2;
        while size > 0 {
            for first in (0..steps.len()).step_by(size) {
                let end = (first + size).min(steps.len());
                if end - first < steps.len() {
                    proposals.push(drawn.changed(|scenario| _ = scenario.lanes[lane].drain(first..end)));
                }
            }
            size /= 2;
        }
    }
    proposals
}

fn without_a_fault(drawn: &Drawn) -> Vec<Drawn> {
    let faults = drawn.scenario.faults.planned();
    faults.map(|fault| drawn.changed(|scenario| scenario.faults.leave_out(&fault))).collect()
}

fn without_a_kill(drawn: &Drawn) -> Vec<Drawn> {
    let kills = 0..drawn.scenario.faults.kills.len();
    kills.map(|kill| drawn.changed(|scenario| _ = scenario.faults.kills.remove(kill))).collect()
}

fn without_a_setting(drawn: &Drawn) -> Vec<Drawn> {
    let config = &drawn.scenario.config;
    let without = config.settings().into_iter().map(|setting| config.without(setting.key()));
    without.map(|config| drawn.changed(|scenario| scenario.config = config)).collect()
}

/// One turn instead of several, round numbers, an earlier kill, shorter delays, smaller settings.
fn simpler(drawn: &Drawn) -> Vec<Drawn> {
    let scenario = &drawn.scenario;
    let mut proposals = Vec::new();
    for (lane, steps) in scenario.lanes.iter().enumerate() {
        for (place, step) in steps.iter().enumerate() {
            let replace = |simple| drawn.changed(|scenario| scenario.lanes[lane][place] = simple);
            proposals.extend(simpler_steps(step).into_iter().map(replace));
        }
    }
    for (place, kill) in scenario.faults.kills.iter().enumerate() {
        let replace = |earlier| drawn.changed(|scenario| scenario.faults.kills[place] = earlier);
        proposals.extend(earlier_kills(kill).into_iter().map(replace));
    }
    for fault in scenario.faults.planned() {
        let shorter = shorter(fault.pause().unwrap_or_default()).map(|pause| fault.with_pause(pause));
        proposals.extend(shorter.map(|fault| drawn.changed(|scenario| scenario.faults.plan(fault))));
    }
    let smaller = scenario.config.settings().into_iter().filter_map(smaller_setting);
    let configs = smaller.map(|setting| scenario.config.with(setting));
    proposals.extend(configs.map(|config: Config| drawn.changed(|scenario| scenario.config = config)));
    proposals
}

/// Shorter and rounder times, the shortest first.
fn shorter(own: Duration) -> impl Iterator<Item = Duration> {
    let round = [100, 1_000, 3_000, 10_000, 30_000, 60_000].map(Duration::from_millis);
    round.into_iter().filter(move |other| *other < own)
}

/// The same step with rounder numbers.
fn simpler_steps(step: &Step) -> Vec<Step> {
    let turn = || Step::Turn(TurnStep::Completed(1));
    match step {
        Step::Turn(TurnStep::Completed(1)) => Vec::new(),
        Step::Turn(TurnStep::Completed(times)) => {
            let fewer = [times / 2, times - times / 4, times - 1].into_iter();
            let fewer = fewer.filter(|fewer| (2..*times).contains(fewer));
            std::iter::once(turn()).chain(fewer.map(|fewer| TurnStep::Completed(fewer).into())).collect()
        }
        Step::Turn(TurnStep::Interrupted | TurnStep::Ephemeral | TurnStep::Review | TurnStep::Say(_)) => vec![turn()],
        Step::Turn(TurnStep::Run(Course { lasts: Some(lasts), result: RunResult::Completes })) => {
            let shorter = shorter(*lasts).map(|lasts| Course { lasts: Some(lasts), result: RunResult::Completes });
            shorter.map(|course| TurnStep::Run(course).into()).collect()
        }
        Step::Around(SurroundingStep::Sleep(duration)) => {
            shorter(*duration).map(|duration| SurroundingStep::Sleep(duration).into()).collect()
        }
        Step::Around(SurroundingStep::Suspend(duration)) => {
            shorter(*duration).map(|duration| SurroundingStep::Suspend(duration).into()).collect()
        }
        Step::Around(SurroundingStep::Clock(jump)) => {
            shorter(jump.by).map(|by| SurroundingStep::Clock(Jump { by, ..*jump }).into()).collect()
        }
        Step::Turn(TurnStep::Run(_) | TurnStep::Undo | TurnStep::Prefetch)
        | Step::Session(_)
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Starting(_)
        | Step::Around(_)
        | Step::Beside(_)
        | Step::WebUi(_)
        | Step::Gateway(_) => Vec::new(),
    }
}

/// The same kill at earlier steps.
fn earlier_kills(kill: &Kill) -> Vec<Kill> {
    match &kill.at {
        Moment::After(_) => Vec::new(),
        Moment::Label(label, count) => {
            let earlier = [count / 2, count - 1].into_iter().filter(|earlier| (1..*count).contains(earlier));
            earlier.map(|earlier| Kill { at: Moment::Label(label.clone(), earlier), ..*kill }).collect()
        }
        &Moment::Step(step) => {
            let earlier = [step / 2, step * 3 / 4, step.saturating_sub(5), step.saturating_sub(1)].into_iter();
            let earlier = earlier.filter(|earlier| (1..step).contains(earlier));
            earlier.map(|earlier| Kill { at: Moment::Step(earlier), ..*kill }).collect()
        }
    }
}

/// The same setting with the next smaller number, down to 2.
fn smaller_setting(setting: Setting) -> Option<Setting> {
    match setting {
        Setting::AgentCache(agents) if agents > 2 => Some(Setting::AgentCache(agents - 1)),
        Setting::MemoryLimit(turns) if turns > 2 => Some(Setting::MemoryLimit(turns - 1)),
        Setting::RetainEveryNTurns(turns) if turns > 2 => Some(Setting::RetainEveryNTurns(turns - 1)),
        Setting::AgentCache(_)
        | Setting::MemoryLimit(_)
        | Setting::RetainEveryNTurns(_)
        | Setting::AgentRaises(_)
        | Setting::AppendLag(_)
        | Setting::AutoRecall(_)
        | Setting::ColdClientImport(_)
        | Setting::CommandLimit(_)
        | Setting::ConvergenceLimit(_)
        | Setting::DeliveryLimit(_)
        | Setting::DrainTimeout(_)
        | Setting::Host(_)
        | Setting::Latency(_)
        | Setting::OperationLag(_)
        | Setting::RetainAsync(_)
        | Setting::ShutdownLimit(_)
        | Setting::StopBudget(_)
        | Setting::StopTimeout(_)
        | Setting::BankIdTemplate(_)
        | Setting::EndHookBudget(_)
        | Setting::Timeout(_)
        | Setting::TurnLimit(_)
        | Setting::UnsyncedTail(_)
        | Setting::VisibilityLag(_) => None,
    }
}
