//! The steps by which a process ends.

use std::fmt;

use model::hosts::Properties;

use crate::plan::rows::{Form, Row};

/// A step by which a process ends, or which decides what a signal will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndingStep {
    /// The main thread returns here; the following steps are never reached.
    Exit,
    /// `os._exit`: no hooks.
    OsExit,
    /// SIGKILL.
    Sigkill,
    /// SIGTERM.
    Sigterm,
    /// A handler of SIGTERM is installed, which shuts the memory down and exits.
    OnSigterm,
    /// SIGINT, as Ctrl-C sends it.
    Sigint,
    /// The machine loses power: what was not synced is gone.
    PowerLoss,
}

impl EndingStep {
    /// Whether it means something to such a host.
    pub(super) fn is_for(self, host: Properties) -> bool {
        match self {
            // A gateway handles it as it does SIGTERM, and it is not known what the others do.
            Self::Sigint => host.returns,
            Self::Exit | Self::OsExit | Self::Sigkill | Self::Sigterm | Self::OnSigterm | Self::PowerLoss => true,
        }
    }
}

pub(in crate::plan) const ROWS: &[Row<EndingStep>] = &[
    Row {
        word: "exit",
        read: |it| it.alone(EndingStep::Exit),
        forms: &[Form {
            written: &["exit"],
            example: "exit",
            means: "the main thread returns: executors close, `atexit` hooks run, daemon threads die. No shutdown. \
                `cli` only; other hosts skip it and exit after the last step",
        }],
    },
    Row {
        word: "os_exit",
        read: |it| it.alone(EndingStep::OsExit),
        forms: &[Form { written: &["os_exit"], example: "os_exit", means: "`os._exit`: no hooks" }],
    },
    Row {
        word: "sigkill",
        read: |it| it.alone(EndingStep::Sigkill),
        forms: &[Form {
            written: &["sigkill"],
            example: "sigkill",
            means: "SIGKILL: data that was written but not synced survives in the page cache",
        }],
    },
    Row {
        word: "sigterm",
        read: |it| it.alone(EndingStep::Sigterm),
        forms: &[Form {
            written: &["sigterm"],
            example: "sigterm",
            means: "SIGTERM: ends the process, unless a handler is installed, which shuts the memory down and exits \
                within `stop_timeout`",
        }],
    },
    Row {
        word: "on_sigterm",
        read: |it| it.alone(EndingStep::OnSigterm),
        forms: &[Form {
            written: &["on_sigterm"],
            example: "on_sigterm",
            means: "installs that handler for all agents, later ones included; the `gateway` has it from the start. \
                It runs `shutdown_all` of every agent, without `on_session_end`",
        }],
    },
    Row {
        word: "sigint",
        read: |it| it.alone(EndingStep::Sigint),
        forms: &[Form {
            written: &["sigint"],
            example: "sigint",
            means: "Ctrl-C at the prompt: the CLI cleans up as by `cli_exit`, and the main thread returns as by `exit`. A \
                second one interrupts the cleanup; see below. `cli` only",
        }],
    },
    Row {
        word: "power_loss",
        read: |it| it.alone(EndingStep::PowerLoss),
        forms: &[Form {
            written: &["power_loss"],
            example: "power_loss",
            means: "the machine loses power: all processes end, and data that was not synced is gone, except perhaps \
                the beginning of the last writes",
        }],
    },
];

impl fmt::Display for EndingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exit => "exit",
            Self::OsExit => "os_exit",
            Self::Sigkill => "sigkill",
            Self::Sigterm => "sigterm",
            Self::OnSigterm => "on_sigterm",
            Self::Sigint => "sigint",
            Self::PowerLoss => "power_loss",
        })
    }
}
