//! The pace of a thread at a step: it continues, yields or sleeps.

use std::fmt;
use std::time::Duration;

use super::span::Span;

/// The pace of a thread at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// `go`: it continues.
    Go,
    /// `yield`: other threads may run first.
    Yield,
    /// `sleep 5ms`: it is preempted for this long, in whole milliseconds.
    Sleep(Duration),
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Go => f.write_str("go"),
            Self::Yield => f.write_str("yield"),
            Self::Sleep(length) => write!(f, "sleep {}", Span(*length)),
        }
    }
}
