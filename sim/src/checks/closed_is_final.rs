//! closed-is-final: once a shutdown has returned, the process starts no task, sends no request and has no open client. Source:
//! `scenarios/README.md` rows 78 (a late turn revives the writer) and 82 (#34415, #117236: a client is never closed).

use model::host::Observation;
use model::release::Part;

use super::{Check, Evidence, Findings};
use crate::history::{Call, Event, Source, What, Word};

pub(super) const CHECK: Check = Check {
    part: Part::Memory,
    name: "closed-is-final",
    rule: "after a shutdown no task starts, no request is sent and no client is open",
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut judged: Vec<Source> = Vec::new();
    for (place, closed) in evidence.events.iter().enumerate() {
        let What::Returned(call) = &closed.what else { continue };
        if !call.is_shutdown() || judged.contains(&closed.source) {
            continue;
        }
        judged.push(closed.source);
        if has_other_agents(evidence.events, closed.source) || drains(&evidence.events[..place], closed.source) {
            continue;
        }
        let later = evidence.events[place..].iter().filter(|event| event.source == closed.source);
        let later = later.take_while(|event| !opens_again(event));
        let open = open_clients(&evidence.events[..place], closed.source);
        match later.filter_map(|event| Some((event.at_ms, work(event)?))).next() {
            None if open > 0 => {
                let told = format!("closed at {} ms, and {open} of its clients never are", closed.at_ms);
                findings.violated(None, closed.at_ms, told);
            }
            None => findings.holds(),
            Some((at_ms, work)) => {
                findings.violated(None, at_ms, format!("closed at {} ms, and at {at_ms} ms it {work}", closed.at_ms));
            }
        }
    }
    findings
}

/// How many of the process's clients were built and not closed.
fn open_clients(events: &[Event], process: Source) -> usize {
    let count = |wanted: &Observation| {
        let is = |event: &&Event| event.source == process && matches!(&event.what, What::Told(told) if told == wanted);
        events.iter().filter(is).count()
    };
    count(&Observation::ClientOpened).saturating_sub(count(&Observation::ClientClosed))
}

/// Whether the memory is initialized once more.
fn opens_again(event: &Event) -> bool {
    matches!(&event.what, What::Called(Call::Command { word: Word::Reinit, .. }))
}

/// Whether the process has agents that were not shut down, and so goes on.
fn has_other_agents(events: &[Event], process: Source) -> bool {
    events.iter().any(|event| event.source == process && matches!(event.what, What::AgentChanged { .. }))
}

/// Whether the process is a WebUI's that was stopped: it drains its commits, and leaves the memories of its agents as they are.
fn drains(events: &[Event], process: Source) -> bool {
    let began =
        |what: &What| matches!(what, What::Told(Observation::Commits(model::commits::Observation::DrainBegan { .. })));
    events.iter().any(|event| event.source == process && began(&event.what))
}

/// What a closed process must not do any more, if the event is that.
fn work(event: &Event) -> Option<String> {
    match &event.what {
        What::TaskStarted { name } => Some(format!("started task \"{name}\"")),
        What::Told(Observation::RequestSent { request }) => Some(format!("sent a {request} request")),
        _ => None,
    }
}
