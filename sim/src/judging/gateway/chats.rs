//! What a history says of a gateway's chats: which turns began when, in which process, and how each came to its end.

use model::facts::chats::{End, How, Observation};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::{Event, Fact, Who};

/// A turn that began.
pub(in crate::judging) struct Begun<'a> {
    pub turn: &'a TurnId,
    pub how: &'a How,
    /// The turn into whose hang it ran, if it did.
    pub into: Option<&'a TurnId>,
    pub process: Who,
    pub at_ms: u64,
    /// Which event of the history that was: much happens within a millisecond.
    pub place: usize,
    /// How it ended, and when, if it did.
    pub end: Option<(End, u64)>,
    /// When its process ended, if it did.
    pub gone_ms: Option<u64>,
    /// When that cut it short, if that is what ended it.
    pub cut_short_ms: Option<u64>,
}

impl Begun<'_> {
    /// The turn that it is an attempt at.
    pub(in crate::judging) fn attempt_at(&self) -> &TurnId {
        self.into.unwrap_or(self.turn)
    }

    /// Whether it was still running at that time.
    pub(in crate::judging) fn runs_at(&self, ms: u64) -> bool {
        let over = self.end.map(|(_, at_ms)| at_ms).or(self.gone_ms);
        self.at_ms <= ms && over.is_none_or(|over| over > ms)
    }
}

/// A gateway's process that was planned.
pub(in crate::judging) struct Life {
    pub process: Who,
    pub from_ms: u64,
    /// Until when it could begin anything: until it was told to stop, or was gone.
    pub to_ms: u64,
}

/// All turns that began, in order.
pub(in crate::judging) fn begun(events: &[Event]) -> Vec<Begun<'_>> {
    let mut begun: Vec<Begun<'_>> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match (&event.fact, told(event)) {
            (_, Some(Observation::Began { turn, how, into, .. })) => begun.push(Begun {
                turn,
                how,
                into: into.as_ref(),
                process: event.who,
                at_ms: event.at_ms,
                place,
                end: None,
                gone_ms: None,
                cut_short_ms: None,
            }),
            (_, Some(Observation::Finished { turn, end })) => {
                let mut open = begun.iter_mut().rev().filter(|one| one.process == event.who && one.end.is_none());
                if let Some(one) = open.find(|one| one.turn == turn) {
                    one.end = Some((*end, event.at_ms));
                }
            }
            (Fact::Ended { .. }, _) => {
                for one in begun.iter_mut().filter(|one| one.process == event.who) {
                    let answered = matches!(one.end, Some((End::Completed | End::Failed, _)));
                    one.gone_ms = Some(event.at_ms);
                    one.cut_short_ms = (!answered).then_some(event.at_ms);
                }
            }
            _ => {}
        }
    }
    for one in &mut begun {
        let stopped = || asked_to_stop(events, &one.turn.session, one.place);
        one.cut_short_ms = one.cut_short_ms.filter(|cut_ms| stopped().is_none_or(|(_, at_ms)| at_ms > *cut_ms));
    }
    begun
}

/// What the event tells of a gateway's chats, if it does.
pub(in crate::judging) fn told(event: &Event) -> Option<&Observation> {
    match &event.fact {
        Fact::Told(model::facts::Observation::Continuity(observation)) => Some(observation),
        _ => None,
    }
}

/// The first event from `place` on with which the user of a chat says that nothing more is wanted of it, and when it was.
pub(in crate::judging) fn asked_to_stop(events: &[Event], of: &SessionId, place: usize) -> Option<(usize, u64)> {
    first(events, place, |told| matches!(told, Observation::StopAsked { chat } if chat == of))
}

/// The first with which that is acknowledged.
pub(in crate::judging) fn stopped_by_user(events: &[Event], of: &SessionId, place: usize) -> Option<(usize, u64)> {
    first(events, place, |told| matches!(told, Observation::StoppedByUser { chat } if chat == of))
}

/// The first event from `place` on that tells this, and when it was.
pub(in crate::judging) fn first(
    events: &[Event],
    place: usize,
    wanted: impl Fn(&Observation) -> bool,
) -> Option<(usize, u64)> {
    let mut later = events.iter().enumerate().skip(place);
    later.find(|(_, event)| told(event).is_some_and(&wanted)).map(|(place, event)| (place, event.at_ms))
}

/// The processes that were planned, in the order of their starts.
pub(in crate::judging) fn lives(events: &[Event]) -> Vec<Life> {
    let mut lives: Vec<Life> = Vec::new();
    for event in events {
        match &event.fact {
            Fact::Started { .. } => lives.push(Life { process: event.who, from_ms: event.at_ms, to_ms: u64::MAX }),
            _ if matches!(event.fact, Fact::Ended { .. }) || told(event) == Some(&Observation::StopBegan) => {
                let over = lives.iter_mut().filter(|life| life.process == event.who);
                over.for_each(|life| life.to_ms = life.to_ms.min(event.at_ms));
            }
            _ => {}
        }
    }
    lives
}
