//! `fidelity`: the models, or real code, against what real releases were measured to do.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use model::agents::Subject;

use super::agents::AgentOptions;
use super::progress::Runs;
use super::{Environment, Failure, input, interrupts, named, print, read, scenarios};
use crate::plan::Scenario;
use crate::report;
use crate::run::Verdict;
use crate::search::fidelity::plugins::{self, Cell};
use crate::search::fidelity::real::{Cells, Exceptions};
use crate::search::fidelity::{self, Agreement};

#[derive(Args)]
pub(super) struct Fidelity {
    /// Scenario files, or folders of them: the measured cases among these are compared [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only the model of this release: A to F, N, or W1 to W3
    #[arg(long, value_name = "R")]
    release: Option<String>,
    #[command(flatten)]
    agent: AgentOptions,
    /// The measured release to compare the agent with [default: the one that it behaves most like]
    #[arg(long, value_name = "R", requires = "agent")]
    against: Option<String>,
    /// The agent's known differences, each with its reason [default: those of Hermes that the program knows]
    #[arg(long, value_name = "FILE", requires = "agent")]
    exceptions: Option<PathBuf>,
    /// Print one JSON object per release, or one of the agent
    #[arg(long)]
    json: bool,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Fidelity {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let found = read(&scenarios(&self.paths, "fidelity")?)?;
        let release = self.release.as_deref().map(named).transpose()?;
        let jobs = super::jobs(self.jobs, err);
        match self.agent.engage(environment)? {
            Some(engaged) => match plugins::cells(engaged.subject) {
                Some(cells) => self.plugin(engaged.subject, cells, jobs, out, err),
                None => self.real(engaged.subject, &found, jobs, out, err),
            },
            None => models(release, &found, self.json, out),
        }
    }

    /// A memory plugin of Hermes whose provider was measured. Its cases are its own: no scenario is read.
    fn plugin(
        &self,
        agent: Subject,
        cells: (String, Vec<Cell>),
        jobs: NonZeroUsize,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        if let Some(against) = &self.against {
            return Err(input(format!("--against {against}: {agent} is compared with what its plugin did")));
        }
        interrupts::listen();
        let before = interrupts::count();
        let mut progress = Runs::new(cells.1.len());
        let stop = || interrupts::count() > before;
        let compared = plugins::compare(agent, cells, jobs, &stop, |done| progress.print(done, err));
        progress.end();
        match self.json {
            true => print(out, &format!("{}\n", report::plugin_fidelity_json(&compared)))?,
            false => print(out, &report::plugin_fidelity(&compared))?,
        }
        Ok(compared.exit_code())
    }

    /// Real code, and the model beside it.
    fn real(
        &self,
        agent: Subject,
        found: &[Scenario],
        jobs: NonZeroUsize,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let against = self.against.as_deref().map(named).transpose()?;
        let exceptions = self.exceptions.as_deref().map_or_else(|| Ok(Exceptions::own()), Exceptions::read);
        let exceptions = exceptions.map_err(|error| input(format!("--exceptions {error}")))?;
        let cells = Cells::of(found, against).met_by(agent);
        if cells.runs() == 0 {
            return Err(nothing(against));
        }
        interrupts::listen();
        let before = interrupts::count();
        let mut progress = Runs::new(cells.runs());
        let stop = || interrupts::count() > before;
        let compared = cells.compare(agent, exceptions, jobs, &stop, |done| progress.print(done, err));
        progress.end();
        match self.json {
            true => print(out, &format!("{}\n", report::real_fidelity_json(&compared)))?,
            false => print(out, &report::real_fidelity(&compared))?,
        }
        Ok(compared.exit_code())
    }
}

/// The models.
fn models(release: Option<Subject>, found: &[Scenario], json: bool, out: &mut dyn Write) -> Result<u8, Failure> {
    let cases = fidelity::cases();
    let cases: Vec<_> =
        cases.iter().filter_map(|case| Some((case, fidelity::scenario_of(&case.scenario, found)?))).collect();
    let subjects = Subject::all().filter(|subject| release.is_none_or(|release| release == *subject));
    let mut releases = Vec::new();
    for subject in subjects {
        let mut agreement = Agreement::default();
        cases.iter().for_each(|(case, scenario)| agreement.add(case.compare(scenario, Some(subject))));
        if agreement.cells > 0 {
            releases.push((subject, agreement));
        }
    }
    if releases.is_empty() {
        return Err(nothing(release));
    }
    match json {
        true => releases.iter().try_for_each(|(release, agreement)| {
            print(out, &format!("{}\n", report::fidelity_json(*release, agreement)))
        })?,
        false => print(out, &report::fidelity(&releases))?,
    }
    let differs = releases.iter().any(|(_, agreement)| !agreement.wrong.is_empty());
    Ok(if differs { Verdict::Violation.exit_code() } else { 0 })
}

/// No cell of the release was measured in these scenarios.
fn nothing(release: Option<Subject>) -> Failure {
    let of = release.map(|release| format!(" with {release}")).unwrap_or_default();
    input(format!("none of these scenarios was measured{of}; those of scenarios/ground-truth and scenarios/webui were"))
}
