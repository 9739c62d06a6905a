//! bounded-sessions: what the lifecycle knows of a session goes when the session is clean and idle and its agent has left the cache,
//! and the agent is closed; never while something waits or is under way. Source: #3506 (1.5 GB in days), #3166 and #3218 (clients
//! and databases that nobody closes), `scenarios/README.md` rows AL-03, AL-14 and AL-16.

use model::facts::commits::Observation;
use model::words::part::Part;
use model::words::session::SessionId;

use crate::history::{Event, Grade, Who};
use crate::judging::webui::commissions::{Told, commissions, end_of, told, waiting};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "bounded-sessions",
    part: Part::WebUi,
    rule: "a clean, idle session that its agent has left is forgotten, and an evicted agent closed; a dirty or busy one never is",
    // Which sessions have an entry.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'b',
    words: "sessions kept for ever",
    counted: false,
    data: None,
    breaker: "W1",
    not_drawn: &[],
    judge,
};

/// How long it may take until what can go is gone.
const GRACE_MS: u64 = 1_000;

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for Told { place, at_ms, process, fact } in told(evidence.events) {
        match fact {
            Observation::Dropped { session } => {
                judge_dropped(evidence.events, (process, place), session, at_ms, &mut findings)
            }
            Observation::Evicted { agent, session } | Observation::Left { agent, session } => {
                judge_left(evidence.events, (process, place), (agent, session), at_ms, &mut findings);
            }
            _ => {}
        }
    }
    findings
}

fn judge_dropped(
    events: &[Event],
    (process, place): (Who, usize),
    session: &SessionId,
    at_ms: u64,
    findings: &mut Findings,
) {
    let waiting = waiting(events, process, session, place);
    let all = commissions(events);
    let mut open = all.iter().filter(|one| one.process == process && one.session == session && one.is_open_at(place));
    match (waiting.first(), open.next()) {
        (None, None) => findings.holds(),
        (Some(turn), _) => {
            findings.violated(Some(turn), at_ms, format!("{session} was forgotten at {at_ms} ms, and {turn} waited"));
        }
        (None, Some(open)) => {
            let commit = open.commit;
            findings.violated(
                None,
                at_ms,
                format!("{session} was forgotten at {at_ms} ms, while {commit} was under way"),
            );
        }
    }
}

/// Looked at when the process ends: what the session and the agent still had to do may have come to its end later.
fn judge_left(
    events: &[Event],
    (process, place): (Who, usize),
    (agent, session): (&str, &SessionId),
    at_ms: u64,
    findings: &mut Findings,
) {
    let (end, end_ms) = end_of(events, process);
    let later = || told(events).filter(move |told| told.process == process && told.place > place && told.place < end);
    let concerns = |told: &Told<'_>| match told.fact {
        Observation::RunEnded { agent: of, .. } | Observation::RunBegan { agent: of, .. } => of == agent,
        Observation::Ended { commit, .. } => commit.agent == *agent,
        Observation::Counted { session: of, .. } => of == session,
        _ => false,
    };
    let last_ms = later().filter(concerns).map(|told| told.at_ms).last().unwrap_or(at_ms);
    let all = commissions(events);
    let busy = all.iter().any(|one| {
        one.process == process && one.is_open_at(end) && (one.session == session || one.commit.agent == *agent)
    });
    let in_a_turn = crate::judging::webui::commissions::at_work(events, process, end)
        .iter()
        .any(|(of, turn)| *of == agent || turn.session == *session);
    if last_ms + GRACE_MS > end_ms || busy || in_a_turn || !waiting(events, process, session, end).is_empty() {
        return;
    }
    let used_again =
        |told: &Told<'_>| matches!(told.fact, Observation::RunBegan { turn, .. } if turn.session == *session);
    let entered = |told: &Told<'_>| match told.fact {
        Observation::Entered { session: of } if of == session => Some(true),
        Observation::Dropped { session: of } if of == session => Some(false),
        _ => None,
    };
    let all_told = told(events).filter(|told| told.process == process && told.place < end);
    let held = all_told.filter_map(|told| entered(&told)).last() == Some(true);
    let closes = |told: &Told<'_>| matches!(told.fact, Observation::Closed { agent: of, .. } if of == agent);
    let works_on = told(events).any(|told| told.place == place && matches!(told.fact, Observation::Left { .. }));
    let closed = works_on || later().any(|told| closes(&told));
    let told = match (held && !later().any(|told| used_again(&told)), closed) {
        (false, true) => return findings.holds(),
        (true, _) => {
            format!("{session} is clean and idle, its agent has left it at {at_ms} ms, and it is never forgotten")
        }
        (false, false) => {
            format!("agent {agent} was evicted at {at_ms} ms, has nothing left to do, and is never closed")
        }
    };
    findings.violated(None, at_ms, told);
}
