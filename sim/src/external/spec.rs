//! What `--agent` names: an adapter's file, or an adapter that the program has, and the Python that runs it.

use std::path::{Path, PathBuf};

/// The adapters that the program has.
const BUILT_IN: &[&str] = &["hermes"];
/// The interpreter, if the user names none.
const PYTHON: &str = "python3.11";

/// A real agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    name: String,
    adapter: String,
    python: PathBuf,
    path: String,
    /// As the user named it.
    options: Vec<String>,
}

impl Spec {
    /// The agent that `text` names, run by this interpreter. `path` is where programs are searched.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn of(text: &str, python: Option<&Path>, path: &str) -> Result<Self, String> {
        let mut options = vec!["--agent".to_owned(), text.to_owned()];
        options.extend(python.into_iter().flat_map(|python| ["--python".to_owned(), python.display().to_string()]));
        let python = python.map_or_else(|| PathBuf::from(PYTHON), absolute);
        let path = path.to_owned();
        if BUILT_IN.contains(&text) {
            return Ok(Self { name: text.to_owned(), adapter: text.to_owned(), python, path, options });
        }
        let file = std::fs::canonicalize(text).map_err(|error| {
            format!("--agent {text}: {error}; it takes an adapter's file, or {}", BUILT_IN.join(", "))
        })?;
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { name, adapter: file.to_string_lossy().into_owned(), python, path, options })
    }

    /// The name of the subject.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How the command line names it.
    pub(super) fn options(&self) -> &[String] {
        &self.options
    }

    /// What the template takes as its adapter.
    pub(super) fn adapter(&self) -> &str {
        &self.adapter
    }

    /// The interpreter.
    pub(super) fn python(&self) -> &Path {
        &self.python
    }

    /// Where programs are searched.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// The template starts in a folder of its own. A name without a slash is searched in the path. A link stays a link: an environment's
/// interpreter knows its packages by where it stands.
fn absolute(python: &Path) -> PathBuf {
    match python.components().count() {
        1 => python.to_owned(),
        _ => std::path::absolute(python).unwrap_or_else(|_| python.to_owned()),
    }
}
