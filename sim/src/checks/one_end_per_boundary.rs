//! one-end-per-boundary: a session's end reaches its provider once for what was completed: not again, with nothing new, when the
//! agent is closed or its old session is drained. What a killed process left behind may be ended again: nobody knows. Source:
//! `scenarios/README.md` rows AL-14 and AL-17.

use model::commits::Observation;
use model::release::Part;
use model::session::SessionId;
use model::turn::TurnId;

use super::commissions::{Told, commissions, told};
use super::{Check, Evidence, Findings};
use crate::history::Source;

pub(super) const CHECK: Check = Check {
    part: Part::WebUi,
    name: "one-end-per-boundary",
    rule: "a session's end reaches its provider only if something was completed since the last one",
    judge,
};

/// What is known of the turns so far.
#[derive(Default)]
struct Known<'a> {
    completed: Vec<(Source, &'a SessionId, &'a TurnId)>,
    ended: Vec<(Source, &'a TurnId)>,
    left_behind: Vec<&'a TurnId>,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut known = Known::default();
    let all = commissions(evidence.events);
    for Told { place, at_ms, process, what } in told(evidence.events) {
        let (session, who, turns): (&SessionId, &str, Vec<&TurnId>) = match what {
            Observation::Marked { session, turn, .. } => {
                known.completed.push((process, session, turn));
                continue;
            }
            Observation::Restored { turns, .. } => {
                known.left_behind.extend(turns);
                continue;
            }
            Observation::SessionEnded { agent, session } => {
                let own = known.completed.iter().filter(|(by, of, _)| *by == process && *of == session);
                (session, agent.as_str(), own.map(|(.., turn)| *turn).collect())
            }
            Observation::Ended { commit, done: true } => {
                let ends = |one: &&super::commissions::Commission<'_>| one.ended == Some((place, true));
                let Some(one) = all.iter().find(ends) else { continue };
                (one.session, commit.agent.as_str(), one.turns.iter().collect())
            }
            _ => continue,
        };
        if turns.is_empty() || turns.iter().any(|turn| known.left_behind.contains(turn)) {
            continue;
        }
        match turns.iter().all(|turn| known.ended.contains(&(process, turn))) {
            false => findings.holds(),
            true => {
                let told =
                    format!("{session} ended once more at {at_ms} ms, by {who}, with nothing new since the last time");
                findings.violated(None, at_ms, told);
            }
        }
        known.ended.extend(turns.into_iter().map(|turn| (process, turn)));
    }
    findings
}
