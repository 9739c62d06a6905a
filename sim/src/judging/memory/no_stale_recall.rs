//! no-stale-recall: what a session reads was recalled for that session. Source: #17508 and #64745, a recall that
//! outlives a switch (`scenarios/README.md` rows 56 to 58).

use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::{Event, Fact, Grade};
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-stale-recall",
    part: Part::Memory,
    rule: "a session never reads what was recalled for another session",
    needs: Grade::Seen,
    severity: 10,
    letter: 'S',
    words: "stale recall",
    counted: true,
    data: Some(Data::StaleRecall),
    breaker: "A",
    // Neither host reads a recall.
    not_drawn: &[Part::Gateway, Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for event in evidence.events {
        if let Fact::Recalled { session, text: Some(text) } = &event.fact {
            match recalled_for(text) {
                Some(turn) if turn.session != *session => {
                    let told = format!("session {session} read at {} ms what was recalled for {turn}", event.at_ms);
                    findings.violated(Some(&turn), event.at_ms, told);
                }
                Some(_) => findings.holds(),
                None => {}
            }
        }
    }
    findings
}

/// The turns whose recall another session read, in order.
pub fn stale_recalls(events: &[Event]) -> Vec<TurnId> {
    let stale = events.iter().filter_map(|event| match &event.fact {
        Fact::Recalled { session, text: Some(text) } => recalled_for(text).filter(|turn| turn.session != *session),
        _ => None,
    });
    stale.collect()
}

/// The simulated provider answers every recall with `recalled for S1#1; visible: ...`.
pub(crate) fn recalled_for(text: &str) -> Option<TurnId> {
    text.strip_prefix("recalled for ")?.split(';').next()?.parse().ok()
}

/// The turns that a recall saw.
pub(crate) fn visible(text: &str) -> Vec<TurnId> {
    let (_, turns) = text.split_once("visible: ").unwrap_or_default();
    turns.split(',').filter_map(|turn| turn.parse().ok()).collect()
}
