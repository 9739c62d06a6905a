//! What led to a violation: read from the event with which it became true.

use crate::history::reading::Reading;
use crate::history::reading::requests::Exchange;
use crate::history::reading::stations::{Station, Turn, What};
use crate::history::{Event, Fact, Happening, Origin, Who};
use crate::judging::{Cause, Violation};
use crate::plan::{Scenario, Whence};
use model::facts::{Observation, Place};

/// A run, and where its events came from.
pub(super) struct Origins<'a> {
    events: &'a [Event],
    origins: &'a [Origin],
    reading: &'a Reading,
    steps: Whence<'a>,
}

impl<'a> Origins<'a> {
    pub(super) fn of(scenario: &'a Scenario, events: &'a [Event], origins: &'a [Origin], reading: &'a Reading) -> Self {
        Self { events, origins, reading, steps: Whence::of(scenario) }
    }

    /// Adds to each violation what led to it.
    pub(super) fn explain(&self, violations: &mut [Violation]) {
        violations.iter_mut().for_each(|violation| violation.cause = self.cause(violation));
    }

    /// What led to the violation.
    fn cause(&self, violation: &Violation) -> Cause {
        let exchange = self.exchange(violation.place);
        let sent = exchange.and_then(|exchange| exchange.sent);
        let by = self.events.get(violation.place).and_then(|event| match event.who {
            Who::Process(process) => Some((process, violation.place)),
            Who::World | Who::Provider => sent.map(|(process, at)| (process, at.place)),
        });
        let origin = by.and_then(|(_, place)| self.origins.get(place)).copied().unwrap_or_default();
        let process = by.map(|(process, _)| process);
        let turn = violation.turn.as_ref().and_then(|turn| self.reading.turns.get(turn));
        let station = turn.and_then(|turn| turn.stations.last());
        let queued = sent.and_then(|(_, at)| self.origins.get(queued(turn?, at.place)?));
        let action = queued.unwrap_or(&origin).action;
        Cause {
            process,
            task: origin.task,
            request: exchange.and_then(|exchange| Some(format!("{} {}", exchange.endpoint, exchange.arrived?.number))),
            step: process.and_then(|process| self.steps.acting_step(process, action)),
            last_station: station.map(|station| format!("{}, at {} ms", station.what, station.at.ms)),
        }
    }

    /// The request that this event is about.
    fn exchange(&self, place: usize) -> Option<&Exchange> {
        let requests = &self.reading.requests;
        let all = &requests.all;
        let fact = &self.events.get(place)?.fact;
        if let Fact::Provider(Happening::Applied { number, .. }) = fact {
            return requests.delivery(*number);
        }
        if let Fact::Provider(
            Happening::Received { endpoint, number, .. }
            | Happening::Answered { endpoint, number, .. }
            | Happening::HungUp { endpoint, number }
            | Happening::Abandoned { endpoint, number },
        ) = fact
        {
            let is_it =
                |one: &&Exchange| one.endpoint == *endpoint && one.arrived.is_some_and(|it| it.number == *number);
            return all.iter().find(is_it);
        }
        let is_here = |one: &&Exchange| {
            let over = one.over.as_ref().map(|(at, _)| *at);
            [one.sent.map(|(_, at)| at), over].into_iter().flatten().any(|at| at.place == place)
        };
        let told = matches!(fact, Fact::Told(Observation::RequestSent { .. } | Observation::RequestFailed { .. }));
        if told { all.iter().find(is_here) } else { None }
    }
}

/// The event with which the turn came to wait for the request that was sent at this place: whoever did that wanted it sent.
fn queued(turn: &Turn, sent: usize) -> Option<usize> {
    let waits = |station: &&Station| {
        let What::Moved { place } = station.what else { return false };
        station.at.place < sent && !matches!(place, Place::InFlight | Place::Accepted)
    };
    turn.stations.iter().rfind(waits).map(|station| station.at.place)
}
