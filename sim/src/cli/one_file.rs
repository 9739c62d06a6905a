//! The scenario file that a command is about, and the release and servers to run it with.

use std::path::PathBuf;

use clap::Args;
use model::agents::Subject;
use model::words::server::Server;

use super::{Failure, input, named, read};
use crate::draw::Drawn;
use crate::search::replay::{self, Selection};

#[derive(Args)]
pub(super) struct OneFile {
    /// Scenario file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Release to run it with
    #[arg(long, value_name = "R", default_value = "reference")]
    release: String,
    /// Only this server: replace (0.4.0), append (0.6.0) or idempotent (0.9.1) [default: the first that the release runs on]
    #[arg(long, value_name = "S")]
    server: Option<String>,
    /// The schedule of this seed [default: those that the scenario names for the release, or its own]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl OneFile {
    /// The release, and the scenario under each schedule, on one server.
    pub(super) fn read(&self) -> Result<(Subject, Vec<Drawn>), Failure> {
        let release: Subject = named(&self.release)?;
        let server: Option<Server> = self.server.as_deref().map(named).transpose()?;
        let [scenario] = &read(std::slice::from_ref(&self.path))?[..] else {
            return Err(input(format!("{}: this is a folder; name one scenario file", self.path.display())));
        };
        let seeds = self.seed.map(|seed| seed..seed + 1);
        let selection = Selection { release: Some(release), server, seeds, twice: false };
        let pairs = replay::pairs(scenario, &selection);
        let first = pairs.first().map(|(_, server, _)| *server);
        let of_it = pairs.into_iter().filter(|(_, server, _)| Some(*server) == first);
        Ok((release, of_it.map(|(_, server, seed)| Drawn { scenario: scenario.seeded(seed), server }).collect()))
    }
}
