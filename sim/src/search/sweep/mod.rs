//! A sweep: every single fault of a scenario, and every pair of faults, each as a run of its own.
//!
//! A scenario runs once as it is. That run shows where faults can strike (`places`). The scenario with one more fault there is a plan like
//! any other, so that each swept fault can be written as a file and replayed. Behind each of them the plan goes on: processes that it
//! restarts start again, the faults stop, and a last process recovers.
//!
//! Pairs are taken from the run of the first fault: its second faults are those that can strike there after the first has struck. So a
//! place that the first makes unreachable is not tried, one that only the first makes reachable is, and two faults are tried together once,
//! in the order in which they strike. Nothing else is left out, but for what is too much alike: see `thinned`.
//!
//! The work is cut into pieces. A piece is counted by one thread, and its count is the same whoever counts it and whenever.
//!
//! - `fault`, `places`: the faults. - `shown`: what a run shows. - `piece`: counts of pieces. - `store`: the folder that survives a kill.
//! - `groups`: what was found, by class. - `certificate`: what was swept, in a file. Deliberately absent: other schedules; see [`schedules`](super::schedules).

pub mod certificate;
mod fault;
mod groups;
mod piece;
mod places;
mod shown;
pub mod store;
#[cfg(test)]
mod tests;
mod thinned;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use model::agents::Subject;

pub use fault::SweptFault;
pub use groups::Group;
pub use piece::{Counted, Found, Piece};
pub use shown::Shown;
pub(in crate::search) use shown::Tried;
pub use store::{Store, StoreError};

use crate::draw::Drawn;
use crate::parallel;
use crate::run::{Run, Verdict};
use crate::search::campaign;
use places::Places;

/// How many places that are alike are tried, unless the user says otherwise.
pub const ALIKE: u32 = 32;

/// How much is swept, and on how many threads.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// 1 for single faults, 2 for pairs as well.
    pub depth: u8,
    /// How many places that are alike are tried, at least 2: see `thinned`.
    pub alike: usize,
    /// The number of threads.
    pub jobs: NonZeroUsize,
}

/// A scenario as it is, and its faults.
pub struct Base {
    /// The scenario, and the server.
    pub drawn: Drawn,
    /// Its run without its history.
    pub run: Run,
    /// What it shows as it is.
    pub known: BTreeSet<Shown>,
    /// Its faults.
    pub faults: Vec<SweptFault>,
    /// How many of its faults were left out, because too many places are alike.
    pub left_out: u64,
    /// How many places that are alike are tried.
    alike: usize,
}

/// A scenario that was swept.
pub struct SweptScenario {
    /// As it is.
    pub base: Base,
    /// The counts of single faults.
    pub singles: Counted,
    /// The counts of pairs.
    pub pairs: Counted,
    /// Whether everything was tried.
    pub complete: bool,
}

/// The result.
pub struct Swept {
    /// The release.
    pub release: Subject,
    /// 1 for single faults, 2 for pairs as well.
    pub depth: u8,
    /// How many places that are alike were tried.
    pub alike: usize,
    /// The scenarios, in order.
    pub scenarios: Vec<SweptScenario>,
    /// The number of scenarios that there are: more if the user interrupted before each had run once.
    pub of: usize,
}

/// What a sweep tells while it goes on, and what it asks.
pub struct Attendance<'a> {
    /// The counts of pieces that are known from an earlier, interrupted sweep.
    pub known: &'a BTreeMap<Piece, Counted>,
    /// Keeps the count of a piece. It is called by the thread that counted it.
    pub keep: &'a (dyn Fn(Piece, &Counted) + Sync),
    /// Whether to stop.
    pub over: &'a (dyn Fn() -> bool + Sync),
    /// Told how many first faults are done, of how many.
    pub tell: &'a mut dyn FnMut(usize, usize),
}

impl SweptScenario {
    /// Single faults and pairs that show something new.
    pub fn found(&self) -> impl Iterator<Item = &Found> {
        self.singles.found.iter().chain(&self.pairs.found)
    }

    /// The runs with faults.
    pub fn runs(&self) -> u64 {
        self.singles.runs + self.pairs.runs
    }
}

impl Swept {
    /// Whether everything was tried.
    pub fn is_complete(&self) -> bool {
        self.scenarios.len() == self.of && self.scenarios.iter().all(|swept| swept.complete)
    }

    /// To which depth it is complete, and how much is missing because it is alike.
    pub fn extent(&self) -> String {
        let left_out: u64 = self.scenarios.iter().map(|one| one.singles.left_out + one.pairs.left_out).sum();
        match left_out {
            0 => format!("complete to depth {}", self.depth),
            n => format!("complete to depth {} but for {n} faults in long rows of places that are alike", self.depth),
        }
    }

    /// All runs with faults.
    pub fn runs(&self) -> u64 {
        self.scenarios.iter().map(SweptScenario::runs).sum()
    }

