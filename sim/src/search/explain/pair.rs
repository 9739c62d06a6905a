//! The critical pair: the run, and the nearest one that keeps the promise. It is one fault, one step or one decision of the schedule away,
//! and of all such runs it parts from this one last.

use std::time::Duration;

use super::Extent;
use super::change::{self, Change};
use super::continuation::Trunk;
use super::parting;
use super::promise::Became;
use super::turning::Turning;
use crate::draw::Drawn;
use crate::parallel;
use crate::plan::{Forced, Pace, Whence};
use crate::run::{self, Run};
use crate::search::campaign;

/// The nearest run that keeps the promise.
pub struct Pair {
    /// What is different in it, in words.
    pub difference: String,
    /// The change of the file, if one makes it. Otherwise it is a continuation.
    pub change: Option<Change>,
    /// Its plan.
    pub drawn: Drawn,
    /// The run.
    pub run: Run,
    /// The first event in which the two differ, by its place in both histories.
    pub parts: usize,
}

/// What a change makes of the run.
struct Tried {
    clean: bool,
    parts: usize,
}

/// Finds it among the changes and what the search for the point of no return has found. `None` if nothing near keeps the promise.
pub(super) fn find(
    trunk: &Trunk<'_>,
    turning: &Turning,
    extent: Extent,
    over: &(dyn Fn() -> bool + Sync),
    spent: &mut u32,
) -> Option<Pair> {
    let changes = changes(trunk, extent, spent);
    let tried = parallel::map_until(&changes, extent.jobs, over, |change| {
        let changed = change.made(trunk.drawn);
        if changed.scenario.check().is_err() {
            return None;
        }
        let run = campaign::run(&changed, trunk.release);
        let kept = trunk.promise.became(&run) == Became::Kept;
        let parts = parting::place(&trunk.run.events, &run.events)?;
        kept.then_some(Tried { clean: run.violations.is_empty(), parts })
    });
    *spent += u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let kept = changes.iter().zip(tried).filter_map(|(change, tried)| Some((change, tried??)));
    let best = kept.max_by_key(|(change, tried)| (tried.clean, tried.parts, u8::MAX - change.distance()));
    match best {
        Some((change, Tried { parts, .. })) => {
            *spent += 1;
            let drawn = change.made(trunk.drawn);
            let run = campaign::run(&drawn, trunk.release);
            Some(Pair { difference: change.to_string(), change: Some(change.clone()), drawn, run, parts })
        }
        None => continuation(trunk, turning, spent),
    }
}

/// The continuation that keeps the promise from just before the point of no return.
fn continuation(trunk: &Trunk<'_>, turning: &Turning, spent: &mut u32) -> Option<Pair> {
    let saved = turning.saved.as_ref()?;
    *spent += 1;
    let run = run::run_redrawn(&saved.drawn.scenario, trunk.release, trunk.drawn.server, saved.redraw);
    let parts = parting::place(&trunk.run.events, &run.events)?;
    let schedule = format!("another schedule from event {} on", saved.redraw.events);
    let difference = match &saved.otherwise {
        None => format!("with {schedule}"),
        Some(otherwise) => format!("{otherwise}, and {schedule}"),
    };
    Some(Pair { difference, change: None, drawn: saved.drawn.clone(), run, parts })
}

/// The changes that are tried.
fn changes(trunk: &Trunk<'_>, extent: Extent, spent: &mut u32) -> Vec<Change> {
    let scenario = &trunk.drawn.scenario;
    let all = [
        paces(trunk, extent.steps, spent),
        change::with_a_kill_moved(scenario),
        change::without_a_fault(scenario),
        change::with_a_step_added(scenario, turn_step(trunk)),
        change::without_a_step(scenario),
    ];
    all.into_iter().flatten().collect()
}

/// The list and the step that handed over the turn in question.
fn turn_step(trunk: &Trunk<'_>) -> Option<(usize, usize)> {
    let turn = trunk.promise.turn.as_ref()?;
    let (at, process) = trunk.run.reading.turns.get(turn)?.handed_over().next()?;
    Whence::of(&trunk.drawn.scenario).place(process, trunk.run.origins.get(at.place)?.action)
}

/// How long a thread may be held up at a step: for a moment, until an answer has come, until the others have nothing left to do.
const HELD_UP: [Duration; 3] = [Duration::from_millis(3), Duration::from_millis(50), Duration::from_secs(5)];

/// Every other pace at every step of every process, as far as the extent goes.
fn paces(trunk: &Trunk<'_>, most: u64, spent: &mut u32) -> Vec<Change> {
    if trunk.release.making().is_some() {
        return Vec::new();
    }
    let lives = trunk.run.reading.lives.planned();
    let steps = |process| trunk.run.reading.lives.end_of(process).map_or(trunk.run.steps, |end| end.steps);
    let places: Vec<(u32, u64)> =
        lives.flat_map(|life| (1..=steps(life.process)).map(|step| (life.process, step))).collect();
    // Too many steps are thinned out.
    let every = (places.len() as u64).div_ceil(most.max(1)).max(1);
    let chosen = places.into_iter().step_by(usize::try_from(every).unwrap_or(usize::MAX));
    let held_up: Vec<Pace> = HELD_UP.into_iter().map(Pace::Sleep).collect();
    *spent += u32::try_from(held_up.len()).unwrap_or(u32::MAX);
    let held_up = held_up.into_iter().filter(|pace| !excuses(trunk, *pace));
    let kinds: Vec<Pace> = [Pace::Go, Pace::Yield].into_iter().chain(held_up).collect();
    let of_one = |(process, step)| {
        kinds.iter().map(move |pace| Change::Pace(Forced { process, step, pace: *pace })).collect::<Vec<_>>()
    };
    chosen.flat_map(of_one).collect()
}

/// Whether a thread that is held up excuses the violation by its length alone: a judge allows for it. Then a run that is held up proves nothing.
fn excuses(trunk: &Trunk<'_>, pace: Pace) -> bool {
    let nowhere = Forced { process: 1, step: u64::MAX, pace };
    let run = campaign::run(&Change::Pace(nowhere).made(trunk.drawn), trunk.release);
    trunk.promise.became(&run) != Became::Broken
}
