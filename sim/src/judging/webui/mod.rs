//! The invariants of a WebUI's commits. Each has a file here and a line in the list.

mod bounded_sessions;
mod commit_coverage;
mod commit_ownership;
mod commit_serialization;
mod drain_is_fair_and_bounded;
mod failed_commit_stays_retryable;
mod linearizable_answers;
mod live_agent_never_closed;
mod no_late_clear;
mod one_end_per_boundary;
mod prompt_commit;
#[cfg(test)]
pub(in crate::judging) mod tests;

use super::invariant::Invariant;

/// All of them, in report order.
pub(in crate::judging) const ROWS: &[Invariant] = &[
    commit_coverage::ROW,
    commit_ownership::ROW,
    commit_serialization::ROW,
    no_late_clear::ROW,
    failed_commit_stays_retryable::ROW,
    one_end_per_boundary::ROW,
    bounded_sessions::ROW,
    live_agent_never_closed::ROW,
    prompt_commit::ROW,
    drain_is_fair_and_bounded::ROW,
    linearizable_answers::ROW,
];
