//! One invariant: the row that says all there is to say of it.

use std::fmt;

use model::words::part::Part;

use super::{Evidence, Findings};
use crate::history::Grade;
use crate::plan::Data;

/// One invariant.
pub struct Invariant {
    /// Its name, as reports and scenarios use it.
    pub name: &'static str,
    /// Whose business it is.
    pub part: Part,
    /// What must hold, in one sentence.
    pub rule: &'static str,
    /// The weakest evidence that it is judged by.
    pub needs: Grade,
    /// How bad a violation is: the smaller, the worse. Among equals the first of the table is the worst.
    pub severity: u8,
    /// A violation in a cell of a table.
    pub letter: char,
    /// The same in words.
    pub words: &'static str,
    /// Whether reports say for how many turns it is violated.
    pub counted: bool,
    /// The data with which an expectation states a breach. `None` if it gives the invariant's name.
    pub data: Option<Data>,
    /// The name of a subject that breaks it, soon enough to be caught at it.
    pub breaker: &'static str,
    /// The hosts for which nothing is drawn that leads to it.
    pub not_drawn: &'static [Part],
    pub(super) judge: fn(&Evidence<'_>) -> Findings,
}

impl Invariant {
    /// Whether it is the business of a run about this part: the memory always is.
    pub fn concerns(&self, about: Part) -> bool {
        self.part == Part::Memory || self.part == about
    }

    /// Whether there is the evidence that it needs if these parts of the subject testify. The world always sees, and every host is ours.
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
