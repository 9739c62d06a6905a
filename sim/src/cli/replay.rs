//! `replay`: runs scenario files and reports each run.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;
use model::agents::outside::Failure as NoResult;
use model::words::server::Server;

use super::{Environment, Failure, input, interrupts, named, print, read, real_agent};
use crate::plan::Scenario;
use crate::run::Verdict;
use crate::search::expectations;
use crate::search::replay::{self, Replayed, Selection};
use crate::{files, report, trace};

/// The most seeds of one replay.
const SEEDS: u64 = 10_000;

#[derive(Args)]
pub(super) struct Replay {
    /// Scenario files, or folders of them [default with --report: scenarios]
    #[arg(required_unless_present = "report", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only the scenarios of this report: a number, or owner/repository#number
    #[arg(long, value_name = "REPORT")]
    report: Option<String>,
    /// Only this release (reference, A to F and N, W1 to W3, E0 to E4, or a proposed fix such as pr-34859), judged by the
    /// invariants instead of the expectations
    #[arg(long, value_name = "R")]
    release: Option<String>,
    /// This real agent instead of a release: an adapter's Python file, or hermes
    #[arg(long, value_name = "SPEC", conflicts_with_all = ["release", "write_expectations"])]
    agent: Option<String>,
    /// The Python 3.11 that runs the agent [default: python3.11]
    #[arg(long, value_name = "PATH", requires = "agent")]
    python: Option<PathBuf>,
    /// Only this server: replace (0.4.0), append (0.6.0) or idempotent (0.9.1)
    #[arg(long, value_name = "S")]
    server: Option<String>,
    /// Only the schedule of this seed, instead of the schedules that the scenarios name
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The schedules of the seeds from A to B, without B, as in 0..100; at most 10,000. Runs of the same outcome are one line
    #[arg(long, value_name = "A..B", conflicts_with = "seed", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Write what the runs show into the files, as their expectations
    #[arg(long)]
    write_expectations: bool,
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
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let mut selection = self.selection()?;
        let agent = self.agent.as_deref().map(|text| real_agent::engage(text, self.python.as_deref(), environment));
        let agent = agent.transpose()?;
        selection.release = agent.as_ref().map(|agent| agent.subject).or(selection.release);
        if let Some(filter) = &self.trace {
            trace::install(filter).map_err(|message| Failure::Input(vec![message]))?;
        }
        let scenarios = self.scenarios()?;
        interrupts::listen();
        let before = interrupts::count();
        let stop = || interrupts::count() > before;
        let (of, mut ended) = (scenarios.len(), 0);
        let mut done: Vec<(Scenario, Vec<Replayed>)> = Vec::new();
        for scenario in scenarios {
            let (mut replays, mut skipped) = (Vec::new(), 0);
            let pairs = replay::pairs(&scenario, &selection);
            let runs = pairs.len();
            for (release, server, seed) in pairs {
                if stop() {
                    break;
                }
                match self.one(&scenario, release, server, seed, out, err)? {
                    Some(replayed) => replays.push(replayed),
                    None => skipped += 1,
                }
            }
            ended += usize::from(replays.len() + skipped == runs);
            if skipped > 0 {
                continue;
            }
            if replays.is_empty() && stop() {
                break;
            }
            done.push((scenario, replays));
        }
        let all: Vec<&Replayed> = done.iter().flat_map(|(_, replays)| replays).collect();
        if !self.json {
            print(out, &self.page(&done, &selection))?;
            print(out, &format!("{}\n", report::summary(&all, &selection)))?;
            print(out, &report::schedules(&all))?;
        }
        let code = replay::exit_code(&all, &selection);
        if let Some(filter) = self.trace.as_deref().filter(|_| trace::printed() == 0) {
            return Err(input(format!(
                "--trace {filter}: no event of these runs passed this filter; --trace debug prints most"
            )));
        }
        if ended < of {
            let incomplete = format!("incomplete: interrupted after {ended} of {of} scenarios\n");
            match self.json {
                true => _ = err.write_all(incomplete.as_bytes()),
                false => print(out, &incomplete)?,
            }
            return Ok(if code == 0 { Verdict::Vacuous.exit_code() } else { code });
        }
        match self.write_expectations {
            true => self.write(&done, code, out, err),
            false => Ok(code),
        }
    }

    fn selection(&self) -> Result<Selection, Failure> {
        let release = self.release.as_deref().map(named).transpose()?;
        let server = self.server.as_deref().map(named).transpose()?;
        let only = |seed| Range { start: seed, end: seed + 1 };
        let seeds = self.seeds.clone().or_else(|| self.seed.map(only));
        Ok(Selection { release, server, seeds, twice: self.twice })
    }

    /// The scenarios under the paths, or those of a report.
    fn scenarios(&self) -> Result<Vec<Scenario>, Failure> {
        let Some(report) = &self.report else { return read(&self.paths) };
        let all = read(&super::scenarios(&self.paths, "replay --report N")?)?;
        let count = all.len();
        match replay::reported(all, report) {
            found if found.is_empty() => Err(input(format!(
                "--report {report}: none of {count} scenarios was reported there; forget-me-not list scenarios shows all reports"
            ))),
            found => Ok(found),
        }
    }

    fn page(&self, done: &[(Scenario, Vec<Replayed>)], selection: &Selection) -> String {
        match &self.seeds {
            Some(seeds) => report::outcomes(done, seeds),
            None => report::text(done, selection),
        }
    }

    /// Makes one run, and prints its object or its divergence. `None` if the agent lacks what the scenario asks for.
    fn one(
        &self,
        scenario: &Scenario,
        release: Subject,
        server: Server,
        seed: u64,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Option<Replayed>, Failure> {
        let mut replayed = replay::replay(scenario, release, server, seed, self.twice);
        match replayed.run.failure.take() {
            None => {}
            Some(NoResult::Broken(why)) => return Err(input(format!("{} on {server}: {why}", scenario.name))),
            Some(NoResult::Lacks(why)) => {
                _ = writeln!(err, "skipped: {} on {server}: {why}", scenario.name);
                return Ok(None);
            }
        }
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
        Ok(Some(replayed))
    }

    /// Writes what the runs have shown into the files. What can be no expectation keeps its exit code.
    fn write(
        &self,
        done: &[(Scenario, Vec<Replayed>)],
        code: u8,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let mut complaints = Vec::new();
        for (scenario, replays) in done {
            match write(&scenario.path, scenario, replays) {
                Ok(written) => {
                    let page = report::written(&scenario.path, &written);
                    if self.json { _ = err.write_all(page.as_bytes()) } else { print(out, &page)? }
                }
                Err(error) => complaints.push(format!("{}: not written: {error}", scenario.path.display())),
            }
        }
        match complaints.is_empty() {
            true if code == Verdict::Violation.exit_code() || code == Verdict::NotConverged.exit_code() => Ok(0),
            true => Ok(code),
            false => Err(Failure::Input(complaints)),
        }
    }
}

fn write(path: &Path, scenario: &Scenario, replays: &[Replayed]) -> Result<expectations::Written, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let written = expectations::written(scenario, &text, replays)?;
    if !written.lines.is_empty() {
        files::replace(path, written.text.as_bytes()).map_err(|error| error.to_string())?;
    }
    Ok(written)
}

/// `0..100`: the seeds from the first number to the second, without it.
fn seeds(text: &str) -> Result<Range<u64>, String> {
    let numbers = text.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    match numbers {
        Some((from, to)) if from < to && to - from <= SEEDS => Ok(from..to),
        Some((from, to)) if from < to => {
            Err(format!("a replay runs at most 10,000 seeds, as in {from}..{}", from + SEEDS))
        }
        Some((from, to)) => {
            Err(format!("no seeds lie between {from} and {to}; write the smaller number first, as in 0..100"))
        }
        None => Err("seeds are two numbers, as in 0..100".to_owned()),
    }
}
