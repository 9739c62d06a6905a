//! One invariant: the row that holds everything about it.

use std::fmt;

use model::words::part::Part;

use super::{Evidence, Findings};
use crate::history::Grade;
use crate::plan::Data;

/// One invariant.
pub struct Invariant {
    /// Its name, as reports and scenarios use it.
    pub name: &'static str,
    /// The part of an agent that it is about.
    pub part: Part,
    /// The rule, in one sentence.
    pub rule: &'static str,
    /// The weakest evidence that it relies on.
    pub needs: Grade,
    /// How bad a violation is: smaller is worse. Among equals the first of the table is the worst.
    pub severity: u8,
    /// The letter of a violation in a table cell.
    pub letter: char,
    /// The same in words.
    pub words: &'static str,
    /// Whether reports count the turns that violate it.
    pub counted: bool,
    /// The data by which an expectation states a violation. `None` if it states the invariant's name.
    pub data: Option<Data>,
    /// The name of a subject that breaks it, often enough to be caught quickly.
    pub breaker: &'static str,
    /// The hosts for which the generator draws no plan that could violate it.
    pub not_drawn: &'static [Part],
    pub(super) judge: fn(&Evidence<'_>) -> Findings,
}

impl Invariant {
    /// Whether a run about this part judges it. Invariants of the memory concern every run.
    pub fn concerns(&self, about: Part) -> bool {
        self.part == Part::Memory || self.part == about
    }

    /// Whether its evidence is available if these parts of the subject testify. The world always sees, and every host is ours.
    pub fn can_be_judged(&self, testifies: &[Part]) -> bool {
        match self.needs {
            Grade::Seen | Grade::ToldByHost => true,
            Grade::ToldByImplementation => testifies.contains(&self.part),
        }
    }
}

impl fmt::Debug for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
