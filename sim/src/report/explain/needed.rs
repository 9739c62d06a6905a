//! What the violation needed, and which releases do without it.

use std::fmt::Write;

use model::agents::Difference;

use super::line;
use crate::report::layout::counted;
use crate::search::explain::{Explanation, Odds, Other, Part};

/// How many releases are shown with their differences, and how many differences of each.
const RELEASES: usize = 3;
const DIFFERENCES: usize = 4;
/// How many parts are named that were not needed.
const NOT_NEEDED: usize = 8;

pub(super) fn parts(text: &mut String, explanation: &Explanation) {
    let Explanation { parts, as_it_is: Odds { broken, of }, .. } = explanation;
    _ = writeln!(text, "\nWHAT IT NEEDED");
    let schedule = if broken == of { "no particular schedule" } else { "a particular schedule" };
    line(text, 2, &format!("{schedule}: {broken} of {} break it", counted(u64::from(*of), "schedule")));
    if !parts.iter().any(|part| part.is_a_fault) {
        _ = writeln!(text, "  no fault: none is planned");
    }
    for (words, of_faults, needed) in [
        ("faults needed", true, Some(true)),
        ("faults not needed", true, Some(false)),
        ("faults without which it is not judged", true, None),
        ("steps and settings needed", false, Some(true)),
        ("steps and settings not needed", false, Some(false)),
        ("steps and settings without which it is not judged", false, None),
    ] {
        let own = parts.iter().filter(|part| part.is_a_fault == of_faults && part.is_needed() == needed);
        let mut said: Vec<String> = own.map(|part| part_in_words(part, needed)).collect();
        if needed != Some(true) && said.len() > NOT_NEEDED + 1 {
            let more = said.split_off(NOT_NEEDED).len();
            said.push(format!("and {more} more"));
        }
        if !said.is_empty() {
            line(text, 2, &format!("{words}: {}", said.join(", ")));
        }
    }
}

/// A part, and how often it breaks without it if not always.
fn part_in_words(part: &Part, needed: Option<bool>) -> String {
    let Odds { broken, of } = part.without_it;
    match needed {
        Some(false) if broken < of => format!("{} (without it {broken} of {of})", part.change.subject()),
        Some(_) | None => part.change.subject(),
    }
}

pub(super) fn releases(text: &mut String, explanation: &Explanation) {
    let (keep, fail): (Vec<&Other>, Vec<&Other>) = explanation.others.iter().partition(|other| other.keeps);
    _ = writeln!(text, "\nOTHER RELEASES");
    for other in keep.iter().take(RELEASES) {
        let differs = match &other.differences[..] {
            [] => other.release.about().to_owned(),
            differences => in_words(differences),
        };
        let besides = if other.passes { "" } else { ", but breaks other promises" };
        line(text, 2, &format!("{} keeps it{besides} ({differs})", other.release));
    }
    let names = |others: &[&Other]| {
        let name = |other: &&Other| format!("{}{}", other.release, if other.passes { "" } else { "*" });
        others.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    if keep.len() > RELEASES {
        let rest = &keep[RELEASES..];
        let starred = if rest.iter().all(|other| other.passes) { "" } else { " (* breaks other promises)" };
        line(text, 2, &format!("keep it, too: {}{starred}", names(rest)));
    }
    if keep.is_empty() {
        _ = writeln!(text, "  none keeps it");
    }
    if !fail.is_empty() {
        let fail: Vec<String> = fail.iter().map(|other| other.release.to_string()).collect();
        line(text, 2, &format!("break it, too: {}", fail.join(", ")));
    }
}

fn in_words(differences: &[Difference]) -> String {
    let each = differences.iter().take(DIFFERENCES);
    let each = each.map(|one| format!("{}: {} instead of {}", one.behavior, one.to, one.from));
    let more = differences.len().saturating_sub(DIFFERENCES);
    let more = (more > 0).then(|| format!("and {more} more"));
    each.chain(more).collect::<Vec<_>>().join("; ")
}
