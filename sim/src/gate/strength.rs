//! Whether every release that is known to be wrong is still caught.

use std::num::NonZeroUsize;

use super::{Case, Section};
use crate::runner::Verdict;
use crate::strength::{Effort, strength as look_for_all};

/// Looks for every release that is wrong, until it is caught once.
pub fn strength(jobs: NonZeroUsize) -> Section {
    let caught = look_for_all(Effort::SHORT, jobs);
    let missed = format!("not caught within {} seeds", Effort::SHORT.seeds);
    let cases = caught.iter().map(|one| Case {
        name: format!("catches {}", one.release),
        failure: (!one.any.found()).then(|| missed.clone()),
    });
    let cases: Vec<Case> = cases.collect();
    let exit_code = if cases.iter().all(|case| case.failure.is_none()) { 0 } else { Verdict::Vacuous.exit_code() };
    let most = caught.iter().filter_map(|one| one.any.most()).max().unwrap_or_default();
    let done = format!("{} releases that are wrong, each caught within {most} seeds", cases.len());
    Section::new("strength", done, cases, exit_code)
}
