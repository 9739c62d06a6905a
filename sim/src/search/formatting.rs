//! `fmt`: scenario files in their canonical layout. A file whose scenario would become another is never written.

use std::path::{Component, Path, PathBuf};

use super::check::Checked;
use crate::judging::Invariant;
use crate::plan::{Scenario, ScenarioError, formatted, read_text};

/// What a line says that names a schema to an editor.
const DIRECTIVE: &str = "#:schema ";

/// A file before and after.
pub struct Formatted {
    /// Its text as it is.
    pub before: String,
    /// Its text as it should be.
    pub after: String,
}

/// The canonical layout of a file, whose first line names this schema if there is one.
///
/// # Errors
///
/// If it is no scenario: all mistakes in it.
pub fn of_file(path: &Path, schema: Option<&Path>) -> Result<Formatted, Checked> {
    let fail = |text: &str, mistakes| Checked { text: text.to_owned(), mistakes };
    let before = read_text(path).map_err(|error| fail("", vec![error]))?;
    let mistakes = Scenario::mistakes(path, &before, &Invariant::names());
    if !mistakes.is_empty() {
        return Err(fail(&before, mistakes));
    }
    let after = match schema {
        Some(schema) => formatted(&headed(&before, path, schema)),
        None => formatted(&before),
    };
    match Scenario::parse(path, &before) == Scenario::parse(path, &after) {
        true => Ok(Formatted { before, after }),
        false => {
            let message = "this file would become another scenario, and stays as it is; please report it".into();
            Err(fail(&before, vec![ScenarioError::whole_file(path, message)]))
        }
    }
}

/// The text with a first line that names the schema, in place of an earlier such line.
fn headed(text: &str, path: &Path, schema: &Path) -> String {
    let rest = match text.strip_prefix(DIRECTIVE) {
        Some(named) => named.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    };
    format!("{DIRECTIVE}{}\n{rest}", relative(path, schema))
}

/// The way from a file's folder to another file, with slashes on every system.
fn relative(from: &Path, to: &Path) -> String {
    let whole = |path: &Path| -> PathBuf { path.canonicalize().unwrap_or_else(|_| path.to_owned()) };
    let (from, to) = (whole(from), whole(to));
    let folder = from.parent().unwrap_or(Path::new(""));
    let shared = folder.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared).map(|part: Component<'_>| part.as_os_str().to_string_lossy().into_owned());
    let way: Vec<String> = up.chain(down).collect();
    let way = way.join("/");
    if way.starts_with("..") { way } else { format!("./{way}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_names_the_schema_once() {
        let (path, schema) = (Path::new("/a/b/c.toml"), Path::new("/a/docs/s.json"));
        let once = headed("title = \"t\"\n", path, schema);
        assert_eq!(once, "#:schema ../docs/s.json\ntitle = \"t\"\n");
        assert_eq!(headed(&once, path, Path::new("/a/b/s.json")), "#:schema ./s.json\ntitle = \"t\"\n");
    }
}
