//! The steps around the agents: time, the machine, files, other processes, the provider, the network and the disk.

use std::fmt;
use std::time::Duration;

use model::hosts::Properties;

use crate::plan::argument::Argument;
use crate::plan::error::did_you_mean;
use crate::plan::faults::clock::Jump;
use crate::plan::faults::disk::DiskFault;
use crate::plan::faults::network::Weather;
use crate::plan::rows::{Form, Row};
use crate::plan::span::Span;

/// A step that happens around the agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurroundingStep {
    /// The user thinks.
    Sleep(Duration),
    /// A file of the host's state is lost.
    Lose(String),
    /// Waits until the provider has received this many retains.
    WaitRetain(u32),
    /// Waits until this many processes are here.
    Barrier(u32),
    /// From now on every call into the provider blocks for this long first.
    Wedge(Duration),
    /// The provider refuses connections from now on.
    ServerDown(Duration),
    /// The network between the agent and the provider changes.
    Network(Weather),
    /// The agent's disk has a fault.
    Disk(DiskFault),
    /// The agent's machine sleeps.
    Suspend(Duration),
    /// Somebody sets the clock on the wall of the agent's machine.
    Clock(Jump),
}

impl SurroundingStep {
    /// Whether a memory's work may take longer by it.
    pub(in crate::plan) fn holds_up_the_memory(&self) -> bool {
        match self {
            Self::Wedge(_) | Self::ServerDown(_) | Self::Network(_) | Self::Disk(_) | Self::Suspend(_) => true,
            Self::Lose(_) | Self::Sleep(_) | Self::WaitRetain(_) | Self::Barrier(_) | Self::Clock(_) => false,
        }
    }

    /// Whether it means something to such a host.
    pub(super) fn is_for(&self, host: Properties) -> bool {
        match self {
            Self::Lose(_) => host.chats,
            Self::Sleep(_)
            | Self::WaitRetain(_)
            | Self::Barrier(_)
            | Self::Wedge(_)
            | Self::ServerDown(_)
            | Self::Network(_)
            | Self::Disk(_)
            | Self::Suspend(_)
            | Self::Clock(_) => true,
        }
    }
}

pub(in crate::plan) const ROWS: &[Row<SurroundingStep>] = &[
    Row {
        word: "sleep",
        read: |it| it.duration().map(SurroundingStep::Sleep),
        forms: &[Form { written: &["sleep D"], example: "sleep 400ms", means: "the user thinks for D" }],
    },
    Row {
        word: "lose",
        read: |it| file(it).map(SurroundingStep::Lose),
        forms: &[Form {
            written: &["lose FILE"],
            example: "lose sessions.json",
            means: "deletes a file of the host's state: `sessions.json`, the routing index of a `gateway`",
        }],
    },
    Row {
        word: "wait_retain",
        read: |it| it.count().map(SurroundingStep::WaitRetain),
        forms: &[Form {
            written: &["wait_retain N"],
            example: "wait_retain 2",
            means: "waits until the provider has received N retains in all, at most ten minutes",
        }],
    },
    Row {
        word: "barrier",
        read: |it| it.count().map(SurroundingStep::Barrier),
        forms: &[Form {
            written: &["barrier N"],
            example: "barrier 2",
            means: "waits until N processes have reached a barrier, at most ten minutes; N lists have as many of them",
        }],
    },
    Row {
        word: "wedge",
        read: |it| it.duration().map(SurroundingStep::Wedge),
        forms: &[Form {
            written: &["wedge D"],
            example: "wedge 700ms",
            means: "a broken daemon: from here on Hermes' `sync_turn`, and every request of the reference, first \
                blocks for D",
        }],
    },
    Row {
        word: "server_down",
        read: |it| it.duration().map(SurroundingStep::ServerDown),
        forms: &[Form {
            written: &["server_down D"],
            example: "server_down 2s",
            means: "the provider goes down and refuses connections for D; requests in progress are neither applied \
                nor answered",
        }],
    },
    Row {
        word: "suspend",
        read: |it| it.duration().map(SurroundingStep::Suspend),
        forms: &[Form {
            written: &["suspend D"],
            example: "suspend 8h",
            means: "the agent's machine sleeps for D: its processes and their timers stand still, and their connections are \
                dead afterwards",
        }],
    },
    Row {
        word: "clock",
        read: |it| it.rest().unwrap_or_default().parse().map(SurroundingStep::Clock),
        forms: &[Form {
            written: &["clock jumps D", "clock jumps -D"],
            example: "clock jumps -1h",
            means: "somebody sets the clock on the wall of the agent's machine, forwards or back; no timer notices",
        }],
    },
    // The files of the network's and the disk's faults have the words after these two.
    Row { word: "network", read: |it| it.rest().unwrap_or_default().parse().map(SurroundingStep::Network), forms: &[] },
    Row { word: "disk", read: |it| it.rest().unwrap_or_default().parse().map(SurroundingStep::Disk), forms: &[] },
];

/// The files of a host that can be lost separately: the gateway's routing index.
const FILES: &[&str] = &["sessions.json"];

impl fmt::Display for SurroundingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sleep(duration) => write!(f, "sleep {}", Span(*duration)),
            Self::Lose(file) => write!(f, "lose {file}"),
            Self::WaitRetain(count) => write!(f, "wait_retain {count}"),
            Self::Barrier(count) => write!(f, "barrier {count}"),
            Self::Wedge(duration) => write!(f, "wedge {}", Span(*duration)),
            Self::ServerDown(duration) => write!(f, "server_down {}", Span(*duration)),
            Self::Network(weather) => write!(f, "network {weather}"),
            Self::Disk(fault) => write!(f, "disk {fault}"),
            Self::Suspend(duration) => write!(f, "suspend {}", Span(*duration)),
            Self::Clock(jump) => write!(f, "clock {jump}"),
        }
    }
}

fn file(it: &Argument<'_>) -> Result<String, String> {
    let name = it.rest().ok_or("\"lose\" needs the name of a file, as in \"lose sessions.json\"")?;
    match FILES.contains(&name) {
        true => Ok(name.to_owned()),
        false => {
            let hint = did_you_mean(name, FILES);
            Err(format!("a host has no file \"{name}\" that can be lost{hint} files: {}", FILES.join(", ")))
        }
    }
}
