//! live-agent-never-closed: an agent is closed at most once, never in the middle of its turn, and is not used afterwards. Source: #3536 and
//! #5096 (a database closed under a live run), `scenarios/README.md` rows AL-10 and AL-11.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::commits::agents::{AgentTurn, Closed};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "live-agent-never-closed",
    part: Part::WebUi,
    rule: "an agent is closed once, not in a turn, and neither works nor commits afterwards",
    needs: Grade::ToldByHost,
    severity: 70,
    letter: 'z',
    words: "live agent closed",
    counted: false,
    data: None,
    breaker: "webui-commit-per-turn",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let agents = &evidence.reading.commits.agents;
    for closed in &agents.closed {
        let Closed { process, agent, at } = closed;
        let mut runs = agents.at_work(*process, at.place);
        if let Some(AgentTurn { turn, .. }) = runs.find(|run| run.agent == *agent) {
            findings.violated(Some(turn), *at, format!("agent {agent} was closed at {} ms, in turn {turn}", at.ms));
            continue;
        }
        match asked_again(evidence, closed) {
            None => findings.holds(),
            Some((again, asked)) => {
                let told = format!("agent {agent} was closed at {} ms, and {asked} at {} ms", at.ms, again.ms);
                findings.violated(None, again, told);
            }
        }
    }
    findings
}

/// The first use of an agent after it had been closed.
fn asked_again(evidence: &Evidence<'_>, closed: &Closed) -> Option<(At, String)> {
    let Closed { process, agent, .. } = closed;
    let commits = &evidence.reading.commits;
    let closes = commits.agents.closed.iter().filter(|one| one.process == *process && one.agent == *agent);
    let closes = closes.map(|one| (one.at, "once more".to_owned()));
    let turns = commits.agents.turns.iter().filter(|one| one.process == *process && one.agent == *agent);
    let turns = turns.map(|one| (one.began, format!("began turn {}", one.turn)));
    let own = commits.all.iter().filter(|one| one.process == *process && one.commit.agent == *agent);
    let own = own.map(|one| (one.began, format!("began commit {}", one.commit)));
    let later = closes.chain(turns).chain(own).filter(|(at, _)| at.place > closed.at.place);
    later.min_by_key(|(at, _)| at.place)
}
