//! A mutant: the program with one mistake. Its number switches it on.

use serde::{Deserialize, Serialize};

use crate::finding::site::Site;

/// One mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mutant {
    /// From 1 on, in the order of the files and of the places in them.
    pub(crate) number: u32,
    /// The file, as seen from the project's folder.
    pub(crate) file: String,
    /// The line where the mistake stands, from 1 on.
    pub(crate) line: usize,
    /// The lines in which a change is a change of what is mutated, the last one included.
    pub(crate) lines: (usize, usize),
    /// The function: `Backlog::push`.
    pub(crate) function: String,
    /// What the mistake is.
    pub(crate) what: String,
    /// Whether it compiles. If not, it is not woven in.
    pub(crate) compiles: bool,
}

impl Mutant {
    /// The mutants of a file's sites. The first has the number `first`.
    pub(crate) fn of(file: &str, sites: &[Site], first: u32) -> Vec<Self> {
        let mistakes = sites.iter().flat_map(|site| site.mistakes.iter().map(move |mistake| (site, mistake)));
        let mutant = |(number, (site, mistake)): (u32, (&Site, &crate::finding::site::Mistake))| Self {
            number,
            file: file.to_owned(),
            line: site.line,
            lines: site.lines,
            function: site.function.clone(),
            what: mistake.what.clone(),
            compiles: true,
        };
        (first..).zip(mistakes).map(mutant).collect()
    }

    /// What identifies it from one version of the source to the next: no line, and no number.
    pub(crate) fn name(&self) -> (&str, &str, &str) {
        (&self.file, &self.function, &self.what)
    }
}
