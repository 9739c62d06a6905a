//! The same damage in one glyph, and in words.

use std::fmt::Write;

use crate::run::Verdict;
use crate::search::matrix::{Harm, Outcome};

/// A kind of damage: the breach of one invariant.
struct Kind {
    invariant: &'static str,
    letter: char,
    words: &'static str,
    /// Whether it is said of how many turns.
    counted: bool,
}

const fn kind(invariant: &'static str, letter: char, words: &'static str, counted: bool) -> Kind {
    Kind { invariant, letter, words, counted }
}

/// The worst first: what cannot be had back, then what is wrong but there, then what is in the way.
const KINDS: [Kind; 29] = [
    kind("no-loss", 'L', "lost", true),
    kind("no-duplicate", 'D', "duplicated", true),
    kind("attribution", 'M', "misattributed", true),
    kind("no-pollution", 'Q', "polluted", true),
    kind("order", 'O', "order broken", false),
    kind("no-stale-recall", 'S', "stale recall", true),
    kind("session-continuity", 'W', "session wiped", true),
    kind("interrupted-turn-is-answered", 'N', "never answered", true),
    kind("no-false-resume", 'F', "falsely resumed", true),
    kind("no-resume-storm", 'R', "resume storm", true),
    kind("stuck-session-is-stopped", 'K', "stuck", true),
    kind("stop-fits-its-budget", 'B', "stop killed", false),
    kind("bounded-shutdown", 'U', "shutdown unbounded", false),
    kind("turn-never-blocked", 'T', "turn blocked", true),
    kind("abandonment-is-reported", 'A', "abandoned unsaid", true),
    kind("closed-is-final", 'C', "closed is not final", false),
    kind("lineage", 'I', "lineage wrong", true),
    kind("bounded-memory", 'G', "memory unbounded", false),
    kind("convergence", 'P', "still pending", true),
    kind("commit-coverage", 'x', "not committed", true),
    kind("commit-ownership", 'w', "committed by another", true),
    kind("commit-serialization", 'v', "commits overlap", false),
    kind("no-late-clear", 'k', "cleared uncommitted", true),
    kind("failed-commit-stays-retryable", 'f', "failure forgotten", true),
    kind("one-end-per-boundary", 'e', "ended twice", false),
    kind("bounded-sessions", 'b', "sessions kept for ever", false),
    kind("live-agent-never-closed", 'z', "live agent closed", false),
    kind("drain-is-fair-and-bounded", 'h', "drain unfair or unbounded", false),
    kind("turn-starts-at-once", 'r', "turn held", true),
];

/// No damage.
pub(super) const PASSED: &str = "·";
/// No damage, but a planned kill struck nobody.
pub(super) const NOT_STRUCK: &str = "~";
/// Nothing was judged.
pub(super) const NOTHING: &str = "?";

/// How many turns are named.
const TURNS_SHOWN: usize = 12;

/// A kind of damage in a run: its glyph, its words, and the turns, if it is said of turns.
struct Part<'a> {
    letter: char,
    words: &'a str,
    turns: Vec<String>,
}

/// The kinds of damage, the worst first.
fn parts(harm: &Harm) -> Vec<Part<'_>> {
    let mut parts: Vec<(usize, Part<'_>)> = Vec::new();
    for (invariant, turns) in harm.by_invariant() {
        let rank = KINDS.iter().position(|kind| kind.invariant == invariant).expect("every invariant has a glyph");
        let Kind { letter, words, counted, .. } = KINDS[rank];
        let copies = |turn| match harm.copies(turn) {
            Some(copies) if invariant == "no-duplicate" && copies > 2 => format!("{turn} x{copies}"),
            _ => turn.to_string(),
        };
        let turns = if counted { turns.into_iter().map(copies).collect() } else { Vec::new() };
        parts.push((rank, Part { letter, words, turns }));
    }
    parts.sort_by_key(|(rank, _)| *rank);
    parts.into_iter().map(|(_, part)| part).collect()
}

