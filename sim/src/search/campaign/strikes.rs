//! The faults that struck in a history, and whether each made a difference.
//!
//! A fault strikes when its request arrives, or its step is taken. It makes a difference
//!
//! - as a status, a lost request or reply, or a restart of the provider: if a client was told no, or lost its connection;
//! - as `hang` or a delay: if a client lost its patience, or was closed or killed while it waited;
//! - as `accept_fail`: if somebody asked about an operation afterwards, or was told no at once;
//! - as `worker_crash`: if the same was applied twice, or the reply was lost;
//! - as a commit that fails or hangs: always; as one that takes a while: if anything happened to its process's sessions before it
//!   was over, or its process ended;
//! - as the end of a process: if that had turns that were not yet stored, a request on its way, or a call, a turn or a commit
//!   under way.
//!
//! The log does not say which client sent a request, so it is matched to the oldest unmatched one of its kind. That is exact: packets
//! never overtake.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::{Observation, chats, commits};
use model::words::endpoint::{Endpoint, Role};
use model::words::turn::TurnId;

use super::faults::commit;
use crate::history::{Call, Event, Fact, Happening, Who, Word};
use crate::plan::{Ending, Fault};

/// A fault that has struck.
pub(super) struct Strike {
    /// The kind of its request, and its own.
    pub kind: String,
    /// Whether it made a difference.
    pub with_effect: bool,
}

/// What a history shows.
#[derive(Default)]
pub(super) struct Struck {
    /// The faults of requests and commits, in order.
    pub strikes: Vec<Strike>,
    /// The processes whose end made a difference: their numbers, and their exit codes.
    pub hurt: BTreeSet<(u32, i32)>,
    /// The endpoints to which anybody made a request.
    pub requests: BTreeSet<Endpoint>,
}

/// Reads a history. One in which nothing struck is told from others at a glance, and most are.
pub(super) fn read(events: &[Event], kills: bool) -> Struck {
    let (mut requests, mut struck) = (BTreeSet::new(), kills);
    for event in events {
        match &event.fact {
            Fact::Provider(Happening::Received { endpoint, fault, .. }) => {
                requests.insert(*endpoint);
                struck |= fault.is_some();
            }
            Fact::Told(Observation::Commits(commits::Observation::Began { plan, .. })) => struck |= plan != "ok",
            _ => {}
        }
    }
    let mut reader = Reader::default();
    if struck {
        events.iter().for_each(|event| reader.read(event));
    }
    Struck { requests, ..reader.struck }
}

/// A request that was sent, and for whose answer somebody waits.
struct Waiting {
    endpoint: Endpoint,
    process: u32,
    /// Its number, once it has arrived.
    number: Option<u32>,
    /// What it met, and which strike that is.
    met: Option<(Fault, usize)>,
}

