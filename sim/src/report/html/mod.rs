//! What every HTML file of a report has: its head, its policy, its colors. A file needs no network and nothing beside it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("base.css");
/// Nothing is fetched, whatever a text might say.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A whole file. The style comes from the program, never from a scenario.
pub(super) fn document(title: &str, style: &'static str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
