//! What CPython does to the provider at the end of the main thread.
//!
//! `threading._shutdown` closes every executor before the `atexit` hooks run. The HTTP library looks up credentials on an
//! executor for every request, so from that moment no new request can begin; one that is on the wire goes on
//! (`ground-truth/semantics.md`, "Interpreter exit"). Importing the library for the first time fails, too.

use std::cell::Cell;
use std::time::Duration;

/// How long the first import of the HTTP client takes, as measured (1.8 to 4 s).
pub(super) const CLIENT_IMPORT: Duration = Duration::from_secs(3);

/// How long building a client takes once it is imported: long enough that a main thread which ends at once is always
/// gone first (`oneshot_noshutdown_pre`), and far less than the 0.2 s after which it usually is not (`oneshot_0.2s`).
pub(super) const CLIENT_BUILD: Duration = Duration::from_millis(5);

/// The interpreter's state, as far as the provider can see it.
#[derive(Default)]
pub(super) struct Interpreter {
    executors_closed: Cell<bool>,
    client_imported: Cell<bool>,
    atexit_registered: Cell<bool>,
}

impl Interpreter {
    /// `cannot schedule new futures after shutdown`.
    pub(super) fn executors_closed(&self) -> bool {
        self.executors_closed.get()
    }

    /// The main thread has ended.
    pub(super) fn close_executors(&self) {
        self.executors_closed.set(true);
    }

    /// Whether the HTTP client was imported before.
    pub(super) fn client_imported(&self) -> bool {
        self.client_imported.get()
    }

    /// The HTTP client is imported.
    pub(super) fn client_was_imported(&self) {
        self.client_imported.set(true);
    }

    /// `atexit.register`, for the provider's one hook.
    pub(super) fn register_atexit(&self) {
        self.atexit_registered.set(true);
    }

    /// Whether the provider's hook runs at exit.
    pub(super) fn atexit_registered(&self) -> bool {
        self.atexit_registered.get()
    }
}
