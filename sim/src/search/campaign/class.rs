//! Classes of violations: the same invariant, broken by the same mechanism.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::mechanism::Suspect;
use crate::judging::Violation;
use crate::run::Run;

/// A class of violations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class {
    /// The invariant.
    pub invariant: String,
    /// How it was broken, in words without names and numbers.
    pub mechanism: String,
}

impl Class {
    /// The classes of a run's violations, each once.
    pub fn of(run: &Run) -> BTreeSet<Self> {
        Self::of_each(run).map(|(class, _)| class).collect()
    }

    /// Each of a run's violations with its class.
    pub fn of_each(run: &Run) -> impl Iterator<Item = (Self, &Violation)> {
        // Most runs of most campaigns violate nothing, and need no reading.
        let suspect = (!run.violations.is_empty()).then(|| Suspect::of(run));
        run.violations.iter().map(move |violation| {
            let mechanism = suspect.as_ref().expect("there is a violation").mechanism(violation);
            (Self { invariant: violation.invariant.to_owned(), mechanism }, violation)
        })
    }

    /// A short name for files: the invariant and the beginning of a hash.
    pub fn slug(&self) -> String {
        let hash = blake3::hash(self.mechanism.as_bytes()).to_hex();
        format!("{}-{}", self.invariant, &hash[..8])
    }
}
