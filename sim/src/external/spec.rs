//! What `--agent` names: an adapter's file, or an adapter that the program has, and the Python that runs it.

use std::path::{Path, PathBuf};

/// The adapters that the program has.
pub const BUILT_IN: &[&str] = &["hermes"];
/// The interpreter, if the user names none.
pub const PYTHON: &str = "python3.11";

/// A real agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The name of the subject.
    pub name: String,
    /// What the template takes as its adapter: an absolute path, or the name of one that the program has.
    pub adapter: String,
    /// The interpreter.
    pub python: PathBuf,
    /// Where programs are searched.
    pub path: String,
    /// Folders to import from before the interpreter's own, such as a checkout.
    pub folders: Vec<PathBuf>,
    /// Settings for the adapter.
    pub options: Vec<(String, String)>,
    /// As `--agent` names it.
    pub said: String,
    /// The options of the command line that name it.
    pub named_by: Vec<String>,
}

impl Spec {
    /// The agent that `text` names, run by this interpreter. `path` is where programs are searched.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn of(text: &str, python: Option<&Path>, path: &str) -> Result<Self, String> {
        let mut named_by = vec!["--agent".to_owned(), text.to_owned()];
        named_by.extend(python.into_iter().flat_map(|python| ["--python".to_owned(), python.display().to_string()]));
        let (name, adapter) = Self::adapter(Path::new(text)).map_err(|error| format!("--agent {text}: {error}"))?;
        let python = interpreter(Path::new(""), python.unwrap_or(Path::new(PYTHON)));
        let (path, said) = (path.to_owned(), text.to_owned());
        Ok(Self { name, adapter, python, path, said, named_by, ..Self::default() })
    }

    /// The short name of an adapter, and what the template takes for it.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn adapter(path: &Path) -> Result<(String, String), String> {
        if let Some(text) = path.to_str().filter(|text| BUILT_IN.contains(text)) {
            return Ok((text.to_owned(), text.to_owned()));
        }
        let file = std::fs::canonicalize(path)
            .map_err(|error| format!("{error}; it takes an adapter's file, or {}", BUILT_IN.join(", ")))?;
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((name, file.to_string_lossy().into_owned()))
    }

    /// The adapter's file, unless the program has the adapter in itself.
    pub(super) fn file(&self) -> Option<&Path> {
        Some(Path::new(&self.adapter)).filter(|path| path.is_absolute())
    }
}

/// The interpreter that `python` names: a program, or the folder of a virtual environment, which has one. The template starts in a folder of
/// its own. A name without a slash is searched in the path; anything else is seen from `folder`, or from here. A link stays a link: an
/// environment's interpreter knows its packages by where it stands.
pub fn interpreter(folder: &Path, python: &Path) -> PathBuf {
    let in_environment = folder.join(python).join("bin/python");
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    match python.components().count() {
        _ if in_environment.is_file() => absolute(in_environment),
        1 => python.to_owned(),
        _ => absolute(folder.join(python)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_a_program_a_name_or_an_environment() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/interpreter");
        std::fs::create_dir_all(folder.join("env/bin")).expect("a folder");
        std::fs::write(folder.join("env/bin/python"), "").expect("a file");
        let check = |python: &str, expected: &Path| assert_eq!(interpreter(&folder, Path::new(python)), expected);
        check("env", &folder.join("env/bin/python"));
        check("env/bin/python", &folder.join("env/bin/python"));
        check("python3.11", Path::new("python3.11"));
        check("other/python", &folder.join("other/python"));
    }
}
