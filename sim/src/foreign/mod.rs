//! The log of another system: turns that were said, documents that were found, and perhaps requests, as lines of JSON.
//!
//! It becomes a history like that of a simulated run, so that the same judges decide. Its one rule: what a log does not say is not
//! guessed. It has no clock, no processes and no plan, and an implementation that nobody asked. Which invariants it can decide is in [`Proof`].
//!
//! - `line`, `values`: the format; start here. - `reading`: from files to lines. - `naming`: the names of turns.
//! - `finding`: the turns in a text. - `telling`: from lines to a history. - `mistake`: errors, each with its place.

mod finding;
pub mod line;
mod mistake;
mod naming;
mod reading;
mod telling;
pub mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use model::words::session::DocumentId;
use model::words::turn::TurnId;

use crate::history::Event;
pub use finding::MENTIONS_MAX;
pub use mistake::Mistake;
pub use naming::{NAME_MAX, TURNS_MAX, WORDS_MAX};
pub use reading::{LINE_MAX, LOG_MAX};

/// A foreign log as a history.
#[derive(Debug, Default)]
pub struct Log {
    /// What it tells, as the world would have recorded it.
    pub events: Vec<Event>,
    /// Its documents. Their names say nothing about sessions.
    pub documents: BTreeSet<DocumentId>,
    /// How many turns were said.
    pub turns: usize,
    /// How many requests the provider saw.
    pub requests: usize,
    /// What its turns are called in the log. Several, if they say the same.
    pub said: BTreeMap<TurnId, Vec<Said>>,
    /// For each turn the requests that brought it, each in a few words.
    pub notes: BTreeMap<TurnId, Vec<String>>,
    /// How many turns a server had accepted and not yet applied when it was killed.
    pub unapplied: usize,
    /// Turns of different files and the same time: nobody knows which was first.
    pub tied: BTreeSet<TurnId>,
    /// What it can prove.
    pub proof: Proof,
}

/// A turn in its log.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its id.
    pub id: String,
    /// Its line, as `log.jsonl:7`.
    pub place: String,
}

/// What a log can prove: which of the optional parts it has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proof {
    /// It says which documents there are.
    pub documents: bool,
    /// A document or entry that holds a turn names its session.
    pub sessions: bool,
    /// A turn names the session from which its own was forked.
    pub parents: bool,
    /// A turn is not to be kept.
    pub unwanted: bool,
    /// It says which recall a session read.
    pub recalls: bool,
    /// How many acknowledged turns do not say how long they held their caller.
    pub untimed: usize,
}

/// Reads a log from its files.
///
/// # Errors
/// The first mistake, with its place.
pub fn read(paths: &[PathBuf]) -> Result<Log, Mistake> {
    let lines = reading::read(paths)?;
    let names = naming::Names::of(paths, &lines)?;
    telling::Telling::new(paths, &names, &lines)?.tell(&lines)
}
