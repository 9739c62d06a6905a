//! Where faults can strike in a run, and in which order: every step of every planned process, every request before the faults stop, every
//! commit, and every turn on its way to the provider.
//!
//! A fault that would change nothing has no place: a partial retain of no more turns than it keeps, a dropped confirmation of what confirms
//! nothing, a second SIGTERM of a process that handles the first. A place that the plan has a fault for keeps that one.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fault::SweptFault;
use super::thinned::thinned;
use crate::draw::Drawn;
use crate::history::reading::commits::Commission;
use crate::history::reading::requests::{Arrival, Exchange};
use crate::history::reading::stations::What;
use crate::plan::{CommitFault, Ending, Fault, Kill, Moment, PlannedFault, Which};
use crate::run::Run;
use crate::world::Taken;
use model::words::turn::TurnId;

/// When a fault strikes: behind so many events of the history, and then behind so many steps of all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Strike(u64, u64);

/// The faults that can strike in a run, in the order of their kinds. Kills come first.
pub(super) struct Places {
    pub faults: Vec<SweptFault>,
    /// How many were left out, because too many places are alike.
    pub left_out: u64,
}

impl Places {
    /// In the run of this plan, of which at most `alike` places in a row are tried.
    ///
    /// `taken` are the steps of the processes. A real agent takes them where nobody sees them: then only their numbers are known, and no
    /// order.
    pub(super) fn of(plan: &Drawn, run: &Run, taken: &[Taken], alike: usize) -> Self {
        Self::from(plan, run, taken, alike, None)
    }

    /// The same without those that strike before the first fault of the plan has struck.
    pub(super) fn after(first: &SweptFault, plan: &Drawn, run: &Run, taken: &[Taken], alike: usize) -> Self {
        match struck(first, run, taken) {
            Some(struck) => Self::from(plan, run, taken, alike, Some(struck)),
            None => Self { faults: Vec::new(), left_out: 0 },
        }
    }

    fn from(plan: &Drawn, run: &Run, taken: &[Taken], alike: usize, behind: Option<Strike>) -> Self {
        let kills = kills(plan, run, taken).into_iter().map(|(kill, label, at)| (SweptFault::Kill(kill), label, at));
        let others = requests(plan, run).into_iter().chain(commits(run)).chain(turns(plan, run));
        let others = others.map(|(fault, place)| (SweptFault::Planned(fault), "", Strike(place as u64, u64::MAX)));
        let is_later = |strike: Strike| behind.is_none_or(|behind| strike > behind);
        let can_run = |fault: &SweptFault| SweptFault::added(plan, &[fault]).scenario.check().is_ok();
        let all = kills.chain(others).filter(|(fault, _, strike)| is_later(*strike) && can_run(fault));
        let all = all.map(|(fault, label, _)| (fault, label)).collect();
        let (faults, left_out) = thinned(all, alike);
        Self { faults, left_out }
    }
}

/// Every kill at every step of every planned process, process by process and ending by ending, with the label of the step.
fn kills<'a>(plan: &Drawn, run: &Run, taken: &'a [Taken]) -> Vec<(Kill, &'a str, Strike)> {
    let mut steps: BTreeMap<u32, Vec<(&str, Strike)>> = BTreeMap::new();
    for (place, step) in (0..).zip(taken) {
        steps.entry(step.process).or_default().push((step.label, Strike(step.events, place)));
    }
    let lives = run.reading.lives.planned().filter(|life| life.process as usize <= plan.scenario.process_count());
    let mut kills = Vec::new();
    for life in lives {
        let counted = life.ended.as_ref().map_or(0, |end| end.steps);
        let own = steps.remove(&life.process);
        let own = own.unwrap_or_else(|| (0..counted).map(|step| ("", Strike(0, step))).collect());
        let signaled = life.signal.as_ref().map(|stop| stop.steps);
        // A real process has real files, which no loss of power can touch.
        let is_real = run.release.making().is_some();
        for ending in Ending::KILLS.into_iter().filter(|ending| !is_real || *ending != Ending::PowerLoss) {
            let is_heard = |step: u64| ending != Ending::Sigterm || signaled.is_none_or(|signaled| step < signaled);
            for (step, (label, strike)) in (1..).zip(&own).filter(|(step, _)| is_heard(*step)) {
                let kill = Kill { process: life.process, at: Moment::Step(step), ending };
                if !plan.scenario.faults.kills.contains(&kill) {
                    kills.push((kill, *label, *strike));
                }
            }
        }
    }
    kills
}

