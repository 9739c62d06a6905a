//! The gate on one page, as JSON, and as JUnit.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use model::agents::Subject;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::layout::{WIDTH, counted, cut};
use super::not_judged;
use super::shrunk::shrunk_path;
use crate::search::command;
use crate::search::gate::baseline::Baseline;
use crate::search::gate::{self, Section};

/// How many failures of a section the page shows.
const SHOWN: usize = 12;

/// The head of the page.
pub fn gate_head(release: Subject) -> String {
    format!("gate of {release}\n\n")
}

/// The lines of a section that has ended. `folder` holds its smallest scenarios, if there are any.
pub fn gate_section(release: Subject, section: &Section, took: Duration, folder: &Path) -> String {
    let mut text = String::new();
    let failed = section.failures().count();
    let verdict = match section.exit_code {
        0 => "passed".to_owned(),
        _ if section.interrupted && failed == 0 => "INTERRUPTED".to_owned(),
        _ => format!("FAILED {failed} of {}", section.cases.len()),
    };
    let known = match section.known {
        0 => String::new(),
        n => format!(", {}", counted(n as u64, "known failure")),
    };
    let line = format!("{:<10} {verdict:<18} {}{known} ({:.1} s)", section.name, section.done, took.as_secs_f64());
    _ = writeln!(text, "{}", cut(&line, WIDTH));
    for line in failures(section) {
        // A command is to be pasted, however long it is.
        let is_a_command = ["replay: ", "explain: "].iter().any(|word| line.trim_start().starts_with(word));
        let line = if is_a_command { line } else { cut(&line, WIDTH - 4) };
        _ = writeln!(text, "    {line}");
    }
    for missed in section.never_struck.iter().take(SHOWN) {
        _ = writeln!(text, "    {}", cut(&format!("never struck: {missed}"), WIDTH - 4));
    }
    let more = section.never_struck.len().saturating_sub(SHOWN);
    if more > 0 {
        _ = writeln!(text, "    never struck: {more} more, see --json");
    }
    for mended in section.mended.iter().take(SHOWN) {
        _ = writeln!(text, "    {}", cut(&format!("mended: {mended}"), WIDTH - 4));
    }
    let more = section.mended.len().saturating_sub(SHOWN);
    if more > 0 {
        _ = writeln!(text, "    mended: {more} more, see --json");
    }
    for (why, names) in &section.skipped {
        let line = format!("skipped, {why}: {}: {}", names.len(), names.join(", "));
        _ = writeln!(text, "    {}", cut(&line, WIDTH - 4));
    }
    for line in not_judged::lines(release, &section.not_judged, WIDTH - 4) {
        _ = writeln!(text, "    {line}");
    }
    if !section.shrunk.is_empty() {
        _ = writeln!(text, "    to replay them: {}", command::replay(folder, release, None, None));
        for shrunk in &section.shrunk {
            let path = shrunk_path(folder, &shrunk.class);
            _ = writeln!(text, "    explain: {}", command::explain(&path, release, None, None));
        }
    }
    text
}

/// The line about the baseline that a gate is compared with.
pub fn gate_known(baseline: &Baseline) -> String {
    let of = baseline.release.map_or_else(String::new, |release| format!(" of {release}"));
    format!("compared with a baseline{of}: {}\n\n", counted(baseline.len() as u64, "known failure"))
}

/// The line about a baseline that was written.
pub fn gate_baseline(failures: usize) -> String {
    format!("\n{} written as the baseline\n", counted(failures as u64, "failure"))
}

/// How the time budget of a gate was split.
pub fn gate_budget(sections: &[(Section, Duration)], budget: Duration) -> String {
    let is_fuzzing = |section: &Section| section.name == "fuzzing";
    let of = |fuzzing: bool| -> Duration {
        sections.iter().filter(|(section, _)| is_fuzzing(section) == fuzzing).map(|(_, took)| *took).sum()
    };
    let (fixed, fuzzing) = (of(false).as_secs_f64(), of(true).as_secs_f64());
    format!(
        "budget     {:.1} s             {fixed:.1} s for what is fixed, {fuzzing:.1} s for fuzzing\n",
        budget.as_secs_f64()
    )
}