/// One cell of the table: `·`, or the worst damage with its count, and a `+` if there is damage of another kind.
pub(super) fn cell(outcome: &Outcome) -> String {
    let parts = parts(&outcome.harm);
    let Some(worst) = parts.first() else {
        return undamaged(outcome, [NOTHING, NOT_STRUCK, PASSED]).to_owned();
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

/// One of three ways to say that no damage was found: nothing was judged, not struck, passed.
fn undamaged<'a>(outcome: &Outcome, [nothing, not_struck, passed]: [&'a str; 3]) -> &'a str {
    match outcome.verdict {
        Verdict::Vacuous => nothing,
        _ if outcome.is_doubtful() => not_struck,
        _ => passed,
    }
}

/// The damage in a few words: `lost 2, order broken`, or `pass`.
pub(super) fn words(outcome: &Outcome) -> String {
    told(outcome, |turns| turns.len().to_string())
}

/// The damage with the turns it was done to: `lost S1#1 S1#2, order broken`.
pub(super) fn words_with_turns(outcome: &Outcome) -> String {
    told(outcome, |turns| match turns.len() {
        0..=TURNS_SHOWN => turns.join(" "),
        n => format!("{} and {} more", turns[..TURNS_SHOWN].join(" "), n - TURNS_SHOWN),
    })
}

fn told(outcome: &Outcome, turns: impl Fn(&[String]) -> String) -> String {
    let part = |part: &Part<'_>| match part.turns.as_slice() {
        [] => part.words.to_owned(),
        which => format!("{} {}", part.words, turns(which)),
    };
    let parts: Vec<String> = parts(&outcome.harm).iter().map(part).collect();
    match parts.is_empty() {
        true => undamaged(outcome, ["proved nothing", "pass, but a planned kill never struck", "pass"]).to_owned(),
        false => parts.join(", "),
    }
}

/// What each glyph in these cells means.
pub(super) fn legend(cells: &[&str]) -> Vec<String> {
    let used = |glyph: &str| cells.iter().any(|cell| cell.starts_with(glyph));
    let kinds = KINDS.iter().map(|kind| (kind.letter.to_string(), kind.words));
    let meanings = std::iter::once((PASSED.to_owned(), "passed"))
        .chain(kinds)
        .chain([(NOTHING.to_owned(), "proved nothing")])
        .chain([(NOT_STRUCK.to_owned(), "passed, but a planned kill never struck")]);
    let mut legend: Vec<String> =
        meanings.filter(|(glyph, _)| used(glyph)).map(|(glyph, meaning)| format!("{glyph} {meaning}")).collect();
    if cells.iter().any(|cell| cell.contains(|c: char| c.is_ascii_digit())) {
        legend.push("a number: of turns".into());
    }
    if cells.iter().any(|cell| cell.ends_with('+')) {
        legend.push("+ and other damage".into());
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging;
    use crate::search::matrix::tests::outcome;

    #[test]
    fn the_worst_damage_is_shown() {
        let check = |breaches: &[(&str, u32)], expected: &str| assert_eq!(cell(&outcome(breaches)), expected);
        check(&[], "·");
        check(&[("convergence", 1), ("no-loss", 1)], "L+");
        check(&[("bounded-memory", 1)], "G");
        assert_eq!(words(&outcome(&[("lineage", 1), ("order", 1)])), "order broken, lineage wrong");
        assert_eq!(legend(&["I+"]), ["I lineage wrong", "+ and other damage"]);
    }

    #[test]
    fn every_invariant_has_a_glyph_of_its_own() {
        let mut known: Vec<&str> = KINDS.iter().map(|kind| kind.invariant).collect();
        let mut all: Vec<&str> = judging::ALL.iter().map(|check| check.name).collect();
        known.sort_unstable();
        all.sort_unstable();
        assert_eq!(known, all);
        let mut letters: Vec<char> = KINDS.iter().map(|kind| kind.letter).collect();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), KINDS.len());
    }
}
