//! The steps of a plan, one line each: `turn`, `sleep 400ms`, `switch S2`.

pub(in crate::plan) mod gateway;
pub(in crate::plan) mod webui;

use std::time::Duration;

use model::hosts::Kind;
use model::words::command::{GatewayRequest, WebUiRequest};
use model::words::course::{Completion, Course, RunResult};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::plan::error::did_you_mean;
use crate::plan::faults::disk::DiskFault;
use crate::plan::faults::network::Weather;
use crate::plan::span::parse_duration;

/// What a process does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The agent's turn is over.
    Turn(TurnId, Completion),
    /// A turn begins, and is over after a while: beside what follows.
    Run(TurnId, Course),
    /// The step is taken on a thread of its own, beside what follows.
    Start(Box<Step>),
    /// Waits for everything that was started.
    Join,
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
    /// A new process begins, with the session it opens (`S1` if none is named), and how long after the former was gone.
    Restart(Option<SessionId>, Duration),
    /// The first process of the list begins that much later.
    StartAfter(Duration),
    /// A file of the host's state is gone.
    Lose(String),
    /// What happens to a WebUI only.
    WebUi(WebUiRequest),
    /// What happens to a gateway only.
    Gateway(GatewayRequest),
    /// Waits until the provider has received that many retains.
    WaitRetain(u32),
    /// From here on every call into the provider first blocks.
    Wedge(Duration),
    /// The provider refuses connections from here.
    ServerDown(Duration),
    /// The network between the agent and the provider changes.
    Network(Weather),
    /// The agent's disk does not do what it should.
    Disk(DiskFault),
}

/// A step and how often it is repeated.
pub(in crate::plan) struct Repeated {
    pub step: Step,
    pub times: usize,
}

const WORDS: &[&str] = &[
    "turn",
    "run",
    "start",
    "join",
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
    "start_after",
    "lose",
    "reinit",
    "evict",
    "idle",
    "expire",
    "barrier",
    "wait_retain",
    "wedge",
    "server_down",
    "network",
    "disk",
    "register",
    "unregister",
    "mark",
    "commit",
    "commit_in_background",
    "discard",
    "drain",
    "dirty",
    "self_update",
    "stop",
    "reconnect",
    "request_restart",
    "cron",
    "close",
];
/// The files of a host that can be lost, apart from all others: the gateway's routing index.
const FILES: &[&str] = &["sessions.json"];

impl Step {
    /// Whether it is about a gateway over its restarts, and not about the memory of its agents alone.
    pub(in crate::plan) fn is_of_a_running_gateway(&self) -> bool {
        match self {
            Self::Run(..) | Self::Gateway(_) | Self::Lose(_) => true,
            Self::Start(step) => step.is_of_a_running_gateway(),
            _ => false,
        }
    }

    /// Refuses a step that means nothing to this host: it would be passed over, and a scenario would say what never happens.
    pub(in crate::plan) fn check_host(&self, host: Kind, text: &str) -> Result<(), String> {
        let hosts: &[Kind] = match self {
            Self::Run(..) | Self::Join => &[Kind::Gateway, Kind::WebUi],
            Self::Gateway(_) | Self::Lose(_) => &[Kind::Gateway],
            Self::WebUi(_) => &[Kind::WebUi],
            Self::Start(step) => {
                step.check_host(host, text)?;
                &[Kind::Gateway, Kind::WebUi]
            }
            _ => &Kind::ALL,
        };
        if hosts.contains(&host) {
            return Ok(());
        }
        let names: Vec<String> = hosts.iter().map(|host| format!("\"{}\"", host.name())).collect();
        Err(format!(
            "\"{text}\" means nothing to the host \"{}\"; write config = {{ host = {} }}, or leave it out",
            host.name(),
            names.join(" } or { host = ")
        ))
    }

