//! The invariants of the memory.

pub(in crate::judging) mod abandonment_is_reported;
pub(in crate::judging) mod attribution;
pub(in crate::judging) mod bounded_memory;
pub(in crate::judging) mod bounded_shutdown;
pub(in crate::judging) mod closed_is_final;
pub(in crate::judging) mod convergence;
pub(in crate::judging) mod lineage;
pub(in crate::judging) mod no_duplicate;
pub(in crate::judging) mod no_loss;
pub(in crate::judging) mod no_pollution;
pub(in crate::judging) mod no_stale_recall;
pub(in crate::judging) mod order;
pub(in crate::judging) mod stall;
#[cfg(test)]
pub(in crate::judging) mod tests;
pub(in crate::judging) mod turn_never_blocked;
