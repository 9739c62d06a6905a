//! The steps of a plan, one line each: `turn`, `sleep 400ms`, `switch S2`.

use std::time::Duration;

use model::session::SessionId;
use model::turn::TurnId;

use super::error::did_you_mean;
use super::span::parse_duration;

/// What a process does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The agent completes a turn.
    Turn(TurnId),
    /// The user thinks.
    Sleep(Duration),
    /// `/resume` or `/branch` to a session.
    Switch(SessionId),
    /// `/new`.
    New(SessionId),
    /// Compression, to another session or in place.
    Compress(SessionId),
    /// The session ends.
    End,
    /// The next turn begins: what was recalled for it is read.
    Prefetch,
    /// The memory is shut down.
    Shutdown,
    /// The interactive CLI is left.
    CliExit,
    /// The main thread returns here; what follows is never reached.
    Exit,
    /// `os._exit`: no hooks.
    OsExit,
    /// SIGKILL.
    Sigkill,
    /// SIGTERM, without a handler.
    Sigterm,
    /// The machine loses power: what was not synced is gone.
    PowerLoss,
    /// A new process begins, with the session it opens (`S1` if none is named).
    Restart(Option<SessionId>),
    /// Waits until the provider has received that many retains.
    WaitRetain(u32),
    /// From here on every call into the provider first blocks.
    Wedge(Duration),
    /// The provider refuses connections from here.
    ServerDown(Duration),
    /// The network between the agent and the provider changes.
    Network(Weather),
}

/// What happens to the packets between the agent and the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Packets are held back, in order.
    Hold,
    /// What was held arrives, and packets flow again.
    Release,
    /// Packets vanish, and with them every open connection; new ones are not answered.
    Partition,
    /// Packets flow again.
    Repair,
    /// Every open connection is reset.
    Reset,
    /// The next packets vanish.
    Drop(u32),
    /// One-way latency from here on.
    Latency(Duration),
}

/// A step and how often it is repeated.
pub(super) struct Repeated {
    pub step: Step,
    pub times: usize,
}

const WORDS: &[&str] = &[
    "turn",
    "sleep",
    "switch",
    "new",
    "compress",
    "end",
    "prefetch",
    "shutdown",
    "cli_exit",
    "exit",
    "os_exit",
    "sigkill",
    "sigterm",
    "power_loss",
    "restart",
    "wait_retain",
    "wedge",
    "server_down",
    "network",
];
const WEATHER: &[&str] = &["hold", "release", "partition", "repair", "reset", "drop", "latency"];

impl Step {
    /// Reads one line of a plan. A turn is named by the caller, who knows the session.
    pub(super) fn parse(text: &str) -> Result<Repeated, String> {
        let (word, argument) = match text.trim().split_once(' ') {
            Some((word, argument)) => (word, Some(argument.trim())),
            None => (text.trim(), None),
        };
        let unnamed = || Self::Turn(TurnId { session: SessionId::from(""), number: 0 });
        if let ("turn", Some(times)) = (word, argument) {
            let times = times.strip_prefix('x').and_then(|n| n.parse().ok()).filter(|&n| n > 0);
            let times = times
                .ok_or_else(|| format!("\"{text}\" is not a step; write \"turn\" or, for several, \"turn x3\""))?;
            return Ok(Repeated { step: unnamed(), times });
        }
        let step = match word {
            "turn" => unnamed(),
            "sleep" => Self::Sleep(duration(word, argument)?),
            "switch" => Self::Switch(session(word, argument)?),
            "new" => Self::New(session(word, argument)?),
            "compress" => Self::Compress(session(word, argument)?),
            "restart" => Self::Restart(argument.map(|name| session(word, Some(name))).transpose()?),
            "wait_retain" => Self::WaitRetain(count(word, argument)?),
            "wedge" => Self::Wedge(duration(word, argument)?),
            "server_down" => Self::ServerDown(duration(word, argument)?),
            "network" => Self::Network(weather(argument)?),
            "end" | "prefetch" | "shutdown" | "cli_exit" | "exit" | "os_exit" | "sigkill" | "sigterm"
            | "power_loss" => bare(word, argument)?,
            _ => {
                let hint = did_you_mean(word, WORDS);
                return Err(format!("unknown step \"{text}\"{hint} steps: {}", WORDS.join(", ")));
            }
        };
        Ok(Repeated { step, times: 1 })
    }
}

fn bare(word: &str, argument: Option<&str>) -> Result<Step, String> {
    if let Some(argument) = argument {
        return Err(format!("\"{word}\" stands alone; \"{argument}\" means nothing there"));
    }
    Ok(match word {
        "end" => Step::End,
        "prefetch" => Step::Prefetch,
        "shutdown" => Step::Shutdown,
        "cli_exit" => Step::CliExit,
        "exit" => Step::Exit,
        "os_exit" => Step::OsExit,
        "sigkill" => Step::Sigkill,
        "sigterm" => Step::Sigterm,
        _ => Step::PowerLoss,
    })
}

fn duration(word: &str, argument: Option<&str>) -> Result<Duration, String> {
    parse_duration(argument.ok_or_else(|| format!("\"{word}\" needs a duration, as in \"{word} 400ms\""))?)
}

fn count(word: &str, argument: Option<&str>) -> Result<u32, String> {
    argument
        .and_then(|text| text.parse().ok())
        .filter(|&n| n > 0)
        .ok_or_else(|| format!("\"{word}\" needs a number, as in \"{word} 1\""))
}

fn session(word: &str, argument: Option<&str>) -> Result<SessionId, String> {
    let name = argument.ok_or_else(|| format!("\"{word}\" needs a session, as in \"{word} S2\""))?;
    let plain = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain && !name.is_empty() {
        true => Ok(SessionId::from(name)),
        false => Err(format!("\"{name}\" is not a session's name; use letters, digits and _, as in S2")),
    }
}

fn weather(argument: Option<&str>) -> Result<Weather, String> {
    let text = argument.ok_or_else(|| format!("\"network\" needs one of: {}", WEATHER.join(", ")))?;
    let (word, argument) = match text.split_once(' ') {
        Some((word, argument)) => (word, Some(argument.trim())),
        None => (text, None),
    };
    Ok(match (word, argument) {
        ("hold", None) => Weather::Hold,
        ("release", None) => Weather::Release,
        ("partition", None) => Weather::Partition,
        ("repair", None) => Weather::Repair,
        ("reset", None) => Weather::Reset,
        ("drop", argument) => Weather::Drop(count("network drop", argument)?),
        ("latency", argument) => Weather::Latency(duration("network latency", argument)?),
        _ => {
            let hint = did_you_mean(word, WEATHER);
            return Err(format!("the network cannot \"{text}\"{hint} it can: {}", WEATHER.join(", ")));
        }
    })
}
