//! The turns in a text. A turn is found by its own id, anywhere in the text and with any text around it.
//!
//! Providers keep text and know nothing of turns; this is for an observer of the provider. The one rule: an id is
//! `session#number` and nothing less. The session is letters, digits and `_` as a plan writes it, followed by `.2` and the like
//! where the runtime made it up. The number has no leading zero. No ASCII letter, digit, `_` or `#` touches either end. Other
//! alphabets write no spaces around words, so their letters bound an id as punctuation does. Deliberately absent: formats.
//! JSON, Markdown and prose are all searched as they stand, escaped line breaks included.

use super::turn::TurnId;

/// Every place where a text names a turn, in order.
pub fn mentions(text: &str) -> impl Iterator<Item = TurnId> {
    places(text).map(|(_, turn)| turn)
}

/// The same, each with its place in the text, in bytes.
fn places(text: &str) -> impl Iterator<Item = (usize, TurnId)> {
    text.match_indices('#').filter_map(|(at, _)| {
        let session = session_at_the_end(&text[..at])?;
        let number = number_at_the_start(&text[at + 1..])?;
        Some((at - session.len(), TurnId { session: session.into(), number }))
    })
}

/// The turns that a text holds, in order. A turn has two messages that each begin with its id. So in a row of mentions of one
/// turn, each pair is one copy, and an odd one is a copy with one message missing.
pub fn turns_in(text: &str) -> Vec<TurnId> {
    copies(text).map(|(_, turn)| turn).collect()
}

/// The text before its turn with this index, counted from 0; the whole text if it has no more turns.
pub fn before_turn(text: &str, index: usize) -> &str {
    copies(text).nth(index).map_or(text, |(at, _)| &text[..at])
}

