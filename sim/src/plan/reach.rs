//! Whether every step of a plan can happen. A step behind the end of its process, a process without steps, or a barrier that too few
//! processes reach says nothing, and its author believes that it does.

use std::collections::BTreeSet;

use model::hosts::Kind;
use model::words::command::GatewayRequest;

use super::steps::{EndingStep, StartingStep, Step, SurroundingStep, WebUiStep};

/// A place in the lanes: the lane and its step, from 0. And what is wrong there.
pub(super) type Unreached = ((usize, usize), String);

/// The first step of a lane that can never happen, and why.
pub(super) fn check_lane(lane: &[Step], host: Kind) -> Result<(), (usize, String)> {
    let mut ended: Option<&Step> = None;
    let mut interrupted = false;
    let mut alive_without_steps = true;
    for (place, step) in lane.iter().enumerate() {
        if let Step::Starting(StartingStep::Restart(..)) = step {
            if alive_without_steps {
                return Err((place, idle(step, place)));
            }
            (ended, interrupted, alive_without_steps) = (None, false, true);
            continue;
        }
        let may_follow = interrupted && may_follow_an_interrupt(step);
        if let Some(end) = ended.filter(|_| !may_follow) {
            let more = if interrupted {
                "; only \"sigint\" and the steps around the agents, as \"sleep\", happen during its cleanup"
            } else {
                ""
            };
            let message = format!(
                "\"{step}\" never happens: \"{end}\" has ended the process{more}; write \"restart\" before it, or leave it out"
            );
            return Err((place, message));
        }
        alive_without_steps &= matches!(step, Step::Starting(_));
        if ends(step, host) {
            // A second interrupt ends the cleanup.
            interrupted = *step == Step::Ending(EndingStep::Sigint) && ended.is_none();
            ended = Some(step);
        }
    }
    Ok(())
}

/// The message about a `restart` that follows a process without steps.
fn idle(step: &Step, place: usize) -> String {
    match place {
        0 => format!(
            "\"{step}\" follows no process: a list begins with one; leave it out, or write \"start_after 1s\" to begin later and \"use S2\" for another session"
        ),
        _ => format!(
            "\"{step}\" follows a process without steps; write its steps before it, as \"sleep 1s\", or leave it out"
        ),
    }
}

/// Whether a process ends at this step, wherever it stands.
fn ends(step: &Step, host: Kind) -> bool {
    match step {
        Step::Ending(EndingStep::Exit) => host.properties().returns,
        Step::Ending(EndingStep::OnSigterm) => false,
        Step::Ending(
            EndingStep::Sigterm | EndingStep::Sigint | EndingStep::OsExit | EndingStep::Sigkill | EndingStep::PowerLoss,
        ) => true,
        Step::WebUi(step) => *step == WebUiStep::SelfUpdate,
        Step::Gateway(step) => step.0 == GatewayRequest::RequestRestart,
        Step::Starting(_) | Step::Turn(_) | Step::Session(_) | Step::Agent(_) | Step::Around(_) | Step::Beside(_) => {
            false
        }
    }
}

/// Whether a step may happen while the CLI cleans up after Ctrl-C.
fn may_follow_an_interrupt(step: &Step) -> bool {
    matches!(step, Step::Around(_) | Step::Ending(EndingStep::Sigint))
}

/// The first barrier that cannot be met, and why.
pub(super) fn check_barriers(lanes: &[Vec<Step>]) -> Result<(), Unreached> {
    let barriers = |lane: &[Step]| -> Vec<(usize, u32)> {
        let count = |step: &Step| {
            let Step::Around(SurroundingStep::Barrier(count)) = step else { return None };
            Some(*count)
        };
        lane.iter().enumerate().filter_map(|(place, step)| Some((place, count(step)?))).collect()
    };
    let of_lanes: Vec<Vec<(usize, u32)>> = lanes.iter().map(|lane| barriers(lane)).collect();
    let all = || of_lanes.iter().enumerate().flat_map(|(lane, own)| own.iter().map(move |(at, n)| ((lane, *at), *n)));
    let lists = |n: usize| if n == 1 { "1 list of steps".to_owned() } else { format!("{n} lists of steps") };
    if let Some((place, count)) = all().find(|(_, count)| *count as usize > lanes.len()) {
        let cure = if lanes.len() > 1 { format!("write \"barrier {}\"", lanes.len()) } else { "leave it out".into() };
        let message = format!(
            "\"barrier {count}\" waits for {count} processes, and there {} {}: {cure}, or write parallel with more lists",
            if lanes.len() == 1 { "is" } else { "are" },
            lists(lanes.len())
        );
        return Err((place, message));
    }
    // Barriers of different sizes count each other's processes: which are met depends on the order.
    let sizes: BTreeSet<u32> = all().map(|(_, count)| count).collect();
    let (Some(count), 1) = (sizes.first().map(|count| *count as usize), sizes.len()) else { return Ok(()) };
    let reached: usize = of_lanes.iter().map(Vec::len).sum();
    let rounds = reached / count;
    // A process waits at each of its barriers, so it takes part in each round once at most.
    let longest = of_lanes.iter().enumerate().max_by_key(|(lane, own)| (own.len(), std::cmp::Reverse(*lane)));
    match longest {
        Some((lane, own)) if own.len() > rounds || !reached.is_multiple_of(count) => {
            let at = own[rounds.min(own.len() - 1)].0;
            let message = format!(
                "\"barrier {count}\" cannot be met: it needs {count} lists to reach as many barriers, and they have {}; write it as often in each of {count} lists",
                of_lanes.iter().map(|own| own.len().to_string()).collect::<Vec<_>>().join(", ")
            );
            Err(((lane, at), message))
        }
        Some(_) | None => Ok(()),
    }
}
