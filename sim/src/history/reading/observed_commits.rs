//! What can be seen of a WebUI's commits from outside: which were made, what they did, what still waits for one.
//!
//! It is told in the words in which the real releases were measured (`tests/fidelity/webui.jsonl`), and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::Place;
use model::facts::commits::Observation;
use model::words::session::SessionId;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::{Event, Fact, Who};
use crate::judging::ledger::Ledger;

/// A WebUI's commits, of the planned processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Committed {
    /// The commits of agents that only the plan knows, in the order in which they began, each with what the plan had in store for
    /// it: `a#1:fail`, `a#2:ok`, `b#1:0.5`, `b#2:hang`.
    pub commits: Vec<String>,
    /// The same of the sessions' own agents.
    pub session_ends: Vec<String>,
    /// The sessions of which something waits for a commit when the last planned process is gone.
    pub dirty: Vec<SessionId>,
    /// The longest drain, in milliseconds; nothing if there was none, or if one did not come to its end.
    pub drain_ms: Option<u64>,
    /// How many turns were last seen in a buffer of the process.
    pub still_buffered: usize,
    /// How many retains the provider has received.
    pub retains_on_server: usize,
}

/// What is told of commits by processes up to this one.
fn told(events: &[Event], processes: u32) -> impl Iterator<Item = (u64, Who, &Observation)> {
    events.iter().filter_map(move |event| match (&event.fact, event.who) {
        (Fact::Told(model::facts::Observation::Commits(what)), Who::Process(number)) if number <= processes => {
            Some((event.at_ms, event.who, what))
        }
        _ => None,
    })
}

/// Reads the history of a run with this many planned processes and this many retains.
pub(crate) fn committed(events: &[Event], ledger: &Ledger, processes: usize, retains: usize) -> Committed {
    let processes = u32::try_from(processes).expect("a scenario has a few thousand steps at most");
    let label = |own: bool| {
        let began = told(events, processes).filter_map(move |(.., what)| match what {
            Observation::Began { commit, plan, at_work_in, .. } if at_work_in.is_some() == own => {
                Some(format!("{commit}:{plan}"))
            }
            _ => None,
        });
        began.collect()
    };
    let buffered = |place| place == Place::Buffer;
    Committed {
        commits: label(false),
        session_ends: label(true),
        dirty: dirty(events, processes),
        drain_ms: drain_ms(events, processes),
        still_buffered: ledger.turns.iter().filter(|turn| turn.last_seen.is_some_and(|(_, at)| buffered(at))).count(),
        retains_on_server: retains,
    }
}

fn dirty(events: &[Event], last: u32) -> Vec<SessionId> {
    let mut waiting: BTreeMap<&SessionId, BTreeSet<&TurnId>> = BTreeMap::new();
    for (_, source, what) in told(events, last) {
        match what {
            _ if source != Who::Process(last) => {}
            Observation::Marked { session, turn, .. } => _ = waiting.entry(session).or_default().insert(turn),
            Observation::Restored { session, turns } => waiting.entry(session).or_default().extend(turns),
            Observation::Counted { session, turns } => {
                waiting.entry(session).or_default().retain(|turn| !turns.contains(turn));
            }
            _ => {}
        }
    }
    waiting.retain(|_, turns| !turns.is_empty());
    waiting.into_keys().cloned().collect()
}

fn drain_ms(events: &[Event], processes: u32) -> Option<u64> {
    let mut open: Vec<(Who, u32, u64)> = Vec::new();
    let mut longest = None;
    for (at_ms, source, what) in told(events, processes) {
        match what {
            Observation::DrainBegan { drain, .. } => open.push((source, *drain, at_ms)),
            Observation::DrainEnded { drain } => {
                let ended = open.extract_if(.., |(by, number, _)| (*by, *number) == (source, *drain));
                longest = longest.max(ended.map(|(.., from_ms)| at_ms - from_ms).max());
            }
            _ => {}
        }
    }
    if open.is_empty() { longest } else { None }
}
