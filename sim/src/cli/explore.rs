//! `explore`: which kills, faults and schedules break a scenario.

use std::io::Write;
use std::num::NonZeroUsize;

use clap::Args;

use super::one_file::{OneFile, with_result};
use super::{Environment, Failure, interrupts, print};
use crate::report;
use crate::search::explore::{self, Extent};
use crate::search::gate::worst;

#[derive(Args)]
pub(super) struct Explore {
    #[command(flatten)]
    file: OneFile,
    /// Number of schedules to try
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    seeds: u64,
    /// The most steps of each process to kill it at, from its first
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(0..=100_000))]
    steps: u64,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object for each change that breaks it, with the whole scenario
    #[arg(long)]
    json: bool,
}

impl Explore {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let mut engaged = None;
        let (release, drawn) = self.file.read(environment, &mut engaged)?;
        let extent = Extent { seeds: self.seeds, steps: self.steps, jobs: super::jobs(self.jobs, err) };
        interrupts::listen();
        let before = interrupts::count();
        let mut codes = Vec::new();
        for drawn in drawn {
            let mut explored = explore::explore(&drawn, release, extent, &|| interrupts::count() > before);
            explored.base = with_result(explored.base)?;
            match self.json {
                true => print(out, &report::explored_json(&drawn, &explored))?,
                false => print(out, &report::explored(&drawn, release, &explored))?,
            }
            codes.push(explored.exit_code());
            if explored.tried < explored.changes {
                break;
            }
        }
        Ok(worst(codes.into_iter()))
    }
}
