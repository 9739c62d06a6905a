//! Fixes that were proposed and did not ship, each as the release it was proposed for, and what it changes there.
//!
//! What a pull request says it does is what is modeled; none of them was measured.

use super::behaviors::{Append, Behaviors, ExitHook, Flush, OnEnd, OnFailure, OnSwitch};
use super::shipped::{B, F};

/// #17447: what is buffered is flushed on a thread of its own. Waiting for the previous such thread means waiting for the
/// writer, which never ends; what shipped instead is #17508.
pub(crate) const PR_17447: Behaviors = Behaviors { on_switch: OnSwitch::FlushOnThread, ..B };

/// #34859: marks of what is queued and what is confirmed; a failed retain is carried by the next one; what is not confirmed
/// is sent at the end of a session and at a switch.
pub(crate) const PR_34859: Behaviors = Behaviors {
    append: Append::Unconfirmed,
    on_end: OnEnd::Flush(Flush::Unconfirmed),
    on_switch: OnSwitch::Flush(Flush::Unconfirmed),
    one_shot_skips_prefetch: true,
    ..F
};

/// #34859 with what its comment proposes.
pub(crate) const PR_34859_EXIT_HOOK: Behaviors =
    Behaviors { exit_hook: ExitHook::BeforeExecutorsClose, patient_shutdown: true, ..PR_34859 };

/// #55936: the end of a session sends all that is buffered, and does not note that it did.
pub(crate) const PR_55936: Behaviors = Behaviors { on_end: OnEnd::Flush(Flush::Whole), ..F };

/// The review of #55936: if only the tail is sent, at the end of a session and at the switch that follows, it is sent twice.
pub(crate) const END_THEN_SWITCH: Behaviors =
    Behaviors { on_end: OnEnd::Flush(Flush::Tail), on_switch: OnSwitch::Flush(Flush::Tail), ..F };

/// A failed retain is sent again (`scenarios/README.md` rows 39 and 40).
pub(crate) const BLIND_RETRY: Behaviors = Behaviors { on_failure: OnFailure::Retry, ..F };

/// #110846: the same, under `uuid5(bank, document, mode, content)`.
pub(crate) const PR_110846: Behaviors = Behaviors { on_failure: OnFailure::RetryUnderContentId, ..F };
