//! `memories`: what each memory plugin loses, in plain words.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::agents::AgentOptions;
use super::{Environment, Failure, input, print};
use crate::description::{self, Description};
use crate::report::{self, Column};
use crate::search::memories::{self, Tournament};

#[derive(Args)]
pub(super) struct Memories {
    /// Plugins, as hermes/NAME [default: all that the project describes]
    #[arg(value_name = "AGENT")]
    agents: Vec<String>,
    /// The Python 3.11 with Hermes and the plugins [default: python3.11]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Write the page into this file, as the project's docs/memories.md
    #[arg(long, value_name = "FILE", requires = "date")]
    write: Option<PathBuf>,
    /// The day that the page names, as 2026-11-30
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Folder that keeps what each plugin did: a tournament that was cut off goes on there
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Memories {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let jobs = super::jobs(self.jobs, err);
        let tournament = Tournament::of_the_program();
        let agents = if self.agents.is_empty() { &tournament.agents } else { &self.agents };
        let mut columns = Vec::new();
        for agent in agents {
            let column = match self.kept(agent) {
                Some(column) => column,
                None => self.column(agent, &tournament, jobs, environment, err)?,
            };
            self.keep(&column)?;
            columns.push(column);
        }
        let page = report::memories(&report::Memories {
            date: self.date.clone().unwrap_or_else(|| "an unnamed day".to_owned()),
            inputs: memories::inputs(),
            cases: tournament.cases.iter().map(|case| case.when.clone()).collect(),
            columns,
            not_run: tournament.not_run,
        });
        match &self.write {
            Some(file) => write(file, &page)?,
            None => print(out, &page)?,
        }
        Ok(0)
    }

    /// The file that keeps what a plugin did.
    fn file_of(&self, agent: &str) -> Option<PathBuf> {
        let name = agent.replace(['/', ':'], "_");
        self.keep.as_ref().map(|folder| folder.join(format!("{name}.json")))
    }

    /// What a plugin did when it was run before with the same cases and descriptions.
    fn kept(&self, agent: &str) -> Option<Column> {
        let text = std::fs::read_to_string(self.file_of(agent)?).ok()?;
        let column: Column = serde_json::from_str(&text).ok()?;
        (column.inputs == memories::inputs()).then_some(column)
    }

    fn keep(&self, column: &Column) -> Result<(), Failure> {
        let (Some(file), Some(folder)) = (self.file_of(&column.agent), &self.keep) else { return Ok(()) };
        let text = serde_json::to_string(column).map_err(|error| input(error.to_string()))?;
        std::fs::create_dir_all(folder).map_err(|error| input(format!("{}: {error}", folder.display())))?;
        write(&file, &text)
    }

    /// What one plugin does in every case.
    fn column(
        &self,
        agent: &str,
        tournament: &Tournament,
        jobs: NonZeroUsize,
        environment: &Environment,
        err: &mut dyn Write,
    ) -> Result<Column, Failure> {
        let options = AgentOptions::named(agent, self.python.as_deref());
        let engaged = options.engage(environment)?.ok_or_else(|| input(format!("{agent} is no agent")))?;
        let subject = engaged.subject;
        let making = subject.making().ok_or_else(|| input(format!("{agent} is no real agent")))?;
        let provider = making.provider.as_ref().and_then(|(name, version)| description::named(name, version));
        let mut cells = Vec::new();
        for (number, case) in tournament.cases.iter().enumerate() {
            _ = writeln!(err, "{agent}: case {} of {}", number + 1, tournament.cases.len());
            cells.push(case.run(subject, provider, jobs));
        }
        Ok(Column {
            inputs: memories::inputs(),
            agent: agent.to_owned(),
            versions: making.versions.clone(),
            is_local: provider.is_some_and(Description::is_local),
            unseen: subject.unseen().iter().map(|name| (*name).to_owned()).collect(),
            cells,
        })
    }
}

fn write(file: &Path, page: &str) -> Result<(), Failure> {
    std::fs::write(file, page).map_err(|error| input(format!("{} cannot be written: {error}", file.display())))
}
