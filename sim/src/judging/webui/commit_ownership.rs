//! commit-ownership: a turn is committed by the agent that completed it, while that agent works in that turn's session. Another agent's
//! provider does not know the turn, and the same agent in another session would file it there. What a former process has left has no agent
//! any more, and is committed in the session in which it was completed. Source: #2461 (guarantee 4 of the lifecycle
//! module), `scenarios/README.md` row AL-14 for the session.

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::commits::Commission;
use crate::history::reading::commits::agents::AgentTurn;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "commit-ownership",
    part: Part::WebUi,
    rule: "a completed turn is committed by the agent that completed it, in its own session",
    // Which agent a turn belongs to.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'w',
    words: "committed by another",
    counted: true,
    data: None,
    breaker: "webui-one-owner",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let commits = &evidence.reading.commits;
    for Commission { process, commit, session, at_work_in, turns, began, .. } in &commits.all {
        let began_ms = began.ms;
        for turn in turns {
            if let Some(other) = completed_elsewhere(evidence, session, turn, *began) {
                let told = format!("{turn} was completed in {other}, and was committed by {commit} in {session}");
                findings.violated(Some(turn), *began, format!("{told}, at {began_ms} ms"));
                continue;
            }
            // A restored turn has no named owner.
            if commits.sessions.is_restored(*process, turn, began.place) {
                findings.holds();
                continue;
            }
            let Some(owner) =
                commits.sessions.mark_at(*process, turn, began.place).and_then(|mark| mark.owner.as_ref())
            else {
                continue;
            };
            let told = match at_work_in {
                _ if *owner != commit.agent => format!("{turn} is {owner}'s, and was committed by {commit}"),
                Some(other) if other != session && !is_lent(evidence, (*process, owner), session, *began) => {
                    format!("{turn} of session {session} was committed by {commit}, which works in {other} by now")
                }
                _ => {
                    findings.holds();
                    continue;
                }
            };
            findings.violated(Some(turn), *began, format!("{told}, at {began_ms} ms"));
        }
    }
    findings
}

/// The session in which the turn was completed, by this process or a former one, if it never was in `session`.
fn completed_elsewhere<'a>(
    evidence: &'a Evidence<'_>,
    session: &SessionId,
    turn: &TurnId,
    by: At,
) -> Option<&'a SessionId> {
    let marks = evidence.reading.commits.sessions.waiting.iter();
    let mut marks = marks.filter(|mark| !mark.restored && mark.turn == *turn && mark.since.place < by.place);
    let first = marks.next()?;
    (first.session != *session && marks.all(|mark| mark.session != *session)).then_some(&first.session)
}

/// Whether the agent had worked by then, and never in this session: then a step of the plan made it the owner of what it never did.
fn is_lent(evidence: &Evidence<'_>, (process, agent): (u32, &str), session: &SessionId, by: At) -> bool {
    let turns = evidence.reading.commits.agents.turns.iter();
    let mut own = turns.filter(|one| one.process == process && one.agent == agent && one.began.place < by.place);
    let elsewhere = |one: &AgentTurn| one.turn.session != *session;
    own.next().is_some_and(elsewhere) && own.all(elsewhere)
}
