//! The folder of a campaign: its counts and violations, safe from any kill.
//!
//! - `campaign.json`: the campaign's identity; only the same campaign resumes it.
//! - `tally.jsonl`: one line for each chunk that was counted.
//! - `complete`: how many chunks there were when the campaign came to its own end. An interrupt or a kill leaves none.
//! - `found/`: scenario files of the first few violations of each class, each written before the next run starts.

mod identity;
mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(in crate::search) use identity::build;
pub use identity::{AgentIdentity, Identity};
use parking_lot::Mutex;

use super::{Campaign, Discovery, Tally};
use crate::files::replace;

const CAMPAIGN: &str = "campaign.json";
const COMPLETE: &str = "complete";
/// How often the lock of a folder is tried, and how long after each.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// The number of scenarios kept per class.
const KEPT: usize = 5;

/// An error in the folder of a campaign.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// The folder holds another campaign.
    #[error("{path} holds another campaign: {there}; this one is {here}. Name another folder, or resume that one")]
    Other {
        /// The folder.
        path: PathBuf,
        /// The campaign in the folder.
        there: String,
        /// The campaign that was asked for.
        here: String,
    },
    /// The folder holds no campaign.
    #[error("{0} holds no campaign; name the folder of an earlier fuzz run")]
    Nothing(PathBuf),
    /// The folder's files are not ours, or can no longer be read.
    #[error("{path} is not empty, and {why}; it was left as it is: name another folder, or remove this one")]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Why it is not a campaign.
        why: String,
    },
    /// A line of the counts is not as the program writes it.
    #[error(
        "{path}:{line}: this line is damaged, or of another campaign: this campaign does not write it so. Remove the line, and resume the campaign: its seeds are then run again"
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A chunk was counted in two lines.
    #[error("{path}:{line}: chunk {chunk} was counted before: the program writes no chunk twice. Remove the line")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The chunk.
        chunk: u64,
    },
    /// Another process works there.
    #[error("another campaign runs in {0}; wait for it, or name another folder")]
    Busy(PathBuf),
}

/// The folder of one campaign.
pub struct Store {
    folder: PathBuf,
    identity: Identity,
    lines: File,
    /// The chunks that were counted, in any life of the campaign.
    counted: u64,
    /// Held for as long as the campaign runs.
    _lock: File,
    kept: Mutex<BTreeMap<String, usize>>,
}

impl Store {
    /// Opens the folder for a campaign. With `resume` it returns the counts that are there; without, it starts over, and only in a folder
    /// of the same campaign.
    pub fn open(folder: &Path, campaign: &Campaign, resume: bool) -> Result<(Self, BTreeMap<u64, Tally>), StoreError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::Io { path, error }
        };
        claim(folder, campaign)?;
        let lock = lock(folder)?;
        fs::remove_file(folder.join(COMPLETE)).or_else(absent).map_err(io(folder))?;
        let path = folder.join("tally.jsonl");
        if !resume {
            for part in ["found", "classes", "timelines"] {
                fs::remove_dir_all(folder.join(part)).or_else(absent).map_err(io(folder))?;
            }
            fs::remove_file(&path).or_else(absent).map_err(io(&path))?;
            fs::remove_file(folder.join("index.html")).or_else(absent).map_err(io(folder))?;
        }
        let identity = Identity::of(campaign);
        let (done, whole) = lines::read(&identity, &path)?;
        let counted = done.len() as u64;
        let lines = OpenOptions::new().create(true).append(true).open(&path).map_err(io(&path))?;
        lines.set_len(whole).map_err(io(&path))?;
        Ok((Self { folder: folder.to_owned(), identity, lines, counted, _lock: lock, kept: Mutex::default() }, done))
    }

    /// Records a finished chunk.
    pub fn counted(&mut self, chunk: u64, tally: &Tally) -> Result<(), StoreError> {
        let line = lines::line(&self.identity, chunk, tally);
        self.counted += 1;
        let written = self.lines.write_all(line.as_bytes()).and_then(|()| self.lines.sync_data());
        written.map_err(|error| StoreError::Io { path: self.folder.join("tally.jsonl"), error })
    }

    /// The campaign has come to its own end.
    pub fn complete(&self) -> Result<(), StoreError> {
        let path = self.folder.join(COMPLETE);
        replace(&path, format!("{} chunks\n", self.counted).as_bytes()).map_err(|error| StoreError::Io { path, error })
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

/// Takes a folder for a campaign: an absent or empty one, or one of the same campaign. One that holds anything else is refused.
pub fn claim(folder: &Path, campaign: &Campaign) -> Result<(), StoreError> {
    let io = |error| StoreError::Io { path: folder.to_owned(), error };
    fs::create_dir_all(folder).map_err(io)?;
    let (here, named) = (Identity::of(campaign), folder.join(CAMPAIGN));
    match fs::read(&named) {
        Ok(bytes) => match serde_json::from_slice::<Identity>(&bytes) {
            // The same campaign of an older build starts over.
            Ok(there) if there.of_any_build() == here.of_any_build() => {}
            Ok(there) => {
                return Err(StoreError::Other { path: folder.to_owned(), there: there.said(), here: here.said() });
            }
            Err(error) => return Err(foreign(folder, format!("its {CAMPAIGN} cannot be read ({error})"))),
        },
        Err(_) if fs::read_dir(folder).map_err(io)?.next().is_some() => {
            return Err(foreign(folder, format!("it has no {CAMPAIGN}")));
        }
        Err(_) => {}
    }
    replace(&named, here.said().as_bytes()).map_err(|error| StoreError::Io { path: named, error })
}

fn foreign(path: &Path, why: String) -> StoreError {
    StoreError::Foreign { path: path.to_owned(), why }
}

#[expect(clippy::disallowed_methods, reason = "a process that was just killed takes a moment to let go of its files")]
fn pause() {
    std::thread::sleep(LOCK_PAUSE);
}

/// Locks the folder: two campaigns in one folder would count each other's chunks.
pub(in crate::search) fn lock(folder: &Path) -> Result<File, StoreError> {
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

/// A missing file is already removed.
fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The identity of the campaign in a folder.
pub fn identity(folder: &Path) -> Result<Identity, StoreError> {
    let bytes = fs::read(folder.join(CAMPAIGN)).map_err(|_| StoreError::Nothing(folder.to_owned()))?;
    serde_json::from_slice(&bytes).map_err(|error| foreign(folder, format!("its {CAMPAIGN} cannot be read ({error})")))
}

/// The counts of the campaign in a folder.
pub fn read(folder: &Path) -> Result<BTreeMap<u64, Tally>, StoreError> {
    lines::read(&identity(folder)?, &folder.join("tally.jsonl")).map(|(done, _)| done)
}

/// Whether the campaign in a folder has come to its own end, and all chunks that it had counted by then are there.
pub fn is_complete(folder: &Path) -> bool {
    let counted = fs::read_to_string(folder.join(COMPLETE));
    counted.is_ok_and(|counted| read(folder).is_ok_and(|done| counted == format!("{} chunks\n", done.len())))
}

/// The numbers of the finished chunks.
pub fn chunks(done: &BTreeMap<u64, Tally>) -> BTreeSet<u64> {
    done.keys().copied().collect()
}
