//! `merge`: joins the shards of one campaign into one result.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::agents::AgentOptions;
use super::page::{Page, failed};
use super::{Environment, Failure, destination, input};
use crate::search::campaign::{Tally, store};

#[derive(Args)]
pub(super) struct Merge {
    /// Folders of the shards
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Folder for the smallest scenarios
    #[arg(long, value_name = "DIR", default_value = "fuzz-results/merged")]
    out: PathBuf,
    /// Runs to spend on shrinking each class of violations; 0 does not shrink [default: 3000, or 300 with a real agent]
    #[arg(long, value_name = "RUNS")]
    shrink: Option<u32>,
    /// Also draw the smallest run of each class as an HTML file, in the folder's timelines/
    #[arg(long)]
    timelines: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

impl Merge {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        destination::try_folder("--out", &self.out)?;
        let identities: Vec<store::Identity> =
            self.folders.iter().map(|folder| store::identity(folder).map_err(failed)).collect::<Result<_, _>>()?;
        let whole = identities[0].whole();
        if let Some(other) = identities.iter().position(|identity| identity.whole() != whole) {
            let (first, other) = (self.folders[0].display(), self.folders[other].display());
            return Err(input(format!("{other} is not a shard of the same campaign as {first}")));
        }
        let _engaged = AgentOptions::again(whole.agent.as_ref()).engage(environment)?;
        let campaign = whole.campaign(super::jobs(None, err)).map_err(input)?;
        store::claim(&self.out, &campaign).map_err(failed)?;
        let mut tally = Tally::default();
        self.chunks()?.values().for_each(|chunk| tally.add(chunk));
        let gap = match campaign.seeds {
            Some(_) => campaign.gap(&tally, false),
            None => self.missing_shards(&identities),
        };
        let (folder, took, gap, timelines) = (&*self.out, Duration::ZERO, gap.as_deref(), self.timelines);
        let page = Page { campaign: &campaign, tally: &tally, folder, took, gap, timelines };
        page.print(self.shrink, self.json, out, err)
    }

    /// The chunks of all shards. Two shards may hold the same chunk, if they counted the same.
    fn chunks(&self) -> Result<BTreeMap<u64, Tally>, Failure> {
        let mut chunks: BTreeMap<u64, Tally> = BTreeMap::new();
        for folder in &self.folders {
            for (number, tally) in store::read(folder).map_err(failed)? {
                if chunks.get(&number).is_some_and(|known| *known != tally) {
                    let folder = folder.display();
                    return Err(input(format!("{folder} counted chunk {number} differently from another shard")));
                }
                chunks.insert(number, tally);
            }
        }
        Ok(chunks)
    }

    /// Of a campaign with a time budget: the shards that were not given, or did not come to their own end.
    fn missing_shards(&self, identities: &[store::Identity]) -> Option<String> {
        let of = identities[0].shards;
        let complete =
            |(identity, folder): &(&store::Identity, &PathBuf)| store::is_complete(folder) && identity.shards == of;
        let shards = identities.iter().zip(&self.folders).filter(complete).map(|(identity, _)| identity.shard);
        let complete = shards.collect::<BTreeSet<u64>>().len() as u64;
        (complete < of).then(|| format!("{complete} of {of} shards came to their end"))
    }
}
