//! `matrix`: scenarios by releases, and two releases compared.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use model::agents::Subject;
use model::words::part::Part;

use super::agents::{self, Engaged};
use super::destination::Destination;
use super::{Environment, Failure, destination, input, matrix_page, named, print, read, scenarios};
use crate::plan::Scenario;
use crate::report;
use crate::run::Verdict;
use crate::search::matrix;

#[derive(Args)]
pub(super) struct Matrix {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only these releases, in this order: reference, A to F and N, W1 to W3, E0 to E4, a proposed fix, as in F,pr-34859, or a
    /// real agent of the file of agents [default: the releases of the part that a scenario is about]
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', conflicts_with = "compare")]
    releases: Vec<String>,
    /// Compare two releases: which scenarios the second fixes, breaks and leaves, the smallest first
    #[arg(long, value_name = "R1,R2", value_delimiter = ',')]
    compare: Vec<String>,
    /// Server for every cell: replace (0.4.0), append (0.6.0) or idempotent (0.9.1)
    ///
    /// Releases A to C and pr-17447 cannot append: they send what they sent to 0.4.0, and the server replaces the document.
    #[arg(long, value_name = "S", default_value = "append")]
    server: String,
    /// The file of agents, whose names --releases and --compare take [default: forget-me-not.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
    /// Also write the tables as an HTML file
    #[arg(long, value_name = "FILE", conflicts_with = "compare")]
    html: Option<PathBuf>,
    /// Draw the run of each cell that fails as an HTML file in this folder, and link to it
    #[arg(long, value_name = "DIR", requires = "html")]
    timelines: Option<PathBuf>,
    /// Print one JSON object per cell; with --compare, one per scenario that separates the two releases
    #[arg(long)]
    json: bool,
}

impl Matrix {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let compare = !self.compare.is_empty();
        let (releases, _engaged) = self.named(if compare { &self.compare } else { &self.releases }, environment)?;
        if compare {
            self.are_two(&releases)?;
        }
        let jobs = super::jobs(None, err);
        let server = named(&self.server)?;
        let html = self.html.as_deref().map(|path| Destination::tried("--html", path)).transpose()?;
        if html.as_ref().is_some_and(|html| html.file().is_none()) {
            return Err(input("--html: a page links to its pictures from a place of its own; name a file".into()));
        }
        if let Some(folder) = &self.timelines {
            destination::try_folder("--timelines", folder)?;
        }
        let mut kept = Vec::new();
        let mut exit_code = Verdict::Vacuous.exit_code();
        let tables = self.tables(&releases)?;
        for (place, (part, scenarios)) in tables.into_iter().enumerate() {
            let columns = if releases.is_empty() { Subject::of(part).collect() } else { releases.clone() };
            let matrix = matrix::Matrix::run(scenarios, columns, server, jobs);
            if place > 0 && !self.json {
                print(out, &"\n\n")?;
            }
            self.print(out, &matrix)?;
            exit_code = exit_code.min(matrix.exit_code());
            kept.push(matrix);
        }
        if let Some(page) = html.as_ref().and_then(Destination::file) {
            matrix_page::write(&kept, page, self.timelines.as_deref(), jobs)?;
        }
        Ok(exit_code)
    }

    fn print(&self, out: &mut dyn Write, matrix: &matrix::Matrix) -> Result<(), Failure> {
        match (self.json, !self.compare.is_empty()) {
            (true, true) => {
                for (change, row) in matrix.compare().separating {
                    print(out, &format!("{}\n", report::change_line(change, row)))?;
                }
            }
            (true, false) => {
                for row in &matrix.rows {
                    for outcome in &row.outcomes {
                        print(out, &format!("{}\n", report::cell_line(row, outcome)))?;
                    }
                }
            }
            (false, true) => print(out, &report::comparison(matrix))?,
            (false, false) => print(out, &report::matrix(matrix))?,
        }
        Ok(())
    }

    /// The rows of each table: one for each part of Hermes that the scenarios speak of. Releases that were named are one table, of
    /// the scenarios that are about their parts if no path was.
    fn tables(&self, releases: &[Subject]) -> Result<Vec<(Part, Vec<Scenario>)>, Failure> {
        let found = read(&scenarios(&self.paths, "matrix")?)?;
        let parts: Vec<Part> = releases.iter().filter_map(|release| release.part()).collect();
        if !releases.is_empty() {
            let asked =
                |scenario: &Scenario| !self.paths.is_empty() || parts.is_empty() || parts.contains(&scenario.part());
            return Ok(vec![(Part::Memory, found.into_iter().filter(asked).collect())]);
        }
        let of_the_part = |part| found.iter().filter(|scenario| self.speaks_of(scenario, part)).cloned().collect();
        let tables = Part::ALL.into_iter().map(|part| (part, of_the_part(part)));
        Ok(tables.filter(|(_, rows): &(Part, Vec<Scenario>)| !rows.is_empty()).collect())
    }

    /// Whether a scenario stands in the table of a part: the part that it is about, a part of whose releases it has expectations, and the
    /// gateway for a file that was named and has one as its host.
    fn speaks_of(&self, scenario: &Scenario, part: Part) -> bool {
        let expected = || scenario.expect.releases().iter().any(|release| release.part() == Some(part));
        let hosted = || part == Part::Gateway && scenario.config.host.properties().chats && !self.paths.is_empty();
        scenario.part() == part || expected() || hosted()
    }

    /// The columns of these names; one that is named twice is one. Real agents live as long as the second.
    fn named(&self, names: &[String], environment: &Environment) -> Result<(Vec<Subject>, Vec<Engaged>), Failure> {
        let (mut releases, mut agents) = (Vec::new(), Vec::new());
        for name in names {
            let (release, engaged) = agents::subject(name.trim(), self.agents.as_deref(), environment)?;
            if !releases.contains(&release) {
                releases.push(release);
            }
            agents.extend(engaged);
        }
        Ok((releases, agents))
    }

    fn are_two(&self, releases: &[Subject]) -> Result<(), Failure> {
        if releases.len() == 2 && self.compare.len() == 2 {
            return Ok(());
        }
        let complaint = format!(
            "--compare {} does not name two different releases; name the current one and its successor, as in --compare F,pr-34859",
            self.compare.join(",")
        );
        Err(Failure::Input(vec![complaint]))
    }
}