/// The first mention of each copy.
fn copies(text: &str) -> impl Iterator<Item = (usize, TurnId)> {
    let mut open: Option<TurnId> = None;
    places(text).filter(move |(_, turn)| {
        let completes = open.take().is_some_and(|open| open == *turn);
        if !completes {
            open = Some(turn.clone());
        }
        !completes
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The session's name that a text ends with, up to the nearest boundary.
fn session_at_the_end(text: &str) -> Option<&str> {
    let start_of_word = |text: &str| text.bytes().rposition(|byte| !is_word(byte)).map_or(0, |at| at + 1);
    let mut start = start_of_word(text);
    // `S1.2` is a name, and of `done.S1` only `S1` is one.
    while text[start..].starts_with(|c: char| c.is_ascii_digit())
        && text[start..].bytes().take_while(|byte| is_word(*byte)).all(|byte| byte.is_ascii_digit())
        && let Some(before) = text[..start].strip_suffix('.')
        && before.bytes().next_back().is_some_and(is_word)
    {
        start = start_of_word(before);
    }
    let name = &text[start..];
    let name = if text[..start].ends_with('\\') { behind_an_escape(name) } else { name };
    (!name.is_empty() && !text[..start].ends_with('#')).then_some(name)
}

/// The text after an escape whose backslash stands before `name`: in `\nS1` the `n` is no part of the name.
fn behind_an_escape(name: &str) -> &str {
    let length = match name.as_bytes() {
        [b'u', digits @ ..] if digits.len() >= 4 && digits[..4].iter().all(u8::is_ascii_hexdigit) => 5,
        [b'n' | b'r' | b't' | b'b' | b'f', ..] => 1,
        _ => 0,
    };
    &name[length..]
}

/// The number of a turn that a text begins with.
fn number_at_the_start(text: &str) -> Option<u32> {
    let digits = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let ends = text[digits..].bytes().next().is_none_or(|byte| !is_word(byte) && byte != b'#');
    let number = text[..digits].parse().ok()?;
    (ends && !text.starts_with('0')).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::timestamp::Timestamp;
    use crate::words::turn::{Turn, content_of};

    fn check(text: &str, expected: &[&str]) {
        let turns: Vec<String> = turns_in(text).iter().map(TurnId::to_string).collect();
        assert_eq!(turns, expected, "{text}");
    }

    fn turn(id: &str) -> Turn {
        Turn::of(id.parse().expect("a turn"))
    }

    #[test]
    fn a_retain_of_hermes_holds_its_turns_in_order() {
        let json = |id: &str| turn(id).to_json(Timestamp::BEGINNING);
        check(&content_of(&[json("S1#1"), json("S2#12"), json("S1.2#3")]), &["S1#1", "S2#12", "S1.2#3"]);
        check(&content_of::<&str>(&[]), &[]);
    }

    #[test]
    fn a_turn_is_found_in_any_other_shape() {
        check("User: S1#1 what?\nAssistant: S1#1 that.\n\nUser: S1#2 and?\nAssistant: S1#2 this.", &["S1#1", "S1#2"]);
        check(
            r#"{"messages":[{"role":"assistant","content":"S9#9"},{"content":"S1#1 a \"quote\""}]}"#,
            &["S9#9", "S1#1"],
        );
        check("- **S1#1**: the user decided to keep it (see `S1#2`)", &["S1#1", "S1#2"]);
        check(&"[".repeat(100_000), &[]);
        check("S1#1 what did we decide?", &["S1#1"]);
    }

    #[test]
    fn every_two_mentions_in_a_row_are_a_copy() {
        let said = turn("S1#1");
        let both = format!("{} {}", said.user, said.assistant);
        check(&both, &["S1#1"]);
        check(&format!("{both} {both}"), &["S1#1", "S1#1"]);
        check(&format!("{} {both}", said.user), &["S1#1", "S1#1"]);
        check(&said.user, &["S1#1"]);
        check("S1#1 S1#1 S1#2 S1#1 S1#1", &["S1#1", "S1#2", "S1#1"]);
        check("S1#1 S1#2 S1#2 S1#1", &["S1#1", "S1#2", "S1#1"]);
    }

    #[test]
    fn a_text_is_cut_where_a_turn_begins() {
        let text = "User: S1#1 what? S1#1 that. User: S1#2 and? S1#2 this.";
        let kept: Vec<&str> = (0..4).map(|index| before_turn(text, index)).collect();
        assert_eq!(kept, ["User: ", "User: S1#1 what? S1#1 that. User: ", text, text]);
    }

    #[test]
    fn an_id_is_not_a_part_of_a_longer_one() {
        check("S1#12", &["S1#12"]);
        check("S10#1 S1#10", &["S10#1", "S1#10"]);
        check("XS1#1 _S1#1", &["XS1#1", "_S1#1"]);
        check("a.S1#1 3.14.S1#2 S1.2#3 S1.2.7#4", &["S1#1", "S1#2", "S1.2#3", "S1.2.7#4"]);
        check("1.2#3 .5#6 v1.x2#7", &["1.2#3", "5#6", "x2#7"]);
        for text in ["", "#", "#1", "S1#", "S1 #1", "S1# 1", "S1#0", "S1#01", "S1#1x", "S1#1_", "S1#1#2", "S1##1"] {
            check(text, &[]);
        }
        check("S1#4294967295 S1#4294967296", &["S1#4294967295"]);
    }

    #[test]
    fn an_id_is_bounded_by_whatever_is_no_ascii_word() {
        check("\"S1#1\", 'S1#2'; (S1#3) S1#4.", &["S1#1", "S1#2", "S1#3", "S1#4"]);
        check("我们S1#1决定 éS1#2é 🦀S1#3", &["S1#1", "S1#2", "S1#3"]);
        check("pre-S1#1-post /S1#2/ S1:S1#3", &["S1#1", "S1#2", "S1#3"]);
    }

    #[test]
    fn an_escaped_line_break_is_no_part_of_a_name() {
        check(r#""content":"first\nS1#1 then\tS1#2 and \u0041S1#3 but \\nS1#4""#, &["S1#1", "S1#2", "S1#3", "S1#4"]);
        check(r"\S1#1 \uS2#1 \n#1", &["S1#1", "uS2#1"]);
    }

    #[test]
    fn a_query_is_about_the_first_turn_that_it_names() {
        let about = |text| mentions(text).next().map(|turn| turn.to_string());
        assert_eq!(about("S1#2 what did we decide?").as_deref(), Some("S1#2"));
        assert_eq!(about("User: what about S1#2, and S1#1?").as_deref(), Some("S1#2"));
        assert_eq!(about("what did we decide?"), None);
    }
}
