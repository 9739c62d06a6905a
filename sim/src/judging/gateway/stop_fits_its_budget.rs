//! stop-fits-its-budget: a gateway that is told to stop is gone before its supervisor loses patience. Source: the six SIGKILLs of
//! #11099, #31981, #94759, #53175; rows B-02, B-17, B-18 and B-30 of `scenarios/README.md`.
//!
//! A stop into which a planned kill strikes is not judged.

use model::facts::chats::Observation;
use model::words::part::Part;

use crate::history::{Event, Fact, Grade, Who};
use crate::judging::gateway::chats::told;
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
    let stops = evidence.events.iter().filter(|event| told(event) == Some(&Observation::StopBegan));
    for stop in stops {
        match end(evidence.events, stop.who) {
            Some((Ending::Sigkill, None, at_ms)) => {
                let took_ms = at_ms - stop.at_ms;
                let told =
                    format!("the stop that began at {} ms was killed at {at_ms} ms, after {took_ms} ms", stop.at_ms);
                findings.violated(None, at_ms, told);
            }
            Some((Ending::Exit, ..)) => findings.holds(),
            _ => {}
        }
    }
    findings
}

/// How a process ended, at which step if a planned kill struck, and when.
fn end(events: &[Event], process: Who) -> Option<(Ending, Option<&str>, u64)> {
    events.iter().filter(|event| event.who == process).find_map(|event| match &event.fact {
        Fact::Ended { ending, label, .. } => Some((*ending, label.as_deref(), event.at_ms)),
        _ => None,
    })
}
