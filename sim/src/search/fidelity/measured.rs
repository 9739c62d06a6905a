//! The measured behavior of the real releases, from `measured.jsonl`: a line for each case, release and server.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;
use model::words::turn::TurnId;
use serde::Deserialize;

use model::words::server::Server;

/// One line.
#[derive(Clone, Debug, Deserialize)]
pub struct Cell {
    /// The scenario in `scenarios/ground-truth`.
    pub case: String,
    /// The release.
    pub release: Subject,
    /// The server.
    pub server: Server,
    /// The outcome; several if a race decides.
    pub outcomes: Vec<Outcome>,
    /// The longest that a turn's end held the caller, in seconds.
    pub turn_call_max_s: f64,
    /// The longest call of each other kind, in seconds.
    pub op_max_s: BTreeMap<String, f64>,
    /// The exit code of each process, as `subprocess.returncode` gives it.
    pub exit_codes: Vec<i32>,
    /// Every retain of one of the runs, in order of arrival.
    pub requests: Vec<Request>,
    /// The result of each `prefetch` of that run.
    pub prefetch: Vec<Prefetch>,
}

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// Turns with fewer copies than were said.
    pub lost: Vec<TurnId>,
    /// Turns with more copies, and their number.
    pub duplicated: BTreeMap<TurnId, u32>,
    /// Turns in another session's document.
    pub misattributed: Vec<TurnId>,
    /// Whether a document's turns are out of order.
    pub order_broken: bool,
    /// The number of turns handed over.
    pub turns: usize,
    /// Turns with the same text.
    #[serde(default)]
    pub identical: BTreeMap<TurnId, Identical>,
    /// The content of the documents.
    pub documents: Documents,
}

/// By name; `S1-<opened>` stands for every document that a process opened for `S1`. A document is a list of entries, an
/// entry a list of turns.
pub type Documents = BTreeMap<String, Vec<Vec<Vec<TurnId>>>>;

/// Turns with the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Identical {
    /// How many copies there should be.
    pub expected: u32,
    /// How many copies there are.
    pub stored: u32,
}

/// A retain as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// `ok`, or the word of the fault that it met.
    pub fault: String,
    /// Whether any part of it was applied to a document.
    pub applied: bool,
    /// The items to keep.
    pub items: Vec<Item>,
}

/// One item of a retain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Item {
    /// The document to write to.
    pub document: String,
    /// The update mode that it asks for.
    pub update_mode: Option<String>,
    /// Its turns, in order.
    pub turns: Vec<TurnId>,
}

/// The result of a read at the beginning of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Prefetch {
    /// The turn for which it was recalled, if there was anything to read.
    pub recalled_for: Option<TurnId>,
    /// Separated by commas.
    visible_turns: Option<String>,
}

impl Prefetch {
    /// A read without a result.
    pub const NOTHING: Self = Self { recalled_for: None, visible_turns: None };

    /// The turns that the recall saw. The stand-in used for the measurement repeats a turn for each retain that replaced its document, so
    /// the number of repetitions means nothing.
    pub fn visible(&self) -> BTreeSet<TurnId> {
        let turns = self.visible_turns.as_deref().unwrap_or_default().split(',').filter(|turn| !turn.is_empty());
        turns.map(|turn| turn.parse().expect("a turn")).collect()
    }
}
