//! drain-is-fair-and-bounded: the drain before a process ends keeps to its deadline and to its supervisor's patience; it gives every
//! session that waits a chance, and does not give up while there is time. Source: #5543 and its gates, `scenarios/README.md` rows AL-04
//! to AL-07.

use model::facts::commits::Observation;
use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::{Event, Fact, Grade, Who};
use crate::judging::webui::commissions::{Told, at_work, commissions, end_of, marks, told, waiting};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "drain-is-fair-and-bounded",
    part: Part::WebUi,
    rule: "a drain ends in time, tries every session that waits, and gives none up while half of its time is left",
    // Which sessions and turns wait.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'h',
    words: "drain unfair or unbounded",
    counted: false,
    data: None,
    breaker: "W3",
    not_drawn: &[],
    judge,
};

/// How much longer than it may a drain takes, before that is told.
const SLACK_MS: u64 = 500;

/// A drain.
struct Drain {
    process: Who,
    began: usize,
    began_ms: u64,
    /// Where it came to its end, and whether that was its own and not the process's.
    ended: usize,
    ended_ms: u64,
    returned: bool,
    budget_ms: u64,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for Told { place, at_ms, process, fact } in told(evidence.events) {
        let Observation::DrainBegan { drain: number, dirty, within } = fact else { continue };
        let mut ends = told(evidence.events).filter(|told| told.process == process && told.place > place);
        let end = ends.find(|told| matches!(told.fact, Observation::DrainEnded { drain } if drain == number));
        let (ended, ended_ms) =
            end.as_ref().map_or_else(|| end_of(evidence.events, process), |end| (end.place, end.at_ms));
        let within = within.and_then(|limit| u64::try_from(limit.as_millis()).ok());
        let budget_ms = within.unwrap_or(evidence.limits.shutdown_ms);
        let drain =
            Drain { process, began: place, began_ms: at_ms, ended, ended_ms, returned: end.is_some(), budget_ms };
        judge_end(evidence.events, &drain, &mut findings);
        dirty.iter().for_each(|session| judge_session(evidence.events, &drain, session, &mut findings));
    }
    findings
}

fn judge_end(events: &[Event], drain: &Drain, findings: &mut Findings) {
    let Drain { began_ms, ended_ms, returned, budget_ms, .. } = *drain;
    let took_ms = ended_ms - began_ms;
    if took_ms > budget_ms + SLACK_MS {
        let told = format!("the drain took from {began_ms} to {ended_ms} ms: {took_ms} ms of {budget_ms} ms");
        return findings.violated(None, ended_ms, told);
    }
    match returned {
        true => findings.holds(),
        false if is_planned(events, drain) || is_suspended(events, drain) => {}
        false => {
            let told = format!("the drain began at {began_ms} ms, and its process was killed in it at {ended_ms} ms");
            findings.violated(None, ended_ms, told);
        }
    }
}

/// Whether a kill of the plan ended the process, or nothing did.
fn is_planned(events: &[Event], drain: &Drain) -> bool {
    events.get(drain.ended).is_none_or(|event| !matches!(event.fact, Fact::Ended { label: None, .. }))
}

/// Whether a signal came that suspended it, and another drain took its place.
fn is_suspended(events: &[Event], drain: &Drain) -> bool {
    let own = || events.iter().filter(|event| event.who == drain.process);
    let later = told(events).filter(|told| told.process == drain.process && told.place > drain.began);
    let others = later.filter(|told| matches!(told.fact, Observation::DrainEnded { .. })).count();
    others > 0 && own().any(|event| matches!(event.fact, Fact::Signaled { .. }))
}

/// A session is given its chance if a commit of it was under way in the drain. One that belongs to nobody, or whose agent is in
/// a turn all the time, cannot have one.
fn judge_session(events: &[Event], drain: &Drain, session: &SessionId, findings: &mut Findings) {
    let Drain { process, began, began_ms, ended, ended_ms, returned, budget_ms } = *drain;
    let all = commissions(events);
    let own: Vec<_> = all
        .iter()
        .filter(|one| one.process == process && one.session == session)
        .filter(|one| one.is_open_at(began) || (one.began > began && one.began < ended))
        .collect();
    let left = waiting(events, process, session, ended);
    let marks = marks(events);
    let owned = |turn: &&&TurnId| {
        marks.iter().any(|mark| mark.process == process && mark.turn == **turn && mark.owner.is_some())
    };
    // A turn that ends with the drain leaves no time for a commit.
    let late = events.iter().position(|event| event.at_ms + SLACK_MS >= ended_ms).unwrap_or(ended).max(began);
    let busy = [late, ended]
        .into_iter()
        .any(|place| at_work(events, process, place).iter().any(|(_, turn)| turn.session == *session));
    let Some(turn) = left.iter().find(|turn| owned(turn)) else { return findings.holds() };
    if busy || (!returned && (is_planned(events, drain) || is_suspended(events, drain))) {
        return;
    }
    let hangs = own.iter().any(|one| one.is_open_at(ended));
    let spare_ms = budget_ms.saturating_sub(ended_ms - began_ms);
    let told = match () {
        () if own.is_empty() => {
            format!("the drain that began at {began_ms} ms never tried {session}, where {turn} waits")
        }
        () if returned && !hangs && spare_ms * 2 > budget_ms => {
            format!(
                "the drain gave {session} up at {ended_ms} ms, with {spare_ms} of {budget_ms} ms left; {turn} waits"
            )
        }
        () => return findings.holds(),
    };
    findings.violated(Some(turn), ended_ms, told);
}
