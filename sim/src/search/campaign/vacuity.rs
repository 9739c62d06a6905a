//! Vacuity: a campaign proves nothing about an invariant that it never judged, and little without the states worth reaching.
//!
//! The required invariants and marks depend on the profile and the release. They were chosen by counting: each is met at least ten times in
//! [`ENOUGH`] runs, from any start.

use model::agents::Subject;
use model::words::part::Part;

use super::Tally;
use super::marks::{self, Row};
use crate::draw::Profile;
use crate::judging::{CONVERGENCE, Invariant};
use crate::run::Verdict;

/// After this many runs, a required state that was never met means that the campaign proves nothing. A shorter campaign need not meet all.
pub const ENOUGH: u64 = 2_000;

/// The marks that a campaign must reach.
pub fn required_marks(profile: Profile, release: Subject) -> impl Iterator<Item = &'static Row> {
    marks::TABLE.iter().filter(move |row| row.is_required(profile, release))
}

/// The required marks that it has not reached.
pub fn unreached(tally: &Tally, profile: Profile, release: Subject) -> Vec<&'static Row> {
    required_marks(profile, release).filter(|row| !tally.marks.contains_key(row.words)).collect()
}

/// The invariants that a campaign must judge and never judged.
pub fn unjudged(tally: &Tally, profile: Profile, release: Subject) -> Vec<&'static str> {
    let must = Invariant::all().filter(|row| must_judge(row, profile, release)).map(|row| row.name);
    must.filter(|name| tally.judged.get(*name).is_none_or(|judged| *judged == 0)).collect()
}

/// The invariants that a campaign cannot judge, because the release does not testify to their evidence, or its
/// provider does not show it.
pub fn not_judged(profile: Profile, release: Subject) -> Vec<&'static str> {
    let silent = Invariant::not_judged(about(profile), release.testifies()).map(|row| row.name);
    silent.chain(release.unseen().iter().copied()).collect()
}

/// A release other than the reference may lack the subject of an invariant: a durable outbox, a handler of SIGTERM. All of them have fates.
/// An invariant that no drawn plan can violate need not be judged, and those that cannot be judged are reported separately.
fn must_judge(row: &Invariant, profile: Profile, release: Subject) -> bool {
    let about = about(profile);
    let has_all = release.is_of_reference() || row.data.is_some();
    let possible = row.can_be_judged(release.testifies()) && !row.not_drawn.contains(&about);
    row.concerns(about) && has_all && possible && !release.unseen().contains(&row.name)
}

/// The part that the scenarios of a profile are about.
fn about(profile: Profile) -> Part {
    match profile {
        Profile::Gateway => Part::Gateway,
        Profile::WebUi => Part::WebUi,
        Profile::Default | Profile::Shutdown | Profile::Switch | Profile::Storage | Profile::Whole => Part::Memory,
    }
}

/// Why a campaign proves nothing.
pub fn missing(tally: &Tally, profile: Profile, release: Subject) -> String {
    if tally.runs == tally.vacuous {
        return "nothing could be judged in any run".into();
    }
    if !tally.broken.is_empty() {
        return "the agent broke in some runs, which have no result".into();
    }
    let cut_short = tally.cut_short.iter().map(|(seed, bound)| format!("seed {seed} was cut short: {bound}"));
    let unjudged = unjudged(tally, profile, release).into_iter().map(|name| format!("{name} was never judged"));
    let unreached = unreached(tally, profile, release).into_iter();
    let unreached = unreached.map(|mark| format!("mark never reached: {}", mark.words));
    cut_short.chain(unjudged).chain(unreached).collect::<Vec<_>>().join("; ")
}

