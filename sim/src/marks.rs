//! Marks: what a campaign must have met sometimes, if its silence is to mean anything.
//!
//! A mark is read from the history alone, as an invariant is. One that is required must be reached by every campaign of some
//! length over its profile: otherwise the campaign proves nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use model::host::{Observation, Request};
use model::turn::TurnId;

use crate::generate::Profile;
use crate::hindsight::Happening;
use crate::history::{Call, Event, Exclusion, Source, What, Word};
use crate::scenario::{Ending, Fault};

/// Something that must have happened sometimes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "`words` says each")]
pub enum Mark {
    KilledWithTurns,
    KilledOnTheWire,
    PowerLost,
    ReplyLost,
    AppliedLate,
    RefusedAndStored,
    SwitchedTooEarly,
    LeftBehindAndStored,
    ClosedTooEarly,
    SignalHandled,
    UndoneLate,
    SideBySide,
    SaidTwice,
    ProviderDown,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::KilledWithTurns,
        Self::KilledOnTheWire,
        Self::PowerLost,
        Self::ReplyLost,
        Self::AppliedLate,
        Self::RefusedAndStored,
        Self::SwitchedTooEarly,
        Self::LeftBehindAndStored,
        Self::ClosedTooEarly,
        Self::SignalHandled,
        Self::UndoneLate,
        Self::SideBySide,
        Self::SaidTwice,
        Self::ProviderDown,
    ];

    /// Whether a campaign over this profile has to reach it.
    pub fn is_required(self, profile: Profile) -> bool {
        match profile {
            Profile::Default => true,
            Profile::Shutdown => !matches!(self, Self::SaidTwice | Self::UndoneLate),
            Profile::Switch => matches!(self, Self::SwitchedTooEarly),
            Profile::Storage => matches!(self, Self::ReplyLost | Self::AppliedLate | Self::RefusedAndStored),
            Profile::Gateway | Profile::WebUi => false,
        }
    }

    /// What must have happened.
    pub fn words(self) -> &'static str {
        match self {
            Self::KilledWithTurns => "a process was killed with turns that were acknowledged and not yet stored",
            Self::KilledOnTheWire => "a process was killed with a request on its way",
            Self::PowerLost => "the power was lost",
            Self::ReplyLost => "a reply was lost after its retain had been applied",
            Self::AppliedLate => "a request was applied after its sender had given it up",
            Self::RefusedAndStored => "a retain was refused, and its turns were stored all the same",
            Self::SwitchedTooEarly => "the session was switched while turns were not yet stored",
            Self::LeftBehindAndStored => "a process stored what a former one had left",
            Self::ClosedTooEarly => "a shutdown ended with turns that were not yet stored",
            Self::SignalHandled => "a handler of SIGTERM ran",
            Self::UndoneLate => "a turn was undone after it had been stored",
            Self::SideBySide => "two processes lived at the same time",
            Self::SaidTwice => "the same was said twice",
            Self::ProviderDown => "the provider was down",
        }
    }
}

/// The marks that a history reaches.
pub fn reached(events: &[Event]) -> BTreeSet<Mark> {
    let mut reader = Reader::default();
    for event in events {
        reader.read(event);
    }
    reader.reached
}

/// What is known halfway through a history.
#[derive(Default)]
struct Reader {
    reached: BTreeSet<Mark>,
    /// The turns that were acknowledged and are not stored, and by which process.
    open: BTreeMap<TurnId, Source>,
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
        match (&event.what, event.source) {
            (What::Started { .. }, Source::Process(number)) => {
                self.alive.insert(number);
                self.mark_if(self.alive.len() > 1, Mark::SideBySide);
            }
            (What::Ended { ending, .. }, Source::Process(number)) => self.ended(number, *ending),
            (What::Signaled { .. }, _) => self.mark_if(true, Mark::SignalHandled),
            (What::Called(call), _) => self.called(call),
            (What::Returned(Call::Turn(turn)), source) if !self.stored.contains(turn) => {
                self.open.insert(turn.clone(), source);
            }
            (What::Returned(call), _) if call.is_shutdown() => {
                self.mark_if(!self.open.is_empty(), Mark::ClosedTooEarly)
            }
            (What::Excluded { turn, why: Exclusion::Undone }, _) => {
                self.mark_if(self.stored.contains(turn), Mark::UndoneLate)
            }
            (What::Told(observation), Source::Process(number)) => self.told(observation, number),
            (What::Provider(happening), _) => self.happened(happening),
            _ => {}
        }
    }

    fn mark_if(&mut self, reached: bool, mark: Mark) {
        if reached {
            self.reached.insert(mark);
        }
    }

    fn ended(&mut self, number: u32, ending: Ending) {
        self.alive.remove(&number);
        if ending.exit_code() != 0 {
            let own = |source: &Source| *source == Source::Process(number);
            self.mark_if(self.open.values().any(own), Mark::KilledWithTurns);
            self.mark_if(self.on_their_way.get(&number).is_some_and(|requests| *requests > 0), Mark::KilledOnTheWire);
            self.mark_if(ending == Ending::PowerLoss, Mark::PowerLost);
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
            Observation::RequestFailed { request, .. } => {
                let requests = self.on_their_way.entry(number).or_default();
                *requests = requests.saturating_sub(1);
                self.gave_up |= *request == Request::Retain;
            }
            _ => {}
        }
    }

    fn happened(&mut self, happening: &Happening) {
        match happening {
            Happening::Received { request: Request::Retain, items, fault, .. } => {
                self.mark_if(matches!(fault, Some(Fault::ApplyDrop)), Mark::ReplyLost);
                if matches!(fault, Some(Fault::Refuse(_) | Fault::Drop)) {
                    self.refused.extend(items.iter().flat_map(|item| item.turns.iter().cloned()));
                }
            }
            Happening::Applied { turns, .. } => {
                self.mark_if(self.gave_up, Mark::AppliedLate);
                for turn in turns {
                    self.mark_if(self.refused.contains(turn), Mark::RefusedAndStored);
                    if let Some(Source::Process(number)) = self.open.remove(turn) {
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
            Happening::Down { .. } => self.mark_if(true, Mark::ProviderDown),
            _ => {}
        }
    }
}
