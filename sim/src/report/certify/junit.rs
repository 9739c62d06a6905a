//! A card as JUnit: a test for each guarantee. One that is known to be broken, or not judged, is skipped.

use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{broken_line, file};
use crate::search::certify::{Card, Line, Standing};

/// The card as JUnit XML.
pub fn certify_junit(card: &Card, folder: &Path) -> String {
    let mut report = Report::new(format!("forget-me-not certify {}", card.memory));
    let mut suite = TestSuite::new("guarantees");
    for line in &card.lines {
        let mut test = TestCase::new(line.guarantee.name, status(card, line, folder));
        test.set_classname(card.memory.name());
        if let Standing::Broken(broken) = &line.standing {
            let path = broken.smallest.as_ref().map(|smallest| file(smallest, folder).display().to_string());
            test.extra.extend(path.map(|path| ("file".into(), path.into())));
        }
        suite.add_test_case(test);
    }
    for (why, runs) in &card.without_result {
        suite.add_test_case(error(card, "the memory runs", &format!("no result in {runs} runs: {why}")));
    }
    for title in &card.diverged {
        suite.add_test_case(error(card, "the same twice", &format!("two runs differ: {title}")));
    }
    if card.interrupted {
        suite.add_test_case(error(card, "the end", "interrupted before it ended"));
    }
    report.add_test_suite(suite);
    report.to_string().expect("a report always serializes")
}

fn status(card: &Card, line: &Line, folder: &Path) -> TestCaseStatus {
    let skipped = |why: String| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(why);
        status
    };
    match &line.standing {
        Standing::Kept => TestCaseStatus::success(),
        Standing::NotJudged(why) => skipped(format!("not judged: {why}")),
        Standing::Broken(broken) if broken.known => skipped(format!("known: {}", line.guarantee.sentence)),
        Standing::Broken(broken) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!("broken in {} runs: {}", broken.runs, line.guarantee.sentence));
            let mut text = String::new();
            broken_line(&mut text, card, line, broken, folder);
            status.set_description(text);
            status
        }
    }
}

fn error(card: &Card, name: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(message);
    let mut test = TestCase::new(name, status);
    test.set_classname(card.memory.name());
    test
}
