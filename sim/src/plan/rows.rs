//! The plan's language as tables: one row for each word, with how it is read, how it is written and what it means.
//!
//! A table is all that is known about its words: complaints list them from here, and `docs/format.md` is compared with it.

use super::argument::Argument;

/// A word of the plan.
pub(super) struct Row<T> {
    /// The word.
    pub(super) word: &'static str,
    /// Reads what stands behind the word.
    pub(super) read: fn(&Argument<'_>) -> Result<T, String>,
    /// The ways to write it, each with what it means.
    pub(super) forms: &'static [Form],
}

/// A way to write a word, or several ways that mean almost the same.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// As the documentation writes it. Capitals stand for what is written there: `S` for a session, `D` for a duration.
    pub written: &'static [&'static str],
    /// As a file writes it.
    pub example: &'static str,
    /// What it means.
    pub means: &'static str,
}

/// Reads a text by the row of its first word; `None` if no row has that word. `prefix` is what stands before it in a file.
pub(super) fn read<T>(rows: &[Row<T>], prefix: &'static str, text: &str) -> Option<Result<T, String>> {
    let argument = Argument::split(prefix, text);
    let row = rows.iter().find(|row| row.word == argument.word())?;
    Some((row.read)(&argument))
}

/// The words of a table.
pub(super) fn words<T>(rows: &[Row<T>]) -> impl Iterator<Item = &'static str> {
    rows.iter().map(|row| row.word)
}

/// All that can be written by a table.
pub(super) fn forms<T>(rows: &[Row<T>]) -> impl Iterator<Item = Form> {
    rows.iter().flat_map(|row| row.forms).copied()
}
