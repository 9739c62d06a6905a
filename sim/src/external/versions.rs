//! The versions of what an agent is made of: another version is another agent.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::spec::Spec;
use crate::description::Description;

/// Prints a line for each package: its name and its version. A checkout's own version comes first, with its commit if it has one.
const SCRIPT: &str = r#"
import importlib.metadata, pathlib, sys, tomllib
packages, found = ("hermes-agent", "hindsight-client", *filter(None, sys.argv[1].split(","))), {}
for name in packages:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
for place in reversed(sys.argv[2:]):
    folder = pathlib.Path(place)
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        head = (folder / ".git" / "HEAD").read_text("utf-8").strip()
        if head.startswith("ref: "):
            head = (folder / ".git" / head[5:]).read_text("utf-8").strip()
        found[project["name"]] = f"{project.get('version', '')} {head[:12]}".strip()
    except (OSError, KeyError, ValueError):
        found[folder.name] = "a folder"
for name, version in found.items():
    print(name, version)
"#;

/// The versions of an agent whose interpreter has this version.
pub(super) fn of(spec: &Spec, provider: Option<&Description>, python: &str, home: &Path) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::from([("python".to_owned(), python.to_owned())]);
    if let Some(file) = spec.file().and_then(|file| std::fs::read(file).ok()) {
        versions.insert("adapter".to_owned(), blake3::hash(&file).to_hex()[..16].to_owned());
    }
    versions
        .extend(provider.map(|provider| ("provider".to_owned(), format!("{} {}", provider.name, provider.version))));
    let packages = provider.map(|provider| provider.configuration.packages.join(",")).unwrap_or_default();
    let mut command = Command::new(&spec.python);
    command
        .args(["-I", "-c", SCRIPT, &packages])
        .args(&spec.folders)
        .env_clear()
        .env("PATH", &spec.path)
        .env("HOME", home);
    let told = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let package = |line: &str| line.split_once(' ').map(|(name, version)| (name.to_owned(), version.to_owned()));
    versions.extend(told.lines().filter_map(package));
    versions
}
