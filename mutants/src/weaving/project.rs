//! The project as a table of files, and its copy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{At, Failure};

/// What lies in the copy besides the project's files.
const OWN: &[&str] = &["mutants.json", "results.jsonl", "results.before.jsonl", "scratch", "target"];

/// The files of the project: their paths from its folder on, and what is in them.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The project's folder: the first around the working directory that has this crate in it.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().at(Path::new("."))?;
    let root = here.ancestors().find(|folder| folder.join("mutants/Cargo.toml").is_file());
    root.map(Path::to_owned).ok_or_else(|| Failure(format!("{}: not in the project's folder", here.display())))
}

/// Reads the project, without what git ignores at its top.
pub(crate) fn read(root: &Path) -> Result<Files, Failure> {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let mut left_out: BTreeSet<&str> = ignored.lines().filter_map(|line| line.strip_prefix('/')).collect();
    left_out.extend([".git", "target"]);
    let mut files = Files::new();
    for entry in fs::read_dir(root).at(root)? {
        let path = entry.at(root)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !left_out.contains(&*name) {
            collect(&path, name, &mut files)?;
        }
    }
    Ok(files)
}

fn collect(path: &Path, name: String, files: &mut Files) -> Result<(), Failure> {
    if path.is_dir() {
        for entry in fs::read_dir(path).at(path)? {
            let path = entry.at(path)?.path();
            if let Some(file) = path.file_name().and_then(|name| name.to_str()).filter(|file| *file != "__pycache__") {
                collect(&path, format!("{name}/{file}"), files)?;
            }
        }
    } else if path.is_file() {
        files.insert(name, fs::read(path).at(path)?);
    }
    Ok(())
}

/// Makes a folder hold these files and no others. A file that has not changed keeps its time, so the compiler has less to do.
///
/// # Errors
///
/// If a file cannot be written, or if the folder is someone else's: not empty, and no copy.
pub(crate) fn write(files: &Files, into: &Path) -> Result<(), Failure> {
    fs::create_dir_all(into).at(into)?;
    let is_a_copy = into.join("mutants.json").exists();
    if !is_a_copy && fs::read_dir(into).at(into)?.next().is_some() {
        return Err(Failure(format!("{}: neither empty nor a woven copy of the project", into.display())));
    }
    if !is_a_copy {
        fs::write(into.join("mutants.json"), "").at(into)?;
    }
    let mut before = Files::new();
    for entry in fs::read_dir(into).at(into)? {
        let path = entry.at(into)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !OWN.contains(&&*name) {
            collect(&path, name, &mut before)?;
        }
    }
    for gone in before.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(into.join(gone)).at(&into.join(gone))?;
    }
    for (name, bytes) in files.iter().filter(|(name, bytes)| before.get(*name) != Some(bytes)) {
        let path = into.join(name);
        fs::create_dir_all(path.parent().unwrap_or(into)).at(&path)?;
        fs::write(&path, bytes).at(&path)?;
    }
    Ok(())
}
