//! The gate on one page, as JSON, and as JUnit.

use std::fmt::Write;
use std::time::Duration;

use model::release::Release;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::layout::{WIDTH, cut};
use crate::gate::{self, Section};

/// How many failures of a part are told.
const SHOWN: usize = 12;

/// The page.
pub fn gate(release: Release, sections: &[(Section, Duration)]) -> String {
    let mut text = format!("gate of {release}\n\n");
    for (section, took) in sections {
        let failed = section.failures().count();
        let verdict = if section.exit_code == 0 { "passed".to_owned() } else { format!("FAILED {failed}") };
        let line = format!("{:<10} {verdict:<10} {} ({:.1} s)", section.name, section.done, took.as_secs_f64());
        _ = writeln!(text, "{}", cut(&line, WIDTH));
        for (name, failure) in section.failures().take(SHOWN) {
            _ = writeln!(text, "    {}", cut(&format!("{name}: {failure}"), WIDTH - 4));
        }
        if failed > SHOWN {
            _ = writeln!(text, "    and {} more", failed - SHOWN);
        }
    }
    let sections: Vec<Section> = sections.iter().map(|(section, _)| section.clone()).collect();
    _ = writeln!(text, "\n{}", verdict(gate::exit_code(&sections)));
    text
}

fn verdict(exit_code: u8) -> &'static str {
    match exit_code {
        0 => "passed",
        2 => "failed: an invariant is violated, or an expectation is not met",
        3 => "failed: something does not converge",
        4 => "failed: something is not deterministic",
        5 => "failed: something proves nothing",
        _ => "failed: the harness is broken",
    }
}

/// One object.
pub fn gate_json(release: Release, sections: &[(Section, Duration)]) -> String {
    let all: Vec<Section> = sections.iter().map(|(section, _)| section.clone()).collect();
    let object = Object {
        release,
        exit_code: gate::exit_code(&all),
        sections: sections
            .iter()
            .map(|(section, took)| Part {
                name: section.name,
                done: &section.done,
                exit_code: section.exit_code,
                cases: section.cases.len(),
                failures: section.failures().map(|(name, failure)| format!("{name}: {failure}")).collect(),
                seconds: took.as_secs_f64(),
            })
            .collect(),
    };
    serde_json::to_string(&object).expect("a gate always serializes")
}

#[derive(Serialize)]
struct Object<'a> {
    release: Release,
    exit_code: u8,
    sections: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    name: &'a str,
    done: &'a str,
    exit_code: u8,
    cases: usize,
    failures: Vec<String>,
    seconds: f64,
}

/// The same as JUnit: a suite for each part, a case for each scenario, profile and release.
pub fn gate_junit(release: Release, sections: &[(Section, Duration)]) -> String {
    let mut report = Report::new(format!("forget-me-not gate of {release}"));
    for (section, took) in sections {
        let mut suite = TestSuite::new(section.name);
        suite.set_time(*took);
        for case in &section.cases {
            let status = match &case.failure {
                None => TestCaseStatus::success(),
                Some(failure) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(failure.clone());
                    status
                }
            };
            let mut test = TestCase::new(case.name.clone(), status);
            test.set_classname(section.name);
            suite.add_test_case(test);
        }
        report.add_test_suite(suite);
    }
    report.to_string().expect("a report is text")
}
