//! A campaign: many seeds of one profile, run with one release and counted. Its violations are kept.
//!
//! Seeds are taken in chunks. One thread counts a chunk and adds it to the sum when it is done: a killed campaign loses only the chunks
//! that were under way, and gives the same sum when it is resumed. Every world lives on one thread; threads share only the number of the
//! next chunk.
//!
//! - `class`: which violations are the same bug. - `mechanism`: how an invariant was broken; `unreported`: the same of code that
//!   reports nothing. - `tally`: the counts.
//! - `faults`, `strikes`: which faults struck, and which of them made a difference. - `store`: the folder that survives a kill.
//! - `marks`: the states worth reaching. - `unseen`: how much is left to see. - `vacuity`: what a campaign must reach, or it proves nothing.

mod class;
mod faults;
pub mod marks;
mod mechanism;
pub mod store;
mod strikes;
mod tally;
mod unreported;
mod unseen;
mod vacuity;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use model::agents::Subject;

pub use class::Class;
pub use faults::{FaultCount, FaultCounts};
pub use store::{Store, StoreError};
pub use tally::{Found, Tally};
pub use unseen::Unseen;
pub use vacuity::{ENOUGH, exit_code, missing, not_judged, required_marks, unjudged, unreached};

use crate::draw;
use crate::draw::{Drawn, Profile};
use crate::plan::Strategy;
use crate::run;
use crate::run::{Run, Verdict};
use crate::search::{kept, replay};
use crate::world::Engine;

/// The number of seeds in one chunk: about a second's work.
const CHUNK: u64 = 500;
/// The same with a real agent, whose runs take longer.
const CHUNK_OF_AN_AGENT: u64 = 25;

/// Seeds are numbers that every JSON reader can hold.
const SEEDS_END: u64 = 1 << 53;

/// A larger number of shards is a mistake.
const SHARDS: u64 = 1_000_000;

/// The settings of a campaign.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The release to test.
    pub release: Subject,
    /// The profile from which scenarios are drawn.
    pub profile: Profile,
    /// The strategy that schedules the threads.
    pub schedule: Strategy,
    /// The first seed.
    pub start: u64,
    /// The number of seeds; unlimited if `None`.
    pub seeds: Option<u64>,
    /// The time budget as the user gave it (`10m`), if there is one.
    pub duration: Option<String>,
    /// The shard to run: the chunks whose number, divided by the number of shards, leaves the shard's index.
    pub shard: Shard,
    /// The number of threads.
    pub jobs: NonZeroUsize,
    /// One run in this many is made twice.
    pub twice: u64,
}

/// A part of a campaign, to run on its own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its index, from 0.
    pub index: u64,
    /// The number of shards.
    pub of: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

/// A violation, as soon as it is found.
pub struct Discovery<'a> {
    /// Its seed.
    pub seed: u64,
    /// The scenario, and the server it runs against.
    pub drawn: &'a Drawn,
    /// Its classes.
    pub classes: BTreeSet<Class>,
}

impl Campaign {
    /// The number of chunks in all shards; unlimited if the campaign has no end.
    fn chunks(&self) -> u64 {
        self.seeds.unwrap_or(SEEDS_END - self.start).div_ceil(self.chunk())
    }

    /// The number of seeds in one chunk.
    pub fn chunk(&self) -> u64 {
        if self.release.making().is_some() { CHUNK_OF_AN_AGENT } else { CHUNK }
    }

    /// The scenario of a seed.
    pub fn drawn(&self, seed: u64) -> Drawn {
        let drawn = draw::scenario(seed, self.profile).scheduled(self.schedule.clone());
        if self.release.making().is_some() { drawn.for_real_code() } else { drawn }
    }

    /// Checks the settings; the error names the mistake.
    pub fn checked(self) -> Result<Self, String> {
        let fits = self.start.checked_add(self.seeds.unwrap_or(1)).is_some_and(|end| end <= SEEDS_END);
        match () {
            () if matches!(self.schedule, Strategy::Recorded(_)) => {
                Err("a recorded schedule belongs to one scenario; a campaign takes --schedule random or --schedule pct"
                    .into())
            }
            () if self.seeds == Some(0) => Err("--seeds must be at least 1".into()),
            () if !fits => {
                Err(format!("the last possible seed is {}; start earlier, or ask for fewer seeds", SEEDS_END - 1))
            }
            () if self.shard.of > SHARDS => Err(format!("{} shards are too many; at most {SHARDS}", self.shard.of)),
            () if self.shard.index >= self.shard.of => {
                Err(format!("there is no shard {} of {}; shards are counted from 0", self.shard.index, self.shard.of))
            }
            () => Ok(self),
        }
    }

