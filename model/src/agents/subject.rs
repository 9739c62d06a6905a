//! The table of subjects: one row for each implementation that can be tested, by name.
//!
//! A row describes a subject, and its [`Code`] loads it into a process. Hermes' agent, WebUI and gateway were released apart, and each
//! release is dated by its changes: a row of one part fixes the releases of the other two that were current at its date. Whether a subject
//! is the reference is a property of its row, not the absence of something else.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::hermes::releases;
use super::outside::Making;
use super::reference;
use super::row::{Code, Row};
use super::spool;
use crate::words::part::Part;
use crate::words::server::Server;
use crate::words::spelling;

/// The rows of a program that brings subjects of its own.
static BROUGHT: OnceLock<&[&Row]> = OnceLock::new();
/// The most real agents of one program.
const AGENTS: usize = 64;
/// The rows of the real agents that the command line names, from the first on.
static ENGAGED: [OnceLock<&Row>; AGENTS] = [const { OnceLock::new() }; AGENTS];

/// A runnable implementation of the memory lifecycle and of the hosts' part in it. Copies are the same subject.
#[derive(Clone, Copy)]
pub struct Subject(&'static Row);

impl Subject {
    /// Correct by design.
    pub const REFERENCE: Self = Self(&reference::REFERENCE);

    /// Adds subjects that another crate implements, behind all others: from then on every command knows them by their names. A program
    /// calls this once, at its start; the same rows again change nothing.
    ///
    /// # Panics
    /// If a name is taken, or other rows were brought before.
    pub fn bring(rows: &'static [&'static Row]) {
        // Two threads may bring the same rows: only the first to come looks for their names.
        let brought = *BROUGHT.get_or_init(|| {
            let taken = rows.iter().find(|row| Self::all().any(|known| known.name() == row.name));
            assert!(taken.is_none(), "a subject has a name of its own; {:?} is taken", taken.map(|row| row.name));
            rows
        });
        assert!(std::ptr::eq(brought, rows), "a program brings all of its subjects in one call");
    }

    /// Adds a real agent, behind all others.
    ///
    /// # Errors
    /// If its name is taken, or there are too many.
    pub fn engage(row: &'static Row) -> Result<Self, String> {
        if Self::all().any(|known| known.name() == row.name) {
            return Err(format!("a subject has a name of its own; \"{}\" is taken", row.name));
        }
        match ENGAGED.iter().any(|place| place.set(row).is_ok()) {
            true => Ok(Self(row)),
            false => Err(format!("a program runs at most {AGENTS} real agents")),
        }
    }

    /// All subjects: the reference first, then Hermes' by part and date. Other designs of a memory follow
    /// Hermes', then those that the program itself brings, and real agents come last.
    pub fn all() -> impl Iterator<Item = Self> {
        let reference = std::iter::once(&reference::REFERENCE);
        let memories = releases::memory::RELEASES.iter().chain(reference::DESIGNS).chain([&spool::SPOOL]);
        let rows = reference.chain(memories).chain(releases::commits::RELEASES).chain(releases::chats::RELEASES);
        let engaged = ENGAGED.iter().map_while(|place| place.get().copied());
        rows.chain(BROUGHT.get().copied().unwrap_or_default().iter().copied()).chain(engaged).map(Self)
    }

    /// The models of one part, the reference first. Other designs of the reference are left out: nobody has to choose among them.
    pub fn of(part: Part) -> impl Iterator<Item = Self> {
        let is_design = |subject: Self| subject.is_of_reference() && subject != Self::REFERENCE;
        let models = Self::all().filter(move |subject| subject.making().is_none() && !is_design(*subject));
        models.filter(move |subject| subject.part().is_none_or(|own| own == part))
    }

    /// Whether the program brought it: its code is in a crate that this one does not know.
    pub fn is_brought(self) -> bool {
        BROUGHT.get().is_some_and(|rows| rows.iter().any(|row| std::ptr::eq(*row, self.0)))
    }

    /// The name by which scenarios and the command line know it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Its name at the head of a column.
    pub fn head(self) -> &'static str {
        self.0.head
    }

    /// A description in one line.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// The part that it was released for. `None` for the reference, which implements all of them.
    pub fn part(self) -> Option<Part> {
        self.0.part
    }

    /// Whether it is a fix that was proposed and did not ship.
    pub fn is_proposed(self) -> bool {
        self.0.proposed
    }

    /// Whether it is the reference, or built from it.
    pub fn is_of_reference(self) -> bool {
        self.0.of_reference
    }

    /// The parts that report to their witness what only the implementation knows.
    pub fn testifies(self) -> &'static [Part] {
        self.0.testifies
    }

    /// The server versions that it is meant for: all for the reference, those of its time for a release of Hermes.
    pub fn servers(self) -> &'static [Server] {
        self.0.servers
    }

    /// The code to load.
    pub fn code(self) -> &'static dyn Code {
        self.0.code
    }

    /// What the runs of a real agent depend on. `None` for a model.
    pub fn making(self) -> Option<&'static Making> {
        self.0.code.making()
    }

    /// The names of the invariants that nobody can judge by what its provider shows.
    pub fn unseen(self) -> &'static [&'static str] {
        self.making().map(|making| making.unseen.as_slice()).unwrap_or_default()
    }

    /// How `other` differs from it, behavior by behavior. Empty if the two are of different parts, or if one has no table of
    /// behaviors.
    pub fn differences(self, other: Self) -> Vec<Difference> {
        match (self.code().behaviors(), other.code().behaviors()) {
            (Some(first), Some(second)) if self.part() == other.part() => Difference::between(&first, &second),
            _ => Vec::new(),
        }
    }

    fn place(self) -> usize {
        Self::all().position(|other| other == self).expect("every subject stands in the table")
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Subject {}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In the order of the table.
impl Ord for Subject {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().find(|subject| subject.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::name).collect();
            spelling::unknown("release", name, &names)
        })
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contracts::chats::Patience;
    use crate::machine::bench::Bench;

    #[test]
    fn every_subject_has_a_name_and_a_head_of_its_own() {
        let names: BTreeSet<_> = Subject::all().map(Subject::name).collect();
        let heads: BTreeSet<_> = Subject::all().map(Subject::head).collect();
        assert_eq!((names.len(), heads.len()), (Subject::all().count(), Subject::all().count()));
        assert!(heads.iter().all(|head| head.chars().count() <= 7), "{heads:?}");
    }

    #[test]
    fn only_who_has_chats_testifies_to_them() {
        for subject in Subject::all() {
            let chats = subject.code().chats(Bench::new().machine(), Patience::default());
            assert_eq!(subject.testifies().contains(&Part::Gateway), chats.is_some(), "{subject}");
        }
    }

    #[test]
    fn the_difference_of_two_subjects_can_be_read() {
        let named = |name: &str| name.parse::<Subject>().expect("a subject");
        let differences = |from: &str, to: &str| {
            let all = named(from).differences(named(to)).into_iter();
            all.map(|one| format!("{}: {} -> {}", one.behavior, one.from, one.to)).collect::<Vec<_>>()
        };
        assert_eq!(differences("B", "C"), ["on switch: clear -> flush whole"]);
        assert_eq!(differences("D", "E"), ["append: whole session -> since watermark"]);
        assert_eq!(differences("E", "F"), ["background: no -> yes", "prefetch waits for retain: no -> yes"]);
        assert_eq!(differences("W3", "webui-no-guard"), ["guarded: yes -> no"]);
        assert_eq!(differences("reference", "F"), Vec::<String>::new());
        assert_eq!(differences("F", "E4"), Vec::<String>::new());
        assert!(Subject::all().all(|subject| subject.differences(subject).is_empty()));
    }
}
