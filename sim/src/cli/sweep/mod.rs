//! `sweep`: every single fault of a scenario, or every pair; or every schedule. Each class of violations is reported once, with a file that
//! replays it. `schedules` has the other half.

mod schedules;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;
use model::words::server::Server;

use super::agents::{AgentOptions, Engaged};
use super::destination::{self, Destination};
use super::progress::Sweeping;
use super::{Environment, Failure, input, interrupts, named, print, read};
use crate::draw::Drawn;
use crate::plan::Scenario;
use crate::search::replay::{self, Selection};
use crate::search::sweep::certificate::Certificate;
use crate::search::sweep::{self, Attendance, Extent, Group, Store, StoreError, Swept};
use crate::{files, report};

/// The folder of the classes, in that of the sweep.
const CLASSES: &str = "classes";

#[derive(Args)]
pub(super) struct Sweep {
    /// Scenario files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Release to sweep with [default: the real agent that the file names, or reference]
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
    /// 1 tries every single fault, 2 every pair as well
    #[arg(long, value_name = "D", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    depth: u8,
    /// Try schedules instead of faults: all with at most N preemptions [default: 2]
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "2",
        value_parser = clap::value_parser!(u8).range(1..=4),
        conflicts_with_all = ["depth", "alike", "resume"]
    )]
    schedules: Option<u8>,
    /// How many places that are alike are tried: steps of a process with one label, requests to one endpoint, turns
    #[arg(long, value_name = "N", default_value_t = sweep::ALIKE, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    alike: u32,
    /// Also write what was swept, and the hash of what came of it, into this file
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Folder for the counts, and for a scenario of each class [default: a folder in sweep-results named after the sweep]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue the same sweep where it was interrupted or killed
    #[arg(long)]
    resume: bool,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object for each scenario, with every fault that violates an invariant
    #[arg(long)]
    json: bool,
}

impl Sweep {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let server: Option<Server> = self.server.as_deref().map(named).transpose()?;
        let scenarios = read(&self.paths)?;
        let (release, _engaged) = self.subject(&scenarios, environment)?;
        if let Some(preemptions) = self.schedules {
            return self.explore(&scenarios, release, server, preemptions, out, err);
        }
        if self.depth > 1 && release.making().is_some() {
            return Err(input(format!(
                "--depth {}: the steps of a real agent have no known order, so that its pairs cannot be swept; leave out --depth",
                self.depth
            )));
        }
        let targets = self.targets(&scenarios, release, server)?;
        let certificate =
            self.certificate.as_deref().map(|path| Destination::tried("--certificate", path)).transpose()?;
        let folder = self.out.clone().unwrap_or_else(|| self.folder(release));
        destination::try_folder("--out", &folder)?;
        let extent = Extent { depth: self.depth, alike: self.alike as usize, jobs: super::jobs(self.jobs, err) };
        let (store, known) =
            Store::open(&folder, &targets, release, extent, self.resume).map_err(|error| input(error.to_string()))?;
        interrupts::listen();
        let (swept, unkept) = work(&targets, release, extent, store, &known, err);
        let mut complaints: Vec<String> = unkept.iter().map(ToString::to_string).collect();
        complaints.extend(write_classes(&folder, &swept));
        match self.json {
            true => print(out, &report::swept_json(&swept))?,
            false => print(out, &report::swept(&swept, &folder.join(CLASSES)))?,
        }
        if let Some(destination) = &certificate {
            complaints.extend(certify(&swept, destination, out, err)?);
        }
        complaints.iter().for_each(|complaint| _ = writeln!(err, "{complaint}"));
        match swept.exit_code() {
            0 if !complaints.is_empty() => Ok(1),
            code => Ok(code),
        }
    }

    /// The release, or the real agent: the one on the command line, or that of the only file.
    fn subject(
        &self,
        scenarios: &[Scenario],
        environment: &Environment,
    ) -> Result<(Subject, Option<Engaged>), Failure> {
        let own = match scenarios {
            [one] if self.release.is_none() && !self.agent.is_given() => one.agent.as_ref(),
            _ => None,
        };
        let options = own.map_or_else(|| self.agent.clone(), |own| self.agent.of(&own.name));
        let engaged = options.engage(environment)?;
        let release = match (&engaged, &self.release) {
            (Some(engaged), _) => engaged.subject,
            (None, Some(release)) => named(release)?,
            (None, None) => Subject::REFERENCE,
        };
        Ok((release, engaged))
    }

    /// Each scenario on one server, under each of its schedules. A folder's scenarios about other parts than the release's are left out.
    fn targets(&self, scenarios: &[Scenario], release: Subject, server: Option<Server>) -> Result<Vec<Drawn>, Failure> {
        let seeds = self.seed.map(|seed| seed..seed + 1);
        let selection = Selection { release: Some(release), server, seeds, ..Selection::default() };
        let is_about =
            |scenario: &&Scenario| scenarios.len() == 1 || release.part().is_none_or(|part| part == scenario.part());
        let of_one = |scenario: &Scenario| {
            let pairs = replay::pairs(scenario, &selection);
            let first = pairs.first().map(|(_, server, _)| *server);
            let of_it = pairs.into_iter().filter(move |(_, server, _)| Some(*server) == first);
            of_it.map(|(_, server, seed)| Drawn { scenario: scenario.seeded(seed), server }).collect::<Vec<_>>()
        };
        let targets: Vec<Drawn> = scenarios.iter().filter(is_about).flat_map(of_one).collect();
        match targets.is_empty() {
            true => Err(input(format!(
                "none of these scenarios is about what {release} does; name others, or another release"
            ))),
            false => Ok(targets),
        }
    }

    /// Named after release, scenarios and depth, so that different sweeps use different folders.
    fn folder(&self, release: Subject) -> PathBuf {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let first = self.paths.first().and_then(|path| stem(path)).unwrap_or_else(|| "scenarios".to_owned());
        let mut name = format!("{release}-{first}");
        if self.paths.len() > 1 {
            name += &format!("-and-{}-more", self.paths.len() - 1);
        }
        name.extend(self.server.as_ref().map(|server| format!("-on-{server}")));
        name.extend(self.seed.map(|seed| format!("-seed-{seed}")));
        if let Some(preemptions) = self.schedules {
            name += &format!("-schedules-{preemptions}");
        }
        if self.depth > 1 {
            name += &format!("-depth-{}", self.depth);
        }
        Path::new("sweep-results").join(name)
    }
}

