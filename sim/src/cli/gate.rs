//! `gate`: every check at once, one page, one verdict.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use model::agents::Subject;

use super::agents::AgentOptions;
use super::destination::Destination;
use super::page::write_picture;
use super::reports::Reports;
use super::{Environment, Failure, changed, destination, input, interrupts, named, print, read, scenarios};
use crate::judging::Invariant;
use crate::plan::Scenario;
use crate::search::gate::baseline::Baseline;
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
    #[command(flatten)]
    agent: AgentOptions,
    /// Also write the result as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write what failed as SARIF, for code scanning
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Also write what failed as a report of GitLab's code quality
    #[arg(long, value_name = "FILE")]
    code_quality: Option<PathBuf>,
    /// Run the scenarios first that differ from this revision of Git, and stop if one of them fails
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
    /// Fail only for what is new or worse than the failures in this file
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what fails into this file, as the baseline of later gates. What was written does not fail this gate
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Folder for the smallest scenario of each violation [default: gate-results/R]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also draw the smallest run of each violation as an HTML file, beside its scenario
    #[arg(long)]
    timelines: bool,
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
            agent: AgentOptions::default(),
            out: None,
            junit: None,
            sarif: None,
            code_quality: None,
            changed_since: None,
            baseline: None,
            write_baseline: None,
            timelines: false,
            json: false,
            jobs: None,
        }
    }
}

impl Gate {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let budget = super::budget(&self.duration)?;
        let engaged = self.agent.engage(environment)?;
        let release = engaged.as_ref().map_or_else(|| named(&self.release), |engaged| Ok(engaged.subject))?;
        let jobs = super::jobs(self.jobs, err);
        let paths = scenarios(&self.paths, "gate")?;
        let found = read(&paths)?;
        let changed = self.changed_since.as_deref().map(|revision| changed::since(revision, &found)).transpose()?;
        let folder = self.out.clone().unwrap_or_else(|| Path::new("gate-results").join(release.name()));
        let (junit, sarif, quality) = (self.junit.as_deref(), self.sarif.as_deref(), self.code_quality.as_deref());
        let reports = Reports::wanted(junit, sarif, quality, environment)?;
        destination::try_folder("--out", &folder)?;
        let baseline = self.baseline.as_deref().map(|path| baseline(path, release)).transpose()?;
        let write_baseline =
            self.write_baseline.as_deref().map(|path| Destination::tried("--write-baseline", path)).transpose()?;
        interrupts::listen();
        let before = interrupts::count();
        let stop: gate::Stop<'_> = &|| interrupts::count() > before;
        forget(&folder);
        let mut page = Page::new(release, &folder, self.json, out);
        page.timelines = self.timelines;
        page.compare_with(baseline);
        if let Some(changed) = &changed {
            page.section(|| Some(gate::changed(changed, release, jobs, stop)));
        }
        if changed.is_none() || !page.fails() {
            self.rest(&mut page, &found, &paths, release, (budget, jobs), stop);
        }
        page.end(&reports, write_baseline.as_ref(), err)
    }

    /// The sections that every gate has.
    fn rest(
        &self,
        page: &mut Page<'_>,
        found: &[Scenario],
        paths: &[PathBuf],
        release: Subject,
        (budget, jobs): (Duration, NonZeroUsize),
        stop: gate::Stop<'_>,
    ) {
        let whole = Stopwatch::start();
        page.section(|| Some(gate::scenarios(found, release, jobs, stop)));
        page.section(|| gate::fidelity(found, release, jobs, stop));
        if release == Subject::REFERENCE {
            page.section(|| Some(gate::strength(jobs, stop)));
        }
        page.section(|| gate::certificates(&gate::certificates::find(paths), release, jobs, stop));
        page.section(|| {
            let left = budget.saturating_sub(whole.elapsed()).max(budget / 5);
            let effort = self.seeds.map_or(Effort::For(left), Effort::Seeds);
            Some(gate::fuzzing(release, effort, jobs, stop))
        });
        if self.seeds.is_none() {
            page.line(&format!("\n{}", report::gate_budget(&page.sections, budget)));
        }
    }
}

