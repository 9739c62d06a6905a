//! Calm: the times at which nothing held a memory up. The server was there, no request met a fault, the disk was well, and the machine
//! awake and with power.
//!
//! Seen facts only. What follows a fault belongs to it: its client waits for an answer, pauses between its tries, and starts anew
//! ([`Delivery::aftermath_ms`]). Deliberately absent: the network and a wedged daemon. The history does not say when they held anything up.

use crate::history::{Fact, Happening};
use crate::plan::Ending;

use super::{Delivery, Evidence};

/// The times of trouble of a run, in order, without gaps or overlaps between neighbors, in milliseconds.
pub(super) struct Calm {
    troubles: Vec<(u64, u64)>,
}

impl Calm {
    /// The calm times of a run.
    pub(super) fn of(evidence: &Evidence<'_>, delivery: &Delivery) -> Self {
        let Evidence { reading, .. } = evidence;
        let mut troubles = away(evidence);
        troubles.extend(reading.disk.faults());
        troubles.extend(reading.machine.naps());
        let outages = reading.lives.ends().filter(|(_, end)| end.ending == Ending::PowerLoss);
        troubles.extend(outages.map(|(_, end)| (end.at.ms, end.at.ms)));
        for exchange in &reading.requests.all {
            let Some((arrived, fault)) = exchange.arrived.and_then(|arrived| Some((arrived, arrived.fault?))) else {
                continue;
            };
            let wait_ms = fault.wait().map_or(0, |wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            let until_ms = exchange.done.map_or(u64::MAX, |(done, _)| reading.machine.when_awake_for(done.ms, wait_ms));
            troubles.push((arrived.at.ms, until_ms));
        }
        let with_aftermath = |(from_ms, to_ms): (u64, u64)| (from_ms, to_ms.saturating_add(delivery.aftermath_ms));
        Self { troubles: joined(troubles.into_iter().map(with_aftermath).collect()) }
    }

    /// Whether all of this time was calm.
    pub(super) fn lasts(&self, from_ms: u64, to_ms: u64) -> bool {
        !self.troubles.iter().any(|(began_ms, ended_ms)| *began_ms <= to_ms && from_ms < *ended_ms)
    }

    /// The first calm in this time that is longer than `most_ms`.
    pub(super) fn longer_than(&self, most_ms: u64, (from_ms, to_ms): (u64, u64)) -> Option<(u64, u64)> {
        let mut from_ms = from_ms;
        for (began_ms, ended_ms) in &self.troubles {
            let calm = (from_ms, to_ms.min(*began_ms));
            if calm.1.saturating_sub(calm.0) > most_ms {
                return Some(calm);
            }
            from_ms = from_ms.max(*ended_ms);
        }
        (to_ms.saturating_sub(from_ms) > most_ms).then_some((from_ms, to_ms))
    }
}

/// The times at which the server was not there. It comes up for the first time when a run begins, which is no trouble, or later.
fn away(evidence: &Evidence<'_>) -> Vec<(u64, u64)> {
    let (mut away, mut since_ms) = (Vec::new(), Some(0));
    for event in evidence.events {
        if let Fact::Provider(Happening::Down { .. }) = event.fact {
            since_ms.get_or_insert(event.at_ms);
        } else if let Fact::Provider(Happening::Up) = event.fact {
            away.extend(since_ms.take().filter(|_| event.at_ms > 0).map(|since_ms| (since_ms, event.at_ms)));
        }
    }
    away.extend(since_ms.map(|since_ms| (since_ms, u64::MAX)));
    away
}

/// The same times in order, each once.
fn joined(mut times: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    times.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::with_capacity(times.len());
    for (from_ms, to_ms) in times {
        match joined.last_mut() {
            Some(last) if from_ms <= last.1 => last.1 = last.1.max(to_ms),
            _ => joined.push((from_ms, to_ms)),
        }
    }
    joined
}
