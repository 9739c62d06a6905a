//! turn-never-blocked: the end of a turn returns to the caller at once, however slow the provider is. Source: #41945,
//! `test_sync_all_does_not_block_on_slow_provider`.

use super::{Check, Evidence, Findings, calls};
use crate::history::Call;

pub(super) const CHECK: Check = Check {
    name: "turn-never-blocked",
    rule: "the end of a turn holds the caller no longer than the turn limit",
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let limit_ms = evidence.turn_limit.as_millis();
    for held in calls(evidence.events) {
        let Call::Turn(turn) = held.call else { continue };
        if u128::from(held.duration_ms()) <= limit_ms {
            findings.holds();
            continue;
        }
        let (from, to, duration) = (held.from_ms, held.to_ms, held.duration_ms());
        let told = format!(
            "the end of turn {turn} held the caller from {from} to {to} ms: {duration} ms, limit {limit_ms} ms"
        );
        findings.violated(Some(turn), to, told);
    }
    findings
}
