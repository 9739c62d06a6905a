//! stop-fits-its-budget: a gateway that was asked to stop exits before its supervisor kills it. Source: the six SIGKILLs of #11099, #31981,
//! #94759, #53175; rows B-02, B-17, B-18 and B-30 of `scenarios/README.md`.
//!
//! A stop that the plan's own kill interrupts is not judged, whether it is a step or strikes from outside. Nobody but the user waits for
//! the restart that the user asked for.

use model::words::part::Part;

use crate::history::Grade;
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Ending;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "stop-fits-its-budget",
    part: Part::Gateway,
    rule: "a gateway's stop ends by itself, before its supervisor kills it",
    needs: Grade::ToldByHost,
    severity: 20,
    letter: 'B',
    words: "stop killed",
    counted: false,
    data: None,
    breaker: "E2",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for (process, began) in &evidence.reading.runs.stops {
        let Some(end) = evidence.reading.lives.end_of(*process) else { continue };
        match (end.ending, &end.label) {
            (Ending::Sigkill, None) if evidence.reading.calls.ended_in_a_stop(*process) => {
                let (from_ms, to_ms) = (began.ms, end.at.ms);
                let took_ms = evidence.reading.machine.awake_ms(from_ms, to_ms);
                let told = format!("the stop that began at {from_ms} ms was killed at {to_ms} ms, after {took_ms} ms");
                findings.violated(None, end.at, told);
            }
            (Ending::Exit, _) => findings.holds(),
            _ => {}
        }
    }
    findings
}
