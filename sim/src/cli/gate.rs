//! `gate`: every check at once, one page, one verdict.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use model::agents::Subject;

use super::destination::Destination;
use super::{Failure, destination, interrupts, named, print, read, scenarios};
use crate::judging::Invariant;
use crate::search::gate::{self, Effort, Section};
use crate::stopwatch::Stopwatch;
use crate::{files, report};

/// The most seeds of a profile.
const SEEDS: u64 = 1_000_000_000;

#[derive(Args)]
pub(super) struct Gate {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Time budget for the whole gate, at most a week. Fuzzing gets what the fixed parts (about 10 s) leave, at least a fifth
    #[arg(long = "for", value_name = "TIME", default_value = "60s")]
    duration: String,
    /// Number of seeds for each profile instead of a time budget, so that every machine finds the same
    #[arg(long, value_name = "N", conflicts_with = "duration", value_parser = clap::value_parser!(u64).range(1..=SEEDS))]
    seeds: Option<u64>,
    /// Release to judge; every release but the reference is judged by the invariants alone
    #[arg(long, value_name = "R", default_value = "reference")]
    release: String,
    /// Also write the result as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Folder for the smallest scenario of each violation [default: gate-results/R]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Default for Gate {
    /// What the program does without arguments.
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            duration: "60s".into(),
            seeds: None,
            release: Subject::REFERENCE.name().into(),
            out: None,
            junit: None,
            json: false,
            jobs: None,
        }
    }
}

impl Gate {
    pub(super) fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let budget = super::budget(&self.duration)?;
        let release: Subject = named(&self.release)?;
        let jobs = super::jobs(self.jobs, err);
        let found = read(&scenarios(&self.paths, "gate")?)?;
        let folder = self.out.clone().unwrap_or_else(|| Path::new("gate-results").join(release.name()));
        let junit = self.junit.as_deref().map(|path| Destination::tried("--junit", path)).transpose()?;
        destination::try_folder("--out", &folder)?;
        interrupts::listen();
        let before = interrupts::count();
        let stop: gate::Stop<'_> = &|| interrupts::count() > before;
        forget(&folder);
        let mut page = Page::new(release, &folder, self.json, out);
        let whole = Stopwatch::start();
        page.section(|| Some(gate::scenarios(&found, release, jobs, stop)));
        page.section(|| gate::fidelity(&found, release, jobs, stop));
        if release == Subject::REFERENCE {
            page.section(|| Some(gate::strength(jobs, stop)));
        }
        page.section(|| {
            let left = budget.saturating_sub(whole.elapsed()).max(budget / 5);
            let effort = self.seeds.map_or(Effort::For(left), Effort::Seeds);
            Some(gate::fuzzing(release, effort, jobs, stop))
        });
        page.end(junit.as_ref(), err)
    }
}

/// The page of a gate while it is made: each section appears when it ends.
struct Page<'a> {
    release: Subject,
    /// Where the smallest scenarios go.
    folder: &'a Path,
    json: bool,
    out: &'a mut dyn Write,
    sections: Vec<(Section, Duration)>,
    /// What could not be printed. The gate goes on: a reader who is gone does not cost the files.
    unprinted: Option<Failure>,
    /// One complaint for each file that could not be written.
    unkept: Vec<String>,
}

impl<'a> Page<'a> {
    fn new(release: Subject, folder: &'a Path, json: bool, out: &'a mut dyn Write) -> Self {
        let (sections, unprinted, unkept) = (Vec::new(), None, Vec::new());
        let mut page = Self { release, folder, json, out, sections, unprinted, unkept };
        page.line(&report::gate_head(release));
        page
    }

    /// Does the work of a section, and shows it unless it does not exist.
    fn section(&mut self, work: impl FnOnce() -> Option<Section>) {
        let watch = Stopwatch::start();
        let Some(section) = work() else { return };
        let took = watch.elapsed();
        // The scenarios are written before the page names their folder.
        for shrunk in &section.shrunk {
            let path = self.folder.join(format!("{}.toml", shrunk.class.slug()));
            self.unkept.extend(write(&path, &report::shrunk_file(shrunk, self.release)));
        }
        self.line(&report::gate_section(self.release, &section, took, self.folder));
        self.sections.push((section, took));
    }

    /// Prints a part of the page, which a result in JSON does not have.
    fn line(&mut self, text: &str) {
        if !self.json && self.unprinted.is_none() {
            self.unprinted = print(self.out, &text).err();
        }
    }

    /// Writes JUnit and ends the page. Returns the exit code.
    fn end(mut self, junit: Option<&Destination>, err: &mut dyn Write) -> Result<u8, Failure> {
        if let Some(path) = junit.and_then(Destination::file) {
            self.unkept.extend(write(path, &report::gate_junit(self.release, &self.sections)));
        }
        self.line(&report::gate_verdict(&self.sections));
        for complaint in &self.unkept {
            _ = writeln!(err, "{complaint}");
        }
        if let Some(failure) = self.unprinted {
            return Err(failure);
        }
        if self.json {
            print(self.out, &format!("{}\n", report::gate_json(self.release, &self.sections)))?;
        }
        if let Some(stream) = junit.and_then(|junit| junit.stream(self.out, err)) {
            print(stream, &report::gate_junit(self.release, &self.sections))?;
        }
        match gate::exit_code(self.sections.iter().map(|(section, _)| section)) {
            0 if !self.unkept.is_empty() => Ok(1),
            code => Ok(code),
        }
    }
}

/// Writes a file and its folder. Returns the complaint if that fails.
fn write(path: &Path, text: &str) -> Option<String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder.and_then(|()| files::replace(path, text.as_bytes()));
    written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
}

/// Removes the findings of an earlier gate, and nothing else: files that are named after an invariant and a hash.
fn forget(folder: &Path) {
    let is_ours = |name: &str| {
        let stem = name.strip_suffix(".toml").and_then(|stem| stem.rsplit_once('-'));
        stem.is_some_and(|(invariant, hash)| {
            let is_hash = hash.len() == 8 && hash.chars().all(|c| c.is_ascii_hexdigit());
            is_hash && Invariant::named(invariant).is_some()
        })
    };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) {
            // A file that cannot be removed is only replayed once more.
            _ = std::fs::remove_file(entry.path());
        }
    }
}
