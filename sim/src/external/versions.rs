//! The versions of what an agent is made of: another version is another agent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::profile::Profile;
use super::source::Source;
use super::spec::Spec;
use super::template::Template;

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

/// The versions of the agent of a template.
pub(super) fn of(spec: &Spec, template: &Template) -> BTreeMap<String, String> {
    let Template { provider, ready, home, profile, .. } = template;
    let mut versions = BTreeMap::from([("python".to_owned(), ready.python.clone())]);
    if let Some(file) = spec.file().and_then(|file| std::fs::read(file).ok()) {
        versions.insert("adapter".to_owned(), blake3::hash(&file).to_hex()[..16].to_owned());
    }
    versions
        .extend(provider.map(|provider| ("provider".to_owned(), format!("{} {}", provider.name, provider.version))));
    if let Some(Profile { name, profile, way }) = profile {
        versions.insert("loading".to_owned(), way.clone());
        versions.insert("plugin".to_owned(), format!("{name} {}", files_of(&profile.join("plugins").join(name))));
    }
    let mut packages = provider.map(|provider| provider.configuration.packages.clone()).unwrap_or_default();
    packages.extend(match &spec.source {
        Some(Source::Package { package, .. }) => Some(package.clone()),
        Some(Source::Folder(_)) | None => None,
    });
    let mut command = Command::new(&spec.python);
    command
        .args(["-I", "-c", SCRIPT, &packages.join(",")])
        .args(&spec.folders)
        .env_clear()
        .env("PATH", &spec.path)
        .env("HOME", home.path());
    let told = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let package = |line: &str| line.split_once(' ').map(|(name, version)| (name.to_owned(), version.to_owned()));
    versions.extend(told.lines().filter_map(package));
    versions
}

/// The hash of the Python files in a folder.
fn files_of(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut hash = blake3::Hasher::new();
    for file in files {
        hash.update(file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().as_bytes());
        hash.update(&fs::read(&file).unwrap_or_default());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            files.push(path);
        }
    }
}
