//! Known failures: what a gate found before, so that the next one fails only for what is new or worse.
//!
//! A failure is known by its section, its case (a scenario, or an invariant in a profile), server, invariant and turn, and by how much of
//! it there was. The release that is judged is no part of it: the baseline of a release is the one that its successor is compared with. What the harness itself got wrong (runs that differ, a panic, nothing proved) can never be known.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;
use serde::{Deserialize, Serialize};

use super::{Section, worst};
use crate::run::Verdict;

/// The version of the format.
const FORMAT: u32 = 1;

/// One failure, by everything that tells it from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failing {
    /// The release, if the gate judges the expectations of all releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The server, if it is of one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The invariant, or the check.
    pub invariant: String,
    /// The turn, or the mechanism of a class of violations.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub turn: String,
}

/// A failure with its place in the gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Placed {
    section: String,
    case: String,
    #[serde(flatten)]
    failing: Failing,
}

/// A failure, and how much of it there is: the copies of a turn, or how often the invariant was violated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    #[serde(flatten)]
    placed: Placed,
    count: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    release: Subject,
    known: Vec<Counted>,
}

/// The failures that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The release that was judged, unless nothing was.
    pub release: Option<Subject>,
    known: BTreeMap<Placed, u32>,
}

impl Baseline {
    /// The failures of these sections of a gate.
    pub fn of<'a>(release: Subject, sections: impl Iterator<Item = &'a Section>) -> Self {
        let mut known = BTreeMap::new();
        for section in sections {
            for case in &section.cases {
                known.extend(case.found.iter().map(|(failing, count)| (placed(section, &case.name, failing), *count)));
            }
        }
        Self { release: Some(release), known }
    }

    /// Reads the baseline for a gate of `release`.
    ///
    /// # Errors
    ///
    /// If it is no baseline, or of another format, with line and column where there is a place; or if one of the two gates judges the
    /// expectations of all releases and the other one release by the invariants.
    pub fn read(text: &str, release: Subject) -> Result<Self, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if written.format != FORMAT {
            return Err(format!("a baseline of format {}; this program reads format {FORMAT}", written.format));
        }
        if (written.release == Subject::REFERENCE) != (release == Subject::REFERENCE) {
            let message = format!(
                "a baseline of {}; this gate judges {release}, which is judged in another way",
                written.release
            );
            return Err(message);
        }
        Ok(Self {
            release: Some(written.release),
            known: written.known.into_iter().map(|one| (one.placed, one.count)).collect(),
        })
    }

    /// The same as text: a failure on each line, so that a change of it can be reviewed.
    pub fn text(&self, release: Subject) -> String {
        let line = |(placed, count): (&Placed, &u32)| {
            let counted = Counted { placed: placed.clone(), count: *count };
            serde_json::to_string(&counted).expect("a failure always serializes")
        };
        let lines: Vec<String> = self.known.iter().map(line).collect();
        let release = serde_json::to_string(&release).expect("a release always serializes");
        let lines = lines.join(",\n    ");
        format!("{{\n  \"format\": {FORMAT},\n  \"release\": {release},\n  \"known\": [\n    {lines}\n  ]\n}}\n")
    }

    /// The number of failures.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing failed.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Excuses the failures of a section that are known. What is left of them is new or worse.
    pub fn excuse(&self, section: &mut Section) {
        section.mended = self.mended(section);
        section.known = 0;
        let name = section.name;
        for case in &mut section.cases {
            let is_known = |(failing, count): &(&Failing, &u32)| {
                let placed = Placed { section: name.to_owned(), case: case.name.clone(), failing: (*failing).clone() };
                self.known.get(&placed).is_some_and(|known| known >= count)
            };
            let (known, new): (Vec<_>, Vec<_>) = case.found.iter().partition(is_known);
            section.known += known.len();
            let Some(failure) = case.failure.take_if(|_| !known.is_empty()) else { continue };
            match new.is_empty() {
                true => case.known = Some(failure),
                false => case.failure = Some(format!("{}\n{failure}", told(&new))),
            }
        }
        // The short form counts what is known, too.
        section.summary.clear();
        let left = section.failures().next().is_some();
        let of_violations = [Verdict::Violation, Verdict::NotConverged].map(Verdict::exit_code);
        if !left && of_violations.contains(&section.exit_code) {
            let interrupted = section.interrupted.then(|| Verdict::Vacuous.exit_code());
            section.exit_code = worst(interrupted.into_iter());
        }
    }

    /// The known failures that did not occur in a section, though their case was checked.
    fn mended(&self, section: &Section) -> Vec<String> {
        let checked: BTreeSet<&str> = section.cases.iter().map(|case| case.name.as_str()).collect();
        let mut found = BTreeSet::new();
        for case in &section.cases {
            found.extend(case.found.keys().map(|failing| placed(section, &case.name, failing)));
        }
        let of_it = self.known.keys().filter(|placed| {
            placed.section == section.name && checked.contains(placed.case.as_str()) && !found.contains(*placed)
        });
        of_it.map(|placed| format!("{}: {}", placed.case, placed.failing)).collect()
    }
}

