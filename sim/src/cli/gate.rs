//! `gate`: everything at once, one page, one verdict.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use model::release::Release;

use super::{Failure, named, print, read, scenarios};
use crate::campaign::store;
use crate::gate::{self, Section};
use crate::report;
use crate::scenario::parse_real_time;
use crate::stopwatch::Stopwatch;

const RESULTS: &str = "gate-results";

#[derive(Args)]
pub(super) struct Gate {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How long all of it may take: scenarios are drawn in what the rest leaves, and in a fifth of it at least
    #[arg(long = "for", value_name = "TIME", default_value = "60s")]
    duration: String,
    /// Who is judged; whoever is not the reference is judged by the invariants
    #[arg(long, value_name = "R", default_value = "reference")]
    release: String,
    /// Write what was found as JUnit, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Where the smallest scenario of each violation is written, if there are any
    #[arg(long, value_name = "DIR", default_value = RESULTS)]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many threads [default: one for each core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Default for Gate {
    /// What the program does without arguments.
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            duration: "60s".into(),
            release: Release::Reference.name().into(),
            out: RESULTS.into(),
            junit: None,
            json: false,
            jobs: None,
        }
    }
}

impl Gate {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let budget = parse_real_time(&self.duration).map_err(|message| Failure::Input(vec![message]))?;
        let release: Release = named(&self.release)?;
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
        if release == Release::Reference {
            timed(&|_| Some(gate::strength(jobs)));
        }
        timed(&|watch| {
            let left = budget.saturating_sub(whole.elapsed()).max(budget / 5);
            Some(gate::fuzzing(release, left, jobs, &|until| watch.elapsed() >= until))
        });
        match self.json {
            true => print(out, &format!("{}\n", report::gate_json(release, &sections)))?,
            false => print(out, &report::gate(release, &sections, &self.out))?,
        }
        self.keep(release, &sections)?;
        Ok(gate::exit_code(sections.iter().map(|(section, _)| section)))
    }

    /// Writes what was found, and JUnit if it is wanted.
    fn keep(&self, release: Release, sections: &[(Section, Duration)]) -> Result<(), Failure> {
        let write = |path: &Path, text: &str| {
            let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            let written = folder.and_then(|()| store::replace(path, text.as_bytes()));
            written.map_err(|error| Failure::Input(vec![format!("{}: {error}", path.display())]))
        };
        for shrunk in sections.iter().flat_map(|(section, _)| &section.shrunk) {
            let path = self.out.join(format!("{}.toml", shrunk.class.slug()));
            write(&path, &report::shrunk_file(shrunk, release))?;
        }
        match &self.junit {
            Some(path) => write(path, &report::gate_junit(release, sections)),
            None => Ok(()),
        }
    }
}
