//! `fuzz`: a campaign over seeds, and what it found, each class once, shrunk to a file.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::release::Release;

use super::environment::{self, Environment};
use super::stopwatch::Stopwatch;
use super::{Failure, named, print};
use crate::campaign::store::{self, Store};
use crate::campaign::{self, Campaign, Class, Found, Shard, StoreError, Tally};
use crate::generate::{self, Profile};
use crate::report;
use crate::scenario::parse_duration;
use crate::shrink::{Shrunk, shrink};

/// How many runs the shrinking of one class may take.
const SHRINKING: u32 = 3_000;
/// How often somebody who reads lines is told how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(10);

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
    /// Where the campaign is kept; with what it found
    #[arg(long, value_name = "DIR", default_value = "fuzz-results")]
    out: PathBuf,
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

/// How often the user has said that it is to end: the first time the campaign ends, the next time the shrinking.
static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);

fn interrupts() -> usize {
    INTERRUPTS.load(Ordering::Relaxed)
}

impl Fuzz {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let limit = self.duration.as_deref().map(parse_duration).transpose().map_err(input)?;
        let campaign = match &self.resume {
            Some(folder) => store::identity(folder).map_err(failed)?.campaign(super::jobs(self.jobs)).map_err(input)?,
            None => self.campaign(environment)?,
        };
        let folder = self.resume.as_ref().unwrap_or(&self.out);
        let (store, known) = Store::open(folder, &campaign, self.resume.is_some()).map_err(failed)?;
        // A second campaign in one process (in a test) finds the handler of the first.
        _ = ctrlc::try_set_handler(|| _ = INTERRUPTS.fetch_add(1, Ordering::Relaxed));
        let watch = Stopwatch::start();
        let tally = work(&campaign, store, known, limit, watch, err)?;
        let took = watch.elapsed();
        let shrunk = smallest(&tally, &campaign, self.shrink);
        for shrunk in &shrunk {
            let path = folder.join("classes").join(format!("{}.toml", shrunk.class.slug()));
            let written = std::fs::create_dir_all(folder.join("classes"))
                .and_then(|()| store::replace(&path, report::shrunk_file(shrunk, campaign.release).as_bytes()));
            written.map_err(|error| failed(StoreError::Io { path, error }))?;
        }
        let result = report::CampaignResult { campaign: &campaign, tally: &tally, shrunk: &shrunk, folder, took };
        match self.json {
            true => print(out, &format!("{}\n", report::campaign_json(&result)))?,
            false => print(out, &report::campaign(&result))?,
        }
        Ok(campaign::exit_code(&tally, campaign.profile, campaign.release))
    }

    fn campaign(&self, environment: &Environment) -> Result<Campaign, Failure> {
        let release: Release = named(&self.release)?;
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
        if seeds == Some(0) {
            return Err(input("--seeds is at least 1".into()));
        }
        let twice = if self.twice { 1 } else { 50 };
        Ok(Campaign { release, profile, start: self.start, seeds, shard, jobs: super::jobs(self.jobs), twice })
    }
}

fn input(message: String) -> Failure {
    Failure::Input(vec![message])
}

fn failed(error: StoreError) -> Failure {
    Failure::Input(vec![error.to_string()])
}

/// Runs what is left of the campaign, and returns the sum of all of it.
fn work(
    campaign: &Campaign,
    store: Store,
    known: BTreeMap<u64, Tally>,
    limit: Option<Duration>,
    watch: Stopwatch,
    err: &mut dyn Write,
) -> Result<Tally, Failure> {
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
            let over = limit.is_some_and(|limit| watch.elapsed() >= limit) || interrupts() > 0;
            let broken = lost.lock().expect("nothing panics while it holds this lock").is_some();
            if over || broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    progress.end();
    match lost.into_inner().expect("nothing panics while it holds this lock") {
        Some(error) => Err(failed(error)),
        None => Ok(tally),
    }
}

/// The smallest scenario of each class, in the order of the classes; only of those that were begun, once the user wants that to end.
fn smallest(tally: &Tally, campaign: &Campaign, budget: u32) -> Vec<Shrunk> {
    if budget == 0 {
        return Vec::new();
    }
    let classes: Vec<(&Class, &Found)> = tally.classes.iter().collect();
    let (next, before) = (AtomicUsize::new(0), interrupts());
    let shrunk = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..campaign.jobs.get() {
            scope.spawn(|| {
                while let Some((class, found)) = classes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if interrupts() > before {
                        return;
                    }
                    let sketch = generate::sketch(found.smallest.1, campaign.profile);
                    if let Some(small) = shrink(&sketch, campaign.release, class, budget) {
                        shrunk.lock().expect("nothing panics while it holds this lock").insert(*class, small);
                    }
                }
            });
        }
    });
    shrunk.into_inner().expect("nothing panics while it holds this lock").into_values().collect()
}

/// How far the campaign is: a bar for who watches, lines for who reads.
struct Progress<'a> {
    campaign: &'a Campaign,
    bar: Option<ProgressBar>,
    watch: Stopwatch,
    told: Duration,
    before: u64,
}

impl<'a> Progress<'a> {
    fn new(campaign: &'a Campaign, done: u64, watch: Stopwatch) -> Self {
        let seeds = campaign.seeds.map(|seeds| seeds / campaign.shard.of);
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = seeds.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:16} {human_pos}/{human_len}  {wide_msg}");
            bar.with_style(style.expect("the template is well-formed"))
        });
        Self { campaign, bar, watch, told: Duration::ZERO, before: done }
    }

    fn tell(&mut self, tally: &Tally, err: &mut dyn Write) {
        let elapsed = self.watch.elapsed();
        let (campaign, runs) = (self.campaign, tally.runs - self.before);
        match &self.bar {
            Some(bar) => {
                bar.set_position(tally.runs);
                bar.set_message(report::campaign_bar(campaign, tally, runs, elapsed));
            }
            None if elapsed >= self.told + TOLD_EVERY => {
                self.told = elapsed;
                // Whoever does not read how far it is reads the result.
                _ = writeln!(err, "{}", report::campaign_progress(campaign, tally, runs, elapsed));
            }
            None => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `merge`: the shards of one campaign, as one.
#[derive(Args)]
pub(super) struct Merge {
    /// The folders of the shards
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How many runs the shrinking of a class may take; 0 shrinks nothing
    #[arg(long, value_name = "RUNS", default_value_t = SHRINKING)]
    shrink: u32,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

impl Merge {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
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
        let mut campaign = whole.campaign(NonZeroUsize::MIN).map_err(input)?;
        campaign.shard = Shard::default();
        let shrunk = smallest(&tally, &campaign, self.shrink);
        let folder = &self.folders[0];
        let result = report::CampaignResult {
            campaign: &campaign,
            tally: &tally,
            shrunk: &shrunk,
            folder,
            took: Duration::ZERO,
        };
        match self.json {
            true => print(out, &format!("{}\n", report::campaign_json(&result)))?,
            false => print(out, &report::campaign(&result))?,
        }
        Ok(campaign::exit_code(&tally, campaign.profile, campaign.release))
    }
}
