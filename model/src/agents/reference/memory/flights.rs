//! Flights: errands that are under way at the same time, in one task.
//!
//! Its one rule: at most one errand of a kind is under way for a session. Deliberately absent: tasks. An errand that is
//! dropped with the dispatcher stops where it is.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::words::session::SessionId;

/// How many errands may be under way at once. Most of them wait for an answer, or for the time to ask again.
const FLIGHTS_MAX: usize = 64;

/// A piece of work for a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Errand {
    /// The session.
    pub session: SessionId,
    /// What to do.
    pub kind: Kind,
}

/// The kinds of errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Deliver turns.
    Deliver,
    /// Take turns back.
    Retract,
    /// Try once more what a former process has set aside.
    TryAgain,
}

type Flight<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The errands that are under way.
#[derive(Default)]
pub(super) struct Flights<'a> {
    flying: Vec<(Errand, Flight<'a>)>,
}

impl<'a> Flights<'a> {
    /// Whether this errand may start. What is tried once more may be undone meanwhile: it is taken back behind that, and not beside it.
    pub(super) fn admit(&self, session: &SessionId, kind: Kind) -> bool {
        let excludes = |other: Kind| {
            other == kind || matches!((kind, other), (Kind::Retract, Kind::TryAgain) | (Kind::TryAgain, Kind::Retract))
        };
        let blocks = |errand: &Errand| errand.session == *session && excludes(errand.kind);
        self.flying.len() < FLIGHTS_MAX && !self.flying.iter().any(|(errand, _)| blocks(errand))
    }

    /// Starts an errand.
    pub(super) fn start(&mut self, errand: Errand, flight: impl Future<Output = ()> + 'a) {
        self.flying.push((errand, Box::pin(flight)));
    }

    /// Polls every errand. Ready if one has ended.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let before = self.flying.len();
        self.flying.retain_mut(|(_, flight)| flight.as_mut().poll(cx).is_pending());
        if self.flying.len() < before { Poll::Ready(()) } else { Poll::Pending }
    }
}
