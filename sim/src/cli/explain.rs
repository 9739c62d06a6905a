//! `explain`: why a scenario fails, on one page.

use std::io::Write;
use std::num::NonZeroUsize;

use clap::Args;
use model::agents::Subject;

use super::one_file::{OneFile, with_result};
use super::shrink::known;
use super::{Environment, Failure, interrupts, named, print};
use crate::draw::Drawn;
use crate::report;
use crate::run::Run;
use crate::search::campaign;
use crate::search::explain::{self, Extent, Wanted};

#[derive(Args)]
pub(super) struct Explain {
    #[command(flatten)]
    file: OneFile,
    /// A violation of this invariant [default: the worst]
    #[arg(long, value_name = "I")]
    invariant: Option<String>,
    /// A violation about this turn, as S1#2 [default: the earliest]
    #[arg(long, value_name = "TURN")]
    turn: Option<String>,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Print the explanation as one JSON object
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let invariant = self.invariant.as_deref().map(known).transpose()?;
        let wanted = Wanted { invariant, turn: self.turn.as_deref().map(named).transpose()? };
        let mut engaged = None;
        let (release, drawn) = self.file.read_on_each_server(environment, &mut engaged)?;
        let (drawn, run) = failing(&drawn, release, &wanted)?;
        let extent = Extent::of(release, super::jobs(self.jobs, err));
        interrupts::listen();
        let before = interrupts::count();
        let (code, nothing) = (run.exit_code, report::not_explained(drawn, &run, &wanted));
        match explain::explain(drawn, run, &wanted, extent, &|| interrupts::count() > before) {
            Some(explanation) if self.json => print(out, &report::why_json(drawn, &explanation))?,
            Some(explanation) => print(out, &report::why(drawn, &explanation))?,
            None => print(out, &nothing)?,
        }
        Ok(code)
    }
}

/// The first server and schedule with which the scenario fails as it is wanted, or else the first of all.
pub(super) fn failing<'a>(all: &'a [Drawn], release: Subject, wanted: &Wanted) -> Result<(&'a Drawn, Run), Failure> {
    let mut first = None;
    for drawn in all {
        let run = with_result(campaign::run(drawn, release))?;
        if run.violations.iter().any(|one| wanted.is(one)) {
            return Ok((drawn, run));
        }
        first.get_or_insert((drawn, run));
    }
    Ok(first.expect("a scenario runs on a server"))
}
