//! How a turn was lost by a memory that reports nothing: what the provider received of it, and else what came behind it.
//!
//! What is said of a mechanism is what separates two bugs: a retain that failed explains the loss, whatever came later, and so does a kill.

use model::words::turn::TurnId;

use crate::history::reading::Reading;
use crate::history::reading::requests::{Done, Exchange};
use crate::history::reading::stations::What;
use crate::history::{Call, Word};
use crate::judging::ledger::TurnRecord;
use crate::plan::Ending;

/// The mechanism in words. `batches`: a retain is meant to carry several turns.
pub(super) fn lost(turn: &TurnRecord, reading: &Reading, batches: bool) -> String {
    match (retains(&turn.id, reading).last(), end(turn, reading)) {
        (Some(last), _) => format!("it was sent, the last time in a retain that {}", fate(last)),
        (None, End::Killed) => "it was never sent, and its process was killed".to_owned(),
        (None, End::Handled(how)) => format!("it was never sent, and its process handled SIGTERM and {how}"),
        (None, End::Exit) => format!("{}; its process exited", never_sent(turn, reading, batches)),
        (None, End::Missing) => format!("{}; its process never ended", never_sent(turn, reading, batches)),
    }
}

/// The retains that carried a turn to the provider.
fn retains<'a>(turn: &TurnId, reading: &'a Reading) -> impl Iterator<Item = &'a Exchange> {
    let stations = reading.turns.get(turn).into_iter().flat_map(|turn| &turn.stations);
    stations.filter_map(|station| {
        let What::Requested { number } = station.what else { return None };
        reading.requests.delivery(number)
    })
}

fn never_sent(turn: &TurnRecord, reading: &Reading, batches: bool) -> String {
    let handed_over = |id: &TurnId| reading.turns.get(id).and_then(|turn| turn.handed_over().next());
    let Some((own, process)) = handed_over(&turn.id) else { return "it was never handed over".to_owned() };
    let sent = |later: bool| {
        reading.turns.all().iter().map(|other| &other.id).any(|id| {
            let of_it = handed_over(id).is_some_and(|(at, by)| by == process && (at.place > own.place) == later);
            of_it && *id != turn.id && retains(id, reading).next().is_some()
        })
    };
    let beside = match (sent(false), sent(true)) {
        (_, true) => "though a later turn of its process was",
        (_, false) if batches => "nor was any later turn of its process, where a retain carries several",
        (true, false) => "nor was any later turn of its process",
        (false, false) => "nor was any other turn of its process",
    };
    let left = if is_left(own.place, process, reading) { "; its session or agent was left behind it" } else { "" };
    format!("it was never sent, {beside}{left}")
}

fn fate(retain: &Exchange) -> &'static str {
    match retain.done {
        None => "was never answered",
        Some((_, Done::Answered(400..))) => "was answered with an error",
        Some((_, Done::Answered(_))) => "was accepted and not kept",
        Some((_, Done::HungUp)) => "broke off",
        Some((_, Done::Abandoned)) => "its client gave up",
    }
}

/// Whether the session or its agent was left behind this place, other than at the end of the process.
fn is_left(place: usize, process: u32, reading: &Reading) -> bool {
    reading.calls.made().any(|(by, call, at)| match call {
        Call::Command { word, .. } => by == process && at.place > place && leaves(*word),
        Call::Turn(_) => false,
    })
}

fn leaves(word: Word) -> bool {
    match word {
        Word::Switch
        | Word::New
        | Word::Compress
        | Word::Undo
        | Word::Reinit
        | Word::Evict
        | Word::Idle
        | Word::Expire => true,
        Word::End | Word::Prefetch | Word::Shutdown | Word::CliExit | Word::SigShutdown | Word::Exit => false,
    }
}

/// How the process of a turn ended.
enum End {
    Exit,
    Killed,
    /// It handled SIGTERM, and then this happened.
    Handled(&'static str),
    Missing,
}

fn end(turn: &TurnRecord, reading: &Reading) -> End {
    let life = reading.lives.of(turn.process);
    let handled = life.is_some_and(|life| life.signal.is_some());
    match (life.and_then(|life| life.ended.as_ref()).map(|end| end.ending), handled) {
        (None, false) => End::Missing,
        (Some(Ending::Exit | Ending::OsExit), false) => End::Exit,
        (Some(Ending::Sigkill | Ending::Sigterm | Ending::PowerLoss), false) => End::Killed,
        (None, true) => End::Handled("never ended"),
        (Some(Ending::Exit | Ending::OsExit), true) => End::Handled("exited"),
        (Some(Ending::Sigkill | Ending::Sigterm | Ending::PowerLoss), true) => End::Handled("was killed"),
    }
}
