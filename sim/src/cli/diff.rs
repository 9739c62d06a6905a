//! `diff`: two runs side by side.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::one_file::{OneFile, with_result};
use super::{Environment, Failure, input, named, print, read};
use crate::draw::Drawn;
use crate::report::{self, Sides};
use crate::search::{campaign, diff};

#[derive(Args)]
pub(super) struct Diff {
    #[command(flatten)]
    file: OneFile,
    /// Another scenario file for the second run [default: the same]
    #[arg(value_name = "OTHER")]
    other: Option<PathBuf>,
    /// Release of the second run [default: the same]
    #[arg(long, value_name = "R")]
    against: Option<String>,
    /// Server of the second run [default: the same]
    #[arg(long, value_name = "S")]
    against_server: Option<String>,
    /// The schedule of this seed for the second run [default: the same, or the other file's own]
    #[arg(long, value_name = "N")]
    against_seed: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(super) fn run(&self, environment: &Environment, out: &mut dyn Write) -> Result<u8, Failure> {
        let mut engaged = None;
        let (release, drawn) = self.file.read(environment, &mut engaged)?;
        let drawn = drawn.into_iter().next().expect("a scenario runs on a server");
        let against = self.against.as_deref().map(named).transpose()?.unwrap_or(release);
        let other = self.other(&drawn)?;
        if (against, &other) == (release, &drawn) {
            return Err(input(
                "diff: both runs are the same; name another file, or --against, --against-server or --against-seed"
                    .into(),
            ));
        }
        let first = with_result(campaign::run(&drawn, release))?;
        let second = with_result(campaign::run(&other, against))?;
        let sides = Sides { first: (&drawn, &first), second: (&other, &second) };
        let rows = diff::compare(&first, &second);
        match self.json {
            true => print(out, &report::compared_json(sides, &rows))?,
            false => print(out, &report::compared(sides, &rows))?,
        }
        Ok(0)
    }

    /// The scenario of the second run.
    fn other(&self, drawn: &Drawn) -> Result<Drawn, Failure> {
        let mut other = drawn.clone();
        if let Some(path) = &self.other {
            let [scenario] = &read(std::slice::from_ref(path))?[..] else {
                return Err(input(format!("{}: this is a folder; name one scenario file", path.display())));
            };
            other.scenario = scenario.clone();
        }
        if let Some(seed) = self.against_seed {
            other.scenario.seed = seed;
        }
        if let Some(server) = &self.against_server {
            other.server = named(server)?;
        }
        Ok(other)
    }
}
