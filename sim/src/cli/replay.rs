//! `replay`: runs scenario files and reports each run.

use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;
use model::agents::outside::Failure as NoResult;
use model::words::server::Server;

use super::agents::{AgentOptions, Engaged};
use super::progress::Runs;
use super::{Environment, Failure, input, interrupts, named, print, read, watching};
use crate::parallel::{self, Event};
use crate::plan::Scenario;
use crate::run::Verdict;
use crate::search::replay::{self, Replayed, Selection};
use crate::search::{expectations, kept};
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
    #[command(flatten)]
    agent: AgentOptions,
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
    #[arg(long, conflicts_with = "agent")]
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
    /// Run again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["write_expectations", "report"])]
    watch: bool,
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
        match self.watch {
            true => watching::each_change(&self.paths, err, |err| self.once(environment, out, err)),
            false => self.once(environment, out, err),
        }
    }

    fn once(&self, environment: &Environment, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let mut selection = self.selection()?;
        if let Some(filter) = &self.trace {
            trace::install(filter).map_err(|message| Failure::Input(vec![message]))?;
        }
        let scenarios = self.scenarios()?;
        // They live as long as the runs.
        let _engaged = self.engage(&mut selection, &scenarios, environment)?;
        interrupts::listen();
        let before = interrupts::count();
        let stop = || interrupts::count() > before;
        let of = scenarios.len();
        let done = self.made(scenarios, &selection, &stop, out, err)?;
        self.end(&done, of, &selection, out, err)
    }

    /// Makes all runs on all cores, or one after the other if they are traced, and prints the object of each in their order.
    fn made(
        &self,
        scenarios: Vec<Scenario>,
        selection: &Selection,
        stop: &(dyn Fn() -> bool + Sync),
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Done, Failure> {
        let pairs: Vec<_> = scenarios.iter().map(|scenario| replay::pairs(scenario, selection)).collect();
        let of_one =
            |(scenario, pairs): (_, &Vec<_>)| pairs.iter().map(move |pair| (scenario, *pair)).collect::<Vec<_>>();
        let items: Vec<(&Scenario, _)> = scenarios.iter().zip(&pairs).flat_map(of_one).collect();
        let jobs = if self.trace.is_some() { NonZeroUsize::MIN } else { super::jobs(None, err) };
        let is_slow = items.iter().any(|(_, (release, ..)): &(_, (Subject, _, _))| release.making().is_some());
        let mut progress = if is_slow { Runs::new(items.len()) } else { Runs::of_models(items.len()) };
        let work = |(scenario, (release, server, seed)): &(&Scenario, (Subject, Server, u64))| {
            let mut replayed = replay::replay(scenario, *release, *server, *seed, self.twice);
            replayed.run.forget_history();
            replayed
        };
        let (mut done, mut place, mut failure) = (Done::default(), 0, None);
        let mut results: Vec<Made> = scenarios.iter().map(|_| Made::default()).collect();
        let whose: Vec<usize> =
            pairs.iter().enumerate().flat_map(|(n, pairs)| std::iter::repeat_n(n, pairs.len())).collect();
        parallel::in_order(&items, jobs, stop, work, &mut |event| {
            let result = match event {
                Event::Done(count) => {
                    progress.print(count, err);
                    return true;
                }
                Event::Result(result) => result,
            };
            let (scenario, made) = (items[place].0, &mut results[whose[place]]);
            place += 1;
            match result.map(|replayed| self.one(scenario, replayed, &mut done, out, err)) {
                None => made.is_cut_off = true,
                Some(Ok(None)) => made.without_result = true,
                Some(Ok(Some(replayed))) => made.replays.push(replayed),
                Some(Err(error)) => failure = Some(error),
            }
            failure.is_none()
        });
        progress.end();
        if let Some(failure) = failure {
            return Err(failure);
        }
        for (scenario, made) in scenarios.into_iter().zip(results) {
            done.ended += usize::from(!made.is_cut_off);
            // What the agent lacks it lacks on every server.
            if !made.replays.is_empty() || (!made.is_cut_off && !made.without_result) {
                done.scenarios.push((scenario, made.replays));
            }
        }
        Ok(done)
    }

    /// Prints the page, and returns the exit code.
    fn end(
        &self,
        done: &Done,
        of: usize,
        selection: &Selection,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let all: Vec<&Replayed> = done.scenarios.iter().flat_map(|(_, replays)| replays).collect();
        if all.is_empty() && !done.broken.is_empty() {
            return Err(Failure::Input(done.broken.clone()));
        }
        if !self.json {
            print(out, &self.page(&done.scenarios, selection))?;
            print(out, &report::kept(&done.scenarios))?;
            print(out, &format!("{}\n", report::summary(&all, selection)))?;
            print(out, &report::schedules(&all))?;
        }
        done.broken.iter().for_each(|why| _ = writeln!(err, "{why}"));
        let code = match replay::exit_code(&all, selection) {
            0 | 5 if !done.broken.is_empty() => 1,
            code => code,
        };
        if let Some(filter) = self.trace.as_deref().filter(|_| trace::printed() == 0) {
            return Err(input(format!(
                "--trace {filter}: no event of these runs passed this filter; --trace debug prints most"
            )));
        }
        if done.ended < of {
            let incomplete = format!("incomplete: interrupted after {} of {of} scenarios\n", done.ended);
            match self.json {
                true => _ = err.write_all(incomplete.as_bytes()),
                false => print(out, &incomplete)?,
            }
            return Ok(if code == 0 { Verdict::Vacuous.exit_code() } else { code });
        }
        match self.write_expectations {
            true => self.write(&done.scenarios, code, out, err),
            false => Ok(code),
        }
    }

    fn selection(&self) -> Result<Selection, Failure> {
        let release = self.release.as_deref().map(named).transpose()?;
        let server = self.server.as_deref().map(named).transpose()?;
        let only = |seed| Range { start: seed, end: seed + 1 };
        let seeds = self.seeds.clone().or_else(|| self.seed.map(only));
        Ok(Selection { release, server, seeds, twice: self.twice, agents: Vec::new() })
    }

    /// Starts the real agent that the user names, or those of the files if the user names no release.
    fn engage(
        &self,
        selection: &mut Selection,
        scenarios: &[Scenario],
        environment: &Environment,
    ) -> Result<Vec<Engaged>, Failure> {
        let agents: Vec<AgentOptions> = match (self.agent.is_given(), self.release.is_some() || self.write_expectations)
        {
            (true, _) => vec![self.agent.clone()],
            (false, true) => Vec::new(),
            (false, false) => kept::agents(scenarios).into_iter().map(|name| self.agent.of(name)).collect(),
        };
        if agents.is_empty() {
            self.agent.engage(environment)?;
        }
        let engaged = agents.iter().filter_map(|agent| agent.engage(environment).transpose());
        let engaged = engaged.collect::<Result<Vec<_>, _>>()?;

        match self.agent.is_given() {
            true => selection.release = engaged.first().map(|engaged| engaged.subject),
            false => selection.agents = engaged.iter().map(|engaged| engaged.subject).collect(),
        }
        Ok(engaged)
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

    /// Prints the object of a run, or its divergence. `None` if the run has no result, which `done` then knows.
    fn one(
        &self,
        scenario: &Scenario,
        mut replayed: Replayed,
        done: &mut Done,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Option<Replayed>, Failure> {
        let (release, server, seed) = (replayed.run.release, replayed.run.server, replayed.run.seed);
        match replayed.run.failure.take() {
            None => {}
            Some(NoResult::Broken(why)) => {
                done.broken.push(format!("no result: {} on {server}: {why}", scenario.name));
                return Ok(None);
            }
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

/// What a replay has made so far.
#[derive(Default)]
struct Done {
    /// The scenarios, each with the runs that have a result.
    scenarios: Vec<(Scenario, Vec<Replayed>)>,
    /// The number of scenarios that were not interrupted.
    ended: usize,
    /// The runs in which a real agent broke: a line for each.
    broken: Vec<String>,
}

/// The runs of one scenario.
#[derive(Default)]
struct Made {
    replays: Vec<Replayed>,
    /// Whether a run has no result.
    without_result: bool,
    /// Whether the user interrupted before its last run.
    is_cut_off: bool,
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
