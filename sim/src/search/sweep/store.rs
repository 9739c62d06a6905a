//! The folder of a sweep: what an interrupted or killed sweep has counted so far, to go on from there.
//!
//! - `sweep.json`: what is swept. - `pieces.jsonl`: a line for each piece that was counted. - `classes/`: a scenario for each class of
//!   violations, which the command writes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::agents::Subject;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::certificate;
use super::{Counted, Extent, Piece};
use crate::draw::Drawn;
use crate::files::replace;
use crate::search::campaign::store::{self as campaign, AgentIdentity};

const SWEEP: &str = "sweep.json";
const PIECES: &str = "pieces.jsonl";

/// An error in the folder of a sweep.
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
    /// The folder holds another sweep.
    #[error("{path} holds another sweep: {there}; this one is {here}. Name another folder with --out")]
    Other {
        /// The folder.
        path: PathBuf,
        /// The sweep in the folder.
        there: String,
        /// The sweep that was asked for.
        here: String,
    },
    /// The sweep in the folder cannot be resumed.
    #[error(
        "{path} was swept by another build of the program, or its scenarios have changed: two builds may run two histories for one plan. Start over without --resume"
    )]
    Older {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds no sweep.
    #[error("{0} holds no sweep; leave out --resume, or name the folder of an earlier sweep with --out")]
    Nothing(PathBuf),
    /// The folder's files are not ours.
    #[error("{0} is not empty, and no sweep has been kept there; it was left as it is: name another folder with --out")]
    Foreign(PathBuf),
    /// A line of the counts is not as the program writes it.
    #[error("{path}:{line}: this line is damaged. Remove it, and resume the sweep: its faults are then run again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Another process works there.
    #[error("another sweep runs in {0}; wait for it, or name another folder with --out")]
    Busy(PathBuf),
}

/// What makes two sweeps the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    subject: String,
    agent: Option<AgentIdentity>,
    depth: u8,
    alike: usize,
    scenarios: Vec<Target>,
    /// The hash of the program's sources.
    build: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    path: PathBuf,
    plan: String,
    server: String,
    seed: u64,
}

impl Identity {
    fn of(targets: &[Drawn], release: Subject, extent: Extent) -> Self {
        let target = |Drawn { scenario, server }: &Drawn| Target {
            path: scenario.path.clone(),
            plan: certificate::plan(scenario),
            server: server.name().to_owned(),
            seed: scenario.seed,
        };
        Self {
            subject: release.name().to_owned(),
            agent: AgentIdentity::of(release),
            depth: extent.depth,
            alike: extent.alike,
            scenarios: targets.iter().map(target).collect(),
            build: campaign::build(release),
        }
    }

    /// Whether it is the same sweep, whatever the scenarios say now and whatever program swept.
    fn is_as(&self, other: &Self) -> bool {
        let places = |of: &Self| {
            of.scenarios.iter().map(|one| (one.path.clone(), one.server.clone(), one.seed)).collect::<Vec<_>>()
        };
        (&self.subject, self.depth, self.alike, places(self))
            == (&other.subject, other.depth, other.alike, places(other))
    }

    /// In a few words.
    fn said(&self) -> String {
        let first = self.scenarios.first().map(|one| format!(", the first {} on {}", one.path.display(), one.server));
        format!(
            "{} to depth {}, {} scenarios{}",
            self.subject,
            self.depth,
            self.scenarios.len(),
            first.unwrap_or_default()
        )
    }
}

/// The folder of one sweep.
pub struct Store {
    folder: PathBuf,
    lines: Mutex<File>,
    /// The first error of writing to the folder.
    lost: Mutex<Option<StoreError>>,
    /// Held for as long as the sweep goes on.
    _lock: File,
}

impl Store {
    /// Opens the folder for a sweep. With `resume` it returns the counts that are there; without, it starts over, and only in a folder of
    /// the same sweep.
    pub fn open(
        folder: &Path,
        targets: &[Drawn],
        release: Subject,
        extent: Extent,
        resume: bool,
    ) -> Result<(Self, BTreeMap<Piece, Counted>), StoreError> {
        let here = Identity::of(targets, release, extent);
        claim(folder, &here, resume)?;
        let lock = campaign::lock(folder).map_err(|error| match error {
            campaign::StoreError::Io { path, error } => StoreError::Io { path, error },
            campaign::StoreError::Other { .. }
            | campaign::StoreError::Nothing(_)
            | campaign::StoreError::Foreign { .. }
            | campaign::StoreError::Changed { .. }
            | campaign::StoreError::Twice { .. }
            | campaign::StoreError::Busy(_) => StoreError::Busy(folder.to_owned()),
        })?;
        let path = folder.join(PIECES);
        let io = |error| StoreError::Io { path: path.clone(), error };
        let (known, whole) = if resume { read(&path)? } else { Default::default() };
        let lines = OpenOptions::new().create(true).append(true).open(&path).map_err(io)?;
        lines.set_len(whole).map_err(io)?;
        let store = Self { folder: folder.to_owned(), lines: Mutex::new(lines), lost: Mutex::default(), _lock: lock };
        Ok((store, known))
    }

    /// Keeps the count of a piece.
    pub fn keep(&self, piece: Piece, counted: &Counted) {
        let line = serde_json::to_string(&(piece, counted)).expect("texts and numbers always encode") + "\n";
        if let Err(error) = self.lines.lock().write_all(line.as_bytes()) {
            self.lost.lock().get_or_insert(StoreError::Io { path: self.folder.join(PIECES), error });
        }
    }

    /// Whether the folder could not be written.
    pub fn is_lost(&self) -> bool {
        self.lost.lock().is_some()
    }

    /// The first error of writing to the folder.
    pub fn lost(self) -> Option<StoreError> {
        self.lost.into_inner()
    }
}

/// Takes a folder for a sweep: an absent or empty one, or one of the same sweep.
fn claim(folder: &Path, here: &Identity, resume: bool) -> Result<(), StoreError> {
    let io = |error| StoreError::Io { path: folder.to_owned(), error };
    let named = folder.join(SWEEP);
    let there = fs::read(&named).ok().and_then(|bytes| serde_json::from_slice::<Identity>(&bytes).ok());
    match there {
        Some(there) if !there.is_as(here) => {
            return Err(StoreError::Other { path: folder.to_owned(), there: there.said(), here: here.said() });
        }
        Some(there) if resume && there != *here => return Err(StoreError::Older { path: folder.to_owned() }),
        Some(_) => {}
        None if resume => return Err(StoreError::Nothing(folder.to_owned())),
        None if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) => {
            return Err(StoreError::Foreign(folder.to_owned()));
        }
        None => fs::create_dir_all(folder).map_err(io)?,
    }
    let said = serde_json::to_string(here).expect("texts and numbers always encode");
    replace(&named, said.as_bytes()).map_err(|error| StoreError::Io { path: named, error })
}

/// The counts in a file, and how many of its bytes are whole lines: a kill may have cut the last one off.
fn read(path: &Path) -> Result<(BTreeMap<Piece, Counted>, u64), StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return Err(StoreError::Io { path: path.to_owned(), error }),
    };
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let line = |(place, line): (usize, &str)| {
        serde_json::from_str::<(Piece, Counted)>(line)
            .map_err(|_| StoreError::Damaged { path: path.to_owned(), line: place + 1 })
    };
    let counts = text[..whole].lines().enumerate().map(line).collect::<Result<_, _>>()?;
    Ok((counts, whole as u64))
}
