//! What breaks a scenario: every kill at every step, every fault of every request, and other schedules, one change at a time.
//!
//! A change breaks the scenario if its run shows a class of violations that the scenario does not show as it is. A change that plans what
//! the scenario already plans, or that cannot run, is not among the changes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use model::agents::Subject;
use model::agents::outside::Failure;

use super::campaign::{self, Class};
use crate::draw::Drawn;
use crate::parallel;
use crate::plan::{Ending, Fault, Kill, Moment, PlannedFault, Which};
use crate::run::{Run, Verdict};

/// One change of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A kill at a step of a process.
    Kill(Kill),
    /// A fault of a request.
    Fault(PlannedFault),
    /// Another schedule.
    Seed(u64),
}

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The number of other schedules.
    pub seeds: u64,
    /// The most steps of each process, from its first.
    pub steps: u64,
    /// The number of threads.
    pub jobs: NonZeroUsize,
}

/// The result.
pub struct Explored {
    /// The run of the scenario as it is, without its history.
    pub base: Run,
    /// The classes of violations that it shows as it is.
    pub known: BTreeSet<Class>,
    /// The number of changes.
    pub changes: usize,
    /// The number of changes that were tried: fewer if the user interrupted.
    pub tried: usize,
    /// The processes whose last steps were not tried: their number and their steps.
    pub cut_short: Vec<(u32, u64)>,
    /// The changes that break it, in the order of the changes, each with the classes that are new.
    pub breaks: Vec<(Change, BTreeSet<Class>)>,
    /// How many changes a real agent could not run, by the reason.
    pub without_result: BTreeMap<String, usize>,
}

impl Explored {
    /// The new classes, each with its changes, the one with the most changes first.
    pub fn by_class(&self) -> Vec<(&Class, Vec<&Change>)> {
        let classes: BTreeSet<&Class> = self.breaks.iter().flat_map(|(_, classes)| classes).collect();
        let changes = |class: &Class| {
            let of_it = self.breaks.iter().filter(|(_, classes)| classes.contains(class));
            of_it.map(|(change, _)| change).collect::<Vec<_>>()
        };
        let mut by_class: Vec<_> = classes.into_iter().map(|class| (class, changes(class))).collect();
        by_class.sort_by_key(|(_, changes)| std::cmp::Reverse(changes.len()));
        by_class
    }

    /// The exit code: a violation if anything breaks it, or nothing proved if not everything was tried.
    pub fn exit_code(&self) -> u8 {
        match self.base.verdict {
            Verdict::Violation | Verdict::NotConverged => self.base.exit_code,
            Verdict::Pass | Verdict::Vacuous if !self.breaks.is_empty() => Verdict::Violation.exit_code(),
            Verdict::Pass if self.tried == self.changes && self.without_result.is_empty() => 0,
            Verdict::Pass | Verdict::Vacuous => Verdict::Vacuous.exit_code(),
        }
    }
}

/// Tries every change of a scenario until it is `over`.
pub fn explore(drawn: &Drawn, release: Subject, extent: Extent, over: &(dyn Fn() -> bool + Sync)) -> Explored {
    let mut base = campaign::run(drawn, release);
    let known = Class::of(&base);
    let (changes, cut_short) = changes(drawn, &base, extent);
    base.forget_history();
    let results = parallel::map_until(&changes, extent.jobs, over, |change| {
        let run = campaign::run(&changed(drawn, change), release);
        match &run.failure {
            None => Ok(Class::of(&run).difference(&known).cloned().collect::<BTreeSet<Class>>()),
            Some(Failure::Lacks(why) | Failure::Broken(why)) => Err(why.clone()),
        }
    });
    let mut without_result = BTreeMap::new();
    let reasons = results.iter().flatten().filter_map(|result| result.as_ref().err());
    reasons.for_each(|why| *without_result.entry(why.clone()).or_default() += 1);
    let tried = results.iter().flatten().count();
    let breaks = changes.iter().zip(results).filter_map(|(change, classes)| Some((change.clone(), classes?.ok()?)));
    let breaks = breaks.filter(|(_, classes)| !classes.is_empty()).collect();
    Explored { base, known, changes: changes.len(), tried, cut_short, breaks, without_result }
}

/// The scenario with a change.
pub fn changed(drawn: &Drawn, change: &Change) -> Drawn {
    drawn.changed(|scenario| match change {
        Change::Kill(kill) => scenario.faults.kills.push(kill.clone()),
        Change::Fault(fault) => scenario.faults.plan(fault.clone()),
        Change::Seed(seed) => scenario.seed = *seed,
    })
}

fn changes(drawn: &Drawn, base: &Run, extent: Extent) -> (Vec<Change>, Vec<(u32, u64)>) {
    let (kills, cut_short) = kills(base, extent.steps);
    let kills = kills.into_iter().filter(|kill| !drawn.scenario.faults.kills.contains(kill)).map(Change::Kill);
    let faults = faults(drawn, base).into_iter().map(Change::Fault);
    let seeds = (0..extent.seeds).filter(|seed| *seed != drawn.scenario.seed).map(Change::Seed);
    let all = kills.chain(faults).chain(seeds);
    let can_run = |change: &Change| changed(drawn, change).scenario.check().is_ok();
    (all.filter(can_run).collect(), cut_short)
}

/// Every kill at every step of every planned process.
fn kills(base: &Run, most: u64) -> (Vec<Kill>, Vec<(u32, u64)>) {
    let steps = |process| base.reading.lives.end_of(process).map_or(base.steps, |end| end.steps);
    let lives: Vec<(u32, u64)> = base.reading.lives.planned().map(|life| (life.process, steps(life.process))).collect();
    let mut kills = Vec::new();
    for &(process, steps) in &lives {
        for ending in Ending::KILLS {
            kills.extend((1..=steps.min(most)).map(|step| Kill { process, at: Moment::Step(step), ending }));
        }
    }
    (kills, lives.into_iter().filter(|(_, steps)| *steps > most).collect())
}

/// Every fault of every request that arrived, unless the scenario plans one there.
fn faults(drawn: &Drawn, base: &Run) -> Vec<PlannedFault> {
    let exchanges = base.reading.requests.all.iter().filter(|exchange| exchange.endpoint.meets_faults());
    let free = exchanges.filter_map(|exchange| {
        let number = exchange.arrived?.number;
        let planned = drawn.scenario.faults.of(exchange.endpoint, number, &[], Duration::ZERO);
        planned.is_none().then_some((exchange.endpoint, number))
    });
    let free: BTreeSet<_> = free.collect();
    let of_one = |(endpoint, number)| {
        Fault::DRAWN.iter().map(move |fault| PlannedFault::Request(endpoint, Which::Number(number), (*fault).into()))
    };
    free.into_iter().flat_map(of_one).collect()
}
