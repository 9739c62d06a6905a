//! The details that did not matter: values of the smallest scenario that could be different. A note says what was tried, and no more.

use std::time::Duration;

use model::words::command;
use model::words::server::Server;

use crate::draw::Drawn;
use crate::plan::{CommitFault, Config, Fault, PlannedFault, Setting, Span, Step, SurroundingStep};

/// Whether a scenario shows the same violation.
type Shows<'a> = &'a mut dyn FnMut(Drawn) -> bool;

/// The sentences about details that did not matter.
pub(super) fn notes(drawn: &Drawn, shows: Shows<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(batch_size(drawn, shows));
    for (lane, steps) in drawn.scenario.lanes.iter().enumerate() {
        for place in 0..steps.len() {
            notes.extend(sleep(drawn, lane, place, shows));
        }
    }
    for fault in drawn.scenario.faults.planned() {
        notes.extend(delay(drawn, &fault, shows));
        notes.extend(other_fault(drawn, &fault, shows));
    }
    notes.extend(schedule(drawn, shows));
    notes.extend(server(drawn, shows));
    notes
}

fn batch_size(drawn: &Drawn, shows: Shows<'_>) -> Option<String> {
    let config = &drawn.scenario.config;
    let size = config.memory.retain_every_n_turns;
    if size == Config::default().memory.retain_every_n_turns {
        return None;
    }
    let mut as_good = |size: &u32| {
        let config = config.with(Setting::RetainEveryNTurns(*size));
        shows(drawn.changed(|scenario| scenario.config = config))
    };
    let (same, other) =
        [1, 3, 10].into_iter().filter_map(|more| size.checked_add(more)).partition::<Vec<u32>, _>(&mut as_good);
    told(&same, &other).map(|told| format!("batch size {size}: {told}"))
}

/// The durations to compare with, from short to long: around the limits and timeouts of the real releases.
const LADDER: [Duration; 8] = [
    Duration::from_millis(1),
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(130),
    Duration::from_secs(600),
];

fn sleep(drawn: &Drawn, lane: usize, place: usize, shows: Shows<'_>) -> Option<String> {
    let step = &drawn.scenario.lanes[lane][place];
    let Step::Around(SurroundingStep::Sleep(_)) = step else { return None };
    let lengths = lengths(&mut |duration| {
        let other = SurroundingStep::Sleep(duration).into();
        shows(drawn.changed(|scenario| scenario.lanes[lane][place] = other))
    })?;
    Some(format!("\"{step}\": {lengths}"))
}

fn delay(drawn: &Drawn, fault: &PlannedFault, shows: Shows<'_>) -> Option<String> {
    fault.pause()?;
    let lengths = lengths(&mut |pause| shows(drawn.changed(|scenario| scenario.faults.plan(fault.with_pause(pause)))))?;
    Some(format!("\"{}\": {lengths}", fault.fault()))
}

/// The durations that show the violation too, and those that do not.
fn lengths(shows: &mut dyn FnMut(Duration) -> bool) -> Option<String> {
    let (same, other) = LADDER.into_iter().partition::<Vec<Duration>, _>(|duration| shows(*duration));
    told(&spans(&same), &spans(&other))
}

fn spans(durations: &[Duration]) -> Vec<Span> {
    durations.iter().copied().map(Span).collect()
}

/// Which of the values that were tried show the violation. None if none does.
fn told<T: ToString>(same: &[T], other: &[T]) -> Option<String> {
    let list = |values: &[T]| values.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
    match (same, other) {
        ([], _) => None,
        (same, []) => Some(format!("{} show it too", list(same))),
        (same, other) => Some(format!("{} show it too, {} do not", list(same), list(other))),
    }
}

/// What could become of a commit instead.
const OTHER_COMMIT_FAULTS: [CommitFault; 1] = [CommitFault(command::CommitFault::Hang)];

fn other_fault(drawn: &Drawn, fault: &PlannedFault, shows: Shows<'_>) -> Option<String> {
    let others: Vec<PlannedFault> = match fault {
        PlannedFault::Request(endpoint, which, planned) => {
            let instead = |other: &Fault| PlannedFault::Request(*endpoint, which.clone(), planned.of(*other));
            Fault::INSTEAD.iter().map(instead).collect()
        }
        PlannedFault::Commit(agent, which, _) => {
            OTHER_COMMIT_FAULTS.map(|other| PlannedFault::Commit(agent.clone(), which.clone(), other)).into()
        }
    };
    let mut as_good = Vec::new();
    for other in others.into_iter().filter(|other| other != fault) {
        let text = other.fault();
        if shows(drawn.changed(|scenario| scenario.faults.plan(other))) {
            as_good.push(text);
        }
    }
    (!as_good.is_empty()).then(|| format!("instead of \"{}\" it may be: {}", fault.fault(), as_good.join(", ")))
}

fn schedule(drawn: &Drawn, shows: Shows<'_>) -> Option<String> {
    const OTHERS: u64 = 20;
    let under = |seed| drawn.changed(|scenario| scenario.seed = seed);
    let found = (1_000..1_000 + OTHERS).filter(|&seed| shows(under(seed))).count() as u64;
    match found {
        OTHERS => Some(format!("under each of {OTHERS} other schedules, too")),
        0 => Some(format!("a race: under none of {OTHERS} other schedules")),
        _ => Some(format!("a race: under {found} of {OTHERS} other schedules")),
    }
}

fn server(drawn: &Drawn, shows: Shows<'_>) -> Option<String> {
    let others = Server::ALL.iter().copied().filter(|server| *server != drawn.server);
    let as_good: Vec<String> =
        others.filter(|&server| shows(Drawn { server, ..drawn.clone() })).map(|server| server.to_string()).collect();
    (!as_good.is_empty()).then(|| format!("also on {}", as_good.join(" and ")))
}
