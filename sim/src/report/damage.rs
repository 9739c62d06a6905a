//! Damage with every turn that it affects, for expectations that are not met.

use model::words::turn::TurnId;

use crate::plan::Damage;

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
fn runs(turns: &[TurnId]) -> Vec<String> {
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

    fn check(lost: &[&str], expected: &str) {
        let lost = lost.iter().map(|turn| turn.parse().expect("a turn")).collect();
        assert_eq!(in_full(&Damage { lost, ..Damage::default() }), expected);
    }

    #[test]
    fn every_turn_is_named_and_a_row_of_turns_by_its_ends() {
        check(&[], "pass");
        check(&["S1#2", "S1#1"], "lost S1#1, S1#2");
        check(&["S1#1", "S1#3", "S1#4", "S1#5", "S2#6"], "lost S1#1, S1#3 to S1#5, S2#6");
        check(&["S1#1", "S1#1"], "lost S1#1, S1#1");
    }
}
