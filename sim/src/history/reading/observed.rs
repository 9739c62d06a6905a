//! The externally visible facts of a run: requests, recalls, how long calls took, how processes ended.
//!
//! It uses the words of the measurements of the real releases (`scenarios/ground-truth/measured.jsonl`), and judges nothing.

use std::collections::BTreeMap;

use model::words::command::Answer;
use model::words::endpoint::Role;
use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;
use serde::Serialize;

use super::Reading;
use crate::history::{Call, Event, Fact, Happening, Origin, ReceivedItem, WriteMode};

/// A retain as it arrived at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// Its number among the retains, from 1.
    pub number: u32,
    /// The process that sent it, if its client reported that.
    pub process: Option<u32>,
    /// The task of that process.
    pub task: Option<&'static str>,
    /// When it was sent, in milliseconds.
    pub sent_ms: Option<u64>,
    /// When it arrived, in milliseconds.
    pub at_ms: u64,
    /// The fault that the provider is about to apply: `ok`, or the fault's word, as in `500` or `delay`.
    pub fault: String,
    /// Whether any part of it was applied to a document.
    pub applied: bool,
    /// The items to keep.
    pub items: Vec<RetainedItem>,
    /// The provider's reply: its HTTP status, `hung up`, or `abandoned` if the client had left. `None` if there was none.
    pub reply: Option<String>,
    /// What became of the reply at the client: `answered`, the client's error, or `gone` with its process. `None` if that is not known.
    pub heard: Option<String>,
    /// When, in milliseconds.
    pub heard_ms: Option<u64>,
}

/// One item of a retain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RetainedItem {
    /// The document to write to.
    pub document: Option<DocumentId>,
    /// The requested update mode.
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

/// Turns with the same text, which share a name: how many copies there should be, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Identical {
    /// How often it was said.
    pub expected: u32,
    /// How many copies all documents hold together.
    pub stored: u32,
}

/// Every retain, in order of arrival.
pub(crate) fn requests(events: &[Event], reading: &Reading, origins: &[Origin]) -> Vec<Retained> {
    let item = |item: &ReceivedItem| RetainedItem {
        document: item.container.clone(),
        update_mode: item.mode,
        turns: item.turns.clone(),
    };
    let retained = reading.requests.arrivals(Role::Deliver).filter_map(|(arrival, exchange)| {
        let Fact::Provider(Happening::Received { items, .. }) = &events[arrival.at.place].fact else { return None };
        let sent = exchange.sent;
        Some(Retained {
            number: arrival.number,
            process: sent.map(|(process, _)| process),
            task: sent.and_then(|(_, at)| origins.get(at.place)?.task),
            sent_ms: sent.map(|(_, at)| at.ms),
            at_ms: arrival.at.ms,
            reply: exchange.done.map(|(_, done)| done.to_string()),
            heard: exchange.over.as_ref().map(|(_, over)| over.to_string()),
            heard_ms: exchange.over.as_ref().map(|(at, _)| at.ms),
            fault: arrival.fault.map_or_else(|| "ok".to_owned(), |fault| fault.word()),
            applied: exchange.applied > 0,
            items: items.iter().map(item).collect(),
        })
    });
    retained.collect()
}

/// The recalls that were read at the beginning of turns, in order.
pub(crate) fn prefetches(reading: &Reading) -> Vec<Prefetched> {
    let read = reading.recalls.iter().map(|recall| Prefetched {
        session: recall.session.clone(),
        recalled_for: recall.recalled_for.clone(),
        visible: recall.visible.clone(),
    });
    read.collect()
}

/// The host's answer to a step of its own kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The step.
    pub step: String,
    /// The answer; `None` if the release does not know the call, or if it never returned.
    pub answer: Answer,
    /// When it was asked, in milliseconds.
    pub at_ms: u64,
    /// How long the answer took, in milliseconds; `None` if there never was one.
    pub took_ms: Option<u64>,
}

/// The host's answers to its own steps, in the order of the answers, then the steps without an answer.
pub(crate) fn answers(reading: &Reading) -> Vec<Answered> {
    let answered = reading.calls.asked().map(|asked| Answered {
        step: asked.step.clone(),
        answer: asked.answer.as_ref().map_or(Answer::Nothing, |(answer, _)| answer.clone()),
        at_ms: asked.from.ms,
        took_ms: asked.answer.as_ref().map(|(_, at)| at.ms - asked.from.ms),
    });
    answered.collect()
}

/// The longest call of each kind but turns, in milliseconds.
pub(crate) fn op_max_ms(reading: &Reading) -> BTreeMap<&'static str, u64> {
    let mut longest = BTreeMap::new();
    for held in reading.calls.over() {
        if let Call::Command { word, .. } = held.call {
            let known = longest.entry(word.name()).or_default();
            *known = held.duration_ms().max(*known);
        }
    }
    longest
}

/// How the planned processes ended, by number, as `subprocess.returncode` shows it.
pub(crate) fn exit_codes(reading: &Reading, planned: usize) -> Vec<i32> {
    let ends = reading.lives.all().filter_map(|life| life.ended.as_ref());
    ends.map(|end| end.ending.exit_code()).take(planned).collect()
}

/// The turns that were said more than once.
pub(crate) fn identical(reading: &Reading) -> BTreeMap<TurnId, Identical> {
    let said = reading.turns.handed_over().map(|turn| (turn, turn.handed_over().count()));
    let repeated = said.filter(|(_, said)| *said > 1).map(|(turn, said)| {
        let expected = u32::try_from(said).expect("a scenario has a few thousand steps at most");
        (turn.id.clone(), Identical { expected, stored: turn.copies })
    });
    repeated.collect()
}
