//! Fixes that were proposed and did not ship: each is a change to the release that it was proposed for.
//!
//! The model follows what a pull request says it does. None of them was measured.

use super::behaviors::{Append, Behaviors, ExitHook, Flush, OnEnd, OnFailure, OnSwitch};
use super::shipped::{B, F};

/// #17447: a switch flushes the buffer on a thread of its own. That thread waits for the previous one, which is really the
/// writer and never ends. #17508 shipped instead.
pub(crate) const PR_17447: Behaviors = Behaviors { on_switch: OnSwitch::FlushOnThread, ..B };

/// #34859: the plugin records which turns are queued and which are confirmed. The next retain carries the turns of a failed
/// one. The end of a session and a switch send the unconfirmed turns.
pub(crate) const PR_34859: Behaviors = Behaviors {
    append: Append::Unconfirmed,
    on_end: OnEnd::Flush(Flush::Unconfirmed),
    on_switch: OnSwitch::Flush(Flush::Unconfirmed),
    one_shot_skips_prefetch: true,
    ..F
};

/// #34859 with the change that a comment on it proposes.
pub(crate) const PR_34859_EXIT_HOOK: Behaviors =
    Behaviors { exit_hook: ExitHook::BeforeExecutorsClose, patient_shutdown: true, ..PR_34859 };

/// #55936: the end of a session sends the whole buffer, and does not note that it did.
pub(crate) const PR_55936: Behaviors = Behaviors { on_end: OnEnd::Flush(Flush::Whole), ..F };

/// From the review of #55936: the end of a session and the switch that follows each send the tail, so it is sent twice.
pub(crate) const END_THEN_SWITCH: Behaviors =
    Behaviors { on_end: OnEnd::Flush(Flush::Tail), on_switch: OnSwitch::Flush(Flush::Tail), ..F };

/// The plugin sends a failed retain again (`scenarios/README.md` rows 39 and 40).
pub(crate) const BLIND_RETRY: Behaviors = Behaviors { on_failure: OnFailure::Retry, ..F };

/// #110846: the same, under `uuid5(bank, document, mode, content)`.
pub(crate) const PR_110846: Behaviors = Behaviors { on_failure: OnFailure::RetryUnderContentId, ..F };
