//! `fuzz`: a campaign over seeds. Each class of violations is reported once, and shrunk to a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use model::agents::Subject;
use parking_lot::Mutex;

use super::agents::AgentOptions;
use super::environment::{self, Environment};
use super::page::{Page, failed};
use super::progress::Progress;
use super::{Failure, destination, input, interrupts, named};
use crate::draw::Profile;
use crate::plan::Strategy;
use crate::search::campaign::store::{self, Store};
use crate::search::campaign::{Campaign, StoreError, Tally};
use crate::stopwatch::Stopwatch;

#[derive(Args)]
pub(super) struct Fuzz {
    /// Number of seeds [default: 10000, unless --for is given]
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// Time budget, as in 10m, of at most a week: as many seeds as fit
    #[arg(long = "for", value_name = "TIME", conflicts_with = "seeds")]
    duration: Option<String>,
    /// First seed
    #[arg(long, value_name = "S", default_value_t = 0)]
    start: u64,
    /// Release to test
    #[arg(long, value_name = "R", default_value = "reference")]
    release: String,
    #[command(flatten)]
    agent: AgentOptions,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Run only one shard of the seeds, as in 0/4 for the first of four [default: taken from the CI engine's environment, if any]
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// Which scenarios to generate: default, shutdown, switch, storage, gateway, webui or whole [default: those about the release's part]
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Schedule that picks the next thread: random, pct, or pct=D with D - 1 preemptions
    #[arg(long, value_name = "SCHEDULE", default_value = "random")]
    schedule: String,
    /// Folder for the campaign's counts and findings [default: a folder in fuzz-results named after the campaign]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue the campaign in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seeds", "start", "release", "agent", "shard", "profile", "schedule", "out", "twice"])]
    resume: Option<PathBuf>,
    /// Run every seed twice and compare the histories [default: one seed in 50]
    #[arg(long)]
    twice: bool,
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

impl Fuzz {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let resumed = self.resume.as_ref().map(|folder| store::identity(folder).map_err(failed)).transpose()?;
        let agent = resumed.as_ref().map(|identity| AgentOptions::again(identity.agent.as_ref()));
        let engaged = agent.as_ref().unwrap_or(&self.agent).engage(environment)?;
        let campaign = match resumed {
            Some(identity) => identity.campaign(super::jobs(self.jobs, err)).map_err(input)?,
            None => self.campaign(engaged.as_ref().map(|engaged| engaged.subject), environment, err)?,
        };
        // Parsed before any file is touched: a typo must not cost an earlier campaign.
        let limit = self.duration.as_ref().or(campaign.duration.as_ref());
        let limit = limit.map(|text| super::budget(text)).transpose()?;
        let folder = self.resume.clone().or_else(|| self.out.clone()).unwrap_or_else(|| self.folder(&campaign));
        destination::try_folder(if self.resume.is_some() { "--resume" } else { "--out" }, &folder)?;
        let (store, known) = Store::open(&folder, &campaign, self.resume.is_some()).map_err(failed)?;
        interrupts::listen();
        let watch = Stopwatch::start();
        let (tally, interrupted, unkept) = work(&campaign, store, known, limit, watch, err);
        let took = watch.elapsed();
        let gap = campaign.gap(&tally, interrupted);
        let (gap, timelines) = (gap.as_deref(), self.timelines);
        let page = Page { campaign: &campaign, tally: &tally, folder: &folder, took, gap, timelines };
        let code = page.print(self.shrink, self.json, out, err)?;
        match unkept {
            None => Ok(code),
            Some(error) => {
                _ = writeln!(err, "the campaign ended early because its folder could not be written: {error}");
                Ok(if code == 0 { 1 } else { code })
            }
        }
    }

    /// Named after release, profile, schedule, seeds and shard, so that different campaigns use different folders.
    fn folder(&self, campaign: &Campaign) -> PathBuf {
        let mut name = format!("{}-{}", campaign.release, campaign.profile);
        if campaign.schedule != Strategy::default() {
            name += &format!("-{}", campaign.schedule.to_string().replace(' ', ""));
        }
        if campaign.start > 0 {
            name += &format!("-from-{}", campaign.start);
        }
        match (&self.duration, campaign.seeds) {
            (Some(duration), _) => name += &format!("-{duration}"),
            (None, seeds) => name.extend(seeds.map(|seeds| format!("-{seeds}"))),
        }
        if self.twice {
            name += "-twice";
        }
        if campaign.shard.of > 1 {
            name += &format!("-shard-{}-of-{}", campaign.shard.index, campaign.shard.of);
        }
        Path::new("fuzz-results").join(name)
    }

    fn campaign(
        &self,
        agent: Option<Subject>,
        environment: &Environment,
        err: &mut dyn Write,
    ) -> Result<Campaign, Failure> {
        let release = agent.map_or_else(|| named(&self.release), Ok)?;
        let profile = match &self.profile {
            Some(name) => named(name)?,
            None => Profile::of(release),
        };
        let schedule = named(&self.schedule)?;
        let shard = match &self.shard {
            Some(text) => environment::shard(text).map_err(input)?,
            None => environment.shard().transpose().map_err(input)?.unwrap_or_default(),
        };
        let seeds = match (self.seeds, &self.duration) {
            (None, None) => Some(10_000),
            (seeds, _) => seeds,
        };
        let twice = if self.twice { 1 } else { 50 };
        let jobs = super::jobs(self.jobs, err);
        let duration = self.duration.clone();
        Campaign { release, profile, schedule, start: self.start, seeds, duration, shard, jobs, twice }
            .checked()
            .map_err(input)
    }
}

/// Runs the chunks that are still missing. Returns the sum over all chunks, whether the user ended it, and the first error of
/// writing to the folder.
fn work(
    campaign: &Campaign,
    store: Store,
    known: BTreeMap<u64, Tally>,
    limit: Option<Duration>,
    watch: Stopwatch,
    err: &mut dyn Write,
) -> (Tally, bool, Option<StoreError>) {
    let mut tally = Tally::default();
    known.values().for_each(|chunk| tally.add(chunk));
    let mut progress = Progress::new(campaign, tally.runs, watch);
    let mut interrupted = false;
    let lost: Mutex<Option<StoreError>> = Mutex::default();
    let store = Mutex::new(store);
    campaign.run(
        &store::chunks(&known),
        |discovery| {
            if let Err(error) = store.lock().found(discovery) {
                lost.lock().get_or_insert(error);
            }
        },
        |chunk, counted| {
            tally.add(counted);
            if let Err(error) = store.lock().counted(chunk, counted) {
                lost.lock().get_or_insert(error);
            }
            progress.print(&tally, err);
            let over = limit.is_some_and(|limit| watch.elapsed() >= limit);
            interrupted = !over && interrupts::count() > 0;
            let broken = lost.lock().is_some();
            if over || interrupted || broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    progress.end();
    let mut lost = lost.into_inner();
    if !interrupted && lost.is_none() {
        lost = store.into_inner().complete().err();
    }
    (tally, interrupted || lost.is_some(), lost)
}
