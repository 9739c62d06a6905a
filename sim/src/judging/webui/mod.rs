//! The invariants of a WebUI's commits.

pub(in crate::judging) mod bounded_sessions;
pub(in crate::judging) mod commissions;
pub(in crate::judging) mod commit_coverage;
pub(in crate::judging) mod commit_ownership;
pub(in crate::judging) mod commit_serialization;
pub(in crate::judging) mod drain_is_fair_and_bounded;
pub(in crate::judging) mod failed_commit_stays_retryable;
pub(in crate::judging) mod live_agent_never_closed;
pub(in crate::judging) mod no_late_clear;
pub(in crate::judging) mod one_end_per_boundary;
#[cfg(test)]
pub(in crate::judging) mod tests;
pub(in crate::judging) mod turn_starts_at_once;