    /// The exit code: that of the worst run, or nothing proved if not everything was tried or nothing was judged.
    pub fn exit_code(&self) -> u8 {
        let as_it_is = self.scenarios.iter().filter(|swept| !swept.base.known.is_empty());
        let as_it_is = as_it_is.map(|swept| swept.base.run.exit_code);
        let found = self.scenarios.iter().flat_map(SweptScenario::found).map(|_| Verdict::Violation.exit_code());
        // A violation has a smaller code than a run that does not converge.
        let worst = as_it_is.chain(found).min();
        let proved =
            self.scenarios.iter().any(|swept| swept.runs() > swept.singles.proved_nothing + swept.pairs.proved_nothing);
        let no_gap =
            |swept: &SweptScenario| swept.singles.without_result.is_empty() && swept.base.run.failure.is_none();
        match worst {
            Some(code) => code,
            None if self.is_complete() && proved && self.scenarios.iter().all(no_gap) => 0,
            None => Verdict::Vacuous.exit_code(),
        }
    }
}

/// Sweeps the scenarios.
pub fn sweep(targets: &[Drawn], release: Subject, extent: Extent, attendance: &mut Attendance<'_>) -> Swept {
    let bases = parallel::map_until(targets, extent.jobs, attendance.over, |drawn| base(drawn, release, extent.alike));
    let bases: Vec<Base> = bases.into_iter().map_while(|base| base).collect();
    let singles: Vec<Piece> =
        (0..).zip(&bases).flat_map(|(target, base)| Piece::singles(target, base.faults.len())).collect();
    let of_singles =
        count(&singles, extent.jobs, attendance, |piece| piece.count_singles(&bases[piece.target], release));
    let alone = alone(&bases, &of_singles);
    let all_singles = singles.iter().all(|piece| of_singles.contains_key(piece));
    let pairs: Vec<Piece> = match extent.depth > 1 && all_singles {
        true => (0..).zip(&bases).flat_map(|(target, base)| Piece::pairs(target, base.faults.len())).collect(),
        false => Vec::new(),
    };
    let of_pairs = count(&pairs, extent.jobs, attendance, |piece| {
        piece.count_pairs(&bases[piece.target], &alone[piece.target], release)
    });
    let is_there = |piece: &Piece| of_singles.contains_key(piece) || of_pairs.contains_key(piece);
    let scenarios = bases.into_iter().enumerate().map(|(target, base)| {
        let of_it =
            |pieces: &BTreeMap<Piece, Counted>| Counted::sum(pieces.iter().filter(|(piece, _)| piece.target == target));
        let complete = singles.iter().chain(&pairs).filter(|piece| piece.target == target).all(is_there);
        let complete = complete && (extent.depth == 1 || all_singles);
        let singles = Counted { left_out: base.left_out, ..of_it(&of_singles) };
        SweptScenario { singles, pairs: of_it(&of_pairs), base, complete }
    });
    Swept { release, depth: extent.depth, alike: extent.alike, scenarios: scenarios.collect(), of: targets.len() }
}

/// Counts the pieces that are not known, until it is over.
fn count(
    pieces: &[Piece],
    jobs: NonZeroUsize,
    attendance: &mut Attendance<'_>,
    work: impl Fn(&Piece) -> Counted + Sync,
) -> BTreeMap<Piece, Counted> {
    let (known, keep, over) = (attendance.known, attendance.keep, attendance.over);
    let mut counts: BTreeMap<Piece, Counted> =
        pieces.iter().filter_map(|piece| Some((*piece, known.get(piece)?.clone()))).collect();
    let missing: Vec<Piece> = pieces.iter().filter(|piece| !counts.contains_key(piece)).copied().collect();
    let faults = |pieces: &[Piece]| pieces.iter().map(Piece::faults).sum::<usize>();
    let (before, of) = (faults(pieces) - faults(&missing), faults(pieces));
    let each = missing.first().map_or(0, Piece::faults);
    let kept = |piece: &Piece| {
        let counted = work(piece);
        keep(*piece, &counted);
        counted
    };
    let tell = &mut attendance.tell;
    let results = parallel::map_telling(&missing, jobs, over, kept, |done| tell((before + done * each).min(of), of));
    counts.extend(missing.into_iter().zip(results).filter_map(|(piece, counted)| Some((piece, counted?))));
    counts
}

fn base(drawn: &Drawn, release: Subject, alike: usize) -> Base {
    let noting = release.making().is_none();
    let Tried { mut run, taken, shown } = Tried::run(drawn, release, noting);
    let Places { faults, left_out } = match &run.failure {
        None => Places::of(drawn, &run, &taken, alike),
        Some(_) => Places { faults: Vec::new(), left_out: 0 },
    };
    run.forget_history();
    Base { drawn: drawn.clone(), run, known: shown, faults, left_out, alike }
}

/// For each scenario, what each of its single faults shows that the scenario as it is does not.
fn alone(bases: &[Base], counts: &BTreeMap<Piece, Counted>) -> Vec<BTreeMap<String, BTreeSet<Shown>>> {
    let mut alone: Vec<BTreeMap<String, BTreeSet<Shown>>> = bases.iter().map(|_| BTreeMap::new()).collect();
    for (piece, counted) in counts {
        for found in &counted.found {
            let faults = found.faults.iter().map(ToString::to_string).collect();
            alone[piece.target].insert(faults, found.shown.clone());
        }
    }
    alone
}

/// Runs a plan with swept faults, as its file does.
pub fn rerun(drawn: &Drawn, faults: &[SweptFault], release: Subject) -> (Drawn, Run) {
    let swept = SweptFault::added(drawn, &faults.iter().collect::<Vec<_>>());
    let run = campaign::run(&swept, release);
    (swept, run)
}
