//! The externally visible facts about a WebUI's commits: the commits, their effect, and the turns that still wait for one.
//!
//! It uses the words of the measurements of the real releases (`scenarios/ground-truth/webui.jsonl`), and judges nothing.

use std::collections::BTreeSet;

use model::facts::Place;
use model::words::session::SessionId;
use serde::Serialize;

use super::Reading;
use super::commits::Commission;

/// A WebUI's commits, of the planned processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Committed {
    /// The commits of agents that only the plan knows, in the order in which they began, each with its planned fault: `a#1:fail`, `a#2:ok`,
    /// `b#1:0.5`, `b#2:hang`.
    pub commits: Vec<String>,
    /// The same for the sessions' own agents.
    pub session_ends: Vec<String>,
    /// The sessions with turns that wait for a commit when the last planned process ends.
    pub dirty: Vec<SessionId>,
    /// The longest drain, in milliseconds; `None` if there was none, or if one did not end.
    pub drain_ms: Option<u64>,
    /// How many turns were last seen in a buffer of the process.
    pub still_buffered: usize,
    /// How many retains the provider has received.
    pub retains_on_server: usize,
}

/// Reads the commits of a run with this many planned processes and this many retains.
pub(crate) fn committed(reading: &Reading, processes: usize, retains: usize) -> Committed {
    let processes = u32::try_from(processes).expect("a scenario has a few thousand steps at most");
    let label = |own: bool| {
        let wanted = |one: &&Commission| one.process <= processes && one.at_work_in.is_some() == own;
        let began = reading.commits.all.iter().filter(wanted);
        began.map(|one| format!("{}:{}", one.commit, one.plan)).collect()
    };
    let last_seen = reading.turns.handed_over().filter_map(|turn| turn.last_seen());
    Committed {
        commits: label(false),
        session_ends: label(true),
        dirty: dirty(reading, processes),
        drain_ms: drain_ms(reading, processes),
        still_buffered: last_seen.filter(|(_, place)| *place == Place::Buffer).count(),
        retains_on_server: retains,
    }
}

fn dirty(reading: &Reading, last: u32) -> Vec<SessionId> {
    let waiting = reading.commits.sessions.waiting.iter().filter(|one| one.process == last && one.counted.is_none());
    let sessions: BTreeSet<&SessionId> = waiting.map(|one| &one.session).collect();
    sessions.into_iter().cloned().collect()
}

fn drain_ms(reading: &Reading, processes: u32) -> Option<u64> {
    let drains = || reading.commits.drains.iter().filter(|drain| drain.process <= processes);
    let all_ended = drains().all(|drain| drain.ended.is_some());
    let took = drains().filter_map(|drain| drain.ended.map(|at| at.ms - drain.began.ms));
    if all_ended { took.max() } else { None }
}