/// The last line of the page. It names the sections that did not end.
pub fn gate_verdict(sections: &[(Section, Duration)]) -> String {
    let sections = || sections.iter().map(|(section, _)| section);
    let verdict = verdict(gate::exit_code(sections()));
    let interrupted: Vec<&str> = sections().filter(|section| section.interrupted).map(|section| section.name).collect();
    let failed = sections().any(|section| section.exit_code != 0 && !section.interrupted);
    let found = failed || sections().any(|section| section.failures().next().is_some());
    let names = interrupted.join(", ");
    match (interrupted.is_empty(), found) {
        (true, _) => format!("\n{verdict}\n"),
        (false, true) => format!("\n{verdict}; interrupted before the end of {names}\n"),
        (false, false) => format!("\nincomplete: interrupted before the end of {names}; nothing failed so far\n"),
    }
}

/// The failures of a section, a line each.
fn failures(section: &Section) -> Vec<String> {
    if !section.summary.is_empty() {
        return section.summary.clone();
    }
    let mut lines = Vec::new();
    for (name, failure) in section.failures().take(SHOWN) {
        let mut rest = failure.lines();
        lines.push(format!("{name}: {}", rest.next().unwrap_or_default()));
        lines.extend(rest.map(|line| format!("    {line}")));
    }
    let more = section.failures().count().saturating_sub(SHOWN);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}

/// The verdict of an exit code, in words.
pub(super) fn verdict(exit_code: u8) -> &'static str {
    match exit_code {
        0 => "passed",
        2 => "failed: an invariant was violated or an expectation not met",
        3 => "failed: a run did not converge",
        4 => "failed: two runs of the same seed differ",
        5 => "failed: a section proved nothing",
        _ => "failed: the harness panicked",
    }
}

/// One object.
pub fn gate_json(release: Subject, sections: &[(Section, Duration)]) -> String {
    let object = Object {
        release,
        exit_code: gate::exit_code(sections.iter().map(|(section, _)| section)),
        sections: sections
            .iter()
            .map(|(section, took)| Part {
                name: section.name,
                done: &section.done,
                exit_code: section.exit_code,
                interrupted: section.interrupted,
                cases: section.cases.len(),
                failures: section.failures().map(|(name, failure)| format!("{name}: {failure}")).collect(),
                summary: &section.summary,
                not_judged: &section.not_judged,
                never_struck: &section.never_struck,
                skipped: &section.skipped,
                known: section
                    .cases
                    .iter()
                    .filter_map(|case| Some(one_line(&case.name, case.known.as_ref()?)))
                    .collect(),
                mended: &section.mended,
                seconds: took.as_secs_f64(),
            })
            .collect(),
    };
    serde_json::to_string(&object).expect("a gate always serializes")
}

fn one_line(name: &str, failure: &str) -> String {
    format!("{name}: {failure}")
}

#[derive(Serialize)]
struct Object<'a> {
    release: Subject,
    exit_code: u8,
    sections: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    name: &'a str,
    done: &'a str,
    exit_code: u8,
    interrupted: bool,
    cases: usize,
    failures: Vec<String>,
    summary: &'a [String],
    not_judged: &'a [String],
    never_struck: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    skipped: &'a BTreeMap<String, Vec<String>>,
    known: Vec<String>,
    mended: &'a [String],
    seconds: f64,
}

