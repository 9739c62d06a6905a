//! What the real releases did, as `measured.jsonl` has it: a line for each case, release and server.

use std::collections::{BTreeMap, BTreeSet};

use model::release::Release;
use model::turn::TurnId;
use serde::Deserialize;
use sim::scenario::Server;

/// One line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Cell {
    pub(crate) case: String,
    pub(crate) release: Release,
    pub(crate) server: Server,
    /// What came of it; several where a race decides.
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) turn_call_max_s: f64,
    pub(crate) op_max_s: BTreeMap<String, f64>,
    pub(crate) exit_codes: Vec<i32>,
    /// Every retain of one of the runs, in order of arrival.
    pub(crate) requests: Vec<Request>,
    /// What each `prefetch` of that run returned.
    pub(crate) prefetch: Vec<Prefetch>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) lost: Vec<TurnId>,
    pub(crate) duplicated: BTreeMap<TurnId, u32>,
    pub(crate) misattributed: Vec<TurnId>,
    pub(crate) order_broken: bool,
    /// How many turns were handed over.
    pub(crate) turns: usize,
    /// Turns that say the same.
    #[serde(default)]
    pub(crate) identical: BTreeMap<TurnId, Identical>,
    pub(crate) documents: Documents,
}

/// By name; `S1-<opened>` stands for every document that a process opened for `S1`. A document is a list of entries, an
/// entry a list of turns.
pub(crate) type Documents = BTreeMap<String, Vec<Vec<Vec<TurnId>>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Identical {
    pub(crate) expected: u32,
    pub(crate) stored: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Request {
    pub(crate) fault: String,
    pub(crate) applied: bool,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Item {
    pub(crate) document: String,
    pub(crate) update_mode: Option<String>,
    pub(crate) turns: Vec<TurnId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Prefetch {
    pub(crate) recalled_for: Option<TurnId>,
    /// Separated by commas.
    visible_turns: Option<String>,
}

impl Prefetch {
    /// Nothing was read.
    pub(crate) const NOTHING: Self = Self { recalled_for: None, visible_turns: None };

    /// What the recall saw. The stand-in that it was measured with tells a turn again for each retain that replaced its
    /// document, so how often it is told means nothing.
    pub(crate) fn visible(&self) -> BTreeSet<TurnId> {
        let turns = self.visible_turns.as_deref().unwrap_or_default().split(',').filter(|turn| !turn.is_empty());
        turns.map(|turn| turn.parse().expect("a turn")).collect()
    }
}
