//! Requests: each one that a client sent is matched, once, with its arrival, its fault, its end at the provider, and how its client heard
//! of that.
//!
//! The log does not say which client sent a request that arrives, so an arrival belongs to the oldest request of its kind that is on its
//! way. That is exact: packets never overtake. A client without a witness sends nothing here; its requests are known from their arrival on.
//!
//! Evidence: arrivals, faults and answers are seen. The client reports that a request was sent or given up, and why
//! ([`Grade::ToldByImplementation`](crate::history::Grade)).

use std::collections::BTreeMap;
use std::fmt;

use model::words::endpoint::{Endpoint, Role};
use model::words::session::DocumentId;

use super::At;
use crate::history::Happening;
use crate::plan::{Fault, Heard};

/// A request, as far as the history knows it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its endpoint.
    pub endpoint: Endpoint,
    /// The process that sent it, and when.
    pub sent: Option<(u32, At)>,
    /// Its arrival at the provider.
    pub arrived: Option<Arrival>,
    /// When the provider was done with it, and how.
    pub done: Option<(At, Done)>,
    /// When its client stopped waiting, and why.
    pub over: Option<(At, Over)>,
    /// How many turns it brings.
    pub turns: u32,
    /// How many of its texts were applied to containers.
    pub applied: u32,
}

/// The arrival of a request.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When.
    pub at: At,
    /// Its number among the requests to its endpoint, from 1.
    pub number: u32,
    /// The fault that the provider applies.
    pub fault: Option<Fault>,
}

/// How the provider ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It answered with this status.
    Answered(u16),
    /// A fault ended the connection.
    HungUp,
    /// The client left while the request waited.
    Abandoned,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(status) => write!(f, "{status}"),
            Self::HungUp => f.write_str("hung up"),
            Self::Abandoned => f.write_str("abandoned"),
        }
    }
}

/// Why a client stopped waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// It got an answer other than an error.
    Answered,
    /// It got an error or gave up, for this reason.
    Failed(String),
    /// Its process ended.
    Gone,
}

/// A client got an error, or gave up. The request may never have left.
#[derive(Clone, Debug)]
pub struct Failure {
    /// When.
    pub at: At,
    /// The endpoint of the request.
    pub endpoint: Endpoint,
    /// The reason.
    pub reason: String,
}

/// A text that was applied to a container.
#[derive(Clone, Debug)]
pub struct Applied {
    /// When.
    pub at: At,
    /// The number of the request that brought it.
    pub number: u32,
    /// The container.
    pub container: DocumentId,
}

/// The requests of a run.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// All of them, in the order in which the history first knew of each.
    pub all: Vec<Exchange>,
    /// The failures, in order.
    pub failures: Vec<Failure>,
    /// The texts applied to containers, in order.
    pub applied: Vec<Applied>,
    /// The requests whose clients still wait for an answer.
    waiting: Vec<usize>,
    arrived: BTreeMap<(Endpoint, u32), usize>,
    deliveries: BTreeMap<u32, usize>,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered => f.write_str("answered"),
            Self::Failed(reason) => f.write_str(reason),
            Self::Gone => f.write_str("gone"),
        }
    }
}

impl Exchange {
    /// Whether a client of the process waits for it at this place.
    fn waits_at(&self, process: u32, place: usize) -> bool {
        self.sent.is_some_and(|(by, at)| by == process && at.place < place)
            && self.over.as_ref().is_none_or(|(at, _)| at.place >= place)
    }

    /// Whether the provider refused it for good.
    pub fn was_turned_down(&self) -> bool {
        matches!(self.done, Some((_, Done::Answered(status))) if Fault::is_final_status(status))
    }

    /// Whether the provider refused it for good, or accepted it and never applied it. `kept` says whether it applied the turn in question.
    pub fn was_in_vain(&self, kept: bool) -> bool {
        self.was_turned_down() || (self.was_confirmed() && (self.applied == 0 || self.left_out(kept).is_some()))
    }

    /// If the provider kept other turns of it, but not the one in question, whether it confirmed that one all the same.
    fn left_out(&self, kept: bool) -> Option<bool> {
        match self.fault() {
            Some(Fault::Partial { silent, .. }) if self.applied > 0 && !kept => Some(silent),
            _ => None,
        }
    }

