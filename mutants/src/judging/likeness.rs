//! Whether the woven program does what the project's own does, as long as no mutant is on: the same runs with the same digests.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::judges::Judge;
use super::outcome::Prints;
use super::process::Task;
use crate::failure::Failure;

/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(1_800);

/// Shows every judge both programs. Returns the names of the judges; tests are built with the woven sources, and have no other program.
///
/// # Errors
///
/// If a judge sees a difference, or cannot be run.
pub(crate) fn check(judges: &[Judge], program: &Path, scratch: &Path) -> Result<Vec<String>, Failure> {
    let mut alike = Vec::new();
    for judge in judges.iter().filter(|judge| judge.prints != Prints::Tests) {
        let other = Task { program: program.to_owned(), ..judge.task.clone() };
        let mut printed = Vec::new();
        for task in [&judge.task, &other] {
            let Some(ended) = task.run(0, LIMIT, &scratch.join("likeness"))? else { return Ok(alike) };
            printed.push((ended.code, timeless(&ended.stdout)));
        }
        if printed[0] != printed[1] {
            let pairs = printed[0].1.iter().zip(&printed[1].1);
            let first = pairs.enumerate().find(|(_, (woven, own))| woven != own).map_or(0, |(place, _)| place + 1);
            let name = &judge.name;
            return Err(Failure(format!(
                "{name}: the woven program is another one, though no mutant is on: line {first}"
            )));
        }
        alike.push(judge.name.clone());
    }
    Ok(alike)
}

/// The lines of an output, without the time that it took.
pub(super) fn timeless(stdout: &str) -> Vec<String> {
    let line = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(mut object)) => {
            object.remove("seconds");
            Value::Object(object).to_string()
        }
        Ok(_) | Err(_) => line.to_owned(),
    };
    stdout.lines().map(line).collect()
}
