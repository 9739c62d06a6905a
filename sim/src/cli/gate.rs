//! `gate`: everything at once, one page, one verdict.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use model::release::Release;

use super::{Failure, named, print, read, scenarios};
use crate::gate::{self, Section};
use crate::report;
use crate::scenario::parse_duration;
use crate::stopwatch::Stopwatch;

#[derive(Args)]
pub(super) struct Gate {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How long to fuzz
    #[arg(long = "for", value_name = "TIME", default_value = "60s")]
    duration: String,
    /// Who is judged; whoever is not the reference is judged by the invariants
    #[arg(long, value_name = "R", default_value = "reference")]
    release: String,
    /// Write what was found as JUnit, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
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
            junit: None,
            json: false,
            jobs: None,
        }
    }
}

impl Gate {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let budget = parse_duration(&self.duration).map_err(|message| Failure::Input(vec![message]))?;
        let release: Release = named(&self.release)?;
        let jobs = super::jobs(self.jobs);
        let found = read(&scenarios(&self.paths, "gate")?)?;
        let mut sections: Vec<(Section, Duration)> = Vec::new();
        let mut timed = |section: &dyn Fn(Stopwatch) -> Section| {
            let watch = Stopwatch::start();
            let section = section(watch);
            sections.push((section, watch.elapsed()));
        };
        timed(&|_| gate::scenarios(&found, release));
        timed(&|watch| gate::fuzz(release, budget, jobs, &|until| watch.elapsed() >= until));
        if release == Release::Reference {
            timed(&|_| gate::strength(jobs));
        }
        if let Some(path) = &self.junit {
            std::fs::write(path, report::gate_junit(release, &sections))
                .map_err(|error| Failure::Input(vec![format!("{}: {error}", path.display())]))?;
        }
        match self.json {
            true => print(out, &format!("{}\n", report::gate_json(release, &sections)))?,
            false => print(out, &report::gate(release, &sections))?,
        }
        Ok(gate::exit_code(&sections.into_iter().map(|(section, _)| section).collect::<Vec<_>>()))
    }
}
