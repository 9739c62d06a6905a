//! Requests: each one that a client sent is matched, once, with its arrival, its fault, what became of it at the provider, and how
//! its client heard of that.
//!
//! The log does not say which client sent a request that arrives, so an arrival belongs to the oldest request of its kind that is
//! on its way. That is exact: packets never overtake. A client that no witness speaks for sends nothing here; its requests are
//! known from their arrival on.
//!
//! Evidence: arrivals, faults and answers are seen. That a request was sent or given up, and why, is the word of the client
//! ([`Grade::ToldByImplementation`](crate::history::Grade)).

use std::collections::BTreeMap;

use model::facts::Request;
use model::words::session::DocumentId;

use super::At;
use crate::plan::Fault;
use crate::providers::hindsight::Happening;

/// A request, as far as the history knows it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its kind.
    pub kind: Request,
    /// Who sent it, and when.
    pub sent: Option<(u32, At)>,
    /// Its arrival at the provider.
    pub arrived: Option<Arrival>,
    /// When the provider was done with it, and how.
    pub done: Option<(At, Done)>,
    /// When its client ceased to wait, and why.
    pub over: Option<(At, Over)>,
    /// How many items of it came into documents.
    pub applied: u32,
}

/// The arrival of a request.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When.
    pub at: At,
    /// Which of its kind, from 1.
    pub number: u32,
    /// What the provider does to it.
    pub fault: Option<Fault>,
}

/// What the provider did in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It answered with this status.
    Answered(u16),
    /// A fault ended the connection.
    HungUp,
    /// The client had left while it waited.
    Abandoned,
}

/// Why a client waits no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was answered, and not told no.
    Answered,
    /// It was told no, or gave up, for this reason.
    Failed(String),
    /// Its process ended.
    Gone,
}

/// A client was told no, or gave up. The request may never have left.
#[derive(Clone, Debug)]
pub struct Failure {
    /// When.
    pub at: At,
    /// The kind of the request.
    pub kind: Request,
    /// Why.
    pub reason: String,
}

/// An item came into a document.
#[derive(Clone, Debug)]
pub struct Applied {
    /// When.
    pub at: At,
    /// The retain's number.
    pub number: u32,
    /// The document.
    pub document: DocumentId,
}

/// The requests of a run.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// All of them, in the order in which the history first knew of each.
    pub all: Vec<Exchange>,
    /// The failures, in order.
    pub failures: Vec<Failure>,
    /// What came into documents, in order.
    pub applied: Vec<Applied>,
    /// Those for whose answer a client waits.
    waiting: Vec<usize>,
    arrived: BTreeMap<(Request, u32), usize>,
}

impl Exchange {
    /// Whether a client of the process waits for it at this place.
    fn waits_at(&self, process: u32, place: usize) -> bool {
        self.sent.is_some_and(|(by, at)| by == process && at.place < place)
            && self.over.as_ref().is_none_or(|(at, _)| at.place >= place)
    }

    /// The fault that it met.
    pub fn fault(&self) -> Option<Fault> {
        self.arrived.and_then(|arrived| arrived.fault)
    }
}

impl Requests {
    /// The request that arrived as this one of its kind.
    pub fn arrived(&self, kind: Request, number: u32) -> Option<&Exchange> {
        self.arrived.get(&(kind, number)).map(|&place| &self.all[place])
    }

    /// The requests of a kind, in the order in which they arrived.
    pub fn arrivals(&self, kind: Request) -> impl Iterator<Item = (Arrival, &Exchange)> {
        let of_the_kind = self.arrived.range((kind, 0)..=(kind, u32::MAX));
        of_the_kind.filter_map(|(_, &place)| Some((self.all[place].arrived?, &self.all[place])))
    }

    /// Whether a client of the process waits for an answer at this place.
    pub fn in_flight(&self, process: u32, place: usize) -> bool {
        self.all.iter().any(|one| one.waits_at(process, place))
    }

    pub(super) fn sent(&mut self, at: At, process: u32, kind: Request) {
        self.waiting.push(self.all.len());
        self.all.push(Exchange { sent: Some((process, at)), ..Exchange::of(kind) });
    }

    /// A client was told no, or gave up: of several requests the one whose fault explains that.
    pub(super) fn failed(&mut self, at: At, process: u32, kind: Request, reason: &str) {
        self.failures.push(Failure { at, kind, reason: reason.to_owned() });
        let all = &mut self.all;
        let own = |&place: &usize| all[place].kind == kind && all[place].sent.is_some_and(|(by, _)| by == process);
        let explained = |place: &usize| own(place) && all[*place].fault().is_some_and(|fault| explains(fault, reason));
        let waiting = self.waiting.iter().position(explained).or_else(|| self.waiting.iter().position(own));
        if let Some(waiting) = waiting {
            all[self.waiting.remove(waiting)].over = Some((at, Over::Failed(reason.to_owned())));
        }
    }

