//! `certify`: a report card for a memory, one line for each of its guarantees.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::agents::AgentOptions;
use super::destination::Destination;
use super::progress::Runs;
use super::{Environment, Failure, destination, input, interrupts, print};
use crate::search::certify::baseline::Known;
use crate::search::certify::{self, Card, Effort};
use crate::{files, report};

/// The most seeds: a card is made in minutes.
const SEEDS: u64 = 1_000_000;

#[derive(Args)]
pub(super) struct Certify {
    /// Memory to certify: hermes/PLUGIN, the folder of a plugin, an adapter's Python file, hermes, or a name from the file of agents
    #[arg(value_name = "MEMORY")]
    memory: String,
    /// The Python 3.11 that runs it [default: the one in the file of agents, or python3.11]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// The provider that it speaks to: the file of a description, or a name that the program has one of [default: the memory's]
    #[arg(long, value_name = "FILE")]
    provider: Option<String>,
    /// The file of agents [default: forget-me-not.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
    /// Number of scenarios to draw at random, besides the fixed ones
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(0..=SEEDS))]
    seeds: u64,
    /// Runs to spend on finding the smallest scenario of each way to break a guarantee
    #[arg(long, value_name = "RUNS", default_value_t = 80)]
    shrink: u32,
    /// Folder for the smallest scenarios [default: certify-results/MEMORY]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Fail only for guarantees that are not among the known defects in this file
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the broken guarantees into this file, as the known defects of later cards. What was written does not fail this card
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Also write the card as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write a badge: an image if FILE ends in .svg, otherwise the JSON of a shields.io endpoint
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,
    /// Print the card as one JSON object
    #[arg(long)]
    json: bool,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Certify {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let known = self.baseline.as_deref().map(known).transpose()?;
        let files = self.files()?;
        let options =
            AgentOptions::given(&self.memory, self.python.clone(), self.provider.clone(), self.agents.clone());
        let engaged = options.engage(environment)?.expect("a memory is named");
        let memory = engaged.subject;
        let folder = self.out.clone().unwrap_or_else(|| {
            let name = memory.name().trim_start_matches("hermes/").replace([':', '/'], "-");
            Path::new("certify-results").join(name)
        });
        destination::try_folder("--out", &folder)?;
        let jobs = super::jobs(self.jobs, err);
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        let effort = Effort { seeds, shrinking: self.shrink, jobs };
        interrupts::listen();
        let before = interrupts::count();
        let mut progress = None;
        let stop = || interrupts::count() > before;
        let mut card = certify::certify(memory, effort, &stop, |done, of| {
            progress.get_or_insert_with(|| Runs::new(of)).print(done, err);
        });
        progress.iter().for_each(Runs::end);
        let mut complaints: Vec<String> = smallest(&card, &folder);
        let all_known = self.write_baseline.as_ref().map(|_| card.known());
        known.iter().chain(&all_known).for_each(|known| card.excuse(known));
        let texts = files.into_iter().map(|(kind, destination)| (kind.text(&card, &folder), destination));
        let texts: Vec<(String, Destination)> = texts.collect();
        for (text, path) in texts.iter().filter_map(|(text, destination)| Some((text, destination.file()?))) {
            complaints.extend(write(path, text));
        }
        complaints.iter().for_each(|complaint| _ = writeln!(err, "{complaint}"));
        match self.json {
            true => print(out, &format!("{}\n", report::certify_json(&card, &folder)))?,
            false => print(out, &report::certify_card(&card, &folder))?,
        }
        for (text, destination) in &texts {
            if let Some(stream) = destination.stream(out, err) {
                print(stream, text)?;
            }
        }
        match card.exit_code() {
            0 if !complaints.is_empty() => Ok(1),
            code => Ok(code),
        }
    }

    /// The files that the user wants, tried before any work is done.
    fn files(&self) -> Result<Vec<(Kind, Destination)>, Failure> {
        let is_image = self.badge.as_ref().is_some_and(|path| path.extension().is_some_and(|end| end == "svg"));
        let badge = if is_image { Kind::Image } else { Kind::Badge };
        let wanted = [
            (Kind::JUnit, "--junit", &self.junit),
            (badge, "--badge", &self.badge),
            (Kind::Baseline, "--write-baseline", &self.write_baseline),
        ];
        let tried = |(kind, option, path): (Kind, &str, &Option<PathBuf>)| {
            path.as_deref().map(|path| Ok((kind, Destination::tried(option, path)?)))
        };
        wanted.into_iter().filter_map(tried).collect()
    }
}

/// What a file holds.
enum Kind {
    JUnit,
    Badge,
    Image,
    Baseline,
}

impl Kind {
    fn text(&self, card: &Card, folder: &Path) -> String {
        match self {
            Self::JUnit => report::certify_junit(card, folder),
            Self::Badge => report::certify_badge_json(card),
            Self::Image => report::certify_badge(card),
            Self::Baseline => card.known().text(card.memory.name()),
        }
    }
}

/// Reads known defects.
fn known(path: &Path) -> Result<Known, Failure> {
    let wrong = |error: String| input(format!("--baseline {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    Known::read(&text).map_err(wrong)
}

/// Writes the smallest scenarios. Returns a complaint for each that could not be written.
fn smallest(card: &Card, folder: &Path) -> Vec<String> {
    let found = card.broken().filter_map(|(_, broken)| broken.smallest.as_ref());
    let written = |smallest: &certify::Smallest| {
        let shrunk = &smallest.shrunk;
        write(&report::shrunk_path(folder, &shrunk.class), &report::shrunk_file(shrunk, card.memory))
    };
    found.filter_map(written).collect()
}

/// Writes a file and its folder. Returns the complaint if that fails.
fn write(path: &Path, text: &str) -> Option<String> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder.and_then(|()| files::replace(path, text.as_bytes()));
    written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
}