    /// Whether the provider said that it worked, in words that can be read.
    pub fn was_confirmed(&self) -> bool {
        let misleads =
            |fault| matches!(fault, Fault::Html | Fault::Foreign { .. } | Fault::Unsuccessful | Fault::Garbled);
        matches!(self.done, Some((_, Done::Answered(status))) if status < 300) && !self.fault().is_some_and(misleads)
    }

    /// Whether the provider confirmed it, and did not keep its word. `kept` says whether it applied the turn in question.
    pub fn was_betrayed(&self, kept: bool) -> bool {
        let lied = matches!(self.fault(), Some(Fault::AckDrop | Fault::AckLose(_)));
        self.was_confirmed() && (lied || self.left_out(kept) == Some(true))
    }

    /// The fault that it met.
    pub fn fault(&self) -> Option<Fault> {
        self.arrived.and_then(|arrived| arrived.fault)
    }
}

impl Requests {
    /// When the retain with this number was sent, or else when it arrived.
    pub fn sent_at(&self, number: u32) -> Option<At> {
        self.delivery(number).and_then(|one| one.sent.map(|(_, at)| at).or(one.arrived.map(|arrival| arrival.at)))
    }

    /// The request that delivers turns and arrived with this number.
    pub fn delivery(&self, number: u32) -> Option<&Exchange> {
        self.deliveries.get(&number).map(|&place| &self.all[place])
    }

    /// The requests with this role, in order of arrival.
    pub fn arrivals(&self, role: Role) -> impl Iterator<Item = (Arrival, &Exchange)> {
        let of_the_role = self.arrived.iter().filter(move |((endpoint, _), _)| endpoint.role() == role);
        of_the_role.filter_map(|(_, &place)| Some((self.all[place].arrived?, &self.all[place])))
    }

    /// Whether a client of the process waits for an answer at this place.
    pub fn in_flight(&self, process: u32, place: usize) -> bool {
        self.all.iter().any(|one| one.waits_at(process, place))
    }

    pub(super) fn sent(&mut self, at: At, process: u32, endpoint: Endpoint) {
        self.waiting.push(self.all.len());
        self.all.push(Exchange { sent: Some((process, at)), ..Exchange::of(endpoint) });
    }

    /// A client got an error, or gave up: among several requests, picks the one whose fault explains that.
    pub(super) fn failed(&mut self, at: At, process: u32, endpoint: Endpoint, reason: &str) {
        self.failures.push(Failure { at, endpoint, reason: reason.to_owned() });
        let all = &mut self.all;
        let own =
            |&place: &usize| all[place].endpoint == endpoint && all[place].sent.is_some_and(|(by, _)| by == process);
        let explained = |place: &usize| own(place) && all[*place].fault().is_some_and(|fault| fault.explains(reason));
        let waiting = self.waiting.iter().position(explained).or_else(|| self.waiting.iter().position(own));
        if let Some(waiting) = waiting {
            all[self.waiting.remove(waiting)].over = Some((at, Over::Failed(reason.to_owned())));
        }
    }

