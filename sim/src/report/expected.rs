//! Expectations: the line to paste for a run, and what was written into a file.

use std::fmt::Write;
use std::path::Path;

use super::layout::counted;
use crate::plan::{Expectation, Outcome, Scenario};
use crate::run::Verdict;
use crate::search::expectations::{self, Written};
use crate::search::replay::Replayed;

/// The line that would expect a run, unless the file expects it or it proved nothing. The line is not cut: it is there to be copied.
pub(super) fn to_paste(text: &mut String, scenario: &Scenario, replayed: &Replayed) {
    let run = &replayed.run;
    if replayed.as_expected == Some(true) || run.verdict == Verdict::Vacuous {
        return;
    }
    if replayed.misses_only_a_step() {
        _ = writeln!(text, "      to expect it: missed_steps = \"allowed\"");
        return;
    }
    let seed = (run.seed != scenario.seed).then_some(run.seed);
    let expectation = Expectation(vec![Outcome::shown(seed, run.damage().sorted())]);
    _ = writeln!(text, "      to expect it: {}", expectations::line(run.release, None, &expectation));
}

/// What was written into a scenario's file, and what was not.
pub fn written(path: &Path, written: &Written) -> String {
    let mut text = String::new();
    let path = path.display();
    match written.lines.len() {
        0 => _ = writeln!(text, "{path}: no expectation changed"),
        n => _ = writeln!(text, "{path}: wrote {}", counted(n as u64, "expectation")),
    }
    written.lines.iter().for_each(|line| _ = writeln!(text, "  {line}"));
    written.left_out.iter().for_each(|line| _ = writeln!(text, "  not written: {line}"));
    text
}
