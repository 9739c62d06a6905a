//! How often the user has said that it is to end: the first time the campaign ends, the next time the shrinking.

use std::sync::atomic::{AtomicUsize, Ordering};

static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);

/// From here on Ctrl-C and SIGTERM are counted, and end nothing by themselves.
pub(super) fn listen() {
    // A second campaign in one process (in a test) finds the handler of the first.
    _ = ctrlc::try_set_handler(|| _ = INTERRUPTS.fetch_add(1, Ordering::Relaxed));
}

/// How many there were.
pub(super) fn count() -> usize {
    INTERRUPTS.load(Ordering::Relaxed)
}
