//! Which turns prompt-delivery judges, and when each arrived.

use crate::history::reading::At;
use crate::history::reading::stations::{Turn, What};
use crate::judging::Evidence;
use crate::judging::ledger::TurnRecord;

/// The way of a turn, if it is judged: it was said once, is to be kept, and the provider neither refused it for good nor broke its word.
pub(super) fn judged<'a>(evidence: &'a Evidence<'_>, record: &TurnRecord) -> Option<&'a Turn> {
    let plain = record.said == 1 && record.acknowledged == 1 && record.excluded.is_none();
    let taken = record.betrayed == 0 && record.in_vain.is_none() && record.turned_down.is_none();
    evidence.reading.turns.get(&record.id).filter(|_| plain && taken)
}

/// When the turn came to the provider.
pub(super) fn arrived(evidence: &Evidence<'_>, turn: &Turn) -> Option<At> {
    let arrives = |what: &What| match what {
        What::Requested { number } => {
            evidence.reading.requests.delivery(*number).is_some_and(|request| request.fault().is_none())
        }
        What::Applied { .. } => true,
        What::HandedOver { .. }
        | What::Acknowledged { .. }
        | What::Refused { .. }
        | What::Excluded { .. }
        | What::TakenBack
        | What::Moved { .. }
        | What::Abandoned
        | What::Deleted
        | What::Lost
        | What::Declared => false,
    };
    turn.stations.iter().find(|station| arrives(&station.what)).map(|station| station.at)
}