/// The page of a gate while it is made: each section appears when it ends.
struct Page<'a> {
    release: Subject,
    /// Where the smallest scenarios go.
    folder: &'a Path,
    json: bool,
    /// Whether the smallest runs are drawn.
    timelines: bool,
    /// The failures that are known.
    baseline: Option<Baseline>,
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
        let mut page =
            Self { release, folder, json, timelines: false, baseline: None, out, sections, unprinted, unkept };
        page.line(&report::gate_head(release));
        page
    }

    /// Compares with failures that are known, if there are any, and names them.
    fn compare_with(&mut self, baseline: Option<Baseline>) {
        if let Some(baseline) = &baseline {
            self.line(&report::gate_known(baseline));
        }
        self.baseline = baseline;
    }

    /// Does the work of a section, and shows it unless it does not exist.
    fn section(&mut self, work: impl FnOnce() -> Option<Section>) {
        let watch = Stopwatch::start();
        let Some(mut section) = work() else { return };
        let took = watch.elapsed();
        if let Some(baseline) = &self.baseline {
            baseline.excuse(&mut section);
        }
        // The scenarios are written before the page names their folder.
        for shrunk in &section.shrunk {
            let path = report::shrunk_path(self.folder, &shrunk.class);
            self.unkept.extend(write(&path, &report::shrunk_file(shrunk, self.release)));
            if self.timelines {
                let path = report::shrunk_picture(self.folder, &shrunk.class);
                let written = write_picture(&path, shrunk);
                self.unkept.extend(written.err().map(|error| format!("{} cannot be written: {error}", path.display())));
            }
        }
        self.line(&report::gate_section(self.release, &section, took, self.folder));
        self.sections.push((section, took));
    }

    /// Writes what fails as the new baseline, and excuses it. An interrupted gate has not seen everything and writes none.
    fn write_baseline(&mut self, destination: &Destination, err: &mut dyn Write) -> Result<(), Failure> {
        if self.sections.iter().any(|(section, _)| section.interrupted) {
            self.unkept.push("the gate was interrupted, so the baseline was not written".to_owned());
            return Ok(());
        }
        let baseline = Baseline::of(self.release, self.sections.iter().map(|(section, _)| section));
        let text = baseline.text(self.release);
        match (destination.file(), destination.stream(self.out, err)) {
            (Some(path), _) => self.unkept.extend(write(path, &text)),
            (None, Some(stream)) => print(stream, &text)?,
            (None, None) => {}
        }
        self.sections.iter_mut().for_each(|(section, _)| baseline.excuse(section));
        self.line(&report::gate_baseline(baseline.len()));
        Ok(())
    }

    /// Whether anything failed so far.
    fn fails(&self) -> bool {
        self.sections.iter().any(|(section, _)| section.exit_code != 0)
    }

    /// Prints a part of the page, which a result in JSON does not have.
    fn line(&mut self, text: &str) {
        if !self.json && self.unprinted.is_none() {
            self.unprinted = print(self.out, &text).err();
        }
    }

    /// Writes the new baseline and the reports, and ends the page. Returns the exit code.
    fn end(
        mut self,
        reports: &Reports,
        write_baseline: Option<&Destination>,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        if let Some(destination) = write_baseline {
            self.write_baseline(destination, err)?;
        }
        let made = reports.made(self.release, &self.sections, self.folder);
        for (destination, text) in &made {
            if let Some(path) = destination.file() {
                self.unkept.extend(write(path, text));
            }
        }
        self.line(&report::gate_verdict(&self.sections));
        self.unkept.extend(reports.tell_github(self.release, &self.sections, self.folder, err));
        for complaint in &self.unkept {
            _ = writeln!(err, "{complaint}");
        }
        if let Some(failure) = self.unprinted {
            return Err(failure);
        }
        if self.json {
            print(self.out, &format!("{}\n", report::gate_json(self.release, &self.sections)))?;
        }
        for (destination, text) in &made {
            if let Some(stream) = destination.stream(self.out, err) {
                print(stream, text)?;
            }
        }
        match gate::exit_code(self.sections.iter().map(|(section, _)| section)) {
            0 if !self.unkept.is_empty() => Ok(1),
            code => Ok(code),
        }
    }
}

/// Reads the failures that are known.
fn baseline(path: &Path, release: Subject) -> Result<Baseline, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| input(format!("--baseline {shown}: {error}")))?;
    Baseline::read(&text, release).map_err(|error| input(format!("--baseline {shown}: {error}")))
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
        let stem =
            [".toml", ".html"].iter().find_map(|end| name.strip_suffix(end)).and_then(|stem| stem.rsplit_once('-'));
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
