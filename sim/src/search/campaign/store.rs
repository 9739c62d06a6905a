//! The folder of a campaign: what it has counted and found, safe from any kill.
//!
//! - `campaign.json`: what is run; a campaign is resumed only as the same. - `tally.jsonl`: one line for each chunk that is
//!   done. A line that a kill cut short is no line, and its chunk is run again. - `found/`: a scenario file for each violation,
//!   written before the next run starts; those of one class in a folder of its own, the first few of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{Campaign, Discovery, Shard, Tally};
use crate::plan::Strategy;

const CAMPAIGN: &str = "campaign.json";
/// How often the lock of a folder is tried, and how long after each.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// How many scenarios of a class are kept.
const KEPT: usize = 5;

/// What cannot be done with the folder of a campaign.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What is there is another campaign.
    #[error("{path} holds another campaign: {there}; this one is {here}. Name another folder, or resume that one")]
    Other {
        /// The folder.
        path: PathBuf,
        /// What is there.
        there: String,
        /// What was asked for.
        here: String,
    },
    /// There is no campaign.
    #[error("{0} holds no campaign; name the folder of an earlier fuzz run")]
    Nothing(PathBuf),
    /// What is there is not ours, or cannot be read any more.
    #[error("{path} is not empty, and {why}; it was left as it is: name another folder, or remove this one")]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Why it is not taken for a campaign.
        why: String,
    },
    /// Another process works there.
    #[error("another campaign runs in {0}; wait for it, or name another folder")]
    Busy(PathBuf),
}

/// What makes two campaigns the same: they may be resumed and merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The release.
    pub release: String,
    /// The profile.
    pub profile: String,
    /// Who schedules the threads.
    #[serde(default = "random")]
    pub schedule: String,
    /// The first seed.
    pub start: u64,
    /// How many seeds, if there is an end.
    pub seeds: Option<u64>,
    /// How long, if that is the end; as it was asked for.
    #[serde(default, rename = "for")]
    pub duration: Option<String>,
    /// Which shard.
    pub shard: u64,
    /// Of how many.
    pub shards: u64,
    /// One run in so many is made twice.
    pub twice: u64,
}

impl Identity {
    /// Of a campaign.
    pub fn of(campaign: &Campaign) -> Self {
        Self {
            release: campaign.release.name().to_owned(),
            profile: campaign.profile.name().to_owned(),
            schedule: campaign.schedule.to_string(),
            start: campaign.start,
            seeds: campaign.seeds,
            duration: campaign.duration.clone(),
            shard: campaign.shard.index,
            shards: campaign.shard.of,
            twice: campaign.twice,
        }
    }

    /// The campaign, on that many threads.
    pub fn campaign(&self, jobs: NonZeroUsize) -> Result<Campaign, String> {
        let campaign = Campaign {
            release: self.release.parse()?,
            profile: self.profile.parse()?,
            schedule: self.schedule.parse()?,
            start: self.start,
            seeds: self.seeds,
            duration: self.duration.clone(),
            shard: Shard { index: self.shard, of: self.shards.max(1) },
            jobs,
            twice: self.twice.max(1),
        };
        campaign.checked()
    }

    /// The same in all shards: what can be merged.
    pub fn whole(&self) -> Self {
        Self { shard: 0, shards: 1, ..self.clone() }
    }

    fn said(&self) -> String {
        serde_json::to_string(self).expect("an identity always encodes")
    }
}

/// Campaigns that were kept before there was a choice.
fn random() -> String {
    Strategy::default().to_string()
}

#[derive(Serialize, Deserialize)]
struct Line {
    chunk: u64,
    tally: Tally,
}

/// The folder of one campaign.
pub struct Store {
    folder: PathBuf,
    lines: File,
    /// Held for as long as the campaign runs.
    _lock: File,
    kept: Mutex<BTreeMap<String, usize>>,
}

