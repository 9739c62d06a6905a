//! A mistake in a file: its place, the message, and a correction. Always one line.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub(super) use model::words::spelling::did_you_mean;
use model::words::spelling::shortened;

use super::wording::{improved, improved_elsewhere};

/// A file that cannot be read. Displays as `path:line:column: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    path: PathBuf,
    place: Option<Place>,
    message: String,
}

/// The place of a mistake in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The bytes of the text that are wrong. An empty range is a place between two bytes.
    pub bytes: Range<usize>,
}

impl ScenarioError {
    /// A mistake that has no place in the file; `message` continues a sentence that begins with the file's name.
    pub fn whole_file(path: &Path, message: String) -> Self {
        Self { path: path.to_owned(), place: None, message }
    }

    /// A mistake at byte `offset` of `text`.
    pub(crate) fn at(path: &Path, text: &str, offset: usize, message: &str) -> Self {
        Self::over(path, text, offset..offset, message)
    }

    /// A mistake in these bytes of `text`.
    pub(crate) fn over(path: &Path, text: &str, bytes: Range<usize>, message: &str) -> Self {
        let start = text.floor_char_boundary(bytes.start);
        let end = text.floor_char_boundary(bytes.end).max(start);
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let place = Place { line, column, bytes: start..end };
        Self { path: path.to_owned(), place: Some(place), message: one_line(message) }
    }

    /// The file, as the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where in the file it is; `None` if the mistake is the file itself.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The complaint, with the correction behind it: `unknown step "swich S2"; did you mean "switch"? steps: turn, ...`.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The complaint alone, and what to write instead, if the message says it.
    pub fn parts(&self) -> (&str, Option<&str>) {
        let mut quoted = false;
        let semicolon = self.message.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ';' && !quoted
        });
        match semicolon.map(|(at, _)| (&self.message[..at], self.message[at + 1..].trim())) {
            Some((complaint, rest)) if !rest.is_empty() => (complaint, Some(rest)),
            Some((complaint, _)) => (complaint, None),
            None => (&self.message, None),
        }
    }

    pub(crate) fn from_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        Self::of_toml(path, text, error, improved)
    }

    /// The same for a file that is no scenario: its keys have nothing to do with those of one.
    pub(crate) fn from_other_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        Self::of_toml(path, text, error, improved_elsewhere)
    }

    fn of_toml(path: &Path, text: &str, error: &toml::de::Error, improved: fn(&str) -> String) -> Self {
        let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
        let message = match error.message() {
            "duplicate key" => format!("duplicate key \"{key}\""),
            other => improved(other),
        };
        Self::over(path, text, error.span().unwrap_or_default(), &message)
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.place {
            Some(Place { line, column, .. }) => write!(f, "{path}:{line}:{column}: {}", self.message),
            None => write!(f, "{path}: {}", self.message),
        }
    }
}

impl std::error::Error for ScenarioError {}

/// The system's reason without its number.
pub(super) fn io_message(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        return "no such file".into();
    }
    if kind == io::ErrorKind::PermissionDenied {
        return "permission denied".into();
    }
    error.to_string()
}

fn one_line(message: &str) -> String {
    let line = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    without_long_quotes(&line.replace(char::is_control, "?"))
}

/// Shortens long quoted texts to their beginning: a message should stay readable, and the file has the rest.
fn without_long_quotes(line: &str) -> String {
    let parts = line.split('"').enumerate();
    let parts: Vec<_> = parts.map(|(n, part)| if n % 2 == 1 { shortened(part) } else { part.into() }).collect();
    parts.join("\"")
}