    pub(super) fn happened(&mut self, at: At, happening: &Happening) {
        match happening {
            Happening::Received { endpoint, number, items, fault } => {
                let turns = items.iter().map(|item| item.turns.len()).sum::<usize>();
                self.received(at, *endpoint, *number, *fault).turns = u32::try_from(turns).unwrap_or(u32::MAX);
            }
            Happening::Applied { number, container, .. } => {
                self.applied.push(Applied { at, number: *number, container: container.clone() });
                if let Some(&place) = self.deliveries.get(number) {
                    self.all[place].applied += 1;
                }
            }
            Happening::Answered { endpoint, number, status } => {
                self.done(at, *endpoint, *number, Done::Answered(*status));
                // A client that is told no, or cannot read its answer, says so itself.
                if *status < 300 && self.is_readable(*endpoint, *number) {
                    self.answered(at, *endpoint, *number);
                }
            }
            Happening::HungUp { endpoint, number } => self.done(at, *endpoint, *number, Done::HungUp),
            Happening::Abandoned { endpoint, number } => self.done(at, *endpoint, *number, Done::Abandoned),
            Happening::StrayBytes { .. }
            | Happening::Accepted { .. }
            | Happening::Down { .. }
            | Happening::Up
            | Happening::Deleted { .. }
            | Happening::Lost { .. } => {}
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

    fn received(&mut self, at: At, endpoint: Endpoint, number: u32, fault: Option<Fault>) -> &mut Exchange {
        let on_its_way = |&&place: &&usize| self.all[place].endpoint == endpoint && self.all[place].arrived.is_none();
        let place = self.waiting.iter().find(on_its_way).copied().unwrap_or(self.all.len());
        if place == self.all.len() {
            self.all.push(Exchange::of(endpoint));
        }
        self.all[place].arrived = Some(Arrival { at, number, fault });
        self.arrived.insert((endpoint, number), place);
        if endpoint.delivers() {
            self.deliveries.insert(number, place);
        }
        &mut self.all[place]
    }

    fn done(&mut self, at: At, endpoint: Endpoint, number: u32, how: Done) {
        if let Some(&place) = self.arrived.get(&(endpoint, number)) {
            self.all[place].done.get_or_insert((at, how));
        }
    }

    /// Whether the answer to a request comes to its client as the provider meant it.
    fn is_readable(&self, endpoint: Endpoint, number: u32) -> bool {
        let place = self.arrived.get(&(endpoint, number));
        place.and_then(|&place| self.all[place].fault()).is_none_or(|fault| fault.heard() != Heard::Unreadable)
    }

    fn answered(&mut self, at: At, endpoint: Endpoint, number: u32) {
        let Some(&answered) = self.arrived.get(&(endpoint, number)) else { return };
        if let Some(waiting) = self.waiting.iter().position(|&place| place == answered) {
            self.waiting.remove(waiting);
            self.all[answered].over = Some((at, Over::Answered));
        }
    }
}

impl Exchange {
    fn of(endpoint: Endpoint) -> Self {
        Self { endpoint, sent: None, arrived: None, done: None, over: None, turns: 0, applied: 0 }
    }
}

#[cfg(test)]
mod tests {
    use model::protocols::hindsight::endpoints::{RECALL, RETAIN};

    use super::*;
    use crate::history::reading::tests::Log;

    fn overs(log: Log) -> Vec<Option<Over>> {
        log.read().requests.all.into_iter().map(|one| one.over.map(|(_, over)| over)).collect()
    }

    #[test]
    fn an_arrival_belongs_to_the_oldest_request_of_its_kind_on_its_way() {
        let log = Log::default().sent(1, RECALL).sent(2, RETAIN).sent(1, RETAIN);
        let requests = log.received(RETAIN, 1, None).answered(RETAIN, 1, 200).read().requests;
        let numbers: Vec<_> = requests.all.iter().map(|one| one.arrived.map(|arrived| arrived.number)).collect();
        assert_eq!(numbers, [None, Some(1), None]);
        assert_eq!(requests.all[1].done.map(|(_, how)| how), Some(Done::Answered(200)));
        assert!(!requests.in_flight(2, 9) && requests.in_flight(1, 9));
    }

    #[test]
    fn of_two_requests_the_one_whose_fault_explains_it_has_failed() {
        let log = Log::default().sent(1, RETAIN).sent(1, RETAIN);
        let log = log.received(RETAIN, 1, None).received(RETAIN, 2, Some(Fault::Refuse(503)));
        let failed = Some(Over::Failed("HTTP 503".into()));
        assert_eq!(overs(log.failed(1, RETAIN, "HTTP 503")), [None, failed]);
    }

    #[test]
    fn what_its_process_leaves_behind_is_gone_and_may_still_be_applied() {
        let log = Log::default().sent(1, RETAIN).received(RETAIN, 1, None).killed(1, 5);
        let requests = log.applied(1, "S1", &["S1#1"]).read().requests;
        assert_eq!(requests.all[0].over.as_ref().map(|(_, over)| over), Some(&Over::Gone));
        assert_eq!(requests.all[0].applied, 1);
    }

    #[test]
    fn a_request_that_no_client_spoke_of_is_known_from_its_arrival() {
        let requests = Log::default().received(RETAIN, 1, None).read().requests;
        assert!(requests.delivery(1).is_some_and(|one| one.sent.is_none()));
    }
}