impl Store {
    /// Opens the folder for a campaign. Whoever resumes gets what is there of it; whoever does not starts over, in a folder
    /// of the same campaign only.
    pub fn open(folder: &Path, campaign: &Campaign, resume: bool) -> Result<(Self, BTreeMap<u64, Tally>), StoreError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::Io { path, error }
        };
        fs::create_dir_all(folder).map_err(io(folder))?;
        let (here, named) = (Identity::of(campaign), folder.join(CAMPAIGN));
        let is_new = match fs::read(&named) {
            Ok(bytes) => match serde_json::from_slice::<Identity>(&bytes) {
                Ok(there) if there == here => false,
                Ok(there) => {
                    return Err(StoreError::Other { path: folder.to_owned(), there: there.said(), here: here.said() });
                }
                Err(error) => return Err(foreign(folder, format!("its {CAMPAIGN} cannot be read ({error})"))),
            },
            Err(_) if fs::read_dir(folder).map_err(io(folder))?.next().is_some() => {
                return Err(foreign(folder, format!("it has no {CAMPAIGN}")));
            }
            Err(_) => true,
        };
        let lock = lock(folder)?;
        if is_new {
            replace(&named, here.said().as_bytes()).map_err(io(&named))?;
        }
        let path = folder.join("tally.jsonl");
        if !resume {
            for part in ["found", "classes"] {
                fs::remove_dir_all(folder.join(part)).or_else(absent).map_err(io(folder))?;
            }
            fs::remove_file(&path).or_else(absent).map_err(io(&path))?;
        }
        let (done, whole) = lines(&path).map_err(io(&path))?;
        let lines = OpenOptions::new().create(true).append(true).open(&path).map_err(io(&path))?;
        lines.set_len(whole).map_err(io(&path))?;
        Ok((Self { folder: folder.to_owned(), lines, _lock: lock, kept: Mutex::default() }, done))
    }

    /// A chunk is done.
    pub fn counted(&mut self, chunk: u64, tally: &Tally) -> Result<(), StoreError> {
        let line = Line { chunk, tally: tally.clone() };
        let mut text = serde_json::to_string(&line).expect("a tally always encodes");
        text.push('\n');
        let written = self.lines.write_all(text.as_bytes()).and_then(|()| self.lines.sync_data());
        written.map_err(|error| StoreError::Io { path: self.folder.join("tally.jsonl"), error })
    }

    /// A violation was found.
    pub fn found(&self, discovery: &Discovery<'_>) -> Result<(), StoreError> {
        for class in &discovery.classes {
            let slug = class.slug();
            let kept = {
                let mut kept = self.kept.lock();
                let count = kept.entry(slug.clone()).or_default();
                *count += 1;
                *count
            };
            if kept > KEPT {
                continue;
            }
            let folder = self.folder.join("found").join(&slug);
            let path = folder.join(format!("seed_{}.toml", discovery.seed));
            let text = format!("# {}: {}\n{}", class.invariant, class.mechanism, discovery.drawn.scenario);
            fs::create_dir_all(&folder)
                .and_then(|()| replace(&path, text.as_bytes()))
                .map_err(|error| StoreError::Io { path, error })?;
        }
        Ok(())
    }
}

fn foreign(path: &Path, why: String) -> StoreError {
    StoreError::Foreign { path: path.to_owned(), why }
}

#[expect(clippy::disallowed_methods, reason = "a process that was just killed takes a moment to let go of its files")]
fn pause() {
    std::thread::sleep(LOCK_PAUSE);
}

/// Two campaigns in one folder would count each other's chunks.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|error| StoreError::Io { path: path.clone(), error })?;
    for attempt in 0..=LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => pause(),
            Err(TryLockError::WouldBlock) => break,
            Err(TryLockError::Error(error)) => return Err(StoreError::Io { path, error }),
        }
    }
    Err(StoreError::Busy(folder.to_owned()))
}

/// What is not there need not be removed.
fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// What the campaign in a folder is.
pub fn identity(folder: &Path) -> Result<Identity, StoreError> {
    let bytes = fs::read(folder.join(CAMPAIGN)).map_err(|_| StoreError::Nothing(folder.to_owned()))?;
    serde_json::from_slice(&bytes).map_err(|error| foreign(folder, format!("its {CAMPAIGN} cannot be read ({error})")))
}

/// All that the campaign in a folder has counted.
pub fn read(folder: &Path) -> Result<BTreeMap<u64, Tally>, StoreError> {
    let path = folder.join("tally.jsonl");
    lines(&path).map(|(done, _)| done).map_err(|error| StoreError::Io { path, error })
}

/// The chunks that are done, and how long the file is up to the last whole line.
fn lines(path: &Path) -> io::Result<(BTreeMap<u64, Tally>, u64)> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let (mut done, mut whole) = (BTreeMap::new(), 0);
    for line in text.split_inclusive('\n') {
        let Some(Line { chunk, tally }) = line.strip_suffix('\n').and_then(|line| serde_json::from_str(line).ok())
        else {
            break;
        };
        done.insert(chunk, tally);
        whole += line.len() as u64;
    }
    Ok((done, whole))
}

/// Writes a file so that a kill leaves the old one or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".being-written");
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    let written = write();
    if written.is_err() {
        _ = fs::remove_file(&temporary);
    }
    written
}

/// The chunks that are done.
pub fn chunks(done: &BTreeMap<u64, Tally>) -> BTreeSet<u64> {
    done.keys().copied().collect()
}
