//! `gate`: every check at once, one page, one verdict.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use model::agents::Subject;

use super::destination::Destination;
use super::{Failure, named, print, read, scenarios};
use crate::judging::Invariant;
use crate::plan::parse_real_time;
use crate::search::gate::{self, Section};
use crate::stopwatch::Stopwatch;
use crate::{files, report};

#[derive(Args)]
pub(super) struct Gate {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Time budget for the whole gate. Fuzzing gets what the fixed parts (about 10 s) leave, at least a fifth
    #[arg(long = "for", value_name = "TIME", default_value = "60s")]
    duration: String,
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
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Default for Gate {
    /// What the program does without arguments.
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            duration: "60s".into(),
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
        let budget = parse_real_time(&self.duration).map_err(|message| Failure::Input(vec![message]))?;
        let release: Subject = named(&self.release)?;
        let jobs = super::jobs(self.jobs);
        let found = read(&scenarios(&self.paths, "gate")?)?;
        let mut sections: Vec<(Section, Duration)> = Vec::new();
        let mut timed = |section: &dyn Fn(Stopwatch) -> Option<Section>| {
            let watch = Stopwatch::start();
            let section = section(watch);
            sections.extend(section.map(|section| (section, watch.elapsed())));
        };
        let whole = Stopwatch::start();
        timed(&|_| Some(gate::scenarios(&found, release, jobs)));
        timed(&|_| gate::fidelity(&found, release, jobs));
        if release == Subject::REFERENCE {
            timed(&|_| Some(gate::strength(jobs)));
        }
        timed(&|watch| {
            let left = budget.saturating_sub(whole.elapsed()).max(budget / 5);
            Some(gate::fuzzing(release, left, jobs, &|until| watch.elapsed() >= until))
        });
        let folder = self.out.clone().unwrap_or_else(|| Path::new("gate-results").join(release.name()));
        // The findings are written before they are printed, so that a closed pipe does not cost them, and printed even if
        // they cannot be written.
        let junit = self.junit.as_deref().map(Destination::of);
        let unkept = keep(release, &sections, &folder, junit.as_ref());
        match self.json {
            true => print(out, &format!("{}\n", report::gate_json(release, &sections)))?,
            false => print(out, &report::gate(release, &sections, &folder))?,
        }
        if let Some(stream) = junit.and_then(|junit| junit.stream(out, err)) {
            print(stream, &report::gate_junit(release, &sections))?;
        }
        for complaint in &unkept {
            _ = writeln!(err, "{complaint}");
        }
        match gate::exit_code(sections.iter().map(|(section, _)| section)) {
            0 if !unkept.is_empty() => Ok(1),
            code => Ok(code),
        }
    }
}

/// Writes the findings, and JUnit if it goes to a file. Returns one complaint for each file that could not be written.
fn keep(release: Subject, sections: &[(Section, Duration)], folder: &Path, junit: Option<&Destination>) -> Vec<String> {
    let write = |path: &Path, text: &str| {
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder.and_then(|()| files::replace(path, text.as_bytes()));
        written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
    };
    let junit = junit.and_then(Destination::file).and_then(|path| write(path, &report::gate_junit(release, sections)));
    forget(folder);
    let shrunk = sections.iter().flat_map(|(section, _)| &section.shrunk);
    let scenarios = shrunk.filter_map(|shrunk| {
        let path = folder.join(format!("{}.toml", shrunk.class.slug()));
        write(&path, &report::shrunk_file(shrunk, release))
    });
    junit.into_iter().chain(scenarios).collect()
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
