//! What can be seen of a run from outside: requests, recalls, how long calls took, how processes ended.
//!
//! It is told in the words in which the real releases were measured (`tests/fidelity`), and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use model::words::command::Answer;
use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::{Call, Event, Fact, Happening, ReceivedItem, Who, WriteMode};
use crate::judging::ledger::Ledger;
use crate::judging::{Held, recalled_for, visible};

/// A retain as it arrived at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// What the provider was about to do to it: `ok`, or the fault's word, as in `500` or `delay`.
    pub fault: String,
    /// Whether any of it came into a document.
    pub applied: bool,
    /// What was to be kept.
    pub items: Vec<RetainedItem>,
}

/// One item of a retain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RetainedItem {
    /// The document that it names.
    pub document: Option<DocumentId>,
    /// What it asks for.
    pub update_mode: Option<WriteMode>,
    /// Its turns, in order.
    pub turns: Vec<TurnId>,
}

/// A recall that was read at the beginning of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prefetched {
    /// The session that read it.
    pub session: SessionId,
    /// The turn for which it was recalled, if there was anything to read.
    pub recalled_for: Option<TurnId>,
    /// The turns that the recall could see.
    pub visible: Vec<TurnId>,
}

/// Turns that say the same, and share a name: how many there should be, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Identical {
    /// How often it was said.
    pub expected: u32,
    /// How many copies all documents hold together.
    pub stored: u32,
}

/// Every retain, in order of arrival.
pub(crate) fn requests(events: &[Event]) -> Vec<Retained> {
    let applied: BTreeSet<u32> = events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Provider(Happening::Applied { number, .. }) => Some(*number),
            _ => None,
        })
        .collect();
    let item = |item: &ReceivedItem| RetainedItem {
        document: item.container.clone(),
        update_mode: item.mode,
        turns: item.turns.clone(),
    };
    let received = events.iter().filter_map(|event| match &event.fact {
        Fact::Provider(Happening::Received { endpoint, number, items, fault }) if endpoint.delivers() => {
            Some(Retained {
                fault: fault.map_or_else(|| "ok".to_owned(), |fault| fault.word()),
                applied: applied.contains(number),
                items: items.iter().map(item).collect(),
            })
        }
        _ => None,
    });
    received.collect()
}

/// What was read at the beginning of turns, in order.
pub(crate) fn prefetches(events: &[Event]) -> Vec<Prefetched> {
    let read = events.iter().filter_map(|event| match &event.fact {
        Fact::Recalled { session, text } => {
            let text = text.as_deref().unwrap_or_default();
            Some(Prefetched { session: session.clone(), recalled_for: recalled_for(text), visible: visible(text) })
        }
        _ => None,
    });
    read.collect()
}

/// What a host answered to a step that is its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The step.
    pub step: String,
    /// The answer; nothing if the release does not know the call, or if it never returned.
    pub answer: Answer,
    /// When it was asked, in milliseconds.
    pub at_ms: u64,
    /// How long the answer took, in milliseconds; nothing if there never was one.
    pub took_ms: Option<u64>,
}

/// What the host answered to its own steps, in the order in which it did, and behind it what it never answered.
pub(crate) fn answers(events: &[Event]) -> Vec<Answered> {
    let (mut answered, mut waiting) = (Vec::new(), Vec::new());
    for event in events {
        match &event.fact {
            Fact::Asked { step } => waiting.push((event.who, event.at_ms, step)),
            Fact::Answered { step, asked_ms, answer } => {
                let asked = waiting.iter().position(|asked| *asked == (event.who, *asked_ms, step));
                waiting.remove(asked.expect("what is answered was asked"));
                let took_ms = Some(event.at_ms - asked_ms);
                answered.push(Answered { step: step.clone(), answer: answer.clone(), at_ms: *asked_ms, took_ms });
            }
            _ => {}
        }
    }
    let never = |(_, at_ms, step): (_, _, &String)| Answered {
        step: step.clone(),
        answer: Answer::Nothing,
        at_ms,
        took_ms: None,
    };
    answered.extend(waiting.into_iter().map(never));
    answered
}

/// The longest call of each kind but turns, in milliseconds.
pub(crate) fn op_max_ms(calls: &[Held<'_>]) -> BTreeMap<&'static str, u64> {
    let mut longest = BTreeMap::new();
    for held in calls {
        if let Call::Command { word, .. } = held.call {
            let known = longest.entry(word.name()).or_default();
            *known = held.duration_ms().max(*known);
        }
    }
    longest
}

/// How the planned processes ended, by number, as `subprocess.returncode` shows it.
pub(crate) fn exit_codes(events: &[Event], planned: usize) -> Vec<i32> {
    let mut codes = BTreeMap::new();
    for event in events {
        if let (Fact::Ended { ending, .. }, Who::Process(number)) = (&event.fact, event.who) {
            codes.insert(number, ending.exit_code());
        }
    }
    codes.into_values().take(planned).collect()
}

/// The turns that were said more than once.
pub(crate) fn identical(ledger: &Ledger) -> BTreeMap<TurnId, Identical> {
    let repeated = ledger.turns.iter().filter(|turn| turn.said > 1);
    repeated.map(|turn| (turn.id.clone(), Identical { expected: turn.said, stored: turn.copies })).collect()
}
