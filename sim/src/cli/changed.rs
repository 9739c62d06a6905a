//! Which scenarios a change touches: those whose files differ from a revision of Git.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Failure, input};
use crate::plan::Scenario;

/// The scenarios that differ from this revision, or are not in it.
pub(super) fn since(revision: &str, scenarios: &[Scenario]) -> Result<Vec<Scenario>, Failure> {
    let fail = |why: &str| input(format!("--changed-since {revision}: {why}"));
    // A revision that looks like an option would be one to Git.
    if revision.starts_with('-') {
        return Err(fail("this is no revision; write a branch, a tag or a commit, as in origin/main"));
    }
    // The scenarios have a repository, wherever the program runs.
    let Some(folder) = scenarios.first().and_then(|first| whole(&first.path)?.parent().map(Path::to_owned)) else {
        return Ok(Vec::new());
    };
    let git = |arguments: &[&str]| git(&folder, arguments);
    let root = git(&["rev-parse", "--show-toplevel"]).map_err(|why| fail(&why))?;
    let root = PathBuf::from(root.trim_end());
    let changed = git(&["diff", "--name-only", "-z", "--diff-filter=d", revision, "--"]).map_err(|why| fail(&why))?;
    let new =
        git(&["ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"]).map_err(|why| fail(&why))?;
    let files = changed.split('\0').chain(new.split('\0')).filter(|file| !file.is_empty());
    let files: BTreeSet<PathBuf> = files.filter_map(|file| whole(&root.join(file))).collect();
    let is_changed = |scenario: &&Scenario| whole(&scenario.path).is_some_and(|path| files.contains(&path));
    Ok(scenarios.iter().filter(is_changed).cloned().collect())
}

fn whole(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// The output of Git, or its complaint in one line.
fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            Err(complaint.lines().next().unwrap_or("git failed").trim().to_owned())
        }
    }
}
