//! Whether the user wants an end: Ctrl-C, or SIGTERM. Whatever was judged by then is kept.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether it is time to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// From here on the signals are noted, and do not end the process by themselves.
///
/// # Errors
///
/// If the system does not tell of signals.
#[expect(clippy::disallowed_methods, reason = "a signal arrives in real time, on a thread that waits for it")]
pub(crate) fn listen() -> io::Result<()> {
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let mut signals = {
            let _inside = runtime.enter();
            signal(kind)?
        };
        std::thread::spawn(move || {
            runtime.block_on(async {
                while signals.recv().await.is_some() {
                    INTERRUPTED.store(true, Ordering::Relaxed);
                }
            });
        });
    }
    Ok(())
}