fn placed(section: &Section, case: &str, failing: &Failing) -> Placed {
    Placed { section: section.name.to_owned(), case: case.to_owned(), failing: failing.clone() }
}

/// `new: no-loss S1#2 on append, and 3 more`.
fn told(new: &[(&Failing, &u32)]) -> String {
    let more = if new.len() > 1 { format!(", and {} more", new.len() - 1) } else { String::new() };
    new.first().map_or_else(String::new, |(failing, _)| format!("new or worse: {failing}{more}"))
}

impl std::fmt::Display for Failing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { release, server, invariant, turn } = self;
        f.write_str(invariant)?;
        if !turn.is_empty() {
            write!(f, " {turn}")?;
        }
        release.iter().try_for_each(|release| write!(f, " of {release}"))?;
        server.iter().try_for_each(|server| write!(f, " on {server}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::gate::Case;

    fn failing(turn: &str) -> Failing {
        let (release, invariant) = (None, "no-loss".to_owned());
        Failing { release, server: Some("append".to_owned()), invariant, turn: turn.to_owned() }
    }

    /// A section in which a scenario loses these turns, each so often.
    fn section(found: &[(&str, u32)]) -> Section {
        let failure = (!found.is_empty()).then(|| "it failed".to_owned());
        let found = found.iter().map(|(turn, count)| (failing(turn), *count)).collect();
        let case = Case { found, ..Case::new("a.toml".to_owned(), None, failure) };
        let code = if case.failure.is_some() { Verdict::Violation.exit_code() } else { 0 };
        Section::new("scenarios", String::new(), vec![case], code)
    }

    /// The exit code, the failure and what is mended, after a gate that found `before` and one that finds `now`.
    fn check(before: &[(&str, u32)], now: &[(&str, u32)]) -> (u8, Option<String>, Vec<String>) {
        let release = "F".parse().expect("a release");
        let text = Baseline::of(release, [section(before)].iter()).text(release);
        let baseline = Baseline::read(&text, release).expect("what was written");
        let mut section = section(now);
        baseline.excuse(&mut section);
        let failure = section.cases[0].failure.as_ref().map(|text| text.lines().next().unwrap_or_default().to_owned());
        (section.exit_code, failure, section.mended)
    }

    #[test]
    fn what_is_known_passes_and_what_is_new_or_worse_fails() {
        assert_eq!(check(&[("S1#1", 1)], &[("S1#1", 1)]), (0, None, vec![]));
        assert_eq!(check(&[("S1#1", 2)], &[("S1#1", 1)]), (0, None, vec![]));
        let worse = "new or worse: no-loss S1#2 on append".to_owned();
        let two = [("S1#1", 1), ("S1#2", 1)];
        assert_eq!(check(&[("S1#1", 1)], &two), (2, Some(worse.clone()), vec![]));
        assert_eq!(check(&two, &[("S1#1", 1), ("S1#2", 2)]), (2, Some(worse), vec![]));
        assert_eq!(check(&[], &[("S1#1", 1)]), (2, Some("it failed".to_owned()), vec![]));
    }

    #[test]
    fn what_no_longer_occurs_is_mended() {
        let mended = vec!["a.toml: no-loss S1#2 on append".to_owned()];
        assert_eq!(check(&[("S1#1", 1), ("S1#2", 1)], &[("S1#1", 1)]), (0, None, mended));
    }

    #[test]
    fn another_file_is_no_baseline_and_the_error_says_why() {
        let read = |text: &str| Baseline::read(text, Subject::REFERENCE).expect_err("no baseline");
        let empty = Baseline::default().text("F".parse().expect("a release"));
        assert_eq!(read(&empty), "a baseline of F; this gate judges reference, which is judged in another way");
        assert_eq!(read(&empty.replace("1,", "7,")), "a baseline of format 7; this program reads format 1");
        assert!(read("{ \"known\": 3 }").contains("line 1 column"), "{}", read("{ \"known\": 3 }"));
        assert!(read("").contains("line 1 column 0"));
    }
}