/// Every fault of every request that arrived while faults strike and met none.
fn requests(drawn: &Drawn, run: &Run) -> Vec<(PlannedFault, usize)> {
    let stopped = run.reading.outcome.faults_stopped.unwrap_or(usize::MAX);
    let mut faults = Vec::new();
    for exchange in run.reading.requests.all.iter().filter(|exchange| exchange.endpoint.meets_faults()) {
        let Some(arrived) = exchange.arrived.filter(|arrived| arrived.at.place < stopped) else { continue };
        let planned = drawn.scenario.faults.of(exchange.endpoint, arrived.number, &[], Duration::ZERO);
        if arrived.fault.is_some() || planned.is_some() {
            continue;
        }
        let which = Which::Number(arrived.number);
        let meant = Fault::DRAWN.iter().filter(|fault| changes(**fault, exchange));
        let meant = meant.map(|fault| PlannedFault::Request(exchange.endpoint, which.clone(), (*fault).into()));
        faults.extend(meant.map(|fault| (fault, arrived.at.place)));
    }
    faults
}

/// Whether a request with the fault is answered otherwise than without.
fn changes(fault: Fault, exchange: &Exchange) -> bool {
    let delivers = exchange.endpoint.delivers();
    let keeps_all = matches!(fault, Fault::Partial { keeps, .. } if exchange.turns <= keeps);
    (delivers && !keeps_all) || !fault.may_need_a_retain()
}

/// What a commit without a fault has in the place of one.
const NO_FAULT: &str = "ok";

/// Every fault of every commit that began and met none.
fn commits(run: &Run) -> Vec<(PlannedFault, usize)> {
    let free = run.reading.commits.all.iter().filter(|one| one.plan == NO_FAULT);
    let of_one = |one: &Commission| {
        let (agent, which) = (one.commit.agent.clone(), Which::Number(one.commit.number));
        let fault = move |fault| PlannedFault::Commit(agent.clone(), which.clone(), fault);
        let place = one.began.place;
        CommitFault::SWEPT.map(fault).map(|fault| (fault, place))
    };
    free.flat_map(of_one).collect()
}

/// Every fault that a turn meets in whatever request brings it, from the first on.
fn turns(drawn: &Drawn, run: &Run) -> Vec<(PlannedFault, usize)> {
    let stopped = run.reading.outcome.faults_stopped.unwrap_or(usize::MAX);
    let mut faults = Vec::new();
    for turn in run.reading.turns.handed_over() {
        let Some((exchange, arrived)) = first_that_brings(&turn.id, run) else { continue };
        let id = turn.id.clone();
        let has_one = drawn.scenario.faults.for_ever(exchange.endpoint, std::slice::from_ref(&id)).is_some();
        if has_one || arrived.fault.is_some() {
            continue;
        }
        let meant = Fault::OF_TURNS.iter().filter(|fault| changes(**fault, exchange));
        let meant = meant.filter(|fault| fault.is_final() || arrived.at.place < stopped);
        let meant =
            meant.map(|fault| PlannedFault::Request(exchange.endpoint, Which::Turn(id.clone()), (*fault).into()));
        faults.extend(meant.map(|fault| (fault, arrived.at.place)));
    }
    faults
}

/// The first request that brings a turn, and its arrival.
fn first_that_brings<'a>(turn: &TurnId, run: &'a Run) -> Option<(&'a Exchange, Arrival)> {
    let first = run.reading.turns.get(turn)?.stations.iter().find_map(|station| {
        let What::Requested { number } = station.what else { return None };
        Some(number)
    })?;
    let retains = run.reading.requests.all.iter().filter(|exchange| exchange.endpoint.delivers());
    let mut arrived = retains.filter_map(|exchange| Some((exchange, exchange.arrived?)));
    arrived.find(|(_, arrived)| arrived.number == first)
}

/// When the fault struck in a run of a plan that has it.
fn struck(fault: &SweptFault, run: &Run, taken: &[Taken]) -> Option<Strike> {
    let place = match fault {
        SweptFault::Kill(kill) => {
            let Moment::Step(step) = kill.at else { return None };
            let own = (0..).zip(taken).filter(|(_, taken)| taken.process == kill.process);
            let (place, taken) = (1..).zip(own).find(|(number, _)| *number == step)?.1;
            return Some(Strike(taken.events, place));
        }
        SweptFault::Planned(PlannedFault::Request(_, Which::Turn(turn), _)) => first_that_brings(turn, run)?.1.at.place,
        SweptFault::Planned(PlannedFault::Request(endpoint, which, _)) => {
            let mut arrived = run.reading.requests.all.iter().filter(|one| one.endpoint == *endpoint);
            let arrived = arrived.find_map(|one| one.arrived.filter(|arrived| which.means(arrived.number, &[])))?;
            arrived.at.place
        }
        SweptFault::Planned(PlannedFault::Commit(agent, which, _)) => {
            let mut began = run.reading.commits.all.iter().filter(|one| one.commit.agent == *agent);
            began.find(|one| which.means(one.commit.number, &[]))?.began.place
        }
    };
    Some(Strike(place as u64, u64::MAX))
}
