//! The table of survivors: which mutants nobody notices, and why. It is `mutants/survivors.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::{At, Failure};
use crate::mutant::Mutant;
use crate::target::Target;

/// The table's place in the project.
pub(crate) const TABLE: &str = "mutants/survivors.toml";

/// Why a mutant survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    /// It does the same, or nothing that anybody was promised.
    Equivalent,
    /// No scenario and no seed gets there.
    Unreachable,
    /// It does the same with more work.
    Slower,
    /// It does something else, and no judge asks.
    MissingOracle,
    /// Nobody has found out yet.
    NotYetRead,
}

impl Class {
    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Unreachable => "unreachable",
            Self::Slower => "slower",
            Self::MissingOracle => "missing-oracle",
            Self::NotYetRead => "not-yet-read",
        }
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survivor {
    /// The part that its source belongs to.
    pub(crate) of: Target,
    /// Its file.
    pub(crate) file: String,
    /// Its function.
    pub(crate) function: String,
    /// What the mistake is.
    pub(crate) what: String,
    /// Why it survives.
    pub(crate) class: Class,
    /// The same as a sentence that somebody else can check.
    #[serde(default)]
    pub(crate) reason: String,
}

impl Survivor {
    fn name(&self) -> (&str, &str, &str) {
        (&self.file, &self.function, &self.what)
    }
}

/// The table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// The parts all of whose survivors are listed.
    #[serde(default)]
    whole: Vec<Target>,
    #[serde(default)]
    survivor: Vec<Survivor>,
}

impl Table {
    /// Reads the table of a project.
    ///
    /// # Errors
    ///
    /// If it is not there, if a row is wrong, or if a class has no reason.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let path = root.join(TABLE);
        Self::parse(&fs::read_to_string(&path).at(&path)?).at(&path)
    }

    /// The same from the text of the table.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let table: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut names = BTreeSet::new();
        for row in &table.survivor {
            if row.reason.trim().is_empty() && row.class != Class::NotYetRead {
                return Err(format!("{} {}: {}: no reason", row.file, row.function, row.what));
            }
            if !names.insert(row.name()) {
                return Err(format!("{} {}: {}: listed twice", row.file, row.function, row.what));
            }
        }
        Ok(table)
    }

    /// The row of a mutant.
    pub(crate) fn of(&self, name: (&str, &str, &str)) -> Option<&Survivor> {
        self.survivor.iter().find(|row| row.name() == name)
    }

    /// Whether all survivors of a part are listed, so that one more is news.
    pub(crate) fn is_whole(&self, of: Target) -> bool {
        self.whole.contains(&of)
    }

    /// The rows of a part that name none of its mutants: the source has changed since.
    pub(crate) fn gone(&self, of: Target, mutants: &[Mutant]) -> Vec<&Survivor> {
        let names: BTreeSet<_> = mutants.iter().map(Mutant::name).collect();
        self.survivor.iter().filter(|row| row.of == of && !names.contains(&row.name())).collect()
    }
}

/// Rows for mutants that have none, as text to put behind the table.
pub(crate) fn rows<'a>(of: Target, names: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (file, function, what) in names {
        let row = Survivor {
            of,
            file: file.to_owned(),
            function: function.to_owned(),
            what: what.to_owned(),
            class: Class::NotYetRead,
            reason: String::new(),
        };
        let rows = BTreeMap::from([("survivor", vec![row])]);
        _ = writeln!(text, "\n{}", toml::to_string(&rows).expect("a row becomes TOML").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_was_written_is_read_again() {
        let names = [("a.rs", "A::f", "replace == with != in \"a == \\\"b\\\"\""), ("a.rs", "A::g", "replace with ()")];
        let table = Table::parse(&rows(Target::Judging, names.into_iter())).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(names.map(|name| table.of(name).map(|row| row.class)), [Some(Class::NotYetRead); 2]);
        assert!(table.of(("a.rs", "A::f", "replace with ()")).is_none());
        assert_eq!(table.gone(Target::Judging, &[]).len(), 2);
        assert!(table.gone(Target::Reference, &[]).is_empty());
        assert!(!table.is_whole(Target::Judging));
    }

    #[test]
    fn a_part_is_whole_if_the_table_says_so() {
        let table = Table::parse("whole = [\"reference\"]").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Target::ALL.map(|part| table.is_whole(part)), [true, false, false]);
    }

    #[test]
    fn a_class_has_a_reason_and_a_mutant_one_row() {
        let row =
            "[[survivor]]\nof = \"hermes\"\nfile = \"a.rs\"\nfunction = \"f\"\nwhat = \"w\"\nclass = \"slower\"\n";
        let error = |text: &str| Table::parse(text).expect_err("it is wrong");
        assert!(error(row).ends_with("no reason"));
        let row = format!("{row}reason = \"because\"\n");
        assert!(Table::parse(&row).is_ok());
        assert!(error(&format!("{row}{row}")).ends_with("listed twice"));
        assert!(error(&row.replace("slower", "slow")).contains("unknown variant `slow`"));
    }
}
