//! The end of a campaign: each class of violations is shrunk, reported and written to a file.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use model::agents::Subject;

use super::{Failure, input, interrupts, print};
use crate::report::{self, Format, Pictured};
use crate::search::campaign::{Campaign, Class, Found, StoreError, Tally};
use crate::search::shrink::{Shrunk, shrink};
use crate::{files, parallel};

/// Runs to spend on shrinking one class.
const SHRINKING: u32 = 3_000;
/// The same with a real agent, whose runs take longer.
const SHRINKING_OF_AN_AGENT: u32 = 300;

/// With this many classes shrinking takes a while, so the program prints a notice.
const MANY: usize = 10;

/// The runs to spend on shrinking one class, if the user does not say it.
pub(super) fn shrinking(release: Subject) -> u32 {
    if release.making().is_some() { SHRINKING_OF_AN_AGENT } else { SHRINKING }
}

/// A campaign that has been counted.
pub(super) struct Page<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) tally: &'a Tally,
    /// Where the shrunk scenarios go.
    pub(super) folder: &'a Path,
    pub(super) took: Duration,
    /// What is missing for it to be complete.
    pub(super) gap: Option<&'a str>,
    /// Whether each class gets a picture of its smallest run.
    pub(super) timelines: bool,
}

impl Page<'_> {
    /// Shrinks, prints, and returns the exit code. The findings are printed even if they cannot be written.
    pub(super) fn print(
        &self,
        budget: Option<u32>,
        json: bool,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let Self { campaign, tally, folder, took, gap, timelines } = *self;
        let budget = budget.unwrap_or_else(|| shrinking(campaign.release));
        let shrunk = if budget == 0 { Vec::new() } else { self.shrunk(budget, err) };
        let result = report::CampaignResult { campaign, tally, shrunk: &shrunk, folder, took, gap };
        let pictured = if timelines { self.pictured(&shrunk, err) } else { BTreeSet::new() };
        let index = folder.join("index.html");
        if let Err(error) = files::replace(&index, report::campaign_page(&result, &pictured).as_bytes()) {
            _ = writeln!(err, "{}: it could not be written: {error}", index.display());
        }
        match json {
            true => print(out, &format!("{}\n", report::campaign_json(&result)))?,
            false => print(out, &report::campaign(&result))?,
        }
        Ok(campaign.exit_code(tally, gap))
    }

    /// Writes the pictures. Returns the classes that have one.
    fn pictured(&self, shrunk: &[Shrunk], err: &mut dyn Write) -> BTreeSet<Class> {
        let folder = self.folder.join("timelines");
        let mut pictured = BTreeSet::new();
        for one in shrunk {
            match write_picture(&report::shrunk_picture(&folder, &one.class), one) {
                Ok(()) => _ = pictured.insert(one.class.clone()),
                Err(error) => _ = writeln!(err, "{}: a timeline could not be written: {error}", folder.display()),
            }
        }
        pictured
    }

    /// The smallest scenario of each class, in the order of the classes; if the user interrupts, the smallest found so far.
    /// Each is written as soon as it is found.
    fn shrunk(&self, budget: u32, err: &mut dyn Write) -> Vec<Shrunk> {
        let classes: Vec<(&Class, &Found)> = self.tally.classes.iter().collect();
        if classes.len() > MANY {
            // A progress line that cannot be printed is no reason to lose the result.
            _ = writeln!(err, "shrinking {} classes of violations; Ctrl-C stops that", classes.len());
        }
        let before = interrupts::count();
        let done = parallel::map(&classes, self.campaign.jobs, |(class, found)| {
            let drawn = self.campaign.drawn(found.smallest.1);
            let shrunk = shrink(&drawn, self.campaign.release, class, budget, &|| interrupts::stop_shrinking(before))?;
            let written = write(self.folder, &shrunk, self.campaign.release);
            Some((shrunk, written))
        });
        let (shrunk, written): (Vec<Shrunk>, Vec<_>) = done.into_iter().flatten().unzip();
        if let Some(error) = written.into_iter().find_map(Result::err) {
            _ = writeln!(err, "some of the smallest scenarios could not be written: {error}");
        }
        shrunk
    }
}

/// Writes the picture of a class's smallest run, and its folder.
pub(super) fn write_picture(path: &Path, shrunk: &Shrunk) -> std::io::Result<()> {
    let Shrunk { drawn, run, no_return, .. } = shrunk;
    let picture = report::timeline(Pictured { drawn, run, no_return: *no_return }, Format::Html);
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    files::replace(path, picture.as_bytes())
}

fn write(folder: &Path, shrunk: &Shrunk, release: Subject) -> Result<(), StoreError> {
    let folder = folder.join("classes");
    let path = report::shrunk_path(&folder, &shrunk.class);
    std::fs::create_dir_all(&folder)
        .and_then(|()| files::replace(&path, report::shrunk_file(shrunk, release).as_bytes()))
        .map_err(|error| StoreError::Io { path, error })
}

/// An error of a campaign's folder, as bad input.
pub(super) fn failed(error: StoreError) -> Failure {
    input(error.to_string())
}
