//! The steps of a plan, one line each: `turn`, `sleep 400ms`, `switch S2`.

use std::time::Duration;

use model::hosts::Completion;
use model::session::SessionId;
use model::turn::TurnId;

use super::error::did_you_mean;
use super::span::parse_duration;

/// What a process does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The agent's turn is over.
    Turn(TurnId, Completion),
    /// The agent completes a turn with exactly this text.
    Say(TurnId, String),
    /// What follows belongs to another session; nobody announces it.
    Use(SessionId),
    /// Another agent in the same process takes over, new or known.
    Agent(String, Option<SessionId>),
    /// The user thinks.
    Sleep(Duration),
    /// `/resume` or `/branch` to a session: which of them is not said, and nothing is expected of its parent.
    Switch(SessionId),
    /// `/resume`: the session goes on where it was left.
    Resume(SessionId),
    /// `/branch`: the session is forked from the one that is left.
    Branch(SessionId),
    /// `/new`.
    New(SessionId),
    /// Compression, to another session or in place.
    Compress(SessionId),
    /// `/undo` of the session's last turn, if it has one.
    Undo(Option<TurnId>),
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
    /// SIGTERM.
    Sigterm,
    /// A handler of SIGTERM is installed, which shuts the memory down and exits.
    OnSigterm,
    /// The memory is initialized once more.
    Reinit,
    /// The gateway's cache is full: the session's agent goes.
    Evict(SessionId),
    /// The session was idle for too long: its agent goes.
    Idle(SessionId),
    /// The session is over.
    Expire(SessionId),
    /// Waits until that many processes are here.
    Barrier(u32),
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
    "resume",
    "branch",
    "new",
    "compress",
    "undo",
    "use",
    "agent",
    "say",
    "end",
    "prefetch",
    "shutdown",
    "cli_exit",
    "exit",
    "os_exit",
    "sigkill",
    "sigterm",
    "on_sigterm",
    "power_loss",
    "restart",
    "reinit",
    "evict",
    "idle",
    "expire",
    "barrier",
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
        if word == "turn" {
            return turn(text, argument);
        }
        let step = match word {
            "sleep" => Self::Sleep(duration(word, argument)?),
            "switch" => Self::Switch(session(word, argument)?),
            "resume" => Self::Resume(session(word, argument)?),
            "branch" => Self::Branch(session(word, argument)?),
            "use" => Self::Use(session(word, argument)?),
            "agent" => agent(argument)?,
            "say" => Self::Say(unnamed(), said(argument)?),
            "evict" => Self::Evict(session(word, argument)?),
            "idle" => Self::Idle(session(word, argument)?),
            "expire" => Self::Expire(session(word, argument)?),
            "barrier" => Self::Barrier(count(word, argument)?),
            "new" => Self::New(session(word, argument)?),
            "compress" => Self::Compress(session(word, argument)?),
            "restart" => Self::Restart(argument.map(|name| session(word, Some(name))).transpose()?),
            "wait_retain" => Self::WaitRetain(count(word, argument)?),
            "wedge" => Self::Wedge(duration(word, argument)?),
            "server_down" => Self::ServerDown(duration(word, argument)?),
            "network" => Self::Network(weather(argument)?),
            "end" | "undo" | "prefetch" | "shutdown" | "cli_exit" | "exit" | "os_exit" | "sigkill" | "sigterm"
            | "on_sigterm" | "reinit" | "power_loss" => bare(word, argument)?,
            _ => {
                let hint = did_you_mean(word, WORDS);
                return Err(format!("unknown step \"{text}\"{hint} steps: {}", WORDS.join(", ")));
            }
        };
        Ok(Repeated { step, times: 1 })
    }
}

/// A turn whose name the caller knows, because it depends on the session.
fn unnamed() -> TurnId {
    TurnId { session: SessionId::from(""), number: 0 }
}

fn turn(text: &str, argument: Option<&str>) -> Result<Repeated, String> {
    let (completion, times) = match argument {
        None => (Completion::Completed, Some(1)),
        Some("interrupted") => (Completion::Interrupted, Some(1)),
        Some("ephemeral") => (Completion::Ephemeral, Some(1)),
        Some(times) => (Completion::Completed, times.strip_prefix('x').and_then(|n| n.parse().ok())),
    };
    let times = times.filter(|&n| n > 0).ok_or_else(|| {
        format!(
            "\"{text}\" is not a step; write \"turn\", \"turn x3\" for several, \"turn interrupted\" or \"turn ephemeral\""
        )
    })?;
    Ok(Repeated { step: Step::Turn(unnamed(), completion), times })
}

fn agent(argument: Option<&str>) -> Result<Step, String> {
    let words: Vec<&str> = argument.unwrap_or_default().split_whitespace().collect();
    match words[..] {
        [name] => Ok(Step::Agent(name.to_owned(), None)),
        [name, of] => Ok(Step::Agent(name.to_owned(), Some(session("agent", Some(of))?))),
        _ => Err("\"agent\" needs a name and, the first time, a session, as in \"agent second S2\"; the agent with which a process starts is called main".into()),
    }
}

fn said(argument: Option<&str>) -> Result<String, String> {
    let text = argument.ok_or("\"say\" needs a text, as in \"say yes, do it\"")?;
    Ok(text.to_owned())
}

fn bare(word: &str, argument: Option<&str>) -> Result<Step, String> {
    if let Some(argument) = argument {
        return Err(format!("\"{word}\" stands alone; \"{argument}\" means nothing there"));
    }
    Ok(match word {
        "end" => Step::End,
        "undo" => Step::Undo(None),
        "on_sigterm" => Step::OnSigterm,
        "reinit" => Step::Reinit,
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
