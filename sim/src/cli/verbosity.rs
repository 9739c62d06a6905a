//! How much the program says besides its result: `--quiet` and `--verbose`. Results and complaints do not depend on it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// How much progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verbosity {
    /// None.
    Quiet,
    /// A bar on a terminal, elsewhere a line now and then.
    Usual,
    /// A line each second, also on a terminal.
    Verbose,
}

static VERBOSITY: AtomicU8 = AtomicU8::new(1);

impl Verbosity {
    /// What the options ask for.
    pub(super) fn of(quiet: bool, verbose: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Verbose,
            (false, false) => Self::Usual,
        }
    }

    /// Holds for the whole program from here on.
    pub(super) fn set(self) {
        let number = match self {
            Self::Quiet => 0,
            Self::Usual => 1,
            Self::Verbose => 2,
        };
        VERBOSITY.store(number, Ordering::Relaxed);
    }

    /// What was set.
    pub(super) fn get() -> Self {
        match VERBOSITY.load(Ordering::Relaxed) {
            0 => Self::Quiet,
            1 => Self::Usual,
            _ => Self::Verbose,
        }
    }

    /// The time between two lines of progress; `None` if there are none.
    pub(super) fn line_every(self) -> Option<Duration> {
        match self {
            Self::Quiet => None,
            Self::Usual => Some(Duration::from_secs(10)),
            Self::Verbose => Some(Duration::from_secs(1)),
        }
    }
}
