//! commit-serialization: a commit never begins while another one of the same session or by the same agent is under way, nor while that
//! agent is in a turn: its provider would extract from an unfinished conversation. Source: #2461 (guarantee 5 of the lifecycle module),
//! `scenarios/README.md` row AL-15 for the turn.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::commits::Commission;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "commit-serialization",
    part: Part::WebUi,
    rule: "a commit begins only when its session has none under way, and its agent neither a commit nor a turn",
    needs: Grade::ToldByHost,
    severity: 70,
    letter: 'v',
    words: "commits overlap",
    counted: false,
    data: None,
    breaker: "webui-commit-per-turn",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let commits = &evidence.reading.commits;
    for Commission { process, commit, session, began, .. } in &commits.all {
        let (process, at, began, began_ms) = (*process, *began, began.place, began.ms);
        let others = commits.all.iter().filter(|other| other.process == process && other.is_open_at(began));
        let mut others = others.filter(|other| other.session == *session || other.commit.agent == commit.agent);
        let over = |turn| evidence.is_over(process, turn, began);
        let run = commits.agents.at_work(process, began).find(|run| run.agent == commit.agent && !over(&run.turn));
        let told = match (others.next(), run) {
            (Some(other), _) => format!(
                "commit {commit} of {session} began at {began_ms} ms, while {} of {} was under way",
                other.commit, other.session
            ),
            (None, Some(run)) => {
                let (agent, turn) = (&run.agent, &run.turn);
                format!("commit {commit} of {session} began at {began_ms} ms, while {agent} was in turn {turn}")
            }
            (None, None) => {
                findings.holds();
                continue;
            }
        };
        findings.violated(None, at, told);
    }
    findings
}
