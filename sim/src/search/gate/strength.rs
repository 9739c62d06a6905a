//! Checks that every release known to be wrong is still caught, and that every invariant is still broken by some release.

use std::num::NonZeroUsize;

use super::{Case, Section, Stop};
use crate::run::Verdict;
use crate::search::strength::{Effort, Soon, strength as look_for_all};

/// Looks for every wrong release, and for a violation of every invariant, until each is found once.
pub fn strength(jobs: NonZeroUsize, stop: Stop<'_>) -> Section {
    let strength = look_for_all(&Effort::SHORT, jobs, stop);
    let missed = format!("not found within {} seeds", Effort::SHORT.seeds);
    let case = |name: String, found: bool| Case::new(name, None, (!found).then(|| missed.clone()));
    let releases = strength.releases.iter().map(|one| case(format!("catches {}", one.release), one.any.found()));
    let invariants =
        strength.invariants.iter().map(|broken| case(format!("sees {} broken", broken.invariant), broken.by.is_some()));
    let cases: Vec<Case> = releases.chain(invariants).collect();
    let exit_code = if cases.iter().all(|case| case.failure.is_none()) { 0 } else { Verdict::Vacuous.exit_code() };
    let most = |soon: &mut dyn Iterator<Item = &Soon>| soon.filter_map(Soon::most).max().unwrap_or_default();
    let done = format!(
        "{} releases that are wrong, each caught within {} seeds; {} invariants, each broken within {}",
        strength.releases.len(),
        most(&mut strength.releases.iter().map(|one| &one.any)),
        strength.invariants.len(),
        most(&mut strength.invariants.iter().filter_map(|broken| Some(&broken.by.as_ref()?.1))),
    );
    Section::new("strength", done, cases, exit_code).so_far(strength.interrupted)
}
