//! How urgently the program was asked to end: by Ctrl-C, or by the system with SIGTERM or SIGHUP.
//!
//! The first Ctrl-C stops the work, and the second also the shrinking of what was found. SIGTERM and SIGHUP stop both at once, because
//! whoever sends them waits only seconds. Either way the result so far is printed and written. A further Ctrl-C ends the program without.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::run::Verdict;

/// Stops everything but the printing.
const ALL: usize = 2;

static INTERRUPTS: AtomicUsize = AtomicUsize::new(0);

/// From here on the signals are counted, and do not end the process by themselves.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    // A process that cannot listen is ended by its signals, as any other.
    ONCE.call_once(|| _ = signals::listen());
}

/// How many there were: 1 stops the work, [`ALL`] everything.
pub(super) fn count() -> usize {
    INTERRUPTS.load(Ordering::Relaxed)
}

/// Whether the shrinking is to stop, if `before` were counted when it began.
pub(super) fn stop_shrinking(before: usize) -> bool {
    count() > before || count() >= ALL
}

/// The user pressed Ctrl-C.
fn pressed() {
    if INTERRUPTS.fetch_add(1, Ordering::Relaxed) >= ALL {
        std::process::exit(Verdict::Vacuous.exit_code().into());
    }
}

#[cfg(unix)]
mod signals {
    use std::io;
    use std::sync::atomic::Ordering;

    use tokio::runtime::Builder;
    use tokio::signal::unix::{SignalKind, signal};

    use super::{ALL, INTERRUPTS, pressed};

    pub(super) fn listen() -> io::Result<()> {
        let ignored = ignored();
        for (kind, act) in [
            (SignalKind::interrupt(), pressed as fn()),
            (SignalKind::terminate(), terminated),
            (SignalKind::hangup(), terminated),
        ] {
            // A shell ignores Ctrl-C for what runs in its background, and nohup ignores SIGHUP. Both remain.
            if ignored & (1 << (kind.as_raw_value() - 1)) == 0 {
                on(kind, act)?;
            }
        }
        Ok(())
    }

    /// Calls `act` for each signal of the kind, on a thread of its own. When this returns, none is missed.
    #[expect(clippy::disallowed_methods, reason = "a signal arrives in real time, whatever the simulation does")]
    fn on(kind: SignalKind, act: fn()) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let mut signals = {
            let _inside = runtime.enter();
            signal(kind)?
        };
        std::thread::spawn(move || {
            runtime.block_on(async {
                while signals.recv().await.is_some() {
                    act();
                }
            });
        });
        Ok(())
    }

    fn terminated() {
        INTERRUPTS.fetch_max(ALL, Ordering::Relaxed);
    }

    /// The signals that the process ignores since it started, a bit each, from 1. Only Linux tells; elsewhere it is SIGHUP, as after nohup.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1)
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    /// Counts how often Ctrl-C is pressed, on a thread of its own.
    #[expect(clippy::disallowed_methods, reason = "Ctrl-C is pressed in real time, whatever the simulation does")]
    pub(super) fn listen() -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        std::thread::spawn(move || {
            while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                super::pressed()
            }
        });
        Ok(())
    }
}
