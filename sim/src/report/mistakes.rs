//! The mistakes in scenario files, each with an excerpt of the file.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::layout::{WIDTH, counted};
use crate::plan::{MISTAKES_MAX, Place, ScenarioError};
use crate::search::check::Checked;

/// Every mistake of every file, and how many there are.
pub fn mistakes(checked: &[Checked], colors: bool) -> String {
    excerpts(checked, colors) + &sum(checked)
}

/// The mistakes that kept files from being written in their canonical layout, and how many of all files changed, or would.
pub fn formatted(files: usize, changed: usize, wrong: &[Checked], would: bool, colors: bool) -> String {
    let (files, verb) = (counted(files as u64, "file"), if would { "would change" } else { "changed" });
    let sum = match wrong.len() {
        0 => format!("{files}, {changed} {verb}\n"),
        left => format!("{files}, {changed} {verb}, {left} with mistakes stayed as they were\n"),
    };
    excerpts(wrong, colors) + &sum
}

fn excerpts(checked: &[Checked], colors: bool) -> String {
    let renderer = if colors { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let mut text = String::new();
    for Checked { text: content, mistakes } in checked {
        for mistake in mistakes {
            text += &rendered(mistake, content, &renderer);
            text += "\n\n";
        }
        if mistakes.len() == MISTAKES_MAX {
            text += &format!("{}: only the first {MISTAKES_MAX} mistakes are shown\n\n", mistakes[0].path().display());
        }
    }
    text
}

fn sum(checked: &[Checked]) -> String {
    let files = counted(checked.len() as u64, "file");
    let mistakes: usize = checked.iter().map(|file| file.mistakes.len()).sum();
    let wrong = checked.iter().filter(|file| !file.mistakes.is_empty()).count();
    match mistakes {
        0 => format!("{files}, no mistake\n"),
        _ => format!("{files}, {} in {}\n", counted(mistakes as u64, "mistake"), counted(wrong as u64, "file")),
    }
}

/// The complaint, the line of the file with the place marked, and what to write instead.
fn rendered(mistake: &ScenarioError, text: &str, renderer: &Renderer) -> String {
    let (complaint, correction) = mistake.parts();
    let path = mistake.path().to_string_lossy();
    let group = Group::with_title(Level::ERROR.primary_title(complaint));
    let group = match mistake.place() {
        None => group.element(Origin::path(path)),
        Some(place) => {
            let (line, marked) = line(text, place);
            let annotation = AnnotationKind::Primary.span(marked);
            group.element(Snippet::source(line).line_start(place.line).path(path).annotation(annotation))
        }
    };
    let help = correction.map(|correction| Level::HELP.message(correction));
    renderer.render(&[group.elements(help)])
}

/// The line in which a mistake begins, and the bytes of it that are wrong.
fn line<'a>(text: &'a str, place: &Place) -> (&'a str, std::ops::Range<usize>) {
    let start = text[..place.bytes.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[place.bytes.start..].find('\n').map_or(text.len(), |newline| place.bytes.start + newline);
    let marked = place.bytes.start - start..place.bytes.end.min(end) - start;
    (&text[start..end], marked)
}

/// One object for a mistake, a line.
pub fn mistake_json(mistake: &ScenarioError, text: &str) -> String {
    let (complaint, correction) = mistake.parts();
    let excerpt = rendered(mistake, text, &Renderer::plain().term_width(WIDTH));
    let object = Mistake {
        path: mistake.path().display().to_string(),
        line: mistake.place().map(|place| place.line),
        column: mistake.place().map(|place| place.column),
        length: mistake.place().map(|place| text[place.bytes.clone()].chars().count()),
        complaint,
        correction,
        excerpt,
    };
    serde_json::to_string(&object).expect("a mistake always serializes") + "\n"
}

#[derive(Serialize)]
struct Mistake<'a> {
    path: String,
    line: Option<usize>,
    column: Option<usize>,
    length: Option<usize>,
    complaint: &'a str,
    correction: Option<&'a str>,
    excerpt: String,
}
