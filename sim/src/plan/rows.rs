//! The plan's language as tables: one row for each word, with its reader, its forms and its meaning.
//!
//! A table has everything about its words: error messages list them from here, and `docs/format.md` is checked against it.

use super::argument::Argument;

/// A word of the plan.
pub(super) struct Row<T> {
    /// The word.
    pub(super) word: &'static str,
    /// Reads the arguments of the word.
    pub(super) read: fn(&Argument<'_>) -> Result<T, String>,
    /// The ways to write it, each with its meaning.
    pub(super) forms: &'static [Form],
}

/// A way to write a word, or several ways with almost the same meaning.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The form in the documentation. A capital stands for an argument: `S` for a session, `D` for a duration.
    pub written: &'static [&'static str],
    /// As a file writes it.
    pub example: &'static str,
    /// Its meaning.
    pub means: &'static str,
}

/// Reads a text by the row of its first word; `None` if no row has that word. `prefix` is the text before it in a file.
pub(super) fn read<T>(rows: &[Row<T>], prefix: &'static str, text: &str) -> Option<Result<T, String>> {
    let argument = Argument::split(prefix, text);
    let row = rows.iter().find(|row| row.word == argument.word())?;
    Some((row.read)(&argument))
}

/// The words of a table.
pub(super) fn words<T>(rows: &[Row<T>]) -> impl Iterator<Item = &'static str> {
    rows.iter().map(|row| row.word)
}

/// All forms of a table.
pub(super) fn forms<T>(rows: &[Row<T>]) -> impl Iterator<Item = Form> {
    rows.iter().flat_map(|row| row.forms).copied()
}
