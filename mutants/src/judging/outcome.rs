//! What a judge has noticed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::process::Ended;

/// How many names are kept of what a judge has noticed.
const NAMES: usize = 8;

/// What a judge prints, and so how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prints {
    /// Runs or a campaign as JSON: every violation is a mistake.
    Runs,
    /// Runs as JSON, where some are to violate something: only those that are not as expected are mistakes.
    ExpectedRuns,
    /// Measured cells.
    Cells,
    /// Tests.
    Tests,
}

/// The kinds of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    /// An invariant other than convergence.
    Invariant,
    /// A run did not come to rest.
    Convergence,
    /// Two runs of one seed differed.
    Nondeterminism,
    /// The campaign proved too little: exit code 5.
    Vacuity,
    /// A run was not as its scenario expects.
    Expectation,
    /// A cell is not as it was measured.
    Measurement,
    /// A test failed.
    Test,
    /// The program crashed.
    Panic,
    /// It did not end.
    Timeout,
    /// It took all the memory that it was given.
    Memory,
    /// The program took its input for wrong.
    Refusal,
}

impl How {
    /// Its name, as in the results.
    pub(crate) fn name(self) -> String {
        let name = serde_json::to_value(self).expect("data becomes JSON");
        name.as_str().expect("a word").to_owned()
    }
}

/// What a judge has noticed, if it has noticed anything: the kind, and names of invariants, scenarios or tests.
pub(crate) fn read(ended: &Ended, prints: Prints) -> Option<(How, Vec<String>)> {
    let complaint =
        || ended.stderr.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned();
    let panicked = || {
        let mut lines = ended.stderr.lines().chain(ended.stdout.lines());
        let line = lines.find(|line| line.contains("panicked at") || line.contains("has overflowed its stack"));
        line.map_or_else(complaint, str::to_owned)
    };
    match ended.code {
        Some(0) => None,
        // The shell's words for SIGXCPU and SIGKILL: the bound on the processor's time.
        None | Some(137 | 152) => Some((How::Timeout, Vec::new())),
        Some(134) if ended.stderr.contains("memory allocation of") => Some((How::Memory, Vec::new())),
        Some(128..) => Some((How::Panic, vec![panicked()])),
        Some(101) if prints != Prints::Tests => Some((How::Panic, vec![panicked()])),
        Some(code) => Some(match (prints, code) {
            (Prints::Tests, _) => match failed_tests(&ended.stdout) {
                names if names.is_empty() => (How::Panic, vec![panicked()]),
                names => (How::Test, names),
            },
            (Prints::Cells, _) => (How::Measurement, Vec::new()),
            (_, 1) => (How::Refusal, vec![complaint()]),
            (Prints::ExpectedRuns, _) => (How::Expectation, unexpected(&ended.stdout)),
            (Prints::Runs, 3) => (How::Convergence, unexpected(&ended.stdout)),
            (Prints::Runs, 4) => (How::Nondeterminism, Vec::new()),
            (Prints::Runs, 5) => (How::Vacuity, unproved(&ended.stdout)),
            (Prints::Runs, _) => match violated(&ended.stdout) {
                names if names.is_empty() => (How::Expectation, unexpected(&ended.stdout)),
                names => (How::Invariant, names),
            },
        }),
    }
}

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

fn some(names: BTreeSet<String>) -> Vec<String> {
    names.into_iter().take(NAMES).collect()
}

/// The invariants that the runs of a replay or of a campaign have violated.
fn violated(stdout: &str) -> Vec<String> {
    let mut names = BTreeSet::new();
    for line in lines(stdout) {
        let of_a_run = line["violations"].as_array().into_iter().flatten();
        names.extend(of_a_run.filter_map(|violation| violation["invariant"].as_str().map(str::to_owned)));
        names.extend(line["violations"].as_object().into_iter().flat_map(|counts| counts.keys().cloned()));
    }
    some(names)
}

/// The runs that were not as expected.
fn unexpected(stdout: &str) -> Vec<String> {
    let runs = lines(stdout).filter(|run| run["as_expected"] == false);
    some(runs.filter_map(|run| Some(format!("{} {}", run["scenario"].as_str()?, run["release"].as_str()?))).collect())
}

/// What a campaign has not reached, and the invariants that it has not judged. Of a replay, the runs that proved nothing.
fn unproved(stdout: &str) -> Vec<String> {
    let mut names: BTreeSet<String> = unexpected(stdout).into_iter().collect();
    for campaign in lines(stdout) {
        let lists = ["unreached", "unjudged"].into_iter().filter_map(|key| campaign[key].as_array()).flatten();
        names.extend(lists.filter_map(|name| name.as_str().map(str::to_owned)));
    }
    some(names)
}

fn failed_tests(stdout: &str) -> Vec<String> {
    let names = stdout.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    some(names.map(|name| name.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(code: Option<i32>, prints: Prints, stdout: &str, stderr: &str, expected: Option<(How, &[&str])>) {
        let ended = Ended { code, stdout: stdout.to_owned(), stderr: stderr.to_owned(), used: Duration::ZERO };
        let expected = expected.map(|(how, names)| (how, names.iter().map(|&name| name.to_owned()).collect()));
        assert_eq!(read(&ended, prints), expected, "{code:?} {prints:?}");
    }

    #[test]
    fn what_a_judge_notices_is_read_from_its_exit_code_and_its_output() {
        let runs = r#"{"scenario":"a","release":"B","as_expected":false,"violations":[{"invariant":"no-loss"}]}
{"scenario":"b","release":"B","as_expected":true,"violations":[{"invariant":"order"}]}"#;
        check(Some(0), Prints::Runs, runs, "", None);
        check(Some(2), Prints::Runs, runs, "", Some((How::Invariant, &["no-loss", "order"])));
        check(Some(2), Prints::Runs, r#"{"violations":{"lineage":3}}"#, "", Some((How::Invariant, &["lineage"])));
        check(Some(2), Prints::ExpectedRuns, runs, "", Some((How::Expectation, &["a B"])));
        check(Some(3), Prints::Runs, runs, "", Some((How::Convergence, &["a B"])));
        let campaign = r#"{"violations":{},"unreached":["a mark"],"unjudged":["order"]}"#;
        check(Some(5), Prints::Runs, campaign, "", Some((How::Vacuity, &["a mark", "order"])));
        check(Some(2), Prints::Cells, "", "", Some((How::Measurement, &[])));
        check(Some(1), Prints::Runs, "", "no such file", Some((How::Refusal, &["no such file"])));
    }

    #[test]
    fn a_crash_and_an_endless_run_are_told_from_a_failed_test() {
        let tests = "test a::b ... ok\ntest a::c ... FAILED\n";
        check(Some(101), Prints::Tests, tests, "", Some((How::Test, &["a::c"])));
        check(
            Some(101),
            Prints::Runs,
            "",
            "thread 'main' panicked at a.rs:1",
            Some((How::Panic, &["thread 'main' panicked at a.rs:1"])),
        );
        check(Some(137), Prints::Tests, tests, "", Some((How::Timeout, &[])));
        check(None, Prints::Runs, "", "", Some((How::Timeout, &[])));
        check(Some(134), Prints::Runs, "", "memory allocation of 8 bytes failed", Some((How::Memory, &[])));
    }
}
