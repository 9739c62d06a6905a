//! The descriptions that can be named: those that the program has, and those that were read from files.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use model::words::spelling;

use super::{Description, file};
use crate::plan::{ScenarioError, read_text};

/// The descriptions that the program has: their names and files.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("files", include_str!("../../../providers/files.toml")),
    ("hermes-itsuki", include_str!("../../../providers/hermes-itsuki.toml")),
    ("hermes-llmwiki", include_str!("../../../providers/hermes-llmwiki.toml")),
    ("hermes-local-memory", include_str!("../../../providers/hermes-local-memory.toml")),
    ("hermes-memoryrouter", include_str!("../../../providers/hermes-memoryrouter.toml")),
    ("hindsight", include_str!("../../../providers/hindsight.toml")),
    ("holographic", include_str!("../../../providers/holographic.toml")),
    ("honcho", include_str!("../../../providers/honcho.toml")),
    ("mem0", include_str!("../../../providers/mem0.toml")),
    ("mem0-platform", include_str!("../../../providers/mem0-platform.toml")),
    ("nyx-memory", include_str!("../../../providers/nyx-memory.toml")),
    ("openviking", include_str!("../../../providers/openviking.toml")),
    ("retaindb", include_str!("../../../providers/retaindb.toml")),
    ("supermemory", include_str!("../../../providers/supermemory.toml")),
];

/// Those that were asked for. They live as long as the program, which asks for a few.
static READ: Mutex<Vec<&'static Description>> = Mutex::new(Vec::new());

/// The names of those that the program has.
pub fn names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(name, _)| *name).collect()
}

/// A description that the program has: `honcho`, or `honcho:per-directory` for a variant.
///
/// # Errors
/// If it has none of that name.
pub fn find(text: &str) -> Result<&'static Description, String> {
    let (name, variant) = split(text);
    let Some((_, file)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
        return Err(spelling::unknown("provider", name, &names()));
    };
    let path = format!("providers/{name}.toml");
    file::description(Path::new(&path), file, name, variant).map(kept).map_err(|error| error.to_string())
}

/// A description of a file: `FILE`, or `FILE:VARIANT`.
///
/// # Errors
/// The first mistake, with its place.
pub fn read(text: &str) -> Result<&'static Description, ScenarioError> {
    let (path, variant) = if Path::new(text).is_file() { (text, None) } else { split(text) };
    let path = Path::new(path);
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    file::description(path, &read_text(path)?, &name, variant).map(kept)
}

/// A description that was found or read, by its name and its version.
pub fn named(name: &str, version: &str) -> Option<&'static Description> {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.iter().copied().find(|known| known.name == name && known.version == version)
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.rsplit_once(':').map_or((text, None), |(name, variant)| (name, Some(variant)))
}

fn kept(description: Description) -> &'static Description {
    if let Some(known) = named(&description.name, &description.version) {
        return known;
    }
    let description: &'static Description = Box::leak(Box::new(description));
    READ.lock().unwrap_or_else(PoisonError::into_inner).push(description);
    description
}