/// Sweeps, keeps what is counted, and returns the first error of keeping it.
fn work(
    targets: &[Drawn],
    release: Subject,
    extent: Extent,
    store: Store,
    known: &std::collections::BTreeMap<sweep::Piece, sweep::Counted>,
    err: &mut dyn Write,
) -> (Swept, Option<StoreError>) {
    let before = interrupts::count();
    let mut progress = Sweeping::default();
    let swept = {
        let over = || interrupts::count() > before || store.is_lost();
        let mut attendance = Attendance {
            known,
            keep: &|piece, counted| store.keep(piece, counted),
            over: &over,
            tell: &mut |done, of| progress.print(done, of, err),
        };
        sweep::sweep(targets, release, extent, &mut attendance)
    };
    progress.end();
    (swept, store.lost())
}

/// Writes a scenario for each class. Returns the complaints about those that could not be written.
fn write_classes(folder: &Path, swept: &Swept) -> Vec<String> {
    let classes = folder.join(CLASSES);
    // Those of an earlier sweep in this folder.
    _ = std::fs::remove_dir_all(&classes);
    let write = |group: &Group<'_>| {
        let path = report::shrunk_path(&classes, group.class);
        let written = std::fs::create_dir_all(&classes)
            .and_then(|()| files::replace(&path, report::swept_file(group, swept.release).as_bytes()));
        written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
    };
    Group::all(swept).iter().filter_map(write).collect()
}

/// Writes the certificate. Returns the complaint if there is none, or if it cannot be written.
fn certify(
    swept: &Swept,
    destination: &Destination,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Option<String>, Failure> {
    write_certificate(Certificate::of(swept).map(|certificate| certificate.text()), destination, out, err)
}

/// Writes the text of a certificate, if there is one. Returns the complaint if there is none, or if it cannot be written.
fn write_certificate(
    text: Option<String>,
    destination: &Destination,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Option<String>, Failure> {
    let Some(text) = text else {
        return Ok(Some("the certificate was not written, for not everything was tried".to_owned()));
    };
    match (destination.file(), destination.stream(out, err)) {
        (Some(path), _) => {
            let written = files::replace(path, text.as_bytes());
            Ok(written.err().map(|error| format!("{} cannot be written: {error}", path.display())))
        }
        (None, Some(stream)) => print(stream, &text).map(|()| None),
        (None, None) => Ok(None),
    }
}
