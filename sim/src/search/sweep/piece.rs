//! Pieces of a sweep, and what is counted in each.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;
use serde::{Deserialize, Serialize};

use super::Base;
use super::fault::SweptFault;
use super::places::Places;
use super::shown::{Shown, Tried};

/// How many single faults are a piece.
const SINGLES: usize = 16;

/// A piece of a sweep: some single faults of a scenario, or one fault with all that can strike after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// The scenario, by its place among all.
    pub target: usize,
    /// 1 for single faults, 2 for pairs.
    pub depth: u8,
    /// The first fault, by its place among those of the scenario.
    pub from: usize,
    /// The one behind the last.
    pub to: usize,
}

/// A run that shows what its scenario does not show as it is. That of a pair shows what neither of its faults does alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The faults, in the order in which they strike.
    pub faults: Vec<SweptFault>,
    /// The labels of the steps at which they strike; a fault that is no kill has none.
    pub labels: Vec<Option<String>>,
    /// What it shows.
    pub shown: BTreeSet<Shown>,
}

/// The counts of one piece, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The runs.
    pub runs: u64,
    /// The runs by the kind of their first fault.
    pub kinds: BTreeMap<String, u64>,
    /// The runs in which nothing could be judged.
    pub proved_nothing: u64,
    /// The runs in which a fault never struck.
    pub never_struck: u64,
    /// The runs with single faults that show what the scenario shows as it is, with nothing but that.
    pub as_it_is: Vec<Found>,
    /// The faults that were left out, because too many places are alike.
    #[serde(default)]
    pub left_out: u64,
    /// The runs that a real agent could not make, by the reason.
    pub without_result: BTreeMap<String, u64>,
    /// The hash of all outcomes.
    pub outcomes: String,
    /// The runs that show more.
    pub found: Vec<Found>,
}

impl Piece {
    /// The single faults of a scenario that has so many.
    pub(super) fn singles(target: usize, faults: usize) -> impl Iterator<Item = Self> {
        (0..faults).step_by(SINGLES).map(move |from| Self { target, depth: 1, from, to: faults.min(from + SINGLES) })
    }

    /// The pairs of a scenario that has so many single faults.
    pub(super) fn pairs(target: usize, faults: usize) -> impl Iterator<Item = Self> {
        (0..faults).map(move |from| Self { target, depth: 2, from, to: from + 1 })
    }

    /// The number of its first faults.
    pub(super) fn faults(&self) -> usize {
        self.to - self.from
    }

    /// Runs its single faults.
    pub(super) fn count_singles(&self, base: &Base, release: Subject) -> Counted {
        let (mut counted, mut hasher) = (Counted::default(), blake3::Hasher::new());
        for fault in &base.faults[self.from..self.to] {
            let tried = Tried::run(&SweptFault::added(&base.drawn, &[fault]), release, false);
            counted.count(&[fault], &tried, |shown| shown.is_among(&base.known), &mut hasher);
            let as_it_is = tried.shown.iter().filter(|shown| shown.is_among(&base.known)).cloned().collect();
            counted.as_it_is.extend(Found::of(&[fault], &tried, as_it_is).filter(|_| !fault.missed(&tried.run)));
        }
        counted.closed(&hasher)
    }

    /// Runs its fault with each that can strike after it. `alone` is what single faults show.
    pub(super) fn count_pairs(
        &self,
        base: &Base,
        alone: &BTreeMap<String, BTreeSet<Shown>>,
        release: Subject,
    ) -> Counted {
        let (mut counted, mut hasher) = (Counted::default(), blake3::Hasher::new());
        for first in &base.faults[self.from..self.to] {
            let with_first = SweptFault::added(&base.drawn, &[first]);
            let tried = Tried::run(&with_first, release, true);
            let seconds = Places::after(first, &with_first, &tried.run, &tried.taken, base.alike);
            counted.left_out += seconds.left_out;
            for second in seconds.faults {
                let of_second = alone.get(&second.to_string());
                let is_known = |shown: &Shown| {
                    let by_one = |by: &BTreeSet<Shown>| shown.is_among(by);
                    by_one(&base.known) || by_one(&tried.shown) || of_second.is_some_and(by_one)
                };
                let both = Tried::run(&SweptFault::added(&with_first, &[&second]), release, false);
                counted.count(&[first, &second], &both, is_known, &mut hasher);
            }
        }
        counted.closed(&hasher)
    }
}

impl Found {
    /// A run that shows this, if it is anything.
    fn of(faults: &[&SweptFault], tried: &Tried, shown: BTreeSet<Shown>) -> Option<Self> {
        let labels = faults.iter().map(|fault| fault.label(&tried.run)).collect();
        let faults = faults.iter().map(|fault| (*fault).clone()).collect();
        (!shown.is_empty()).then_some(Self { faults, labels, shown })
    }
}

impl Counted {
    fn count(
        &mut self,
        faults: &[&SweptFault],
        tried: &Tried,
        is_known: impl Fn(&Shown) -> bool,
        hasher: &mut blake3::Hasher,
    ) {
        self.runs += 1;
        *self.kinds.entry(faults[0].kind().to_owned()).or_default() += 1;
        if let Some(why) = tried.without_result() {
            *self.without_result.entry(why.to_owned()).or_default() += 1;
            return;
        }
        tried.hash(faults, hasher);
        self.proved_nothing += u64::from(tried.proves_nothing());
        self.never_struck += u64::from(faults.iter().any(|fault| fault.missed(&tried.run)));
        let shown: BTreeSet<Shown> = tried.shown.iter().filter(|shown| !is_known(shown)).cloned().collect();
        self.found.extend(Found::of(faults, tried, shown));
    }

    fn closed(self, hasher: &blake3::Hasher) -> Self {
        Self { outcomes: hasher.finalize().to_hex().to_string(), ..self }
    }

    /// The sum of pieces, in their order.
    pub(super) fn sum<'a>(pieces: impl Iterator<Item = (&'a Piece, &'a Self)>) -> Self {
        let (mut sum, mut hasher) = (Self::default(), blake3::Hasher::new());
        for (_, counted) in pieces {
            sum.runs += counted.runs;
            sum.proved_nothing += counted.proved_nothing;
            sum.never_struck += counted.never_struck;
            sum.as_it_is.extend(counted.as_it_is.iter().cloned());
            sum.left_out += counted.left_out;
            counted.kinds.iter().for_each(|(kind, runs)| *sum.kinds.entry(kind.clone()).or_default() += runs);
            let reasons = counted.without_result.iter();
            reasons.for_each(|(why, runs)| *sum.without_result.entry(why.clone()).or_default() += runs);
            sum.found.extend(counted.found.iter().cloned());
            hasher.update(counted.outcomes.as_bytes());
        }
        sum.closed(&hasher)
    }
}
