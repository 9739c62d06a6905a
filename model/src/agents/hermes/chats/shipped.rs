//! The behaviors of each era that shipped: its predecessor's, and what changed.

use super::behaviors::{Behaviors, Breaker, Counts, EndedRow, MarksPending, Receipt, StalePending, StopTimeout, Sweep};

/// Until 2026-04-17: a stop that is killed leaves no receipt, and the next start suspends every chat of the last two minutes.
pub(crate) const E0: Behaviors = Behaviors {
    receipt: Receipt::AfterDrain,
    sweep: Sweep::Suspends,
    marks_pending: MarksPending::Never,
    auto_resume: false,
    claims_first: false,
    on_stale_pending: StalePending::Continues,
    breaker: Breaker::Missing,
    turn_markers: false,
    durable_routing: false,
    ended_row: EndedRow::Swallows,
    delivery_ledger: false,
    counts: Counts::OrderlyStops,
    keeps_counts: false,
    waits_for_turns: false,
    drain_s: 60,
    cron_drain_s: None,
    stop_timeout: StopTimeout::Drain,
};

/// 2026-04-18, cb4adda (#11852, #12301): a stop whose drain times out marks the chats that it interrupts. The unit file allows
/// it 30 s more (#14728).
pub(crate) const E1: Behaviors = Behaviors {
    sweep: Sweep::SuspendsUnlessPending,
    marks_pending: MarksPending::OnTimeout,
    stop_timeout: StopTimeout::DrainAnd30,
    ..E0
};

/// 2026-05 (#21192, #28576): a stop marks chats before the drain, a start resumes them, and the sweep marks chats instead of
/// suspending them. The drain becomes 180 s, but existing unit files stay as they are (#31981).
pub(crate) const E2: Behaviors = Behaviors {
    sweep: Sweep::MarksPending,
    marks_pending: MarksPending::BeforeDrain,
    auto_resume: true,
    drain_s: 180,
    stop_timeout: StopTimeout::Stale,
    ..E1
};

/// 2026-06 and 07: no drain (#54066), durable routes (#54442), a breaker (#56240), a ledger of answers (#67181), a claim on a
/// chat before its resumed turn (#45682), and old interruptions that reset their session (#46963).
pub(crate) const E3: Behaviors = Behaviors {
    claims_first: true,
    on_stale_pending: StalePending::Resets,
    breaker: Breaker::Window,
    durable_routing: true,
    ended_row: EndedRow::ReopensAsActive,
    delivery_ledger: true,
    drain_s: 0,
    stop_timeout: StopTimeout::AtLeast60,
    ..E2
};

/// 2026-08 and 09: a mark for every turn instead of the sweep, no expiry (#61052), a breaker that follows gaps (#81642),
/// restarts and stops that wait for turns (#77184) and cron jobs (#82161), and budgets that add up (#94775, #105518).
pub(crate) const E4: Behaviors = Behaviors {
    sweep: Sweep::Nothing,
    on_stale_pending: StalePending::Ignored,
    breaker: Breaker::Chain,
    turn_markers: true,
    ended_row: EndedRow::Reopens,
    waits_for_turns: true,
    cron_drain_s: Some(30),
    stop_timeout: StopTimeout::Everything,
    ..E3
};
