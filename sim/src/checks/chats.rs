//! What a history says of a gateway's chats: which turns began when, in which process, and how each came to its end.

use model::continuity::{End, How, Observation};
use model::host;
use model::session::SessionId;
use model::turn::TurnId;

use crate::history::{Event, Source, What};

/// A turn that began.
pub(super) struct Begun<'a> {
    pub turn: &'a TurnId,
    pub how: &'a How,
    /// The turn into whose hang it ran, if it did.
    pub into: Option<&'a TurnId>,
    pub process: Source,
    pub at_ms: u64,
    /// How it ended, and when, if it did.
    pub end: Option<(End, u64)>,
    /// When the end of its process cut it short, if that is what ended it.
    pub cut_short_ms: Option<u64>,
}

impl Begun<'_> {
    /// The turn that it is an attempt at.
    pub(super) fn attempt_at(&self) -> &TurnId {
        self.into.unwrap_or(self.turn)
    }

    /// Whether it was still running at that time.
    pub(super) fn runs_at(&self, ms: u64) -> bool {
        let over = self.end.map(|(_, at_ms)| at_ms).or(self.cut_short_ms);
        self.at_ms <= ms && over.is_none_or(|over| over > ms)
    }
}

/// A gateway's process that was planned.
pub(super) struct Life {
    pub process: Source,
    pub from_ms: u64,
    pub to_ms: u64,
}

/// All turns that began, in order.
pub(super) fn begun(events: &[Event]) -> Vec<Begun<'_>> {
    let mut begun: Vec<Begun<'_>> = Vec::new();
    for event in events {
        match (&event.what, told(event)) {
            (_, Some(Observation::Began { turn, how, into, .. })) => begun.push(Begun {
                turn,
                how,
                into: into.as_ref(),
                process: event.source,
                at_ms: event.at_ms,
                end: None,
                cut_short_ms: None,
            }),
            (_, Some(Observation::Finished { turn, end })) => {
                let mut open = begun.iter_mut().rev().filter(|one| one.process == event.source && one.end.is_none());
                if let Some(one) = open.find(|one| one.turn == turn) {
                    one.end = Some((*end, event.at_ms));
                }
            }
            (What::Ended { .. }, _) => {
                for one in begun.iter_mut().filter(|one| one.process == event.source) {
                    let answered = matches!(one.end, Some((End::Completed | End::Failed, _)));
                    one.cut_short_ms = (!answered).then_some(event.at_ms);
                }
            }
            _ => {}
        }
    }
    begun.retain_mut(|one| {
        let stopped = stopped_by_user(events, &one.turn.session, one.at_ms);
        if stopped.is_some_and(|at_ms| one.cut_short_ms.is_some_and(|cut_ms| at_ms <= cut_ms)) {
            one.cut_short_ms = None;
        }
        true
    });
    begun
}

/// What the event tells of a gateway's chats, if it does.
pub(super) fn told(event: &Event) -> Option<&Observation> {
    match &event.what {
        What::Told(host::Observation::Continuity(observation)) => Some(observation),
        _ => None,
    }
}

/// When the user of a chat first wanted nothing more of it, from that time on.
pub(super) fn stopped_by_user(events: &[Event], of: &SessionId, from_ms: u64) -> Option<u64> {
    let later = events.iter().filter(|event| event.at_ms >= from_ms);
    later
        .filter(|event| matches!(told(event), Some(Observation::StoppedByUser { chat }) if chat == of))
        .map(|event| event.at_ms)
        .next()
}

/// The processes that were planned, in the order of their starts.
pub(super) fn lives(events: &[Event]) -> Vec<Life> {
    let mut lives: Vec<Life> = Vec::new();
    for event in events {
        match &event.what {
            What::Started { .. } => lives.push(Life { process: event.source, from_ms: event.at_ms, to_ms: u64::MAX }),
            What::Ended { .. } => {
                let ended = lives.iter_mut().filter(|life| life.process == event.source);
                ended.for_each(|life| life.to_ms = event.at_ms);
            }
            _ => {}
        }
    }
    lives
}