/// What is known halfway through a history.
#[derive(Default)]
struct Reader<'a> {
    struck: Struck,
    waiting: Vec<Waiting>,
    /// Strikes after which an operation fails that nobody has asked about yet.
    failing: Vec<usize>,
    /// Retains of workers that die: which strike each is, and how often it was applied.
    dying: BTreeMap<u32, (usize, u32)>,
    /// Commits that take a while: their processes, and which strike each is.
    slow: Vec<(u32, &'a commits::Call, usize)>,
    /// How many calls, turns and commits of each process are under way.
    under_way: BTreeMap<u32, u32>,
    /// The turns that were acknowledged and are not stored, and by which process.
    open: BTreeMap<&'a TurnId, u32>,
    stored: BTreeSet<&'a TurnId>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, event: &'a Event) {
        match (&event.fact, event.who) {
            (Fact::Called(call), Who::Process(number)) => {
                if matches!(call, Call::Command { word: Word::SigShutdown, .. }) {
                    self.ends(number, Ending::Sigterm);
                }
                self.begins(number);
            }
            (Fact::Returned(call), Who::Process(number)) => {
                self.is_over(number);
                if let Call::Turn(turn) = call
                    && !self.stored.contains(turn)
                {
                    self.open.insert(turn, number);
                }
            }
            (Fact::Told(observation), Who::Process(number)) => self.told(observation, number),
            (Fact::Provider(happening), _) => self.happened(happening),
            (Fact::Ended { ending, .. }, Who::Process(number)) => {
                self.ends(number, *ending);
                self.is_gone(number);
            }
            _ => {}
        }
    }

    fn begins(&mut self, number: u32) {
        *self.under_way.entry(number).or_default() += 1;
    }

    fn is_over(&mut self, number: u32) {
        let under_way = self.under_way.entry(number).or_default();
        *under_way = under_way.saturating_sub(1);
    }

    /// A process is about to end, or to be stopped.
    fn ends(&mut self, number: u32, ending: Ending) {
        let busy = self.under_way.get(&number).is_some_and(|count| *count > 0);
        let sent = || self.waiting.iter().any(|waiting| waiting.process == number);
        if ending.exit_code() != 0 && (busy || sent() || self.open.values().any(|of| *of == number)) {
            self.struck.hurt.insert((number, ending.exit_code()));
        }
    }

    fn is_gone(&mut self, number: u32) {
        for waiting in self.waiting.extract_if(.., |waiting| waiting.process == number) {
            if let Some((Fault::Hang | Fault::Delay(_) | Fault::DelayIfAlive(_), strike)) = waiting.met {
                self.struck.strikes[strike].with_effect = true;
            }
        }
        for (_, _, strike) in self.slow.extract_if(.., |(process, ..)| *process == number) {
            self.struck.strikes[strike].with_effect = true;
        }
    }

    fn told(&mut self, observation: &'a Observation, number: u32) {
        match observation {
            Observation::RequestSent { endpoint } => {
                self.waiting.push(Waiting { endpoint: *endpoint, process: number, number: None, met: None });
            }
            Observation::RequestFailed { endpoint, reason } => self.failed(*endpoint, reason, number),
            Observation::Commits(told) => self.told_of_commits(told, number),
            Observation::Continuity(chats::Observation::Began { .. }) => self.begins(number),
            Observation::Continuity(chats::Observation::Finished { .. }) => self.is_over(number),
            _ => {}
        }
    }

    /// The client was told no, or gave up.
    fn failed(&mut self, endpoint: Endpoint, reason: &str, number: u32) {
        let own = |waiting: &Waiting| waiting.process == number && waiting.endpoint == endpoint;
        let explained = |waiting: &Waiting| waiting.met.is_some_and(|(fault, _)| explains(fault, reason));
        let because = self.waiting.iter().position(|waiting| own(waiting) && explained(waiting));
        if let Some(place) = because.or_else(|| self.waiting.iter().position(own)) {
            let waiting = self.waiting.remove(place);
            if let (Some(_), Some((_, strike))) = (because, waiting.met) {
                self.struck.strikes[strike].with_effect = true;
            }
        }
    }

    fn told_of_commits(&mut self, told: &'a commits::Observation, number: u32) {
        use commits::Observation as Told;
        match told {
            Told::Began { commit: call, plan, .. } => {
                self.begins(number);
                if plan != "ok" {
                    let kind = commit(plan);
                    let slow = kind == "commit delay";
                    let strike = self.strike(kind);
                    self.struck.strikes[strike].with_effect = !slow;
                    if slow {
                        self.slow.push((number, call, strike));
                    }
                }
            }
            Told::Ended { commit: call, .. } => {
                self.is_over(number);
                self.slow.retain(|(process, known, _)| *process != number || *known != call);
            }
            Told::RunBegan { .. } | Told::Marked { .. } | Told::Boundary { .. } | Told::DrainBegan { .. } => {
                if matches!(told, Told::RunBegan { .. }) {
                    self.begins(number);
                }
                for (_, _, strike) in self.slow.iter().filter(|(process, ..)| *process == number) {
                    self.struck.strikes[*strike].with_effect = true;
                }
            }
            Told::RunEnded { .. } => self.is_over(number),
            _ => {}
        }
    }

    fn strike(&mut self, kind: String) -> usize {
        self.struck.strikes.push(Strike { kind, with_effect: false });
        self.struck.strikes.len() - 1
    }

    fn happened(&mut self, happening: &'a Happening) {
        match happening {
            Happening::Received { endpoint, number, fault, .. } => self.received(*endpoint, *number, *fault),
            Happening::Applied { number, turns, .. } => {
                if let Some((strike, times)) = self.dying.get_mut(number) {
                    *times += 1;
                    self.struck.strikes[*strike].with_effect |= *times > 1;
                }
                for turn in turns {
                    self.open.remove(turn);
                    self.stored.insert(turn);
                }
            }
            // Whoever is told no is heard of again.
            Happening::Answered { endpoint, number, status } if *status < 400 => {
                self.waiting.retain(|waiting| waiting.endpoint != *endpoint || waiting.number != Some(*number));
            }
            _ => {}
        }
    }

    fn received(&mut self, endpoint: Endpoint, number: u32, fault: Option<Fault>) {
        if endpoint.role() == Role::Follow {
            for strike in self.failing.drain(..) {
                self.struck.strikes[strike].with_effect = true;
            }
        }
        let met = fault.map(|fault| (fault, self.strike(format!("{endpoint} {}", fault.word()))));
        match met {
            Some((Fault::AcceptFail, strike)) if endpoint.delivers() => self.failing.push(strike),
            Some((Fault::WorkerCrash, strike)) if endpoint.delivers() => _ = self.dying.insert(number, (strike, 0)),
            _ => {}
        }
        let sent = self.waiting.iter_mut().find(|waiting| waiting.endpoint == endpoint && waiting.number.is_none());
        if let Some(waiting) = sent {
            (waiting.number, waiting.met) = (Some(number), met);
        }
    }
}

/// Whether this fault is why a client was told no, or gave up, for this reason.
fn explains(fault: Fault, reason: &str) -> bool {
    match fault {
        Fault::Refuse(status) => reason.strip_prefix("HTTP ").is_some_and(|told| told == status.to_string()),
        Fault::AcceptFail => reason == "HTTP 500",
        Fault::Drop | Fault::ApplyDrop | Fault::Restart(_) | Fault::WorkerCrash => reason == "server disconnected",
        Fault::Hang | Fault::Delay(_) | Fault::DelayIfAlive(_) => {
            reason == "no answer in time" || reason == "client closed under the request"
        }
    }
}

#[cfg(test)]
mod tests;
