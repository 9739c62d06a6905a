//! The gate: everything that can be asked of a release, with one verdict.
//!
//! - `scenarios`: each is replayed, twice. - `fidelity`: the model does what was measured. - `strength`: the tester still catches
//!   what is known to be wrong. - `fuzzing`: scenarios are drawn for as long as there is time, and what they show is shrunk.
//!
//! Whoever is not the reference is judged by the invariants instead of the expectations, and the tester is not tried on its account.

mod fidelity;
mod fuzzing;
mod scenarios;
mod strength;

pub use fidelity::fidelity;
pub use fuzzing::fuzzing;
pub use scenarios::scenarios;
pub use strength::strength;

use crate::search::shrink::Shrunk;

/// One thing that was looked at: a scenario, an invariant in a profile, a release.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What is wrong, if anything is.
    pub failure: Option<String>,
}

/// One part of the gate.
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// What was done, in a few words.
    pub done: String,
    /// What was looked at.
    pub cases: Vec<Case>,
    /// What is wrong, in short; the failures of the cases if there is nothing shorter to say.
    pub summary: Vec<String>,
    /// The invariants that could not be judged, named as the cases are, because the release does not report what they need.
    pub not_judged: Vec<String>,
    /// The smallest scenarios that show what is wrong.
    pub shrunk: Vec<Shrunk>,
    /// What it alone would make of the process's exit code.
    pub exit_code: u8,
}

impl Section {
    fn new(name: &'static str, done: String, cases: Vec<Case>, exit_code: u8) -> Self {
        Self { name, done, cases, summary: Vec::new(), not_judged: Vec::new(), shrunk: Vec::new(), exit_code }
    }

    /// The cases with something wrong.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().filter_map(|case| Some((case.name.as_str(), case.failure.as_deref()?)))
    }
}

/// The exit code of all of it.
pub fn exit_code<'a>(sections: impl Iterator<Item = &'a Section>) -> u8 {
    worst(sections.map(|section| section.exit_code))
}

/// Of several exit codes the one that weighs most: a broken harness proves nothing, and neither do runs that differ.
fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    const WORST_FIRST: [u8; 5] = [101, 4, 2, 3, 5];
    let place = |code: u8| WORST_FIRST.iter().position(|worse| *worse == code);
    codes.filter_map(place).min().map_or(0, |place| WORST_FIRST[place])
}
