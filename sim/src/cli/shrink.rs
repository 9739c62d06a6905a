//! `shrink`: from a scenario file to the smallest scenario that shows the same violation.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;
use model::words::spelling;

use super::one_file::{OneFile, with_result};
use super::page::shrinking;
use super::{Environment, Failure, destination, input, interrupts, print};
use crate::draw::Drawn;
use crate::judging::Invariant;
use crate::search::campaign::{self, Class};
use crate::search::gate::worst;
use crate::search::shrink::{Shrunk, shrink};
use crate::{files, parallel, report};

#[derive(Args)]
pub(super) struct Shrink {
    #[command(flatten)]
    file: OneFile,
    /// Only the violations of this invariant
    #[arg(long, value_name = "I")]
    invariant: Option<String>,
    /// Runs to spend on each class of violations [default: 3000, or 300 with a real agent]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: Option<u32>,
    /// Folder for the smallest scenarios [default: shrink-results/SCENARIO-R]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object for each class
    #[arg(long)]
    json: bool,
}

impl Shrink {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let invariant = self.invariant.as_deref().map(known).transpose()?;
        let mut engaged = None;
        let (release, drawn) = self.file.read(environment, &mut engaged)?;
        let name = drawn.first().map_or("", |drawn| &drawn.scenario.name);
        let folder = self.out.clone().unwrap_or_else(|| Path::new("shrink-results").join(format!("{name}-{release}")));
        let mut codes = Vec::new();
        let mut classes: Vec<(Drawn, Class)> = Vec::new();
        for drawn in &drawn {
            let run = with_result(campaign::run(drawn, release))?;
            codes.push(run.exit_code);
            for class in Class::of(&run) {
                let asked = invariant.is_none_or(|invariant| class.invariant == invariant);
                if asked && classes.iter().all(|(_, known)| *known != class) {
                    classes.push((drawn.clone(), class));
                }
            }
        }
        let code = worst(codes.into_iter());
        if classes.is_empty() {
            let why = match (code, invariant) {
                (0, _) => {
                    "passes; there is nothing to shrink. Another --seed, another --server or sweep may find something"
                        .to_owned()
                }
                (5, _) => "proves nothing; there is nothing to shrink".to_owned(),
                (_, invariant) => format!("does not violate {}", invariant.unwrap_or("anything")),
            };
            print(out, &format!("{name} with {release} {why}\n"))?;
            return Ok(code);
        }
        destination::try_folder("--out", &folder)?;
        interrupts::listen();
        let shrunk = self.shrunk(&classes, release, err);
        let complaints: Vec<String> = shrunk.iter().filter_map(|one| write(&folder, one, release)).collect();
        match self.json {
            true => print(out, &report::smallest_json(&shrunk, &folder))?,
            false => print(out, &report::smallest(&shrunk, release, &folder))?,
        }
        if complaints.is_empty() { Ok(code) } else { Err(Failure::Input(complaints)) }
    }

    /// The smallest scenario of each class; if the user interrupts, the smallest found so far.
    fn shrunk(&self, classes: &[(Drawn, Class)], release: Subject, err: &mut dyn Write) -> Vec<Shrunk> {
        let before = interrupts::count();
        let runs = self.runs.unwrap_or_else(|| shrinking(release));
        let jobs = super::jobs(None::<NonZeroUsize>, err);
        let shrunk = parallel::map(classes, jobs, |(drawn, class)| {
            shrink(drawn, release, class, runs, &|| interrupts::count() > before)
        });
        shrunk.into_iter().flatten().collect()
    }
}

/// Writes the smallest scenario of a class. Returns the complaint if that fails.
fn write(folder: &Path, shrunk: &Shrunk, release: Subject) -> Option<String> {
    let path = report::shrunk_path(folder, &shrunk.class);
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| files::replace(&path, report::shrunk_file(shrunk, release).as_bytes()));
    written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
}

/// The name of an invariant.
pub(super) fn known(name: &str) -> Result<&'static str, Failure> {
    let names: Vec<&str> = Invariant::all().map(|row| row.name).collect();
    let unknown = || input(spelling::unknown("invariant", name, &names));
    Invariant::named(name).map(|row| row.name).ok_or_else(unknown)
}
