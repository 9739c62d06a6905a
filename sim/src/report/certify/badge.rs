//! A badge for a README: an image, or the object that shields.io makes one of.

use serde::Serialize;

use crate::search::certify::Card;

/// Pixels for a letter, and beside a text.
const LETTER: usize = 7;
const MARGIN: usize = 12;
const LABEL: &str = "memory";

/// The object of an endpoint badge of shields.io.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    schema_version: u8,
    label: &'static str,
    message: String,
    color: &'static str,
}

/// The badge as JSON for shields.io.
pub fn certify_badge_json(card: &Card) -> String {
    let endpoint = Endpoint { schema_version: 1, label: LABEL, message: message(card), color: color(card).0 };
    serde_json::to_string(&endpoint).expect("a badge always serializes") + "\n"
}

/// The badge as an image.
pub fn certify_badge(card: &Card) -> String {
    let (message, (_, color)) = (message(card), color(card));
    let (left, right) = (LABEL.len() * LETTER + MARGIN, message.chars().count() * LETTER + MARGIN);
    let (width, at_left, at_right) = (left + right, left / 2, left + right / 2);
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" aria-label=\"{LABEL}: {message}\">"
    );
    let parts = [
        head,
        format!("<rect width=\"{left}\" height=\"20\" fill=\"#555\"/>"),
        format!("<rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{color}\"/>"),
        "<g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,sans-serif\" font-size=\"11\">".to_owned(),
        format!("<text x=\"{at_left}\" y=\"14\">{LABEL}</text><text x=\"{at_right}\" y=\"14\">{message}</text></g>"),
        "</svg>".to_owned(),
    ];
    parts.join("\n") + "\n"
}

fn message(card: &Card) -> String {
    let (kept, broken) = (card.kept().count(), card.broken().count());
    format!("{kept} of {} kept", kept + broken)
}

/// The color by its name, and as a number.
fn color(card: &Card) -> (&'static str, &'static str) {
    let broken: Vec<&str> = card.broken().map(|(line, _)| line.guarantee.name).collect();
    match () {
        () if broken.contains(&"no-loss") => ("red", "#e05d44"),
        () if !broken.is_empty() => ("orange", "#fe7d37"),
        () if card.kept().next().is_none() => ("lightgrey", "#9f9f9f"),
        () => ("brightgreen", "#4c1"),
    }
}
