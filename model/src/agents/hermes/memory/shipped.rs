//! The behaviors of each release that shipped: its predecessor's, and what changed.

use super::behaviors::{Append, Behaviors, Delivery, ExitHook, Flush, OnEnd, OnFailure, OnSwitch};

/// d244596d, 2026-04-29, before the single writer (#17005) and the switch hook (#17409).
pub(crate) const A: Behaviors = Behaviors {
    sync_passes_session: false,
    delivery: Delivery::ThreadPerRetain,
    on_switch: OnSwitch::Unheard,
    on_end: OnEnd::Nothing,
    append: Append::Never,
    background: false,
    prefetch_waits_for_retain: false,
    prefetch_fenced: false,
    takes_list_first: false,
    client_locked: false,
    on_failure: OnFailure::Forget,
    exit_hook: ExitHook::AwaitWire,
    patient_shutdown: false,
    one_shot_skips_prefetch: false,
    reviews_have_memory: true,
};

/// 1bedc836, 2026-04-29: one writer, drained at exit (#17005); a switch hook that clears (#17409).
pub(crate) const B: Behaviors = Behaviors {
    sync_passes_session: true,
    delivery: Delivery::Writer,
    on_switch: OnSwitch::Clear,
    exit_hook: ExitHook::AtExit,
    ..A
};

/// 0a5ee01e, 2026-04-29: a switch flushes, and drops the recall (#17508).
pub(crate) const C: Behaviors = Behaviors { on_switch: OnSwitch::Flush(Flush::Whole), ..B };

/// dde9c0d1, 2026-06-07: append, where the server can (hindsight#1448); a background review has no memory (#27190).
pub(crate) const D: Behaviors = Behaviors { append: Append::WholeSession, reviews_have_memory: false, ..C };

/// a5c12f5f, 2026-06-08: an append carries only new turns (#40605).
pub(crate) const E: Behaviors = Behaviors { append: Append::SinceWatermark, ..D };

/// f80f453a, 2026-08-14: sync, prefetch and `/new` run on the manager's worker (#41945, #61139), and a prefetch waits for its
/// turn's retain.
pub(crate) const F: Behaviors = Behaviors { background: true, prefetch_waits_for_retain: true, ..E };

/// 03bb459d and 002b0646, 2026-09: the buffer is cleared at enqueue (#62950, hindsight#4640), prefetches are fenced (#64745),
/// a lock guards the building of the client (#117236), and the list is looked up before the text is built, as measured.
pub(crate) const N: Behaviors = Behaviors {
    append: Append::ClearedAtEnqueue,
    prefetch_fenced: true,
    takes_list_first: true,
    client_locked: true,
    ..F
};
