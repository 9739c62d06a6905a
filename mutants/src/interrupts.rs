//! Whether the user wants an end: Ctrl-C, or SIGTERM. Whatever was judged by then is kept.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

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
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a signal arrives in real time, on a thread that waits for it")]
pub(crate) fn listen() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
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

/// The same for Ctrl-C only.
///
/// # Errors
///
/// If the system does not tell of it.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "Ctrl-C is pressed in real time, on a thread that waits for it")]
pub(crate) fn listen() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    std::thread::spawn(move || {
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            INTERRUPTED.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}
