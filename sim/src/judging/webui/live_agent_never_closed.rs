//! live-agent-never-closed: an agent is closed at most once, never in the middle of its turn, and nothing is asked of it afterwards.
//! Source: #3536 and #5096 (a database closed under a live run), `scenarios/README.md` rows AL-10 and AL-11.

use model::facts::commits::Observation;
use model::words::part::Part;

use crate::history::Grade;
use crate::judging::webui::commissions::{Told, at_work, told};
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
    for Told { place, at_ms, process, fact } in told(evidence.events) {
        let Observation::Closed { agent, .. } = fact else { continue };
        let runs = at_work(evidence.events, process, place);
        if let Some((_, turn)) = runs.iter().find(|(of, _)| of == agent) {
            findings.violated(Some(turn), at_ms, format!("agent {agent} was closed at {at_ms} ms, in turn {turn}"));
            continue;
        }
        let later = told(evidence.events).filter(|told| told.process == process && told.place > place);
        let asked = later.filter_map(|later| Some((later.at_ms, asked(later.fact, agent)?)));
        match asked.into_iter().next() {
            None => findings.holds(),
            Some((again_ms, asked)) => {
                let told = format!("agent {agent} was closed at {at_ms} ms, and {asked} at {again_ms} ms");
                findings.violated(None, again_ms, told);
            }
        }
    }
    findings
}

/// What is asked of the agent, if it is the agent.
fn asked(fact: &Observation, agent: &str) -> Option<String> {
    match fact {
        Observation::Closed { agent: of, .. } if of == agent => Some("once more".into()),
        Observation::RunBegan { agent: of, turn } if of == agent => Some(format!("began turn {turn}")),
        Observation::Began { commit, .. } if commit.agent == agent => Some(format!("began commit {commit}")),
        _ => None,
    }
}
