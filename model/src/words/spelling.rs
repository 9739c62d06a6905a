//! Spelling hints: the known word nearest to a wrong one. The readers of files and of the command line use them.

use std::borrow::Cow;

/// `; did you mean "switch"?` if one of `known` is near, and `;` if none is. This goes between the complaint about `word` and
/// the list of choices. Case does not matter. A word is near if it is alike, and fewer than half of its letters must change.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    let lower = word.to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let (length, other) = (lower.chars().count(), known.chars().count());
        let is_near = |distance: usize| distance * 2 < length.max(other);
        // A word may be a megabyte long: the lengths alone tell that it is far.
        let near = is_near(length.abs_diff(other)) && is_near(strsim::osa_distance(&lower, &known));
        near.then(|| strsim::jaro_winkler(&lower, &known)).filter(|likeness| *likeness > 0.7)
    };
    let nearest = known.iter().filter_map(|known| Some((likeness(known)?, known)));
    match nearest.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((_, known)) => format!("; did you mean \"{known}\"?"),
        None => ";".to_owned(),
    }
}

/// A text for a message: only the beginning of a very long one.
pub fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]).into(),
        None => text.into(),
    }
}

/// The complaint about an unknown name: `unknown release "pr-34589"; did you mean "pr-34859"? releases: ...`.
pub fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let hint = did_you_mean(name, known);
    format!("unknown {kind} \"{}\"{hint} {kind}s: {}", shortened(name), known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_named_and_a_far_one_is_not() {
        let known = ["reference", "F", "pr-34859", "pr-55936"];
        assert_eq!(did_you_mean("pr-34589", &known), "; did you mean \"pr-34859\"?");
        assert_eq!(did_you_mean("34859", &known), "; did you mean \"pr-34859\"?");
        assert_eq!(did_you_mean("f", &known), "; did you mean \"F\"?");
        assert_eq!(did_you_mean("Q", &known), ";");
        assert_eq!(did_you_mean("Z", &["lazy-start"]), ";", "one letter of ten");
        assert_eq!(did_you_mean("no-los", &["no-false-resume"]), ";");
        assert_eq!(did_you_mean(&"f".repeat(3_000_000), &known), ";", "and at once");
        assert_eq!(did_you_mean("", &known), ";");
    }

    #[test]
    fn a_very_long_word_is_cut_short() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"ä".repeat(81)), format!("{}...", "ä".repeat(80)));
    }
}
