//! How a turn was lost by a memory that reports nothing: what the provider received of it, and else what came behind it.
//!
//! What is said of a mechanism is what separates two bugs: a retain that failed explains the loss, whatever came later, and so does a kill.

use model::words::turn::TurnId;

use crate::history::reading::requests::{Done, Exchange};
use crate::history::reading::stations::What;
use crate::history::reading::{At, Reading};
use crate::history::{Call, Word};
use crate::judging::ledger::TurnRecord;
use crate::plan::{Ending, Sending};

/// A memory that has that long, and nothing else to wait for, has sent what it is going to send.
const LONG_MS: u64 = 5_000;
/// A request that takes longer holds up what comes behind it.
const QUICK_MS: u64 = 1_000;

/// The mechanism in words.
pub(super) fn lost(turn: &TurnRecord, reading: &Reading, sending: Sending) -> String {
    match (retains(&turn.id, reading).last(), end(turn, reading)) {
        (Some(last), _) => format!("it was sent, the last time in a retain that {}", fate(last)),
        (None, End::Killed) => "it was never sent, and its process was killed".to_owned(),
        (None, End::Handled(how)) => format!("it was never sent, and its process handled SIGTERM and {how}"),
        (None, End::Exit) => format!("{}; its process exited", never_sent(turn, reading, sending)),
        (None, End::Missing) => format!("{}; its process never ended", never_sent(turn, reading, sending)),
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

fn never_sent(turn: &TurnRecord, reading: &Reading, sending: Sending) -> String {
    let handed_over = |id: &TurnId| reading.turns.get(id).and_then(|turn| turn.handed_over().next());
    let Some((own, process)) = handed_over(&turn.id) else { return "it was never handed over".to_owned() };
    if sending.one_memory && is_shut_down(own.place, process, reading) {
        return "it was never sent; it came to a memory that had been shut down".to_owned();
    }
    let sent = |later: bool| {
        reading.turns.all().iter().map(|other| &other.id).any(|id| {
            let of_it = handed_over(id).is_some_and(|(at, by)| by == process && (at.place > own.place) == later);
            of_it && *id != turn.id && retains(id, reading).next().is_some()
        })
    };
    let (earlier, later) = (sent(false), sent(true));
    let beside = match (earlier, later) {
        (_, true) => "though a later turn of its process was",
        (_, false) if sending.batches => "nor was any later turn of its process, where a retain carries several",
        (true, false) => "nor was any later turn of its process",
        (false, false) => "nor was any other turn of its process",
    };
    let idle = !later && !sending.batches && !sending.may_wait && had_long(own, process, reading);
    let long = if idle { ", though for five seconds nothing held it up" } else { "" };
    let left = if is_left(own.place, process, reading) { "; its session or agent was left behind it" } else { "" };
    format!("it was never sent, {beside}{long}{left}")
}

/// Whether the memory of a process that has one was shut down before this place, and not begun again.
fn is_shut_down(place: usize, process: u32, reading: &Reading) -> bool {
    let last = |ends: fn(Word) -> bool| {
        let made = reading.calls.made().filter_map(|(by, call, at)| match call {
            Call::Command { word, .. } if by == process && at.place < place && ends(*word) => Some(at.place),
            Call::Command { .. } | Call::Turn(_) => None,
        });
        made.max()
    };
    last(|word| matches!(word, Word::Expire | Word::Shutdown | Word::CliExit)) > last(|word| word == Word::Reinit)
}

/// Whether the process went on for long behind this place, and the provider answered at once each request that it got before the end.
fn had_long(from: At, process: u32, reading: &Reading) -> bool {
    let Some(end) = reading.lives.end_of(process) else { return false };
    let before = |one: &&Exchange| one.arrived.is_some_and(|arrived| arrived.at.place < end.at.place);
    let is_quick = |one: &Exchange| {
        let took = one.arrived.zip(one.done.as_ref()).map(|(arrived, (done, _))| done.ms - arrived.at.ms);
        one.fault().is_none() && took.is_some_and(|ms| ms <= QUICK_MS)
    };
    end.at.ms - from.ms >= LONG_MS && reading.requests.all.iter().filter(before).all(is_quick)
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
        Word::End
        | Word::Prefetch
        | Word::Shutdown
        | Word::CliExit
        | Word::SigShutdown
        | Word::SigStop
        | Word::Flush
        | Word::Exit => false,
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
        (Some(Ending::Sigkill | Ending::Sigterm | Ending::PowerLoss), true) => {
            let in_it = reading.calls.ended_in_a_stop(turn.process);
            End::Handled(if in_it { "was killed in its handler" } else { "was killed behind its handler" })
        }
    }
}
