//! `replay`: runs scenario files and reports each run.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use model::agents::Subject;
use model::words::server::Server;

use super::{Failure, interrupts, named, print, read};
use crate::plan::Scenario;
use crate::run::Verdict;
use crate::search::replay::{self, Replayed, Selection};
use crate::{report, trace};

#[derive(Args)]
pub(super) struct Replay {
    /// Scenario files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only this release (reference, A to F and N, W1 to W3, E0 to E4, or a proposed fix such as pr-34859), judged by the
    /// invariants instead of the expectations
    #[arg(long, value_name = "R")]
    release: Option<String>,
    /// Only this server: replace (0.4.0), append (0.6.0) or idempotent (0.9.1)
    #[arg(long, value_name = "S")]
    server: Option<String>,
    /// Only the schedule of this seed, instead of the schedules that the scenarios name
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print one JSON object per run
    #[arg(long)]
    json: bool,
    /// Run everything twice, and exit with 4 if the two histories of a run differ
    #[arg(long)]
    twice: bool,
    /// Print the schedule of each run as a scenario file can carry it
    #[arg(long)]
    record: bool,
    /// Trace the simulation to standard error, with simulated times: debug, or model=debug,sim=info
    #[arg(long, value_name = "FILTER")]
    trace: Option<String>,
}

impl Replay {
    pub(super) fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let release = self.release.as_deref().map(named).transpose()?;
        let server = self.server.as_deref().map(named).transpose()?;
        let selection = Selection { release, server, seed: self.seed, twice: self.twice };
        if let Some(filter) = &self.trace {
            trace::install(filter).map_err(|message| Failure::Input(vec![message]))?;
        }
        let scenarios = read(&self.paths)?;
        interrupts::listen();
        let before = interrupts::count();
        let stop = || interrupts::count() > before;
        let (of, mut ended) = (scenarios.len(), 0);
        let mut done: Vec<(Scenario, Vec<Replayed>)> = Vec::new();
        for scenario in scenarios {
            let mut replays = Vec::new();
            let pairs = replay::pairs(&scenario, &selection);
            let runs = pairs.len();
            for (release, server, seed) in pairs {
                if stop() {
                    break;
                }
                replays.push(self.one(&scenario, release, server, seed, out, err)?);
            }
            ended += usize::from(replays.len() == runs);
            if replays.is_empty() && stop() {
                break;
            }
            done.push((scenario, replays));
        }
        let all: Vec<&Replayed> = done.iter().flat_map(|(_, replays)| replays).collect();
        if !self.json {
            print(out, &format!("{}{}\n", report::text(&done, &selection), report::summary(&all, &selection)))?;
            print(out, &report::schedules(&all))?;
        }
        let code = replay::exit_code(&all, &selection);
        if ended == of {
            return Ok(code);
        }
        let incomplete = format!("incomplete: interrupted after {ended} of {of} scenarios\n");
        if self.json {
            _ = err.write_all(incomplete.as_bytes());
        } else {
            print(out, &incomplete)?;
        }
        Ok(if code == 0 { Verdict::Vacuous.exit_code() } else { code })
    }

    /// Makes one run, and prints its object or its divergence.
    fn one(
        &self,
        scenario: &Scenario,
        release: Subject,
        server: Server,
        seed: u64,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Replayed, Failure> {
        let mut replayed = replay::replay(scenario, release, server, seed, self.twice);
        replayed.run.forget_history();
        if self.record {
            replayed.schedule = replay::recorded(scenario, release, server, seed).toml();
        }
        if self.json {
            print(out, &format!("{}\n", report::json_line(scenario, &replayed)))?;
        }
        if let Some(divergence) = &replayed.divergence {
            _ = write!(err, "{}", report::divergence(scenario, &replayed.run, divergence));
        }
        Ok(replayed)
    }
}
