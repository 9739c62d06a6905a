//! abandonment-is-reported: a shutdown reports all found work that it gives up. Source: #61794,
//! `test_shutdown_timeout_abandons_queued_write_with_state_and_log`.
//!
//! Turns that still waited in a buffer are not found work: no-loss judges their loss. A durable outbox reports every turn that it holds: one
//! that reports less than it was given is believed nowhere else.

use std::collections::BTreeSet;

use model::facts::{Observation, Place};
use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::reading::At;
use crate::history::reading::stations::{Turn, What};
use crate::history::{Event, Fact, Grade, Who};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "abandonment-is-reported",
    part: Part::Memory,
    rule: "queued turns that a shutdown gives up are reported, and so is what a durable outbox holds",
    // Which work was found, and which was reported.
    needs: Grade::ToldByImplementation,
    severity: 40,
    letter: 'A',
    words: "abandoned silently",
    counted: true,
    data: None,
    breaker: "blind-retry",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    evidence.reading.outcome.looked.iter().for_each(|at| judge_report(evidence, *at, &mut findings));
    for turn in &evidence.ledger.turns {
        let (Some(at), Some((_, place))) = (turn.shut_down, turn.last_seen) else { continue };
        let found = matches!(place, Place::Worker | Place::WriterQueue | Place::InFlight);
        if !turn.is_lost() || turn.reported {
            findings.holds();
        } else if found {
            let told =
                format!("{} was {place} when its process shut down; it is lost, and nothing was reported", turn.id);
            findings.violated(Some(&turn.id), at, told);
        }
    }
    findings
}

/// What an outbox reports as pending: every turn that its own process has acknowledged, and that has come to no provider and was not undone.
fn judge_report(evidence: &Evidence<'_>, at: At, findings: &mut Findings) {
    let Event { who: Who::Process(process), fact: Fact::Told(Observation::Pending { turns }), .. } =
        &evidence.events[at.place]
    else {
        return;
    };
    let told: BTreeSet<&TurnId> = turns.iter().collect();
    let acknowledged = evidence.reading.turns.all().iter().filter_map(|turn| {
        let by_it = |(since, by): &(At, u32)| by == process && since.place < at.place;
        turn.acknowledged().find(by_it).filter(|_| waits_at(turn, at.place)).map(|(since, _)| (turn, since))
    });
    for (turn, since) in acknowledged {
        if told.contains(&turn.id) {
            findings.holds();
            continue;
        }
        let told = format!(
            "{} was acknowledged at {} ms and came to no provider, and the outbox that was reported at {} ms is without it",
            turn.id, since.ms, at.ms
        );
        findings.violated(Some(&turn.id), at, told);
    }
}

/// Whether nothing but its acknowledgment had become of the turn at this place.
fn waits_at(turn: &Turn, place: usize) -> bool {
    let mut stations = turn.stations.iter().take_while(|station| station.at.place < place);
    stations.all(|station| match station.what {
        What::HandedOver { .. } | What::Acknowledged { .. } | What::Moved { .. } => true,
        What::Refused { .. }
        | What::Excluded { .. }
        | What::TakenBack
        | What::Abandoned
        | What::Requested { .. }
        | What::Applied { .. }
        | What::Deleted
        | What::Lost
        | What::Declared => false,
    })
}