    /// The seeds of a chunk.
    fn seeds_of(&self, chunk: u64) -> std::ops::Range<u64> {
        let first = self.start + chunk * self.chunk();
        let end = self.seeds.map_or(SEEDS_END, |seeds| self.start + seeds);
        first..end.min(first + self.chunk())
    }

    /// The number of seeds of this shard, if the campaign has a fixed number.
    pub fn own_seeds(&self) -> Option<u64> {
        let (seeds, chunks) = (self.seeds?, self.chunks());
        let own = chunks.saturating_sub(self.shard.index).div_ceil(self.shard.of);
        let has_the_last = own > 0 && (chunks - 1) % self.shard.of == self.shard.index;
        let missing = if has_the_last { chunks.saturating_mul(self.chunk()) - seeds } else { 0 };
        Some(own.saturating_mul(self.chunk()) - missing)
    }

    /// The number of seeds of this shard that are not yet counted, if the campaign has a fixed number.
    pub fn missing_seeds(&self, tally: &Tally) -> u64 {
        self.own_seeds().map_or(0, |seeds| seeds.saturating_sub(tally.runs))
    }

    /// What is missing for the campaign to be complete, in words. A campaign with a time budget knows no number of seeds; it is
    /// complete unless it was `interrupted`.
    pub fn gap(&self, tally: &Tally, interrupted: bool) -> Option<String> {
        match (self.missing_seeds(tally), interrupted) {
            (0, true) if self.seeds.is_none() => Some("it was interrupted before its time was over".into()),
            (0, _) => None,
            (1, _) => Some("1 seed is missing".into()),
            (missing, _) => Some(format!("{missing} seeds are missing")),
        }
    }

    /// The exit code: the counts decide, but a campaign with a gap has not passed.
    pub fn exit_code(&self, tally: &Tally, gap: Option<&str>) -> u8 {
        match vacuity::exit_code(tally, self.profile, self.release) {
            5 if self.own_seeds() == Some(0) => 0,
            0 if gap.is_some() => Verdict::Vacuous.exit_code(),
            code => code,
        }
    }

    /// Runs every chunk that is not `done`. `discovered` gets each violation before the next run of its thread starts; `counted` gets every
    /// chunk when it is counted, and may end the campaign.
    pub fn run(
        &self,
        done: &BTreeSet<u64>,
        discovered: impl Fn(&Discovery<'_>) + Sync,
        mut counted: impl FnMut(u64, &Tally) -> ControlFlow<()>,
    ) {
        let next = AtomicU64::new(self.shard.index);
        let take = || {
            loop {
                let chunk = next.fetch_add(self.shard.of, Ordering::Relaxed);
                if chunk >= self.chunks() || !done.contains(&chunk) {
                    return Some(chunk).filter(|chunk| *chunk < self.chunks());
                }
            }
        };
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.get() {
                let (sender, take, discovered) = (sender.clone(), &take, &discovered);
                scope.spawn(move || {
                    while let Some(chunk) = take() {
                        let tally = self.count(chunk, discovered);
                        if sender.send((chunk, tally)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            // When the receiver is dropped, every thread ends with its chunk.
            for (chunk, tally) in receiver {
                if counted(chunk, &tally).is_break() {
                    break;
                }
            }
        });
    }

    fn count(&self, chunk: u64, discovered: &impl Fn(&Discovery<'_>)) -> Tally {
        let mut tally = Tally::default();
        for seed in self.seeds_of(chunk) {
            let drawn = self.drawn(seed);
            match catch_unwind(AssertUnwindSafe(|| run(&drawn, self.release))) {
                Err(_) => tally.panicked.push(seed),
                Ok(Run { failure: Some(why), .. }) => tally.without_result(seed, &drawn.scenario, why),
                Ok(run) => {
                    let classes = Class::of(&run);
                    tally.count(seed, &drawn.scenario, &run, &classes);
                    if !classes.is_empty() {
                        discovered(&Discovery { seed, drawn: &kept::with_agent(&drawn, &run), classes });
                    }
                    if seed % self.twice == 0 {
                        tally.twice += 1;
                        let again = self::run(&drawn, self.release);
                        match again.failure {
                            Some(why) => tally.broke_again(seed, &drawn.scenario, why),
                            None => {
                                let divergence = replay::diverges(&run.events, &again.events);
                                tally.diverged.extend(divergence.map(|divergence| (seed, divergence.to_string())));
                            }
                        }
                    }
                }
            }
        }
        tally
    }
}

/// Runs a drawn scenario.
pub fn run(drawn: &Drawn, release: Subject) -> Run {
    run::run(&drawn.scenario, release, drawn.server, Engine::Events)
}
