//! `merge`: the shards of one campaign, as one.

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
    /// The folders of the shards
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Where the smallest scenarios are written
    #[arg(long, value_name = "DIR", default_value = "fuzz-results/merged")]
    out: PathBuf,
    /// How many runs the shrinking of a class may take; 0 shrinks nothing
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
            return Err(input(format!(
                "{other} is not of the same campaign as {first}: only shards of one can be merged"
            )));
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
