//! What a campaign proves: little without the states that are worth reaching.
//!
//! Which marks those are depends on what is drawn and on who is run, and was decided by counting: each is reached ten times and more
//! in [`ENOUGH`] runs, from whatever start.

use model::release::{Part, Release};

use super::Tally;
use crate::checks::{self, CONVERGENCE};
use crate::generate::Profile;
use crate::marks::{self, Row};
use crate::runner::Verdict;

/// After so many runs what was never met means that the campaign proves nothing. A shorter one need not meet everything.
pub const ENOUGH: u64 = 2_000;

/// The marks that a campaign has to reach.
pub fn required_marks(profile: Profile, release: Release) -> impl Iterator<Item = &'static Row> {
    marks::TABLE.iter().filter(move |row| row.is_required(profile, release))
}

/// Those of them that it has not reached.
pub fn unreached(tally: &Tally, profile: Profile, release: Release) -> Vec<&'static Row> {
    required_marks(profile, release).filter(|row| !tally.marks.contains_key(row.words)).collect()
}

/// The invariants that never judged anything, of those that the profile is about.
pub fn unjudged(tally: &Tally, profile: Profile) -> Vec<&'static str> {
    let foreign = if profile == Profile::WebUi { Part::Gateway } else { Part::WebUi };
    let own = checks::ALL.iter().filter(|check| check.part != foreign);
    own.map(|check| check.name).filter(|name| tally.judged.get(*name).is_none_or(|judged| *judged == 0)).collect()
}

/// The exit code of a campaign.
pub fn exit_code(tally: &Tally, profile: Profile, release: Release) -> u8 {
    let only_late = tally.classes.keys().all(|class| class.invariant == CONVERGENCE);
    match () {
        () if !tally.panicked.is_empty() => 101,
        () if !tally.diverged.is_empty() => 4,
        () if !tally.classes.is_empty() && !only_late => Verdict::Violation.exit_code(),
        () if !tally.classes.is_empty() => Verdict::NotConverged.exit_code(),
        () if tally.runs == tally.vacuous => Verdict::Vacuous.exit_code(),
        () if tally.runs >= ENOUGH && !unreached(tally, profile, release).is_empty() => Verdict::Vacuous.exit_code(),
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A campaign over the reference that met everything that it had to.
    fn complete(profile: Profile) -> Tally {
        let marks = required_marks(profile, Release::Reference).map(|row| (row.words.to_owned(), 1)).collect();
        let judged = checks::ALL.iter().map(|check| (check.name.to_owned(), 1)).collect();
        Tally { runs: ENOUGH, marks, judged, ..Tally::default() }
    }

    fn code(tally: &Tally, profile: Profile) -> u8 {
        exit_code(tally, profile, Release::Reference)
    }

    #[test]
    fn a_campaign_that_missed_a_required_mark_proves_nothing() {
        for profile in Profile::ALL {
            for row in required_marks(profile, Release::Reference) {
                let mut tally = complete(profile);
                tally.marks.remove(row.words);
                assert_eq!(code(&tally, profile), 5, "{profile}: {}", row.words);
                assert_eq!(unreached(&tally, profile, Release::Reference).len(), 1);
            }
        }
    }

    #[test]
    fn a_violation_says_more_than_what_was_missed() {
        let mut tally = Tally { runs: ENOUGH, ..Tally::default() };
        assert_eq!(code(&tally, Profile::Default), 5);
        tally.diverged.push(1);
        assert_eq!(code(&tally, Profile::Default), 4);
    }
}
