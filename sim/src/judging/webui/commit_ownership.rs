//! commit-ownership: a turn is committed by the agent that completed it, while that agent works in that turn's session. Another agent's
//! provider does not know the turn, and the same agent in another session would file it there. Source: #2461 (guarantee 4 of the lifecycle
//! module), `scenarios/README.md` row AL-14 for the session.

use model::words::part::Part;
use model::words::session::SessionId;

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
        // A restored turn has no named owner.
        for turn in turns.iter().filter(|turn| !commits.sessions.is_restored(*process, turn, began.place)) {
            let Some(owner) = commits.sessions.mark(*process, turn).and_then(|mark| mark.owner.as_ref()) else {
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

/// Whether the agent had worked by then, and never in this session: then a step of the plan made it the owner of what it never did.
fn is_lent(evidence: &Evidence<'_>, (process, agent): (u32, &str), session: &SessionId, by: At) -> bool {
    let turns = evidence.reading.commits.agents.turns.iter();
    let mut own = turns.filter(|one| one.process == process && one.agent == agent && one.began.place < by.place);
    let elsewhere = |one: &AgentTurn| one.turn.session != *session;
    own.next().is_some_and(elsewhere) && own.all(elsewhere)
}
