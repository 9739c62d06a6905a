//! turn-starts-at-once: a turn begins to be worked on soon after it was asked for, whatever another session's provider does. Source:
//! `scenarios/README.md` row AL-12 (a full cache commits the agent that goes on the thread of the turn that needs the room).

use model::facts::commits::Observation;
use model::words::part::Part;

use crate::history::Grade;
use crate::judging::webui::commissions::{end_of, told};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "turn-starts-at-once",
    part: Part::WebUi,
    rule: "a turn is worked on no later than the command limit after it was asked for",
    needs: Grade::ToldByHost,
    severity: 70,
    letter: 'r',
    words: "turn held",
    counted: true,
    data: None,
    breaker: "W1",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let limit_ms = evidence.limits.command_ms;
    for asked in told(evidence.events) {
        let Observation::RunBegan { turn, .. } = asked.fact else { continue };
        let mut later = told(evidence.events).filter(|told| told.process == asked.process && told.place > asked.place);
        let works = later.find(|told| matches!(told.fact, Observation::RunWorks { turn: of } if of == turn));
        let (from_ms, to_ms) =
            (asked.at_ms, works.as_ref().map_or_else(|| end_of(evidence.events, asked.process).1, |it| it.at_ms));
        match (to_ms - from_ms <= limit_ms, works) {
            (true, Some(_)) => findings.holds(),
            (true, None) => {}
            (false, _) => {
                let told =
                    format!("{turn} was asked for at {from_ms} ms and held until {to_ms} ms, limit {limit_ms} ms");
                findings.violated(Some(turn), to_ms, told);
            }
        }
    }
    findings
}
