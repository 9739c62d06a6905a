//! `fuzz`: a campaign over seeds, and what it found, each class once, shrunk to a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;
use model::agents::Subject;

use super::environment::{self, Environment};
use super::page::{Page, SHRINKING, failed};
use super::progress::Progress;
use super::{Failure, input, interrupts, named};
use crate::draw::Profile;
use crate::plan::parse_real_time;
use crate::search::campaign::store::{self, Store};
use crate::search::campaign::{Campaign, StoreError, Tally};
use crate::stopwatch::Stopwatch;

#[derive(Args)]
pub(super) struct Fuzz {
    /// How many seeds [default: 10000, unless --for is given]
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// How long: as many seeds as there is time for, as in 10m
    #[arg(long = "for", value_name = "TIME", conflicts_with = "seeds")]
    duration: Option<String>,
    /// The first seed
    #[arg(long, value_name = "S", default_value_t = 0)]
    start: u64,
    /// Who is run
    #[arg(long, value_name = "R", default_value = "reference")]
    release: String,
    /// How many threads [default: one for each core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Only a part of the seeds, as in 0/4 for the first of four [default: what the engine says that started this process]
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// What is drawn: default, shutdown, switch, storage, gateway or webui [default: what the release is about]
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Where the campaign is kept, with what it found [default: a folder in fuzz-results that is named after the campaign]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the campaign in this folder, where it was
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seeds", "start", "release", "shard", "profile", "out", "twice"])]
    resume: Option<PathBuf>,
    /// Make every run twice, and compare the histories; otherwise one in 50
    #[arg(long)]
    twice: bool,
    /// How many runs the shrinking of a class may take; 0 shrinks nothing
    #[arg(long, value_name = "RUNS", default_value_t = SHRINKING)]
    shrink: u32,
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
        let campaign = match &self.resume {
            Some(folder) => store::identity(folder).map_err(failed)?.campaign(super::jobs(self.jobs)).map_err(input)?,
            None => self.campaign(environment)?,
        };
        // Before anything is touched: a mistake in it must not cost a campaign.
        let limit = self.duration.as_ref().or(campaign.duration.as_ref());
        let limit = limit.map(|text| parse_real_time(text)).transpose().map_err(input)?;
        let folder = self.resume.clone().or_else(|| self.out.clone()).unwrap_or_else(|| self.folder(&campaign));
        let (store, known) = Store::open(&folder, &campaign, self.resume.is_some()).map_err(failed)?;
        interrupts::listen();
        let watch = Stopwatch::start();
        let (tally, unkept) = work(&campaign, store, known, limit, watch, err);
        let took = watch.elapsed();
        let page = Page { campaign: &campaign, tally: &tally, folder: &folder, took };
        let code = page.print(self.shrink, self.json, out, err)?;
        match unkept {
            None => Ok(code),
            Some(error) => {
                _ = writeln!(err, "the campaign ended early, because it could not be kept: {error}");
                Ok(if code == 0 { 1 } else { code })
            }
        }
    }

    /// Campaigns of other releases, profiles, seeds and shards do not get in each other's way.
    fn folder(&self, campaign: &Campaign) -> PathBuf {
        let mut name = format!("{}-{}", campaign.release, campaign.profile);
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

    fn campaign(&self, environment: &Environment) -> Result<Campaign, Failure> {
        let release: Subject = named(&self.release)?;
        let profile = match &self.profile {
            Some(name) => named(name)?,
            None => Profile::of(release),
        };
        let shard = match &self.shard {
            Some(text) => environment::shard(text).map_err(input)?,
            None => environment.shard().transpose().map_err(input)?.unwrap_or_default(),
        };
        let seeds = match (self.seeds, &self.duration) {
            (None, None) => Some(10_000),
            (seeds, _) => seeds,
        };
        let twice = if self.twice { 1 } else { 50 };
        let jobs = super::jobs(self.jobs);
        let duration = self.duration.clone();
        Campaign { release, profile, start: self.start, seeds, duration, shard, jobs, twice }.checked().map_err(input)
    }
}

/// Runs what is left of the campaign, and returns the sum of all of it, and why it could not be kept any more if it could not.
fn work(
    campaign: &Campaign,
    store: Store,
    known: BTreeMap<u64, Tally>,
    limit: Option<Duration>,
    watch: Stopwatch,
    err: &mut dyn Write,
) -> (Tally, Option<StoreError>) {
    let mut tally = Tally::default();
    known.values().for_each(|chunk| tally.add(chunk));
    let mut progress = Progress::new(campaign, tally.runs, watch);
    let lost: Mutex<Option<StoreError>> = Mutex::default();
    let store = Mutex::new(store);
    campaign.run(
        &store::chunks(&known),
        |discovery| {
            if let Err(error) = store.lock().expect("nothing panics while it holds this lock").found(discovery) {
                lost.lock().expect("nothing panics while it holds this lock").get_or_insert(error);
            }
        },
        |chunk, counted| {
            tally.add(counted);
            if let Err(error) = store.lock().expect("nothing panics while it holds this lock").counted(chunk, counted) {
                lost.lock().expect("nothing panics while it holds this lock").get_or_insert(error);
            }
            progress.tell(&tally, err);
            let over = limit.is_some_and(|limit| watch.elapsed() >= limit) || interrupts::count() > 0;
            let broken = lost.lock().expect("nothing panics while it holds this lock").is_some();
            if over || broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    progress.end();
    (tally, lost.into_inner().expect("nothing panics while it holds this lock"))
}
