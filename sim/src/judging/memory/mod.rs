//! The invariants of the memory. Each has a file here and a line in the list.

mod abandonment_is_reported;
mod attribution;
mod bounded_memory;
mod bounded_shutdown;
mod closed_is_final;
pub(in crate::judging) mod convergence;
mod lineage;
mod no_duplicate;
mod no_loss;
mod no_pollution;
pub(in crate::judging) mod no_stale_recall;
mod order;
mod prompt_delivery;
mod recall_is_read;
mod refusal_is_reported;
mod retry_after_is_kept;
mod stall;
#[cfg(test)]
pub(in crate::judging) mod tests;
mod traffic_is_bounded;
mod turn_never_blocked;
mod turn_starts_at_once;

use super::invariant::Invariant;

/// All of them, in report order.
pub(in crate::judging) const ROWS: &[Invariant] = &[
    no_loss::ROW,
    no_duplicate::ROW,
    attribution::ROW,
    lineage::ROW,
    no_pollution::ROW,
    order::ROW,
    no_stale_recall::ROW,
    turn_never_blocked::ROW,
    bounded_shutdown::ROW,
    abandonment_is_reported::ROW,
    closed_is_final::ROW,
    bounded_memory::ROW,
    convergence::ROW,
    refusal_is_reported::ROW,
    retry_after_is_kept::ROW,
    turn_starts_at_once::ROW,
    traffic_is_bounded::ROW,
    recall_is_read::ROW,
    prompt_delivery::ROW,
];
