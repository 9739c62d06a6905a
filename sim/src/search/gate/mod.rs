//! The gate: every check of a release, with one verdict.
//!
//! - `scenarios`: each is replayed, twice. - `fidelity`: the model agrees with the measurements. - `strength`: the tester still catches
//!   the releases known to be wrong. - `certificates`: sweeps come out as they did. - `fuzzing`: scenarios are drawn for as long as there is time, and their violations are shrunk.
//!
//! Each ends early, with what it has so far, as soon as the gate is interrupted.
//!
//! A release other than the reference is judged by the invariants instead of the expectations, and `strength` does not run for it.

pub mod baseline;
pub mod certificates;
mod fidelity;
mod fuzzing;
mod scenarios;
mod strength;

pub use certificates::certificates;
pub use fidelity::fidelity;
pub use fuzzing::{Effort, fuzzing};
pub use scenarios::{changed, scenarios};
pub use strength::strength;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::baseline::Failing;
use crate::run::Verdict;
use crate::search::shrink::Shrunk;

/// Whether the gate is interrupted. Every thread asks.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// One thing checked: a scenario, an invariant in a profile, a release.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The scenario's file, if it is about one.
    pub file: Option<PathBuf>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// What failed, and how much of it there is, as far as a baseline may know it.
    pub found: BTreeMap<Failing, u32>,
    /// Why it failed, if all of that is known.
    pub known: Option<String>,
    /// What a real agent lacks for it, if it was skipped.
    pub skipped: Option<String>,
}

impl Case {
    fn new(name: String, file: Option<PathBuf>, failure: Option<String>) -> Self {
        Self { name, file, failure, found: BTreeMap::new(), known: None, skipped: None }
    }
}

/// One part of the gate.
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// A summary in a few words.
    pub done: String,
    /// The cases checked.
    pub cases: Vec<Case>,
    /// The failures in short; those of the cases if there is no shorter form.
    pub summary: Vec<String>,
    /// The invariants that could not be judged, named as the cases are, because the release does not report their evidence.
    pub not_judged: Vec<String>,
    /// The planned kills and faults that struck in no run, each with its scenario.
    pub never_struck: Vec<String>,
    /// What a real agent lacks, with what was skipped for it.
    pub skipped: BTreeMap<String, Vec<String>>,
    /// The number of failures that the baseline knows.
    pub known: usize,
    /// The failures that the baseline knows, and that did not occur.
    pub mended: Vec<String>,
    /// The smallest scenarios that show the violations.
    pub shrunk: Vec<Shrunk>,
    /// Whether it was interrupted before it ended.
    pub interrupted: bool,
    /// The exit code of this part alone.
    pub exit_code: u8,
}

impl Section {
    fn new(name: &'static str, done: String, cases: Vec<Case>, exit_code: u8) -> Self {
        Self {
            name,
            done,
            cases,
            summary: Vec::new(),
            not_judged: Vec::new(),
            never_struck: Vec::new(),
            skipped: BTreeMap::new(),
            known: 0,
            mended: Vec::new(),
            shrunk: Vec::new(),
            interrupted: false,
            exit_code,
        }
    }

    /// The section as it stands if it was `interrupted`: what it found counts, and it has not passed.
    fn so_far(mut self, interrupted: bool) -> Self {
        self.interrupted = interrupted;
        if interrupted && self.exit_code == 0 {
            self.exit_code = Verdict::Vacuous.exit_code();
        }
        self
    }

    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().filter_map(|case| Some((case.name.as_str(), case.failure.as_deref()?)))
    }
}

/// The exit code of all parts together.
pub fn exit_code<'a>(sections: impl Iterator<Item = &'a Section>) -> u8 {
    worst(sections.map(|section| section.exit_code))
}

/// Of several exit codes the one that weighs most: a broken harness proves nothing, and neither do runs that differ.
pub fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    const WORST_FIRST: [u8; 5] = [101, 4, 2, 3, 5];
    let place = |code: u8| WORST_FIRST.iter().position(|worse| *worse == code);
    codes.filter_map(place).min().map_or(0, |place| WORST_FIRST[place])
}
