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

impl Form {
    /// Whether a text is written in this form.
    pub fn is_of(&self, text: &str) -> bool {
        let words: Vec<&str> = text.split_whitespace().collect();
        self.written.iter().any(|written| fits(&written.split(' ').collect::<Vec<_>>(), &words))
    }
}

/// Whether words can stand for those of a form.
fn fits(form: &[&str], words: &[&str]) -> bool {
    let begins_with = |number: &str| number.starts_with(|c: char| c.is_ascii_digit());
    match (form, words) {
        ([], []) | (["TEXT" | "STEP", ..], [_, ..]) => true,
        (["300`", "to", "`599"], [status]) => status.len() == 3 && begins_with(status),
        // A wait has a limit or none.
        (["wait", ..], ["wait"]) => true,
        (["wait", ..], ["wait", limit]) => begins_with(limit),
        ([one, form @ ..], [word, words @ ..]) => {
            let fits_one = match *one {
                "D" | "N" => begins_with(word),
                "-D" => word.strip_prefix('-').is_some_and(begins_with),
                "x3" => word.strip_prefix('x').is_some_and(begins_with),
                "429" | "503" | "307" | "302" => word.len() == 3 && begins_with(word),
                "S" | "A" | "NAME" | "P" | "FILE" | "OPERATION" => true,
                one => one == *word,
            };
            fits_one && fits(form, words)
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use crate::plan::forms;

    #[test]
    fn every_form_is_found_by_its_example() {
        for form in forms() {
            assert!(form.is_of(form.example), "{}", form.example);
            let others = forms().into_iter().filter(|other| other.is_of(form.example) && other.means != form.means);
            // A wait may stand where an agent does, and an agent where a wait does.
            assert!(others.count() <= 1, "{}", form.example);
        }
    }
}
