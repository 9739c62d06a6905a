//! Any fault of a request or of a commit, and any kill.

use std::sync::LazyLock;
use std::time::Duration;

use model::hosts::Kind;
use model::words::endpoint::Endpoint;
use model::words::turn::TurnId;
use proptest::prelude::{Just, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::values::{self, DURATIONS, arguments};
use crate::draw::faults::LABELS;
use crate::plan::{self, Ending, Fault, Form, Kill, Moment, PROTOCOL, PlannedFault, RequestFault, Which};

/// Statuses of refusals: both bounds, and those that a client might take for something else.
const STATUSES: &[&str] = &["300", "302", "400", "401", "404", "409", "413", "422", "429", "500", "503", "599"];
/// The agents that a WebUI may have.
const AGENTS: &[&str] = &["S1", "S2", "S3", "S1.2", "a", "b"];

fn which() -> BoxedStrategy<Which> {
    prop_oneof![4 => (1..7_u32).prop_map(Which::Number), 1 => Just(Which::Every)].boxed()
}

/// A turn that a request may bring.
fn turn() -> BoxedStrategy<Which> {
    let turn = (select(&["S1", "S2", "S1.2"][..]), 1..7_u32);
    turn.prop_map(|(session, number)| Which::Turn(TurnId { session: session.into(), number })).boxed()
}

fn until() -> BoxedStrategy<Option<Duration>> {
    let time = select(DURATIONS).prop_map(|text| Some(values::duration(text)).filter(|end| !end.is_zero()));
    prop_oneof![4 => Just(None), 1 => time].boxed()
}

fn written(forms: Vec<Form>) -> Vec<&'static str> {
    forms.iter().flat_map(|form| form.written).copied().collect()
}

/// A fault that can strike something on this host.
pub(super) fn fault(host: Kind) -> BoxedStrategy<Option<PlannedFault>> {
    let commits = if host.properties().commits { 1 } else { 0 };
    prop_oneof![3 => request(), commits => commit()].boxed()
}

fn request() -> BoxedStrategy<Option<PlannedFault>> {
    static FORMS: LazyLock<Vec<&'static str>> = LazyLock::new(|| written(plan::request_fault_forms()));
    static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| PROTOCOL.meeting_faults());
    let fault = (select(&FORMS[..]), arguments(), select(STATUSES), select(Fault::REDIRECTS));
    let fault = fault.prop_map(|(form, arguments, status, redirect)| {
        // Any status may ask for a wait, too, and any of some lead elsewhere.
        let text = match (form.split_once(" retry_"), form.strip_prefix("307 to ").or(form.strip_prefix("302 to "))) {
            (Some((_, wait)), _) => arguments.fill(&format!("{status} retry_{wait}"), ""),
            (None, Some(place)) => format!("{redirect} to {place}"),
            (None, None) if form.contains("` to `") => status.to_owned(),
            (None, None) => arguments.fill(form, ""),
        };
        text.parse().ok()
    });
    let target = (select(&ENDPOINTS[..]), which(), turn(), any::<bool>());
    let target = target.prop_map(|(endpoint, which, turn, of_turn)| {
        (endpoint, if of_turn && endpoint.delivers() { turn } else { which })
    });
    let planned = (target, fault, until()).prop_map(|((endpoint, which), fault, until)| {
        Some(PlannedFault::Request(endpoint, which, RequestFault { fault: fault?, until }))
    });
    planned.boxed()
}

fn commit() -> BoxedStrategy<Option<PlannedFault>> {
    static FORMS: LazyLock<Vec<&'static str>> = LazyLock::new(|| written(plan::commit_fault_forms()));
    let fault = (select(&FORMS[..]), arguments()).prop_map(|(form, arguments)| arguments.fill(form, "").parse().ok());
    let planned = (select(AGENTS), which(), fault);
    planned.prop_map(|(agent, which, fault)| Some(PlannedFault::Commit(agent.to_owned(), which, fault?))).boxed()
}

/// A kill of each kind, at each kind of moment.
pub(super) fn kill() -> BoxedStrategy<Option<Kill>> {
    let at = prop_oneof![
        (1..400_u64).prop_map(Moment::Step),
        (select(&LABELS[..]), 1..6_u32).prop_map(|(label, number)| Moment::Label(label.into(), number)),
        select(DURATIONS).prop_map(|text| Moment::After(values::duration(text))),
    ];
    let kill = (1..5_u32, at, select(&Ending::KILLS[..]));
    kill.prop_map(|(process, at, ending)| Some(Kill { process, at, ending })).boxed()
}
