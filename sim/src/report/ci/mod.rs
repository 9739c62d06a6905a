//! What a gate found, in the formats that CI engines read: SARIF, GitLab's code quality, and GitHub's annotations and step summary.
//!
//! A finding is one rule that one case breaks. Failures that a baseline knows are none.

mod code_quality;
mod github;
mod sarif;

pub use code_quality::code_quality;
pub use github::{annotations, mistake_annotations, step_summary};
pub use sarif::sarif;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::shrunk::shrunk_path;
use crate::judging::Invariant;
use crate::search::gate::{Case, Section};

/// One rule that one case of a gate breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The part of the gate.
    section: &'static str,
    /// A scenario, an invariant in a profile, a release.
    case: String,
    /// The invariant, or what else was checked.
    rule: String,
    /// How it was broken, for a class of violations that fuzzing found.
    mechanism: String,
    /// The failure: the first line matters most, and the last ones are commands.
    why: String,
    /// The scenario that shows it.
    path: Option<PathBuf>,
}

/// All findings of a gate, whose smallest scenarios are in `folder`.
pub fn findings(sections: &[(Section, Duration)], folder: &Path) -> Vec<Finding> {
    let of_section = |section: &Section| -> Vec<Finding> {
        let failed = section.cases.iter().filter_map(|case| Some((case, case.failure.as_deref()?)));
        failed.flat_map(|(case, why)| of_case(section, case, why, folder)).collect()
    };
    sections.iter().flat_map(|(section, _)| of_section(section)).collect()
}

fn of_case(section: &Section, case: &Case, why: &str, folder: &Path) -> Vec<Finding> {
    let finding = |rule: &str, mechanism: &str, path: Option<PathBuf>| Finding {
        section: section.name,
        case: case.name.clone(),
        rule: rule.to_owned(),
        mechanism: mechanism.to_owned(),
        why: why.to_owned(),
        path,
    };
    if case.found.is_empty() {
        return vec![finding(section.name, "", case.file.clone())];
    }
    let broken: BTreeSet<(&str, &str)> = case
        .found
        .keys()
        .map(|failing| (&*failing.invariant, if case.file.is_none() { &*failing.turn } else { "" }))
        .collect();
    let findings = broken.into_iter().map(|(rule, mechanism)| {
        let smallest = section.shrunk.iter().map(|shrunk| &shrunk.class);
        let mut of_it = smallest.filter(|class| class.invariant == rule && class.mechanism == mechanism);
        finding(rule, mechanism, case.file.clone().or_else(|| of_it.next().map(|class| shrunk_path(folder, class))))
    });
    findings.collect()
}

impl Finding {
    /// What tells it from any other, the same in every gate that finds it.
    fn fingerprint(&self) -> String {
        let Self { section, case, rule, mechanism, .. } = self;
        let whole = [*section, case, rule, mechanism].join("\0");
        blake3::hash(whole.as_bytes()).to_hex()[..32].to_owned()
    }

    /// The finding in one line.
    fn headline(&self) -> String {
        let first =
            if self.mechanism.is_empty() { self.why.lines().next().unwrap_or_default() } else { &self.mechanism };
        format!("{}: {first}", self.rule)
    }

    /// The path with slashes, as an engine writes it.
    fn uri(&self) -> Option<String> {
        self.path.as_ref().map(|path| path.to_string_lossy().replace('\\', "/"))
    }
}

/// What a rule demands.
fn demand(rule: &str) -> &'static str {
    match (Invariant::named(rule), rule) {
        (Some(invariant), _) => invariant.rule,
        (None, "expectation") => "a run is as its scenario expects",
        (None, "fidelity") => "a model does what the real release was measured to do",
        (None, "strength") => "fuzzing finds every known defect",
        (None, "sweeps") => "a certificate holds",
        (None, _) => "the gate itself works: no run panics, differs from its repetition, or proves nothing",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::search::gate::baseline::Failing;

    /// The findings of a gate with a scenario that violates two invariants, and a check of the harness.
    pub(in crate::report::ci) fn some() -> Vec<Finding> {
        let failing = |invariant: &str, turn: &str| Failing {
            release: None,
            server: Some("append".into()),
            invariant: invariant.into(),
            turn: turn.into(),
        };
        let case = |name: &str, file: Option<&str>, found: &[(&str, &str)], known: Option<&str>| Case {
            name: name.into(),
            file: file.map(Into::into),
            failure: known
                .is_none()
                .then(|| "F on append: lost 2, 100%\nno-loss: S1#1 was lost\nreplay: forget-me-not replay".into()),
            found: found.iter().map(|(invariant, turn)| (failing(invariant, turn), 1)).collect(),
            known: known.map(Into::into),
            skipped: None,
        };
        let cases = vec![
            case("a/b.toml", Some("a/b.toml"), &[("no-loss", "S1#1"), ("no-loss", "S1#2"), ("order", "S1#1")], None),
            case("a/c.toml", Some("a/c.toml"), &[("order", "S1#1")], Some("known")),
            case("default: no-loss", None, &[("no-loss", "cleared by the switch")], None),
            case("default: the harness", None, &[], None),
        ];
        let section = Section {
            name: "scenarios",
            done: String::new(),
            cases,
            summary: Vec::new(),
            not_judged: Vec::new(),
            never_struck: Vec::new(),
            skipped: BTreeMap::new(),
            known: 1,
            mended: Vec::new(),
            shrunk: Vec::new(),
            interrupted: false,
            exit_code: 2,
        };
        findings(&[(section, Duration::ZERO)], Path::new("found"))
    }

    #[test]
    fn a_finding_is_a_rule_that_a_case_breaks_and_that_no_baseline_knows() {
        let found = some();
        let told: Vec<_> =
            found.iter().map(|one| (one.case.as_str(), one.rule.as_str(), one.mechanism.as_str())).collect();
        assert_eq!(
            told,
            [
                ("a/b.toml", "no-loss", ""),
                ("a/b.toml", "order", ""),
                ("default: no-loss", "no-loss", "cleared by the switch"),
                ("default: the harness", "scenarios", ""),
            ]
        );
        let fingerprints: BTreeSet<String> = found.iter().map(Finding::fingerprint).collect();
        assert_eq!(fingerprints.len(), found.len());
    }
}
