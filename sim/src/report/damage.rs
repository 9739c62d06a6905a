//! Damage in one glyph, in words, and with every turn.

use std::fmt::Write;

use model::words::turn::TurnId;

use crate::judging::Invariant;
use crate::plan::Damage;
use crate::run::Verdict;
use crate::search::matrix::{NoResult, Outcome, Violated};

/// No damage.
pub(super) const PASSED: &str = "·";
/// No damage, but a planned kill never struck.
pub(super) const NOT_STRUCK: &str = "~";
/// Nothing was judged.
pub(super) const NOTHING: &str = "?";
/// A real agent lacks what the scenario needs.
pub(super) const SKIPPED: &str = "-";
/// A real agent broke.
pub(super) const BROKEN: &str = "∅";

/// How many turns are named.
const TURNS_SHOWN: usize = 12;

/// A kind of damage in a run: its glyph, its words, and the turns if it is counted in turns.
struct Part {
    letter: char,
    words: &'static str,
    turns: Vec<String>,
}

/// The kinds of damage, the worst first.
fn parts(violated: &Violated) -> Vec<Part> {
    let turn = |(turn, copies): (&TurnId, u32)| match copies {
        0..=2 => turn.to_string(),
        many => format!("{turn} x{many}"),
    };
    let part = |row: &'static Invariant| {
        let turns = violated.turns(row)?.into_iter().filter(|_| row.counted);
        Some(Part { letter: row.letter, words: row.words, turns: turns.map(turn).collect() })
    };
    Invariant::worst_first().into_iter().filter_map(part).collect()
}

/// One cell of the table: `·`, or the worst damage with its count, and a `+` if there is damage of another kind.
pub(super) fn cell(outcome: &Outcome) -> String {
    let parts = parts(&outcome.violated);
    let Some(worst) = parts.first() else {
        return match outcome.no_result {
            Some(NoResult::Skipped(_)) => SKIPPED.to_owned(),
            Some(NoResult::Broken(_)) => BROKEN.to_owned(),
            None => undamaged(outcome, [NOTHING, NOT_STRUCK, PASSED]).to_owned(),
        };
    };
    let mut cell = worst.letter.to_string();
    if !worst.turns.is_empty() {
        _ = write!(cell, "{}", worst.turns.len());
    }
    if parts.len() > 1 {
        cell.push('+');
    }
    cell
}

/// The word for a run without damage: nothing was judged, a kill never struck, or it passed.
fn undamaged<'a>(outcome: &Outcome, [nothing, not_struck, passed]: [&'a str; 3]) -> &'a str {
    match outcome.verdict {
        Verdict::Vacuous => nothing,
        Verdict::Pass | Verdict::NotConverged | Verdict::Violation if outcome.is_doubtful() => not_struck,
        Verdict::Pass | Verdict::NotConverged | Verdict::Violation => passed,
    }
}

/// The damage in a few words: `lost 2, order broken`, or `pass`.
pub(super) fn words(outcome: &Outcome) -> String {
    in_words(outcome, |turns| turns.len().to_string())
}

/// The damage with the turns it affects: `lost S1#1 S1#2, order broken`.
pub(super) fn words_with_turns(outcome: &Outcome) -> String {
    in_words(outcome, |turns| match turns.len() {
        0..=TURNS_SHOWN => turns.join(" "),
        n => format!("{} and {} more", turns[..TURNS_SHOWN].join(" "), n - TURNS_SHOWN),
    })
}

fn in_words(outcome: &Outcome, turns: impl Fn(&[String]) -> String) -> String {
    let part = |part: &Part| match part.turns.as_slice() {
        [] => part.words.to_owned(),
        which => format!("{} {}", part.words, turns(which)),
    };
    match outcome.no_result {
        Some(NoResult::Skipped(_)) => return "skipped".to_owned(),
        Some(NoResult::Broken(_)) => return "no result".to_owned(),
        None => {}
    }
    let parts: Vec<String> = parts(&outcome.violated).iter().map(part).collect();
    match parts.is_empty() {
        true => undamaged(outcome, ["proved nothing", "pass, but a planned kill never struck", "pass"]).to_owned(),
        false => parts.join(", "),
    }
}

