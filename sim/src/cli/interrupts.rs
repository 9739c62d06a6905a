//! How often the user has pressed Ctrl-C: the first time stops the campaign, the second time the shrinking.

use std::sync::atomic::{AtomicUsize, Ordering};

static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);

/// From here on Ctrl-C and SIGTERM are counted; neither ends the process by itself.
pub(super) fn listen() {
    // A second campaign in one process (in a test) finds the handler of the first.
    _ = ctrlc::try_set_handler(|| _ = INTERRUPTS.fetch_add(1, Ordering::Relaxed));
}

/// How many there were.
pub(super) fn count() -> usize {
    INTERRUPTS.load(Ordering::Relaxed)
}