    pub(super) fn happened(&mut self, at: At, happening: &Happening) {
        match happening {
            Happening::Received { request, number, fault, .. } => self.received(at, *request, *number, *fault),
            Happening::Applied { number, document, .. } => {
                self.applied.push(Applied { at, number: *number, document: document.clone() });
                if let Some(&place) = self.arrived.get(&(Request::Retain, *number)) {
                    self.all[place].applied += 1;
                }
            }
            Happening::Answered { request, number, status } => {
                self.done(at, *request, *number, Done::Answered(*status));
                // A client that is told no says so itself.
                if *status < 400 {
                    self.answered(at, *request, *number);
                }
            }
            Happening::HungUp { request, number } => self.done(at, *request, *number, Done::HungUp),
            Happening::Abandoned { request, number } => self.done(at, *request, *number, Done::Abandoned),
            Happening::Down { .. } | Happening::Up | Happening::Deleted { .. } => {}
        }
    }

    pub(super) fn process_ended(&mut self, at: At, process: u32) {
        let all = &mut self.all;
        self.waiting.retain(|&place| {
            let own = all[place].sent.is_some_and(|(by, _)| by == process);
            if own {
                all[place].over = Some((at, Over::Gone));
            }
            !own
        });
    }

    fn received(&mut self, at: At, kind: Request, number: u32, fault: Option<Fault>) {
        let on_its_way = |&&place: &&usize| self.all[place].kind == kind && self.all[place].arrived.is_none();
        let place = self.waiting.iter().find(on_its_way).copied().unwrap_or(self.all.len());
        if place == self.all.len() {
            self.all.push(Exchange::of(kind));
        }
        self.all[place].arrived = Some(Arrival { at, number, fault });
        self.arrived.insert((kind, number), place);
    }

    fn done(&mut self, at: At, kind: Request, number: u32, how: Done) {
        if let Some(&place) = self.arrived.get(&(kind, number)) {
            self.all[place].done.get_or_insert((at, how));
        }
    }

    fn answered(&mut self, at: At, kind: Request, number: u32) {
        let Some(&answered) = self.arrived.get(&(kind, number)) else { return };
        if let Some(waiting) = self.waiting.iter().position(|&place| place == answered) {
            self.waiting.remove(waiting);
            self.all[answered].over = Some((at, Over::Answered));
        }
    }
}

impl Exchange {
    fn of(kind: Request) -> Self {
        Self { kind, sent: None, arrived: None, done: None, over: None, applied: 0 }
    }
}

/// Whether this fault is why a client was told no, or gave up, for this reason.
pub fn explains(fault: Fault, reason: &str) -> bool {
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
mod tests {
    use super::*;
    use crate::history::reading::tests::Log;

    fn overs(log: Log) -> Vec<Option<Over>> {
        log.read().requests.all.into_iter().map(|one| one.over.map(|(_, over)| over)).collect()
    }

    #[test]
    fn an_arrival_belongs_to_the_oldest_request_of_its_kind_on_its_way() {
        let log = Log::default().sent(1, Request::Recall).sent(2, Request::Retain).sent(1, Request::Retain);
        let requests = log.received(Request::Retain, 1, None).answered(Request::Retain, 1, 200).read().requests;
        let numbers: Vec<_> = requests.all.iter().map(|one| one.arrived.map(|arrived| arrived.number)).collect();
        assert_eq!(numbers, [None, Some(1), None]);
        assert_eq!(requests.all[1].done.map(|(_, how)| how), Some(Done::Answered(200)));
        assert!(!requests.in_flight(2, 9) && requests.in_flight(1, 9));
    }

    #[test]
    fn of_two_requests_the_one_whose_fault_explains_it_has_failed() {
        let log = Log::default().sent(1, Request::Retain).sent(1, Request::Retain);
        let log = log.received(Request::Retain, 1, None).received(Request::Retain, 2, Some(Fault::Refuse(503)));
        let failed = Some(Over::Failed("HTTP 503".into()));
        assert_eq!(overs(log.failed(1, Request::Retain, "HTTP 503")), [None, failed]);
    }

    #[test]
    fn what_its_process_leaves_behind_is_gone_and_may_still_be_applied() {
        let log = Log::default().sent(1, Request::Retain).received(Request::Retain, 1, None).killed(1, 5);
        let requests = log.applied(1, "S1", &["S1#1"]).read().requests;
        assert_eq!(requests.all[0].over.as_ref().map(|(_, over)| over), Some(&Over::Gone));
        assert_eq!(requests.all[0].applied, 1);
    }

    #[test]
    fn a_request_that_no_client_spoke_of_is_known_from_its_arrival() {
        let requests = Log::default().received(Request::Retain, 1, None).read().requests;
        assert!(requests.arrived(Request::Retain, 1).is_some_and(|one| one.sent.is_none()));
    }
}
