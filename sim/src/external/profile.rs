//! Brings a plugin that Hermes does not ship into a throwaway profile, and hears from Hermes' own loader what it finds there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::broken::Broken;
use super::folder::Home;
use super::shim;
use super::source::Source;
use super::spec::Spec;

/// A profile with a plugin in it.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    /// The name by which Hermes knows the plugin.
    pub(super) name: String,
    /// The folder.
    pub(super) profile: PathBuf,
    /// The way in which it came there.
    pub(super) way: String,
}

#[derive(Deserialize)]
struct Told {
    problem: Option<String>,
    #[serde(default)]
    ways: Vec<(String, String)>,
    #[serde(flatten)]
    profile: Option<Profile>,
}

/// Makes the profile of a spec's plugin. `None` if Hermes ships the plugin.
pub(super) fn of(spec: &Spec, home: &Path) -> Result<Option<Profile>, Broken> {
    let Some(told) = told(spec, home, false)? else { return Ok(None) };
    match told.profile {
        Some(profile) => Ok(Some(profile)),
        None => {
            let ways = told.ways.iter().map(|(way, what)| format!("{way}: {what}"));
            let ways = std::iter::once(told.problem.unwrap_or_default()).chain(ways);
            Err(Broken::NotReady(ways.collect::<Vec<_>>().join("; ")))
        }
    }
}

/// The ways in which a plugin can come to Hermes, and whether Hermes finds it there. Empty for one that Hermes ships.
///
/// # Errors
/// Why nobody can be asked.
pub fn ways(spec: &Spec) -> Result<Vec<(String, String)>, String> {
    let home = Home::take().map_err(|error| Broken::Folder(error).to_string())?;
    shim::write(&home.path().join(SHIM)).map_err(|error| Broken::Folder(error).to_string())?;
    let told = told(spec, home.path(), true).map_err(|broken| broken.to_string())?;
    Ok(told.map(|told| told.ways).unwrap_or_default())
}

/// The folder of the Python side.
pub(super) const SHIM: &str = "shim";

fn told(spec: &Spec, home: &Path, every: bool) -> Result<Option<Told>, Broken> {
    let Some(source) = &spec.source else { return Ok(None) };
    let base = home.join("profiles");
    fs::create_dir(&base).map_err(Broken::Folder)?;
    let mut command = Command::new(&spec.python);
    command.arg("-I").arg(home.join(SHIM).join("forget_me_not/profile.py")).arg(&base);
    match source {
        Source::Folder(folder) => _ = command.arg("--folder").arg(folder),
        Source::Package { package, name, installer } => {
            command.args(["--package", package]);
            name.iter().for_each(|name| _ = command.args(["--name", name]));
            let installer = serde_json::Value::from(installer.clone()).to_string();
            command.args(["--installer", &installer]);
        }
    }
    if every {
        command.arg("--all");
    }
    command.env_clear().env("PATH", &spec.path).env("HOME", &base).stdin(Stdio::null());
    let no_python = |why| Broken::NoPython { python: spec.python.display().to_string(), why };
    let output = command.output().map_err(no_python)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let unread = |_| Broken::NotReady(errors.lines().last().unwrap_or("its loading was not told of").to_owned());
    serde_json::from_slice(&output.stdout).map(Some).map_err(unread)
}
