//! The marks that relate several events of a history, so that no single place in the code can set them. They are read from the reading.

use model::machine::marks::{Mark, Marks};
use model::words::command::Answer;
use model::words::echo::FIRST;

use crate::history::reading::lives::End;
use crate::history::reading::requests::{Exchange, Requests};
use crate::history::reading::stations::{Turn, What};
use crate::history::reading::{At, Reading};
use crate::history::{Call, Exclusion, Word};
use crate::plan::{FaultFamily, Step, WebUiStep};

/// The marks that a history shows.
pub fn read(reading: &Reading) -> Marks {
    let mut reached = Marks::default();
    let mut mark_if = |is_reached: bool, mark: Mark| {
        if is_reached {
            reached.insert(mark);
        }
    };
    let turns = || reading.turns.all().iter();
    mark_if(turns().any(|turn| turn.handed_over().nth(1).is_some()), Mark::SaidTwice);
    mark_if(echoed(reading), Mark::Echoed);
    mark_if(handed_over_together(reading), Mark::HandedOverTogether);
    mark_if(reading.lives.ends().any(|(process, end)| killed_with_turns(reading, process, end)), Mark::KilledWithTurns);
    mark_if(
        reading.lives.ends().any(|(process, end)| killed_on_the_wire(reading, process, end)),
        Mark::KilledOnTheWire,
    );
    mark_if(closed_too_early(reading), Mark::ClosedTooEarly);
    mark_if(switched_too_early(reading), Mark::SwitchedTooEarly);
    mark_if(turns().any(undone_late), Mark::UndoneLate);
    mark_if(applied_late(&reading.requests), Mark::AppliedLate);
    mark_if(turns().any(|turn| refused_and_stored(turn, &reading.requests)), Mark::RefusedAndStored);
    mark_if(turns().any(|turn| left_behind_and_stored(turn, reading)), Mark::LeftBehindAndStored);
    mark_if(discard_refused(reading), Mark::DiscardRefused);
    reached
}

/// Whether a process was handed words in which another process, that was alive, had been handed a turn.
fn echoed(reading: &Reading) -> bool {
    let said: Vec<(u32, At, u32)> = reading
        .turns
        .handed_over()
        .filter(|turn| turn.id.number >= FIRST)
        .flat_map(|turn| turn.handed_over().map(|(at, process)| (turn.id.number, at, process)))
        .collect();
    let alive = |process: u32, at: At| reading.lives.of(process).is_some_and(|life| life.is_alive_at(at.place));
    said.iter().any(|(text, _, process)| {
        said.iter().any(|(other, at, by)| other == text && by != process && alive(*process, *at))
    })
}

/// Whether a turn was handed over while one of another session was, in the same process.
fn handed_over_together(reading: &Reading) -> bool {
    let calls = reading.turns.handed_over().flat_map(|turn| {
        turn.handed_over().map(move |(at, process)| {
            let mut returned = turn.acknowledged().filter(|(back, by)| *by == process && back.place > at.place);
            (process, at.place, returned.next().map_or(at.place, |(back, _)| back.place), &turn.id.session)
        })
    });
    let mut calls: Vec<_> = calls.collect();
    calls.sort_unstable_by_key(|(process, called, ..)| (*process, *called));
    calls.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].2 > pair[1].1 && pair[0].3 != pair[1].3)
}

fn discard_refused(reading: &Reading) -> bool {
    let mut refused = reading.calls.asked().filter(|one| matches!(one.answer, Some((Answer::Bool(false), _))));
    refused.any(|one| matches!(one.step.parse(), Ok(Step::WebUi(WebUiStep::Discard(session))) if !session.is_empty()))
}

fn killed_with_turns(reading: &Reading, process: u32, end: &End) -> bool {
    end.ending.exit_code() != 0 && reading.turns.any_unstored_of(process, end.at.place)
}

fn killed_on_the_wire(reading: &Reading, process: u32, end: &End) -> bool {
    end.ending.exit_code() != 0 && reading.requests.in_flight(process, end.at.place)
}

fn closed_too_early(reading: &Reading) -> bool {
    let mut closed = reading.lives.all().flat_map(|life| &life.shut_down);
    closed.any(|at| reading.turns.any_unstored_at(at.place))
}

fn switched_too_early(reading: &Reading) -> bool {
    let leaves = |call: &Call| matches!(call, Call::Command { word: Word::Switch | Word::New | Word::Compress, .. });
    let mut left = reading.calls.made().filter(|(_, call, _)| leaves(call));
    left.any(|(.., at)| reading.turns.any_unstored_at(at.place))
}

fn undone_late(turn: &Turn) -> bool {
    let stored = turn.stations.iter().skip_while(|station| !matches!(station.what, What::Applied { .. }));
    stored.into_iter().any(|station| matches!(station.what, What::Excluded { why: Exclusion::Undone }))
}

fn applied_late(requests: &Requests) -> bool {
    let gave_up = requests.failures.iter().find(|failure| failure.endpoint.delivers());
    gave_up.is_some_and(|failure| requests.applied.last().is_some_and(|last| last.at.place > failure.at.place))
}

fn refused_and_stored(turn: &Turn, requests: &Requests) -> bool {
    let refused = |what: &What| {
        let What::Requested { number } = what else { return false };
        let fault = requests.delivery(*number).and_then(Exchange::fault);
        fault.is_some_and(|fault| matches!(fault.family(), FaultFamily::Refusals | FaultFamily::LostRequests))
    };
    let since = turn.stations.iter().skip_while(|station| !refused(&station.what));
    since.into_iter().any(|station| matches!(station.what, What::Applied { .. }))
}

/// Whether a turn reached its first document after the process that had acknowledged it was gone.
fn left_behind_and_stored(turn: &Turn, reading: &Reading) -> bool {
    let Some((At { place, .. }, _)) = turn.applied().next() else { return false };
    let process = turn.unstored_at(place);
    process.is_some_and(|process| !reading.lives.of(process).is_some_and(|life| life.is_alive_at(place)))
}
