//! The copies of a turn over time: which text brought them to which document, and when.

use std::collections::BTreeMap;

use model::words::session::DocumentId;
use model::words::turn::TurnId;

use super::Evidence;
use crate::history::reading::At;
use crate::history::{Fact, Happening, WriteMode};

/// A change of a document that holds the turn, or held it until then.
pub(super) struct Change<'a> {
    /// When.
    pub at: At,
    /// The document.
    pub document: &'a DocumentId,
    /// How many copies of the turn the document holds from then on.
    pub here: u32,
    /// How many copies all documents hold together from then on.
    pub in_all: u32,
}

/// The changes of the documents that concern a turn, in order.
pub(super) fn changes<'a>(evidence: &Evidence<'a>, turn: &TurnId) -> Vec<Change<'a>> {
    let mut held: BTreeMap<&DocumentId, u32> = BTreeMap::new();
    let mut changes = Vec::new();
    for (place, event) in evidence.events.iter().enumerate() {
        let Fact::Provider(happening) = &event.fact else { continue };
        let (document, here) = match happening {
            Happening::Applied { container, turns, mode, .. } => {
                let copies = turns.iter().filter(|id| *id == turn).count();
                let before = match mode {
                    WriteMode::Append => held.get(container).copied().unwrap_or_default(),
                    WriteMode::Replace => 0,
                };
                (container, before + u32::try_from(copies).expect("a text of a few thousand turns at most"))
            }
            Happening::Deleted { container } => (container, 0),
            Happening::Lost { container, turns } => {
                let gone = turns.iter().filter(|id| *id == turn).count();
                let gone = u32::try_from(gone).expect("a text of a few thousand turns at most");
                (container, held.get(container).copied().unwrap_or_default().saturating_sub(gone))
            }
            Happening::Received { .. }
            | Happening::Accepted { .. }
            | Happening::StrayBytes { .. }
            | Happening::Answered { .. }
            | Happening::HungUp { .. }
            | Happening::Abandoned { .. }
            | Happening::Down { .. }
            | Happening::Up => continue,
        };
        if held.get(document).copied().unwrap_or_default() == 0 && here == 0 {
            continue;
        }
        held.insert(document, here);
        let at = At { place, ms: event.at_ms };
        changes.push(Change { at, document, here, in_all: held.values().sum() });
    }
    changes
}

/// When the turn came to have more than `allowed` copies for good.
pub(super) fn exceeded(evidence: &Evidence<'_>, turn: &TurnId, allowed: u32) -> Option<At> {
    last_rise(changes(evidence, turn).iter().map(|change| (change.at, change.in_all > allowed)))
}

/// When a document last lost a copy of the turn.
pub(super) fn fell(evidence: &Evidence<'_>, turn: &TurnId) -> Option<At> {
    let changes = changes(evidence, turn);
    changes.windows(2).rfind(|pair| pair[1].in_all < pair[0].in_all).map(|pair| pair[1].at)
}

/// When the turn came into this document for good.
pub(super) fn entered(evidence: &Evidence<'_>, turn: &TurnId, document: &DocumentId) -> Option<At> {
    let changes = changes(evidence, turn);
    last_rise(changes.iter().filter(|change| change.document == document).map(|change| (change.at, change.here > 0)))
}

/// The last time at which it became true.
fn last_rise(states: impl Iterator<Item = (At, bool)>) -> Option<At> {
    let (mut before, mut rise) = (false, None);
    for (at, now) in states {
        if now && !before {
            rise = Some(at);
        }
        before = now;
    }
    rise
}
