//! `merge`: joins the shards of one campaign into one result.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::page::{Page, SHRINKING, failed};
use super::{Failure, input};
use crate::search::campaign::{Shard, Tally, store};

#[derive(Args)]
pub(super) struct Merge {
    /// Folders of the shards
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Folder for the smallest scenarios
    #[arg(long, value_name = "DIR", default_value = "fuzz-results/merged")]
    out: PathBuf,
    /// Runs to spend on shrinking each class of violations; 0 does not shrink
    #[arg(long, value_name = "RUNS", default_value_t = SHRINKING)]
    shrink: u32,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

impl Merge {
    pub(super) fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let identities: Vec<store::Identity> =
            self.folders.iter().map(|folder| store::identity(folder).map_err(failed)).collect::<Result<_, _>>()?;
        let whole = identities[0].whole();
        if let Some(other) = identities.iter().position(|identity| identity.whole() != whole) {
            let (first, other) = (self.folders[0].display(), self.folders[other].display());
            return Err(input(format!("{other} is not a shard of the same campaign as {first}")));
        }
        let mut chunks = BTreeMap::new();
        for folder in &self.folders {
            chunks.extend(store::read(folder).map_err(failed)?);
        }
        let mut tally = Tally::default();
        chunks.values().for_each(|chunk| tally.add(chunk));
        let mut campaign = whole.campaign(super::jobs(None)).map_err(input)?;
        campaign.shard = Shard::default();
        let page = Page { campaign: &campaign, tally: &tally, folder: &self.out, took: Duration::ZERO };
        page.print(self.shrink, self.json, out, err)
    }
}
