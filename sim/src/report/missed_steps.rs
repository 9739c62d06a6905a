//! The steps that a run never reached, a line or two for each process.

use super::layout::{WIDTH, wrapped};
use crate::run::{MissedStep, Run};

/// How many steps of a process are named. JSON has all of them.
const NAMED: usize = 3;

/// `never reached: process 1, step 4 "turn", step 5 "shutdown": cut off by sigkill at step 12`, in lines for the page of a replay.
pub(super) fn lines(run: &Run) -> Vec<String> {
    let processes = run.missed_steps.chunk_by(|one, next| one.process == next.process);
    processes.flat_map(of_a_process).collect()
}

fn of_a_process(missed: &[MissedStep]) -> Vec<String> {
    let MissedStep { process, cut_off_by, .. } = &missed[0];
    let mut steps: Vec<String> = missed.iter().take(NAMED).map(|missed| missed.step.clone()).collect();
    if missed.len() > NAMED {
        steps.push(format!("and {} more", missed.len() - NAMED));
    }
    steps[0] = format!("never reached: process {process}, {}", steps[0]);
    let why = match cut_off_by {
        Some(cause) => format!("cut off by {cause}"),
        None => "nothing in the plan cuts this off".to_owned(),
    };
    let last = steps.len() - 1;
    steps[last].push(':');
    steps[last] = format!("{} {why}", steps[last]);
    wrapped(&steps, ", ", WIDTH - 6)
}
