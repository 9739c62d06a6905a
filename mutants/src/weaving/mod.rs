//! Weaves all mutants of a part into a copy of the project: one build instead of one for each.
//!
//! Without `FORGET_ME_NOT_MUTANT` the copy does what the project does. With a number there, that mutant is on.

mod checking;
pub(crate) mod project;
mod splice;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml_edit::DocumentMut;

use crate::failure::{At, Failure};
use crate::finding;
use crate::finding::site::Site;
use crate::mutant::Mutant;
use crate::target::Target;
use checking::Checked;
use project::Files;
use splice::Woven;

/// The variable with the number of the mutant that is on.
pub(crate) const VARIABLE: &str = "FORGET_ME_NOT_MUTANT";

/// What the crate with the mutants gets: whether a mutant is on. The environment is read once.
const SWITCH: &str = "
#[doc(hidden)]
#[inline]
pub fn mutant(number: u32) -> bool {
    static ON: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
        std::env::var(\"FORGET_ME_NOT_MUTANT\").ok().and_then(|number| number.parse().ok()).unwrap_or(0)
    });
    *ON == number
}
";

/// How often the compiler may find further mistakes that do not compile.
const ROUNDS: u32 = 40;

/// A woven copy, as `mutants.json` has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Copy {
    /// What is mutated.
    pub(crate) of: Target,
    /// The hash of what it was woven from.
    pub(crate) stamp: String,
    /// All mutants, also those that do not compile.
    pub(crate) mutants: Vec<Mutant>,
    /// Where it is.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

impl Copy {
    /// The mutants that can be switched on.
    pub(crate) fn compiling(&self) -> impl Iterator<Item = &Mutant> {
        self.mutants.iter().filter(|mutant| mutant.compiles)
    }
}

/// The mutants of a part of the project, with the sites of each file.
pub(crate) struct Found {
    /// For each file its sites, and the number of its first mutant.
    sites: BTreeMap<String, (Vec<Site>, u32)>,
    /// The mutants in the order of their numbers.
    pub(crate) mutants: Vec<Mutant>,
}

/// Finds the mutants of a part.
///
/// # Errors
///
/// If a source is no Rust.
pub(crate) fn find(of: Target, files: &Files) -> Result<Found, Failure> {
    let mut found = Found { sites: BTreeMap::new(), mutants: Vec::new() };
    let mut first = 1;
    for (file, bytes) in files.iter().filter(|(file, _)| of.has(file)) {
        let sites = finding::sites(text(file, bytes)?).at(Path::new(file))?;
        let mutants = Mutant::of(file, &sites, first);
        let next = mutants.last().map_or(first, |last| last.number + 1);
        found.sites.insert(file.clone(), (sites, first));
        found.mutants.extend(mutants);
        first = next;
    }
    Ok(found)
}

/// Weaves the `wanted` mutants of a part into a copy in `into`, and leaves out those that do not compile. What is compiled goes to `builds`.
/// If the copy is already there, nothing is done.
///
/// # Errors
///
/// If the project itself does not compile, or if a file cannot be read or written.
pub(crate) fn weave(
    of: Target,
    files: &Files,
    into: &Path,
    builds: &Path,
    wanted: &dyn Fn(&Mutant) -> bool,
) -> Result<Copy, Failure> {
    let mut found = find(of, files)?;
    found.mutants.retain(wanted);
    let mut on: BTreeSet<u32> = found.mutants.iter().map(|mutant| mutant.number).collect();
    let stamp = stamp(of, &with(of, files, &woven_sources(&found, files, &on)?, into)?);
    if let Some(copy) = open(into).ok().filter(|copy| copy.stamp == stamp && copy.of == of) {
        return Ok(copy);
    }
    for _ in 0..ROUNDS {
        let woven = woven_sources(&found, files, &on)?;
        project::write(&with(of, files, &woven, into)?, into)?;
        match checking::check(into, of.package(), builds, &woven)? {
            Checked::Compiles => {
                for mutant in &mut found.mutants {
                    mutant.compiles = on.contains(&mutant.number);
                }
                let copy = Copy { of, stamp, mutants: found.mutants, folder: into.to_owned() };
                keep_results_aside(into)?;
                let path = into.join("mutants.json");
                fs::write(&path, serde_json::to_string_pretty(&copy).expect("data becomes JSON")).at(&path)?;
                return Ok(copy);
            }
            Checked::Guilty(guilty) if guilty.is_disjoint(&on) => break,
            Checked::Guilty(guilty) => on.retain(|number| !guilty.contains(number)),
        }
    }
    Err(Failure(format!("{}: after {ROUNDS} rounds there are still mutants that do not compile", into.display())))
}

