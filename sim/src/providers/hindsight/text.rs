//! Which turns a text holds. The provider keeps text and knows nothing of turns; this is for whoever observes it.
//!
//! A content that is not written as `model::words::turn` writes it holds no turns, and is kept all the same.

use std::borrow::Cow;

use model::words::turn::TurnId;
use serde::Deserialize;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: Cow<'a, str>,
}

/// The turns of a retain's content, a JSON list of turns, each a list of messages; the user's message names the turn.
pub(super) fn turns_of(content: &str) -> Vec<TurnId> {
    let turns: Vec<Vec<Message<'_>>> = serde_json::from_str(content).unwrap_or_default();
    let users = turns.iter().filter_map(|messages| messages.iter().find(|message| message.role == "user"));
    users.filter_map(|message| turn_of(&message.content)).collect()
}

/// The turn that a text begins with, after a prefix such as `User:` if there is one.
pub(super) fn turn_of(text: &str) -> Option<TurnId> {
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    let word = if first.ends_with(':') { words.next()? } else { first };
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::words::turn::{Turn, content_of};

    use super::*;

    fn check(content: &str, expected: &[&str]) {
        let turns: Vec<String> = turns_of(content).iter().map(TurnId::to_string).collect();
        assert_eq!(turns, expected, "{content}");
    }

    #[test]
    fn a_content_holds_the_turns_that_its_user_messages_name() {
        let turn = |id: &str| Turn::of(id.parse().expect("a turn")).to_json(Duration::ZERO);
        check(&content_of(&[turn("S1#1"), turn("S2#12"), turn("S1#1")]), &["S1#1", "S2#12", "S1#1"]);
        check(r#"[[{"role":"assistant","content":"S9#9"},{"content":"S1#1 a \"quote\"\n","role":"user"}]]"#, &["S1#1"]);
        check("[]", &[]);
    }

    #[test]
    fn a_content_of_another_shape_holds_no_turns() {
        for content in ["", "S1#1", "[", "[[]]", "{}", "null", "[1]", r#"[[{"role":"user"}]]"#] {
            check(content, &[]);
        }
        check(r#"[[{"role":"user","content":"User: hello"}],[{"role":"user","content":""}]]"#, &[]);
        check(&"[".repeat(100_000), &[]);
    }

    #[test]
    fn a_query_is_about_the_turn_it_begins_with() {
        let turn = |text| turn_of(text).map(|turn| turn.to_string());
        assert_eq!(turn("S1#2 what did we decide?").as_deref(), Some("S1#2"));
        assert_eq!(turn("User: S1#2").as_deref(), Some("S1#2"));
        for text in ["", "  ", "User:", "what about S1#2?", "S1#0"] {
            assert_eq!(turn(text), None, "{text}");
        }
    }
}