/// What each glyph in these cells means.
pub(super) fn legend(cells: &[&str]) -> Vec<String> {
    let used = |glyph: &str| cells.iter().any(|cell| cell.starts_with(glyph));
    let kinds = Invariant::worst_first().into_iter().map(|row| (row.letter.to_string(), row.words));
    let meanings = std::iter::once((PASSED.to_owned(), "passed"))
        .chain(kinds)
        .chain([(NOTHING.to_owned(), "proved nothing")])
        .chain([(NOT_STRUCK.to_owned(), "passed, but a planned kill never struck")])
        .chain([(SKIPPED.to_owned(), "skipped: the agent lacks what it needs"), (BROKEN.to_owned(), "no result")]);
    let mut legend: Vec<String> =
        meanings.filter(|(glyph, _)| used(glyph)).map(|(glyph, meaning)| format!("{glyph} {meaning}")).collect();
    if cells.iter().any(|cell| cell.contains(|c: char| c.is_ascii_digit())) {
        legend.push("number: turns affected".into());
    }
    if cells.iter().any(|cell| cell.ends_with('+')) {
        legend.push("+ other damage too".into());
    }
    legend
}

/// `lost S1#1, S1#2; duplicated S1#3 x2; order broken`, or `pass`.
pub(super) fn in_full(damage: &Damage) -> String {
    let mut parts = Vec::new();
    let mut add = |what: &str, turns: Vec<String>| {
        if !turns.is_empty() {
            parts.push(format!("{what} {}", turns.join(", ")));
        }
    };
    let sorted = damage.sorted();
    add("lost", runs(&sorted.lost));
    add("duplicated", sorted.duplicated.iter().map(|(turn, copies)| format!("{turn} x{copies}")).collect());
    add("misattributed", runs(&sorted.misattributed));
    add("polluted", runs(&sorted.polluted));
    add("stale recall", runs(&sorted.stale_recall));
    if sorted.order_broken {
        parts.push("order broken".into());
    }
    parts.extend(sorted.violates);
    if parts.is_empty() { "pass".into() } else { parts.join("; ") }
}

/// Turns as text; three or more in a row become `first to last`.
pub(super) fn runs(turns: &[TurnId]) -> Vec<String> {
    let follows = |a: &TurnId, b: &TurnId| a.session == b.session && a.number + 1 == b.number;
    let words = |run: &[TurnId]| match run {
        [first, _, .., last] => vec![format!("{first} to {last}")],
        few => few.iter().map(TurnId::to_string).collect(),
    };
    turns.chunk_by(follows).flat_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::matrix::tests::outcome;

    #[test]
    fn the_worst_damage_is_shown() {
        let check = |violated: &[(&'static str, u32)], expected| assert_eq!(cell(&outcome(violated)), expected);
        check(&[], "·");
        check(&[("convergence", 1), ("no-loss", 1)], "L+");
        check(&[("bounded-memory", 1)], "G");
        assert_eq!(words(&outcome(&[("lineage", 1), ("order", 1)])), "order broken, lineage wrong");
        assert_eq!(legend(&["I+"]), ["I lineage wrong", "+ other damage too"]);
    }

    fn check_in_full(lost: &[&str], expected: &str) {
        let lost = lost.iter().map(|turn| turn.parse().expect("a turn")).collect();
        assert_eq!(in_full(&Damage { lost, ..Damage::default() }), expected);
    }

    #[test]
    fn every_turn_is_named_and_a_row_of_turns_by_its_ends() {
        check_in_full(&[], "pass");
        check_in_full(&["S1#2", "S1#1"], "lost S1#1, S1#2");
        check_in_full(&["S1#1", "S1#3", "S1#4", "S1#5", "S2#6"], "lost S1#1, S1#3 to S1#5, S2#6");
        check_in_full(&["S1#1", "S1#1"], "lost S1#1, S1#1");
    }
}
