//! The end of a campaign: each class is shrunk, told and written to a file.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::{Failure, input, interrupts, print};
use crate::campaign::{self, Campaign, Class, Found, StoreError, Tally, store};
use crate::generate;
use crate::parallel;
use crate::report;
use crate::shrink::{Shrunk, shrink};

/// How many runs the shrinking of one class may take.
pub(super) const SHRINKING: u32 = 3_000;

/// What is known when all is counted.
pub(super) struct Page<'a> {
    pub(super) campaign: &'a Campaign,
    pub(super) tally: &'a Tally,
    /// Where the classes go.
    pub(super) folder: &'a Path,
    pub(super) took: Duration,
}

impl Page<'_> {
    /// Shrinks, prints, writes, and returns the exit code. What was found is told even if it cannot be written.
    pub(super) fn print(&self, budget: u32, json: bool, out: &mut dyn Write) -> Result<u8, Failure> {
        let Self { campaign, tally, folder, took } = *self;
        let shrunk = if budget == 0 { Vec::new() } else { self.shrunk(budget) };
        let result = report::CampaignResult { campaign, tally, shrunk: &shrunk, folder, took };
        match json {
            true => print(out, &format!("{}\n", report::campaign_json(&result)))?,
            false => print(out, &report::campaign(&result))?,
        }
        for shrunk in &shrunk {
            let path = folder.join("classes").join(format!("{}.toml", shrunk.class.slug()));
            let written = std::fs::create_dir_all(folder.join("classes"))
                .and_then(|()| store::replace(&path, report::shrunk_file(shrunk, campaign.release).as_bytes()));
            written.map_err(|error| failed(StoreError::Io { path, error }))?;
        }
        Ok(campaign::exit_code(tally, campaign.profile, campaign.release))
    }

    /// The smallest scenario of each class, in the order of the classes; as small as it is by then, if the user wants that to end.
    fn shrunk(&self, budget: u32) -> Vec<Shrunk> {
        let classes: Vec<(&Class, &Found)> = self.tally.classes.iter().collect();
        let before = interrupts::count();
        let shrunk = parallel::map(&classes, self.campaign.jobs, |(class, found)| {
            let sketch = generate::sketch(found.smallest.1, self.campaign.profile);
            shrink(&sketch, self.campaign.release, class, budget, &|| interrupts::count() > before)
        });
        shrunk.into_iter().flatten().collect()
    }
}

/// What is wrong with a folder.
pub(super) fn failed(error: StoreError) -> Failure {
    input(error.to_string())
}
