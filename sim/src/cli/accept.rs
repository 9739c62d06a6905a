//! `accept`: files a shrunk scenario among the others.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use model::agents::Subject;

use super::{Failure, input, named, print, read};
use crate::run::Verdict;
use crate::search::accepting::{self, Filing};
use crate::{files, report};

#[derive(Args)]
pub(super) struct Accept {
    /// Scenario file, such as one that gate, fuzz or shrink wrote
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// What goes wrong, in one sentence; the new file is named after it [default: the file's own title]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Where it was reported, as owner/repository#number; several are several options
    #[arg(long, value_name = "REPORT")]
    report: Vec<String>,
    /// Release whose behavior is written down besides the reference's; several are several options [default: those that the file names]
    #[arg(long, value_name = "R")]
    release: Vec<String>,
    /// Folder for the new file [default: scenarios/reported, scenarios/gateway or scenarios/webui]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl Accept {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let [scenario] = &read(std::slice::from_ref(&self.path))?[..] else {
            return Err(input(format!("{}: this is a folder; name one scenario file", self.path.display())));
        };
        let shown = self.path.display();
        let text = std::fs::read_to_string(&self.path).map_err(|error| input(format!("{shown}: {error}")))?;
        let releases: Vec<Subject> = self.release.iter().map(|name| named(name)).collect::<Result<_, _>>()?;
        let (title, folder) = (self.title.as_deref(), self.into.as_deref());
        let filing = Filing { title, reports: &self.report, releases: &releases, folder };
        let accepted = match accepting::accept(scenario, &text, &filing) {
            Ok(accepted) => accepted,
            Err(why) => {
                print(out, &format!("{shown} is not accepted: {why}\n"))?;
                return Ok(Verdict::Violation.exit_code());
            }
        };
        let new = accepted.path.display();
        if accepted.path.exists() {
            return Err(input(format!("{new} exists; give another --title or --into")));
        }
        let folder = accepted.path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder.and_then(|()| files::replace(&accepted.path, accepted.text.as_bytes()));
        written.map_err(|error| input(format!("{new} cannot be written: {error}")))?;
        print(out, &report::accepted(&accepted)).map(|()| 0)
    }
}