/// The exit code of a campaign.
pub fn exit_code(tally: &Tally, profile: Profile, release: Subject) -> u8 {
    let only_late = tally.classes.keys().all(|class| class.invariant == CONVERGENCE);
    let met = || unreached(tally, profile, release).is_empty() && unjudged(tally, profile, release).is_empty();
    match () {
        () if !tally.panicked.is_empty() => 101,
        () if !tally.diverged.is_empty() => 4,
        () if !tally.classes.is_empty() && !only_late => Verdict::Violation.exit_code(),
        () if !tally.classes.is_empty() => Verdict::NotConverged.exit_code(),
        () if tally.runs == tally.vacuous || !tally.broken.is_empty() => Verdict::Vacuous.exit_code(),
        () if !tally.cut_short.is_empty() => Verdict::Vacuous.exit_code(),
        () if tally.runs >= ENOUGH && !met() => Verdict::Vacuous.exit_code(),
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A campaign over the reference that met every requirement.
    fn complete(profile: Profile) -> Tally {
        let marks = required_marks(profile, Subject::REFERENCE).map(|row| (row.words.to_owned(), 1)).collect();
        let judged = Invariant::all().map(|row| (row.name.to_owned(), 1)).collect();
        Tally { runs: ENOUGH, marks, judged, ..Tally::default() }
    }

    fn code(tally: &Tally, profile: Profile) -> u8 {
        exit_code(tally, profile, Subject::REFERENCE)
    }

    #[test]
    fn a_campaign_with_a_run_that_was_cut_short_proves_nothing_and_names_it() {
        let mut tally = complete(Profile::Default);
        assert_eq!(code(&tally, Profile::Default), 0);
        tally.cut_short.insert(7, "process 1 took the last of 9 steps".into());
        assert_eq!(code(&tally, Profile::Default), Verdict::Vacuous.exit_code());
        let told = missing(&tally, Profile::Default, Subject::REFERENCE);
        assert_eq!(told, "seed 7 was cut short: process 1 took the last of 9 steps");
    }

    #[test]
    fn a_campaign_that_never_judged_an_invariant_of_its_profile_proves_nothing() {
        for &profile in Profile::ALL {
            let whole = complete(profile);
            assert_eq!(code(&whole, profile), 0, "{profile}");
            for row in Invariant::all() {
                let mut tally = whole.clone();
                tally.judged.insert(row.name.to_owned(), 0);
                let must = must_judge(row, profile, Subject::REFERENCE);
                assert_eq!(code(&tally, profile), if must { 5 } else { 0 }, "{profile}: {}", row.name);
                assert_eq!(unjudged(&tally, profile, Subject::REFERENCE).contains(&row.name), must);
                tally.judged.remove(row.name);
                tally.runs = ENOUGH - 1;
                assert_eq!(code(&tally, profile), 0, "too few runs to say so");
            }
        }
    }

    #[test]
    fn each_invariant_has_a_profile_that_must_judge_it() {
        for row in Invariant::all() {
            let judged = |profile: &Profile| must_judge(row, *profile, Subject::REFERENCE);
            assert!(Profile::ALL.iter().any(judged), "{}", row.name);
        }
    }

    #[test]
    fn what_a_release_does_not_report_is_named_and_not_asked_of_it() {
        for release in Subject::all() {
            assert_eq!(not_judged(Profile::of(release), release), [""; 0], "{release} reports on its own part");
        }
        let release = "F".parse().expect("a release");
        assert_eq!(not_judged(Profile::Gateway, release), ["session-continuity", "interrupted-turn-is-answered"]);
        let told_apart = |row: &&Invariant| row.can_be_judged(release.testifies());
        assert!(Invariant::all().filter(|row| must_judge(row, Profile::Gateway, release)).all(|row| told_apart(&row)));
    }

    #[test]
    fn a_campaign_that_missed_a_required_mark_proves_nothing() {
        for &profile in Profile::ALL {
            for row in required_marks(profile, Subject::REFERENCE) {
                let mut tally = complete(profile);
                tally.marks.remove(row.words);
                assert_eq!(code(&tally, profile), 5, "{profile}: {}", row.words);
                assert_eq!(unreached(&tally, profile, Subject::REFERENCE).len(), 1);
            }
        }
    }

    #[test]
    fn a_violation_says_more_than_what_was_missed() {
        let mut tally = Tally { runs: ENOUGH, ..Tally::default() };
        assert_eq!(code(&tally, Profile::Default), 5);
        tally.diverged.insert(1, String::new());
        assert_eq!(code(&tally, Profile::Default), 4);
    }
}
