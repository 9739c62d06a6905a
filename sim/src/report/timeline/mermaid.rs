//! The picture as a sequence diagram in Mermaid, which GitHub and GitLab draw in an issue.
//!
//! It has the messages, the steps of the plan, the ways of the turns and the ends of processes. GitHub draws no diagram of more than 50,000
//! characters, so a long run is cut there, and the last note says so.

use std::fmt::Write;

use model::facts::Observation;

use super::arrows::{Arrow, Message};
use super::lanes::Kind;
use super::picture::{Note, Picture};
use super::wait::lasts;
use crate::history::{Call, Fact, Happening};

/// The longest diagram.
const LONGEST: usize = 45_000;

/// The diagram.
pub(super) fn diagram(picture: &Picture<'_>) -> String {
    let mut text = format!("---\ntitle: {}\n---\nsequenceDiagram\n", quoted(&picture.head()));
    for (number, lane) in picture.lanes.all.iter().enumerate() {
        let what = if lane.kind == Kind::User { "actor" } else { "participant" };
        let name = if lane.group.is_empty() { lane.name.clone() } else { format!("{} of {}", lane.name, lane.group) };
        _ = writeln!(text, "    {what} L{number} as {}", escaped(&name));
    }
    let mut arrows = picture.arrows.iter().peekable();
    for place in 0..picture.run.events.len() {
        if text.len() > LONGEST {
            let left = picture.run.events.len() - place;
            _ = writeln!(text, "    note over L0: {left} more events are left out");
            break;
        }
        if picture.folds.hide(place) {
            while arrows.next_if(|arrow| arrow.from.event <= place).is_some() {}
            continue;
        }
        if let Some(gap) = picture.gap_ms(place) {
            _ = writeln!(text, "    note over L0: {} pass", lasts(gap));
        }
        for step in picture.steps.get(&place).into_iter().flatten() {
            _ = writeln!(text, "    note over L{}: {}", step.lane, escaped(&step.words));
        }
        if is_told(&picture.run.events[place].fact) {
            _ = writeln!(text, "    note over L{}: {}", picture.lanes.of[place], escaped(&picture.words(place)));
        }
        while let Some(arrow) = arrows.next_if(|arrow| arrow.from.event <= place) {
            message(&mut text, picture, arrow);
        }
        for note in picture.notes.get(&place).into_iter().flatten() {
            let words = match note {
                Note::NoReturn => "the point of no return".to_owned(),
                Note::Violated(violation) => format!("VIOLATED {}: {}", violation.invariant, violation.evidence),
            };
            let last = picture.lanes.all.len() - 1;
            _ = writeln!(text, "    note over L0,L{last}: {}", escaped(&words));
        }
    }
    text
}

/// A message; short ways say what happened by themselves.
fn message(text: &mut String, picture: &Picture<'_>, arrow: &Arrow) {
    let (from, to) = (arrow.from.lane, arrow.to.lane);
    let words = || picture.words(arrow.from.event);
    let (sign, label) = match arrow.message {
        Message::Request => ("->>", arrow.label.clone()),
        Message::Answer | Message::Refusal => ("-->>", arrow.label.clone()),
        Message::Lost => ("-x", arrow.label.clone()),
        Message::Start => ("-)", "starts".to_owned()),
        Message::Ask | Message::Tell | Message::Write => ("->>", words()),
    };
    _ = writeln!(text, "    L{from}{sign}L{to}: {}", escaped(&label));
}

/// Whether an event is told although it is no message.
fn is_told(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Started { .. }
            | Fact::Called(Call::Command { .. })
            | Fact::Returned(Call::Turn(_))
            | Fact::Failed(_)
            | Fact::Signaled { .. }
            | Fact::Ended { .. }
            | Fact::Disk { .. }
            | Fact::Suspended { .. }
            | Fact::ClockSet { .. }
            | Fact::FaultsStopped
            | Fact::Stored { .. }
            | Fact::Excluded { .. }
            | Fact::Told(Observation::Moved { .. } | Observation::Abandoned { .. })
            | Fact::Provider(
                Happening::Applied { .. }
                    | Happening::Accepted { .. }
                    | Happening::Down { .. }
                    | Happening::Deleted { .. }
                    | Happening::Lost { .. }
            )
    )
}

/// A text in a diagram: a semicolon would end the line, a number sign begins an entity.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '#' => escaped.push_str("#35;"),
            ';' => escaped.push_str("#59;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            sign if sign.is_control() => escaped.push(' '),
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// A text in the head of a diagram, which is YAML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always serializes")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_text_ends_its_line_or_begins_markup() {
        assert_eq!(escaped("S1#1; <b>\n2"), "S1#35;1#59; #lt;b#gt; 2");
    }
}
