//! What the real releases did, as `measured.jsonl` has it: a line for each case, release and server.

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
    /// Who was run.
    pub release: Subject,
    /// Against what.
    pub server: Server,
    /// What came of it; several where a race decides.
    pub outcomes: Vec<Outcome>,
    /// The longest that a turn's end held the caller, in seconds.
    pub turn_call_max_s: f64,
    /// The longest call of each other kind, in seconds.
    pub op_max_s: BTreeMap<String, f64>,
    /// Of each process, as `subprocess.returncode` has it.
    pub exit_codes: Vec<i32>,
    /// Every retain of one of the runs, in order of arrival.
    pub requests: Vec<Request>,
    /// What each `prefetch` of that run returned.
    pub prefetch: Vec<Prefetch>,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Outcome {
    /// Turns of which there are fewer copies than there were turns.
    pub lost: Vec<TurnId>,
    /// Turns of which there are more, and how many.
    pub duplicated: BTreeMap<TurnId, u32>,
    /// Turns in another session's document.
    pub misattributed: Vec<TurnId>,
    /// Whether a document's turns are out of order.
    pub order_broken: bool,
    /// How many turns were handed over.
    pub turns: usize,
    /// Turns that say the same.
    #[serde(default)]
    pub identical: BTreeMap<TurnId, Identical>,
    /// What the documents hold.
    pub documents: Documents,
}

/// By name; `S1-<opened>` stands for every document that a process opened for `S1`. A document is a list of entries, an
/// entry a list of turns.
pub type Documents = BTreeMap<String, Vec<Vec<Vec<TurnId>>>>;

/// Turns that say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Identical {
    /// How many copies there should be.
    pub expected: u32,
    /// How many there are.
    pub stored: u32,
}

/// A retain as it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// What it met: `ok`, or a fault's word.
    pub fault: String,
    /// Whether any of it came into a document.
    pub applied: bool,
    /// What was to be kept.
    pub items: Vec<Item>,
}

/// One item of a retain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Item {
    /// The document that it names.
    pub document: String,
    /// What it asks for.
    pub update_mode: Option<String>,
    /// Its turns, in order.
    pub turns: Vec<TurnId>,
}

/// What was read at the beginning of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Prefetch {
    /// The turn for which it was recalled, if there was anything to read.
    pub recalled_for: Option<TurnId>,
    /// Separated by commas.
    visible_turns: Option<String>,
}

impl Prefetch {
    /// Nothing was read.
    pub const NOTHING: Self = Self { recalled_for: None, visible_turns: None };

    /// What the recall saw. The stand-in that it was measured with tells a turn again for each retain that replaced its
    /// document, so how often it is told means nothing.
    pub fn visible(&self) -> BTreeSet<TurnId> {
        let turns = self.visible_turns.as_deref().unwrap_or_default().split(',').filter(|turn| !turn.is_empty());
        turns.map(|turn| turn.parse().expect("a turn")).collect()
    }
}
