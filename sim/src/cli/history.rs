//! `history`: everything that was observed in a run, in order.

use std::io::Write;

use clap::Args;

use super::one_file::{OneFile, with_result};
use super::{Environment, Failure, print};
use crate::report;
use crate::search::campaign;

#[derive(Args)]
pub(super) struct History {
    #[command(flatten)]
    file: OneFile,
    /// Print one JSON object for each event
    #[arg(long)]
    json: bool,
}

impl History {
    pub(super) fn run(&self, environment: &Environment, out: &mut dyn Write) -> Result<u8, Failure> {
        let mut engaged = None;
        let (release, drawn) = self.file.read(environment, &mut engaged)?;
        for drawn in drawn {
            let run = with_result(campaign::run(&drawn, release))?;
            match self.json {
                true => print(out, &report::history_json(&drawn.scenario, &run))?,
                false => print(out, &report::history(&drawn.scenario, &run))?,
            }
        }
        Ok(0)
    }
}
