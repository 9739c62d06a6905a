//! The scenario file that a command is about, and the release and servers to run it with.

use std::path::PathBuf;

use clap::Args;
use model::agents::Subject;
use model::agents::outside::Failure as NoResult;
use model::words::server::Server;

use super::agents::{AgentOptions, Engaged};
use super::{Environment, Failure, input, named, read};
use crate::draw::Drawn;
use crate::run::Run;
use crate::search::replay::{self, Selection};

#[derive(Args)]
pub(super) struct OneFile {
    /// Scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Release to run it with [default: the real agent that the file names, or reference]
    #[arg(long, value_name = "R")]
    release: Option<String>,
    #[command(flatten)]
    agent: AgentOptions,
    /// Only this server: replace (0.4.0), append (0.6.0) or idempotent (0.9.1) [default: the first that the release runs on]
    #[arg(long, value_name = "S")]
    server: Option<String>,
    /// The schedule of this seed [default: those that the scenario names for the release, or its own]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl OneFile {
    /// The release or the real agent, which lives as long as `engaged`, and the scenario under each schedule, on one server.
    pub(super) fn read(
        &self,
        environment: &Environment,
        engaged: &mut Option<Engaged>,
    ) -> Result<(Subject, Vec<Drawn>), Failure> {
        let (release, mut drawn) = self.read_on_each_server(environment, engaged)?;
        let first = drawn.first().map(|drawn| drawn.server);
        drawn.retain(|drawn| Some(drawn.server) == first);
        Ok((release, drawn))
    }

    /// The same on each server, one after the other.
    pub(super) fn read_on_each_server(
        &self,
        environment: &Environment,
        engaged: &mut Option<Engaged>,
    ) -> Result<(Subject, Vec<Drawn>), Failure> {
        let server: Option<Server> = self.server.as_deref().map(named).transpose()?;
        let [scenario] = &read(std::slice::from_ref(&self.path))?[..] else {
            return Err(input(format!("{}: this is a folder; name one scenario file", self.path.display())));
        };
        let own = scenario.agent.as_ref().filter(|_| self.release.is_none() && !self.agent.is_given());
        *engaged = own.map_or_else(|| self.agent.clone(), |own| self.agent.of(&own.name)).engage(environment)?;
        let release = match (&engaged, &self.release) {
            (Some(engaged), _) => engaged.subject,
            (None, Some(release)) => named(release)?,
            (None, None) => Subject::REFERENCE,
        };
        let seeds = self.seed.map(|seed| seed..seed + 1);
        let selection = Selection { release: Some(release), server, seeds, ..Selection::default() };
        let pairs = replay::pairs(scenario, &selection);
        let drawn = pairs.into_iter().map(|(_, server, seed)| Drawn { scenario: scenario.seeded(seed), server });
        Ok((release, drawn.collect()))
    }
}

/// A run that has a result.
pub(super) fn with_result(run: Run) -> Result<Run, Failure> {
    match &run.failure {
        None => Ok(run),
        Some(NoResult::Lacks(why)) => Err(input(format!("{} on {} is skipped: {why}", run.scenario, run.server))),
        Some(NoResult::Broken(why)) => Err(input(format!("{} on {} has no result: {why}", run.scenario, run.server))),
    }
}
