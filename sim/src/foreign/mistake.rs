//! A mistake in a foreign log: its place, and a message in one line.

use std::fmt;
use std::path::{Path, PathBuf};

/// A log that cannot be judged. Displays as `path:line:column: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    path: PathBuf,
    /// Line and column, from 1. `None` for the whole file.
    place: Option<(usize, usize)>,
    message: String,
}

impl Mistake {
    /// One without a place in its file.
    pub(super) fn whole_file(path: &Path, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), place: None, message: message.into() }
    }

    /// One at a column of a line.
    pub(super) fn at(path: &Path, line: usize, column: usize, message: &str) -> Self {
        let message = message.replace(char::is_control, "?");
        Self { path: path.to_owned(), place: Some((line, column.max(1))), message }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.place {
            Some((line, column)) => write!(f, "{path}:{line}:{column}: {}", self.message),
            None => write!(f, "{path}: {}", self.message),
        }
    }
}
