//! closed-is-final: once a shutdown has returned, the process starts no task, sends no request and has no open client. Source:
//! `scenarios/README.md` rows 78 (a late turn revives the writer) and 82 (#34415, #117236: a client is never closed).

use model::facts::Observation;
use model::words::part::Part;

use crate::history::{Call, Event, Fact, Grade, Who, Word};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "closed-is-final",
    part: Part::Memory,
    rule: "after a shutdown no task starts, no request is sent and no client is open",
    // The clients that are open, and the requests as the process sends them.
    needs: Grade::ToldByImplementation,
    severity: 40,
    letter: 'C',
    words: "closed is not final",
    counted: false,
    data: None,
    breaker: "B",
    // It shuts down no agent before its process ends.
    not_drawn: &[Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut judged: Vec<Who> = Vec::new();
    for (place, closed) in evidence.events.iter().enumerate() {
        let Fact::Returned(call) = &closed.fact else { continue };
        if !call.is_shutdown() || judged.contains(&closed.who) {
            continue;
        }
        judged.push(closed.who);
        if has_other_agents(evidence.events, closed.who) || drains(&evidence.events[..place], closed.who) {
            continue;
        }
        let later = evidence.events[place..].iter().filter(|event| event.who == closed.who);
        let later = later.take_while(|event| !opens_again(event));
        let open = open_clients(&evidence.events[..place], closed.who);
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
fn open_clients(events: &[Event], process: Who) -> usize {
    let count = |wanted: &Observation| {
        let is = |event: &&Event| event.who == process && matches!(&event.fact, Fact::Told(told) if told == wanted);
        events.iter().filter(is).count()
    };
    count(&Observation::ClientOpened).saturating_sub(count(&Observation::ClientClosed))
}

/// Whether the memory is initialized once more.
fn opens_again(event: &Event) -> bool {
    matches!(&event.fact, Fact::Called(Call::Command { word: Word::Reinit, .. }))
}

/// Whether the process has agents that were not shut down, and so goes on.
fn has_other_agents(events: &[Event], process: Who) -> bool {
    events.iter().any(|event| event.who == process && matches!(event.fact, Fact::AgentChanged { .. }))
}

/// Whether the process is a WebUI's that was stopped: it drains its commits, and leaves the memories of its agents as they are.
fn drains(events: &[Event], process: Who) -> bool {
    let began = |what: &Fact| {
        matches!(what, Fact::Told(Observation::Commits(model::facts::commits::Observation::DrainBegan { .. })))
    };
    events.iter().any(|event| event.who == process && began(&event.fact))
}

/// What a closed process must not do any more, if the event is that.
fn work(event: &Event) -> Option<String> {
    match &event.fact {
        Fact::TaskStarted { name } => Some(format!("started task \"{name}\"")),
        Fact::Told(Observation::RequestSent { endpoint }) => Some(format!("sent a {endpoint} request")),
        _ => None,
    }
}