/// The same as JUnit: a suite for each part, a case for each scenario, invariant and release. An invariant that could not be judged is a skipped case,
/// and the end of a section that was interrupted is an error.
pub fn gate_junit(release: Subject, sections: &[(Section, Duration)]) -> String {
    let mut report = Report::new(format!("forget-me-not gate of {release}"));
    for (section, took) in sections {
        let mut suite = TestSuite::new(section.name);
        suite.set_time(*took);
        for case in &section.cases {
            let status = match (&case.failure, &case.known) {
                (None, None) => case.skipped.as_ref().map_or_else(TestCaseStatus::success, |why| {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(format!("skipped: {why}"));
                    status
                }),
                (None, Some(known)) => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(format!("known: {}", known.lines().next().unwrap_or_default()));
                    status
                }
                (Some(failure), _) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(failure.lines().next().unwrap_or_default());
                    status.set_description(failure.clone());
                    status
                }
            };
            let mut test = TestCase::new(case.name.clone(), status);
            test.set_classname(section.name);
            let file = case.file.as_ref().map(|file| ("file".into(), file.display().to_string().into()));
            test.extra.extend(file);
            suite.add_test_case(test);
        }
        for name in &section.not_judged {
            let mut status = TestCaseStatus::skipped();
            status.set_message(not_judged::reason(release));
            let mut test = TestCase::new(name.clone(), status);
            test.set_classname(section.name);
            suite.add_test_case(test);
        }
        if section.interrupted {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("interrupted before it ended");
            let mut test = TestCase::new("the end", status);
            test.set_classname(section.name);
            suite.add_test_case(test);
        }
        report.add_test_suite(suite);
    }
    without_skipped(&report.to_string().expect("a report is text"))
}

/// Without the sum of the skipped cases in the outermost tag: the schema of Jenkins allows it only in a suite.
fn without_skipped(junit: &str) -> String {
    let outermost = |line: &&str| line.trim_start().starts_with("<testsuites ");
    let Some(line) = junit.lines().find(outermost) else { return junit.to_owned() };
    let mut short = line.to_owned();
    if let Some(start) = line.find(" skipped=\"") {
        let value = start + " skipped=\"".len();
        let end = value + line[value..].find('"').expect("an attribute ends with a quote") + 1;
        short.replace_range(start..end, "");
    }
    junit.replacen(line, &short, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::gate::Case;

    /// A part in which one invariant passed, and another could not be judged.
    fn section() -> Section {
        let (found, known, skipped) = Default::default();
        let passed = Case {
            name: "gateway: no-loss".into(),
            file: Some("a/b.toml".into()),
            failure: None,
            found,
            known,
            skipped,
        };
        let not_judged = vec!["gateway: session-continuity".to_owned()];
        let (cases, summary, shrunk, done) = (vec![passed], Vec::new(), Vec::new(), "1 seed".to_owned());
        Section {
            name: "fuzzing",
            done,
            cases,
            summary,
            not_judged,
            never_struck: Vec::new(),
            skipped: BTreeMap::new(),
            known: 0,
            mended: Vec::new(),
            shrunk,
            interrupted: false,
            exit_code: 0,
        }
    }

    #[test]
    fn what_could_not_be_judged_has_not_passed() {
        let (release, sections) = ("F".parse().expect("a release"), [(section(), Duration::ZERO)]);
        let page = gate_section(release, &sections[0].0, Duration::ZERO, Path::new("found"));
        assert!(
            page.contains("    not judged (F does not report what they need): gateway: session-continuity\n"),
            "{page}"
        );
        let json: serde_json::Value = serde_json::from_str(&gate_json(release, &sections)).expect("JSON");
        assert_eq!(json["sections"][0]["not_judged"], serde_json::json!(["gateway: session-continuity"]));
        let junit = gate_junit(release, &sections);
        let outermost = junit.lines().find(|line| line.contains("<testsuites ")).expect("the outermost tag");
        assert!(!outermost.contains("skipped") && outermost.contains(" failures=\"0\""), "{outermost}");
        assert!(junit.contains("<testsuite name=\"fuzzing\" tests=\"2\" skipped=\"1\""), "{junit}");
        assert!(junit.contains("classname=\"fuzzing\" file=\"a/b.toml\""), "{junit}");
        let skipped = "<testcase name=\"gateway: session-continuity\" classname=\"fuzzing\">";
        assert!(junit.contains(skipped) && junit.contains("tests=\"2\"") && junit.contains("skipped"), "{junit}");
        assert!(junit.contains("<skipped message=\"not judged: F does not report what it needs\"/>"), "{junit}");
    }
}
