//! `sweep --schedules`: every schedule of a small scenario, up to a number of preemptions.

use std::io::Write;
use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;

use super::{CLASSES, Sweep, write_certificate};
use crate::cli::destination::{self, Destination};
use crate::cli::progress::Exploring;
use crate::cli::{Failure, input, interrupts, jobs, print};
use crate::draw::Drawn;
use crate::plan::Scenario;
use crate::search::schedules::certificate::Certificate;
use crate::search::schedules::{self, Explored, Extent, Group};
use crate::{files, report};

impl Sweep {
    pub(super) fn explore(
        &self,
        scenarios: &[Scenario],
        release: Subject,
        server: Option<Server>,
        preemptions: u8,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        if release.making().is_some() {
            return Err(input(format!(
                "--schedules: {release} is a real agent, whose threads go on where nobody sees them; name a release, or leave out --schedules"
            )));
        }
        let targets = self.small(scenarios, release, server, err)?;
        let certificate =
            self.certificate.as_deref().map(|path| Destination::tried("--certificate", path)).transpose()?;
        let folder = self.out.clone().unwrap_or_else(|| self.folder(release));
        destination::try_folder("--out", &folder)?;
        let extent = Extent::of(preemptions, jobs(self.jobs, err));
        interrupts::listen();
        let before = interrupts::count();
        let mut progress = Exploring::begin();
        let over = || interrupts::count() > before;
        let explored = schedules::explore(&targets, release, extent, &over, &mut |runs| progress.print(runs, err));
        progress.end();
        let mut complaints = write_classes(&folder, &explored);
        match self.json {
            true => print(out, &report::explored_json(&explored))?,
            false => print(out, &report::explored(&explored, &folder.join(CLASSES)))?,
        }
        if let Some(destination) = &certificate {
            let text = Certificate::of(&explored).map(|certificate| certificate.text());
            complaints.extend(write_certificate(text, destination, out, err)?);
        }
        complaints.iter().for_each(|complaint| _ = writeln!(err, "{complaint}"));
        match explored.exit_code() {
            0 if !complaints.is_empty() => Ok(1),
            code => Ok(code),
        }
    }

    /// Each scenario once, because its schedule is given. Of several the large ones are left out.
    fn small(
        &self,
        scenarios: &[Scenario],
        release: Subject,
        server: Option<Server>,
        err: &mut dyn Write,
    ) -> Result<Vec<Drawn>, Failure> {
        let mut targets = self.targets(scenarios, release, server)?;
        targets.dedup_by(|one, other| one.scenario.path == other.scenario.path);
        if scenarios.len() == 1 {
            return Ok(targets);
        }
        let all = targets.len();
        targets.retain(|target| target.scenario.action_count() <= schedules::SMALL);
        if targets.is_empty() {
            return Err(input(format!(
                "--schedules: each of these scenarios has more than {} steps; name one of them alone to explore it all the same",
                schedules::SMALL
            )));
        }
        if targets.len() < all {
            _ = writeln!(
                err,
                "{} of {all} scenarios left out: they have more than {} steps",
                all - targets.len(),
                schedules::SMALL
            );
        }
        Ok(targets)
    }
}

/// Writes a scenario for each class. Returns the complaints about those that could not be written.
fn write_classes(folder: &Path, explored: &Explored) -> Vec<String> {
    let classes = folder.join(CLASSES);
    // Those of an earlier exploration in this folder.
    _ = std::fs::remove_dir_all(&classes);
    let write = |group: &Group<'_>| {
        let path = report::shrunk_path(&classes, group.class);
        let written = std::fs::create_dir_all(&classes)
            .and_then(|()| files::replace(&path, report::explored_file(group, explored.release).as_bytes()));
        written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
    };
    Group::all(explored).iter().filter_map(write).collect()
}
