//! Missed faults: the kills and the faults of a plan that never struck.

use model::words::turn::TurnId;

use crate::history::reading::Reading;
use crate::history::reading::lives::Lives;
use crate::history::reading::requests::Arrival;
use crate::history::reading::stations::What;
use crate::plan::{Ending, Kill, Moment, PlannedFault, Scenario, Which};
use crate::world;

/// Whether a strike after this many steps, at this label, is the planned kill.
fn is_at(kill: &Kill, steps: u64, label: &str) -> bool {
    match &kill.at {
        Moment::Step(step) => *step == steps,
        Moment::Label(planned, _) => **planned == *label,
        Moment::After(_) => label == world::PLANNED_TIME,
    }
}

/// Whether a planned kill struck.
pub(super) fn struck(kill: &Kill, lives: &Lives) -> bool {
    let Some(life) = lives.of(kill.process) else { return false };
    let ended = life.ended.as_ref().is_some_and(|end| {
        let at_it = end.label.as_ref().is_some_and(|label| is_at(kill, end.steps, label));
        end.ending == kill.ending && at_it
    });
    let signaled = life.signal.as_ref().is_some_and(|stop| is_at(kill, stop.steps, &stop.label));
    ended || (signaled && kill.ending == Ending::Sigterm)
}

/// Planned kills that missed.
pub(super) fn missed_kills(scenario: &Scenario, lives: &Lives) -> Vec<String> {
    scenario.faults.kills.iter().filter(|kill| !struck(kill, lives)).map(ToString::to_string).collect()
}

/// Planned faults of requests and commits that missed.
pub(super) fn missed_faults(scenario: &Scenario, reading: &Reading) -> Vec<String> {
    let brings = |turn: &TurnId, number: u32| {
        let stations = reading.turns.get(turn).into_iter().flat_map(|turn| &turn.stations);
        stations.into_iter().any(|station| matches!(station.what, What::Requested { number: by } if by == number))
    };
    let meant = |which: &Which, number: u32| match which {
        Which::Turn(turn) => brings(turn, number),
        Which::Number(_) | Which::Every => which.means(number, &[]),
    };
    let struck = |planned: &PlannedFault| match planned {
        PlannedFault::Request(endpoint, which, planned) => {
            let mut arrived = reading.requests.all.iter().filter(|request| request.endpoint == *endpoint);
            let met = |arrival: Arrival| arrival.fault == Some(planned.fault) && meant(which, arrival.number);
            arrived.any(|request| request.arrived.is_some_and(met))
        }
        PlannedFault::Commit(agent, which, _) => reading
            .commits
            .all
            .iter()
            .any(|one| one.commit.agent == *agent && one.plan != "ok" && meant(which, one.commit.number)),
    };
    scenario.faults.planned().filter(|planned| !struck(planned)).map(|planned| planned.to_string()).collect()
}
