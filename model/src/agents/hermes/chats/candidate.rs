//! Fixes that were proposed and did not ship: each is a change to the era that it was proposed for.
//!
//! The model follows what a pull request says it does. None of them was measured.

use super::behaviors::{Behaviors, Counts, Receipt};
use super::shipped::{E0, E4};

/// #11099: a stop writes the receipt before the drain. #9128 is the same change.
pub(crate) const PR_11099: Behaviors = Behaviors { receipt: Receipt::BeforeDrain, ..E0 };

/// The same idea on the newest era, where the receipt discards exact marks.
pub(crate) const EARLY_RECEIPT: Behaviors = Behaviors { receipt: Receipt::BeforeDrain, ..E4 };

/// #20030: a start keeps the counts that are below the threshold.
pub(crate) const KEEP_COUNTER: Behaviors = Behaviors { keeps_counts: true, ..E4 };

/// #96204: a resumption counts before it starts, so a SIGKILL cannot undo the count.
pub(crate) const COUNT_FIRST: Behaviors = Behaviors { counts: Counts::Resumptions, keeps_counts: true, ..E4 };