    /// A step that is a host's own, as it is written.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::WebUi(request) => Some(webui::text(request)),
            Self::Gateway(request) => Some(gateway::text(request)),
            _ => None,
        }
    }

    /// Reads one line of a plan. A turn is named by the caller, who knows the session.
    pub(in crate::plan) fn parse(text: &str) -> Result<Repeated, String> {
        let (word, argument) = match text.trim().split_once(' ') {
            Some((word, argument)) => (word, Some(argument.trim())),
            None => (text.trim(), None),
        };
        if word == "turn" {
            return turn(text, argument);
        }
        if let Some(step) = webui::parse(word, argument).or_else(|| gateway::parse(word, argument)) {
            return Ok(Repeated { step: step?, times: 1 });
        }
        let step = match word {
            "run" => Self::Run(unnamed(), course(argument)?),
            "start" => started(argument)?,
            "join" => bare(word, argument)?,
            "start_after" => Self::StartAfter(duration(word, argument)?),
            "lose" => Self::Lose(file(argument)?),
            "restart" => restart(argument)?,
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
            "wait_retain" => Self::WaitRetain(count(word, argument)?),
            "wedge" => Self::Wedge(duration(word, argument)?),
            "server_down" => Self::ServerDown(duration(word, argument)?),
            "network" => Self::Network(Weather::parse(argument)?),
            "disk" => Self::Disk(DiskFault::parse(argument)?),
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
pub(in crate::plan) fn unnamed() -> TurnId {
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

fn course(argument: Option<&str>) -> Result<Course, String> {
    let words: Vec<&str> = argument.unwrap_or_default().split_whitespace().collect();
    let lasting = |text: &str, result| Ok(Course { lasts: Some(parse_duration(text)?), result });
    match words[..] {
        ["hangs"] => Ok(Course { lasts: None, result: RunResult::Completes }),
        [text] => lasting(text, RunResult::Completes),
        [text, "fails"] => lasting(text, RunResult::Fails),
        [text, "restarts"] => lasting(text, RunResult::Restarts),
        _ => Err("\"run\" needs how long the turn takes, as in \"run 30s\", \"run 30s fails\" or \"run 30s restarts\"; or \"run hangs\"".into()),
    }
}

fn started(argument: Option<&str>) -> Result<Step, String> {
    let text =
        argument.ok_or("\"start\" needs the step that is taken beside what follows, as in \"start commit S1\"")?;
    let Repeated { step, times } = Step::parse(text)?;
    match (&step, times) {
        (Step::Turn(..) | Step::New(_) | Step::Evict(_) | Step::WebUi(_) | Step::Gateway(_), 1) => {
            Ok(Step::Start(Box::new(step)))
        }
        _ => Err(format!(
            "\"{text}\" cannot be started beside what follows; what can is turn, new, evict and the steps of a webui or a gateway"
        )),
    }
}

/// `restart`, `restart S2`, `restart after 2h`, `restart S2 after 2h`.
fn restart(argument: Option<&str>) -> Result<Step, String> {
    let words: Vec<&str> = argument.unwrap_or_default().split_whitespace().collect();
    let (name, after) = match words[..] {
        [] => (None, Duration::ZERO),
        [name] => (Some(name), Duration::ZERO),
        ["after", text] => (None, parse_duration(text)?),
        [name, "after", text] => (Some(name), parse_duration(text)?),
        _ => return Err("\"restart\" takes a session, a pause or both, as in \"restart S2 after 2h\"".into()),
    };
    Ok(Step::Restart(name.map(|name| session("restart", Some(name))).transpose()?, after))
}

fn file(argument: Option<&str>) -> Result<String, String> {
    let name = argument.ok_or("\"lose\" needs the name of a file, as in \"lose sessions.json\"")?;
    match FILES.contains(&name) {
        true => Ok(name.to_owned()),
        false => {
            let hint = did_you_mean(name, FILES);
            Err(format!("a host has no file \"{name}\" that can be lost{hint} files: {}", FILES.join(", ")))
        }
    }
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
        "join" => Step::Join,
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

pub(in crate::plan) fn duration(word: &str, argument: Option<&str>) -> Result<Duration, String> {
    parse_duration(argument.ok_or_else(|| format!("\"{word}\" needs a duration, as in \"{word} 400ms\""))?)
}

pub(in crate::plan) fn count(word: &str, argument: Option<&str>) -> Result<u32, String> {
    argument
        .and_then(|text| text.parse().ok())
        .filter(|&n| n > 0)
        .ok_or_else(|| format!("\"{word}\" needs a number, as in \"{word} 1\""))
}

pub(in crate::plan) fn session(word: &str, argument: Option<&str>) -> Result<SessionId, String> {
    let name = argument.ok_or_else(|| format!("\"{word}\" needs a session, as in \"{word} S2\""))?;
    let plain = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain && !name.is_empty() {
        true => Ok(SessionId::from(name)),
        false => Err(format!("\"{name}\" is not a session's name; use letters, digits and _, as in S2")),
    }
}
