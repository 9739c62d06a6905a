//! The marks that are relations over a whole history, which no place in the code could know: it is read once more for them.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::Observation;
use model::machine::marks::{Mark, Marks};
use model::words::turn::TurnId;

use crate::history::{Call, Event, Exclusion, Fact, Happening, Who, Word};
use crate::plan::Fault;

/// The marks that a history shows.
pub fn read(events: &[Event]) -> Marks {
    let mut reader = Reader::default();
    for event in events {
        reader.read(event);
    }
    reader.reached
}

/// What is known halfway through a history.
#[derive(Default)]
struct Reader {
    reached: Marks,
    /// The turns that were acknowledged and are not stored, and by which process.
    open: BTreeMap<TurnId, Who>,
    stored: BTreeSet<TurnId>,
    said: BTreeSet<TurnId>,
    refused: BTreeSet<TurnId>,
    /// Requests that were sent and neither answered nor given up, by process.
    on_their_way: BTreeMap<u32, u32>,
    gave_up: bool,
    alive: BTreeSet<u32>,
}

impl Reader {
    fn read(&mut self, event: &Event) {
        match (&event.fact, event.who) {
            (Fact::Started { .. }, Who::Process(number)) => _ = self.alive.insert(number),
            (Fact::Ended { ending, .. }, Who::Process(number)) => self.ended(number, ending.exit_code()),
            (Fact::Called(call), _) => self.called(call),
            (Fact::Returned(Call::Turn(turn)), source) if !self.stored.contains(turn) => {
                self.open.insert(turn.clone(), source);
            }
            (Fact::Returned(call), _) if call.is_shutdown() => {
                self.mark_if(!self.open.is_empty(), Mark::ClosedTooEarly)
            }
            (Fact::Excluded { turn, why: Exclusion::Undone }, _) => {
                self.mark_if(self.stored.contains(turn), Mark::UndoneLate)
            }
            (Fact::Told(observation), Who::Process(number)) => self.told(observation, number),
            (Fact::Provider(happening), _) => self.happened(happening),
            _ => {}
        }
    }

    fn mark_if(&mut self, reached: bool, mark: Mark) {
        if reached {
            self.reached.insert(mark);
        }
    }

    fn ended(&mut self, number: u32, exit_code: i32) {
        self.alive.remove(&number);
        if exit_code != 0 {
            let own = |source: &Who| *source == Who::Process(number);
            self.mark_if(self.open.values().any(own), Mark::KilledWithTurns);
            self.mark_if(self.on_their_way.get(&number).is_some_and(|requests| *requests > 0), Mark::KilledOnTheWire);
        }
    }

    fn called(&mut self, call: &Call) {
        match call {
            Call::Turn(turn) => {
                let known = !self.said.insert(turn.clone());
                self.mark_if(known, Mark::SaidTwice);
            }
            Call::Command { word: Word::Switch | Word::New | Word::Compress, .. } => {
                self.mark_if(!self.open.is_empty(), Mark::SwitchedTooEarly);
            }
            Call::Command { .. } => {}
        }
    }

    fn told(&mut self, observation: &Observation, number: u32) {
        match observation {
            Observation::RequestSent { .. } => *self.on_their_way.entry(number).or_default() += 1,
            Observation::RequestFailed { endpoint, .. } => {
                let requests = self.on_their_way.entry(number).or_default();
                *requests = requests.saturating_sub(1);
                self.gave_up |= endpoint.delivers();
            }
            _ => {}
        }
    }

    fn happened(&mut self, happening: &Happening) {
        match happening {
            Happening::Received { endpoint, items, fault, .. } if endpoint.delivers() => {
                if matches!(fault, Some(Fault::Refuse(_) | Fault::Drop)) {
                    self.refused.extend(items.iter().flat_map(|item| item.turns.iter().cloned()));
                }
            }
            Happening::Applied { turns, .. } => {
                self.mark_if(self.gave_up, Mark::AppliedLate);
                for turn in turns {
                    self.mark_if(self.refused.contains(turn), Mark::RefusedAndStored);
                    if let Some(Who::Process(number)) = self.open.remove(turn) {
                        self.mark_if(!self.alive.contains(&number), Mark::LeftBehindAndStored);
                    }
                    self.stored.insert(turn.clone());
                }
            }
            Happening::Answered { .. } => {
                if let Some(requests) = self.on_their_way.values_mut().find(|requests| **requests > 0) {
                    *requests -= 1;
                }
            }
            _ => {}
        }
    }
}