/// Opens a woven copy.
///
/// # Errors
///
/// If there is none.
pub(crate) fn open(folder: &Path) -> Result<Copy, Failure> {
    let path = folder.join("mutants.json");
    let text = fs::read_to_string(&path).at(&path)?;
    let copy: Copy = serde_json::from_str(&text).at(&path)?;
    Ok(Copy { folder: folder.to_owned(), ..copy })
}

/// The results of another copy tell nothing about this one.
fn keep_results_aside(folder: &Path) -> Result<(), Failure> {
    let results = folder.join("results.jsonl");
    if results.exists() { fs::rename(&results, folder.join("results.before.jsonl")).at(&results) } else { Ok(()) }
}

fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    std::str::from_utf8(bytes).at(Path::new(file))
}

fn woven_sources(found: &Found, files: &Files, on: &BTreeSet<u32>) -> Result<BTreeMap<String, Woven>, Failure> {
    let weave = |(file, (sites, first)): (&String, &(Vec<Site>, u32))| {
        Ok((file.clone(), splice::weave(text(file, &files[file])?, sites, *first, on)))
    };
    found.sites.iter().map(weave).collect()
}

/// The files of the copy: the project's, with the woven sources, the switch, and names of their own for program and packages.
///
/// Cargo knows the packages of a workspace by name, version and the path within it. So it would take the copy's for the project's, and build
/// each of the two again after the other.
fn with(of: Target, files: &Files, woven: &BTreeMap<String, Woven>, into: &Path) -> Result<Files, Failure> {
    let mut copy = files.clone();
    copy.extend(woven.iter().map(|(file, woven)| (file.clone(), woven.text.clone().into_bytes())));
    let library = format!("{}/src/lib.rs", of.package());
    copy.entry(library).or_default().extend(SWITCH.bytes());
    let version = format!("0.0.0-{}", mark(into));
    edit(&mut copy, "Cargo.toml", |document| {
        document["workspace"]["lints"] = toml_edit::table();
        document["workspace"]["lints"]["rust"] = toml_edit::table();
        document["workspace"]["lints"]["rust"]["warnings"] = toml_edit::value("allow");
        document["workspace"]["package"]["version"] = toml_edit::value(&version);
    })?;
    edit(&mut copy, "Cargo.lock", |document| {
        let packages = document["package"].as_array_of_tables_mut().into_iter().flat_map(|list| list.iter_mut());
        packages.filter(|package| !package.contains_key("source")).for_each(|package| {
            package["version"] = toml_edit::value(&version);
        });
    })?;
    edit(&mut copy, "sim/Cargo.toml", |document| {
        document["package"]["default-run"] = toml_edit::value(program(of, into));
        document["bin"][0]["name"] = toml_edit::value(program(of, into));
    })?;
    Ok(copy)
}

/// The woven program's name. It must not be taken for the project's own, nor for another copy's.
pub(crate) fn program(of: Target, folder: &Path) -> String {
    format!("woven-{}-{}", of.name(), mark(folder))
}

/// A word that tells the copy in one folder from those in others.
fn mark(folder: &Path) -> String {
    format!("w{}", &blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex()[..8])
}

fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut DocumentMut)) -> Result<(), Failure> {
    let path = Path::new(name);
    let bytes = files.get(name).ok_or("is not there").at(path)?;
    let mut document: DocumentMut = text(name, bytes)?.parse().at(path)?;
    change(&mut document);
    files.insert(name.to_owned(), document.to_string().into_bytes());
    Ok(())
}

/// The hash of everything that decides what a copy does, and what its judges see, before anything is left out.
fn stamp(of: Target, copy: &Files) -> String {
    let mut hash = blake3::Hasher::new();
    let decides = |name: &str| {
        let starts = ["model/", "sim/", "scenarios/", "Cargo."];
        starts.iter().any(|start| name.starts_with(start)) || (of == Target::Judging && name.starts_with("tests/"))
    };
    for (name, bytes) in copy.iter().filter(|(name, _)| decides(name)) {
        hash.update(name.as_bytes()).update(&bytes.len().to_le_bytes()).update(bytes);
    }
    hash.finalize().to_hex()[..16].to_owned()
}
