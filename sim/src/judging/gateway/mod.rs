//! The invariants of a gateway over its restarts. Each has a file here and a line in the list.

mod accepted_message_is_answered;
mod answer_reaches_user_once;
mod interrupted_turn_is_answered;
mod no_false_resume;
mod no_resume_storm;
mod session_continuity;
mod stop_fits_its_budget;
mod stuck_session_is_stopped;
#[cfg(test)]
pub(in crate::judging) mod tests;

use super::invariant::Invariant;

/// All of them, in report order.
pub(in crate::judging) const ROWS: &[Invariant] = &[
    session_continuity::ROW,
    interrupted_turn_is_answered::ROW,
    no_false_resume::ROW,
    no_resume_storm::ROW,
    stuck_session_is_stopped::ROW,
    stop_fits_its_budget::ROW,
    answer_reaches_user_once::ROW,
    accepted_message_is_answered::ROW,
];
