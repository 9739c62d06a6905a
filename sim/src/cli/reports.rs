//! Where a gate's result goes besides its page: files for a CI engine, and the annotations and the summary of a step of GitHub Actions.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::agents::Subject;

use super::destination::Destination;
use super::{Environment, Failure};
use crate::report;
use crate::search::gate::Section;

/// The sections of a gate, each with its time.
type Sections = [(Section, Duration)];

/// The reports that the user wants.
pub(super) struct Reports {
    junit: Option<Destination>,
    sarif: Option<Destination>,
    code_quality: Option<Destination>,
    is_github: bool,
    step_summary: Option<PathBuf>,
}

impl Reports {
    /// What the options and the environment ask for. Each destination is tried before any work is done.
    pub(super) fn wanted(
        junit: Option<&Path>,
        sarif: Option<&Path>,
        code_quality: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let tried = |option: &str, path: Option<&Path>| path.map(|path| Destination::tried(option, path)).transpose();
        Ok(Self {
            junit: tried("--junit", junit)?,
            sarif: tried("--sarif", sarif)?,
            code_quality: tried("--code-quality", code_quality)?,
            is_github: environment.is_github(),
            step_summary: environment.step_summary(),
        })
    }

    /// The text of each report, with its destination.
    pub(super) fn made(&self, release: Subject, sections: &Sections, folder: &Path) -> Vec<(&Destination, String)> {
        let findings = report::findings(sections, folder);
        let junit = self.junit.iter().map(|to| (to, report::gate_junit(release, sections)));
        let sarif = self.sarif.iter().map(|to| (to, report::sarif(&findings)));
        let code_quality = self.code_quality.iter().map(|to| (to, report::code_quality(&findings)));
        junit.chain(sarif).chain(code_quality).collect()
    }

    /// In a step of GitHub Actions, annotates the run and appends to the summary of the step. Returns the complaint if that fails.
    pub(super) fn tell_github(
        &self,
        release: Subject,
        sections: &Sections,
        folder: &Path,
        err: &mut dyn Write,
    ) -> Option<String> {
        let findings = report::findings(sections, folder);
        if self.is_github {
            // A log that takes no more lines costs nothing else.
            _ = err.write_all(report::annotations(&findings).as_bytes());
        }
        let path = self.step_summary.as_ref()?;
        let summary = report::step_summary(release, sections, &findings);
        let file = OpenOptions::new().append(true).create(true).open(path);
        let written = file.and_then(|mut file| file.write_all(summary.as_bytes()));
        written.err().map(|error| format!("{} cannot be written: {error}", path.display()))
    }
}
