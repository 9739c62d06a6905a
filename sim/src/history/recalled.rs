//! The answer of every simulated provider to a recall: `recalled for S1#2; visible: S1#1,S1#2`.
//!
//! It names the turn of the query, and the turns that were visible. An agent passes the text on and may put anything around it, so it is
//! found anywhere in a text. Deliberately absent: what a real provider would recall.

use std::fmt::Write;

use model::words::echo::is_echo;
use model::words::mentions::mentions;
use model::words::turn::TurnId;

const ABOUT: &str = "recalled for ";
const VISIBLE: &str = "; visible: ";

/// The recall that a text reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recalled {
    /// The turn that the query was about, if it named one. What several sessions say names none.
    pub about: Option<TurnId>,
    /// The turns that were visible, in the order of their containers.
    pub visible: Vec<TurnId>,
}

impl Recalled {
    /// The text that a query recalls while these turns are visible.
    pub fn text<'a>(query: &str, visible: impl Iterator<Item = &'a TurnId>) -> String {
        let mut text = String::from(ABOUT);
        match mentions(query).next().filter(|turn| !is_echo(turn)) {
            Some(turn) => push(&mut text, &turn),
            None => text.push('?'),
        }
        text.push_str(VISIBLE);
        for (index, turn) in visible.enumerate() {
            if index > 0 {
                text.push(',');
            }
            push(&mut text, turn);
        }
        text
    }

    /// The text of a recall about this turn that saw no others.
    pub fn text_about(turn: &TurnId) -> String {
        format!("{ABOUT}{turn}{VISIBLE}")
    }

    /// The first recall that a text holds.
    pub fn in_text(text: &str) -> Option<Self> {
        let (_, text) = text.split_once(ABOUT)?;
        let (about, visible) = text.split_once(VISIBLE)?;
        let end = visible.find(|c: char| !is_in_a_list(c)).unwrap_or(visible.len());
        Some(Self { about: about.parse().ok(), visible: mentions(&visible[..end]).collect() })
    }
}

/// Writes a turn as it is displayed. A recall writes every turn there is, so it avoids `Display`, at half the cost.
fn push(text: &mut String, turn: &TurnId) {
    text.push_str(turn.session.as_str());
    write!(text, "#{}", turn.number).expect("a string takes whatever is written to it");
}

fn is_in_a_list(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.#,".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(text: &str) -> TurnId {
        text.parse().expect("a turn")
    }

    #[test]
    fn what_was_recalled_reads_back_from_whatever_is_around_it() {
        let visible = [turn("S1#1"), turn("S1.2#12")];
        let text = Recalled::text("User: and S1#2?", visible.iter());
        assert_eq!(text, "recalled for S1#2; visible: S1#1,S1.2#12");
        let expected = Recalled { about: Some(turn("S1#2")), visible: visible.into() };
        for around in [text.clone(), format!("# Memory\n- {text}\nS9#9 asks"), format!("{{\"memory\":\"{text}\"}}")] {
            assert_eq!(Recalled::in_text(&around), Some(expected.clone()), "{around}");
        }
    }

    #[test]
    fn a_query_about_no_turn_and_an_empty_store_are_recalled_as_such() {
        let text = Recalled::text("and now?", [].iter());
        assert_eq!(text, "recalled for ?; visible: ");
        assert_eq!(Recalled::in_text(&text), Some(Recalled { about: None, visible: Vec::new() }));
        for text in ["", "S1#1", "recalled for S1#1", "visible: S1#1"] {
            assert_eq!(Recalled::in_text(text), None, "{text}");
        }
    }
}
