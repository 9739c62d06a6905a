//! The invariants of a gateway over its restarts.

pub(in crate::judging) mod chats;
pub(in crate::judging) mod interrupted_turn_is_answered;
pub(in crate::judging) mod no_false_resume;
pub(in crate::judging) mod no_resume_storm;
pub(in crate::judging) mod session_continuity;
pub(in crate::judging) mod stop_fits_its_budget;
pub(in crate::judging) mod stuck_session_is_stopped;
#[cfg(test)]
pub(in crate::judging) mod tests;
