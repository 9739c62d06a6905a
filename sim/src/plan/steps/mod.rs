//! The steps of a plan, one text each: `turn`, `sleep 400ms`, `switch S2`. Each family has a file that reads, writes and explains its
//! steps.

pub(in crate::plan) mod agents;
pub(in crate::plan) mod beside;
pub(in crate::plan) mod ending;
pub(in crate::plan) mod gateway;
pub(in crate::plan) mod sessions;
pub(in crate::plan) mod starting;
pub(in crate::plan) mod surroundings;
pub(in crate::plan) mod turns;
pub(in crate::plan) mod webui;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use model::hosts::Properties;

pub use agents::AgentStep;
pub use beside::BesideStep;
pub use ending::EndingStep;
pub use gateway::GatewayStep;
pub use sessions::SessionStep;
pub use starting::StartingStep;
pub use surroundings::SurroundingStep;
pub use turns::{Saying, TurnStep};
pub use webui::WebUiStep;

use super::error::did_you_mean;
use super::faults::{disk, network};
use super::rows::{self, Form, Row};

/// A step as it is written. A process takes it as an [`Action`](super::Action).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A turn is made or taken back.
    Turn(TurnStep),
    /// A step on a session.
    Session(SessionStep),
    /// A step on the agent at work.
    Agent(AgentStep),
    /// The process ends.
    Ending(EndingStep),
    /// A process begins.
    Starting(StartingStep),
    /// A step around the agents.
    Around(SurroundingStep),
    /// A step that runs beside the following ones.
    Beside(BesideStep),
    /// A step of a WebUI alone.
    WebUi(WebUiStep),
    /// A step of a gateway alone.
    Gateway(GatewayStep),
}

/// Implements [`From`] for each family.
macro_rules! families {
    ($($family:ident($step:ident)),+) => {
        $(impl From<$step> for Step {
            fn from(step: $step) -> Self {
                Self::$family(step)
            }
        })+
    };
}

families!(
    Turn(TurnStep),
    Session(SessionStep),
    Agent(AgentStep),
    Ending(EndingStep),
    Starting(StartingStep),
    Around(SurroundingStep),
    Beside(BesideStep),
    WebUi(WebUiStep),
    Gateway(GatewayStep)
);

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn(step) => step.fmt(f),
            Self::Session(step) => step.fmt(f),
            Self::Agent(step) => step.fmt(f),
            Self::Ending(step) => step.fmt(f),
            Self::Starting(step) => step.fmt(f),
            Self::Around(step) => step.fmt(f),
            Self::Beside(step) => step.fmt(f),
            Self::WebUi(step) => step.fmt(f),
            Self::Gateway(step) => step.fmt(f),
        }
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read(text)
            .unwrap_or_else(|| Err(format!("unknown step \"{text}\"{} steps: {}", nearest(text), words().join(", "))))
    }
}

/// Reads a step by its first word; `None` if no step has that word.
fn read(text: &str) -> Option<Result<Step, String>> {
    fn of<T: Into<Step>>(rows: &[Row<T>], text: &str) -> Option<Result<Step, String>> {
        rows::read(rows, "", text).map(|step| step.map(Into::into))
    }

    of(turns::ROWS, text)
        .or_else(|| of(sessions::ROWS, text))
        .or_else(|| of(agents::ROWS, text))
        .or_else(|| of(ending::ROWS, text))
        .or_else(|| of(starting::ROWS, text))
        .or_else(|| of(surroundings::ROWS, text))
        .or_else(|| of(beside::ROWS, text))
        .or_else(|| of(webui::ROWS, text))
        .or_else(|| of(gateway::ROWS, text))
}

/// The hint for an unknown step: the nearest word, the words of which it is the second, or the step with its two words exchanged.
fn nearest(text: &str) -> String {
    let pairs = pairs();
    let words_of_text: Vec<&str> = text.split_whitespace().take(3).collect();
    let word = words_of_text.first().copied().unwrap_or_default();
    if let Some(pair) = pairs.iter().find(|pair| pair.split_once(' ').is_some_and(|(_, second)| second == word)) {
        return format!("; did you mean \"{pair}\"?");
    }
    if let [first, second] = words_of_text[..] {
        let exchanged = format!("{second} {first}");
        if let Some(Ok(_)) = read(&exchanged) {
            return format!("; did you mean \"{exchanged}\"?");
        }
    }
    let known: Vec<&str> = words().into_iter().chain(pairs.iter().map(String::as_str)).collect();
    did_you_mean(word, &known)
}

/// The steps that begin with two words.
fn pairs() -> Vec<String> {
    let of = |first: &str, words: &mut dyn Iterator<Item = &'static str>| -> Vec<String> {
        words.map(|second| format!("{first} {second}")).collect()
    };
    let disk = of("disk", &mut rows::words(disk::ROWS));
    [disk, of("network", &mut rows::words(network::ROWS)), vec!["clock jumps".to_owned()]].concat()
}

/// Every word with which a step begins.
fn words() -> Vec<&'static str> {
    rows::words(turns::ROWS)
        .chain(rows::words(sessions::ROWS))
        .chain(rows::words(agents::ROWS))
        .chain(rows::words(ending::ROWS))
        .chain(rows::words(starting::ROWS))
        .chain(rows::words(surroundings::ROWS))
        .chain(rows::words(beside::ROWS))
        .chain(rows::words(webui::ROWS))
        .chain(rows::words(gateway::ROWS))
        .collect()
}

/// All forms of steps, without the words after `network` and `disk`.
pub(super) fn forms() -> impl Iterator<Item = Form> {
    rows::forms(turns::ROWS)
        .chain(rows::forms(sessions::ROWS))
        .chain(rows::forms(agents::ROWS))
        .chain(rows::forms(ending::ROWS))
        .chain(rows::forms(starting::ROWS))
        .chain(rows::forms(surroundings::ROWS))
        .chain(rows::forms(beside::ROWS))
        .chain(rows::forms(webui::ROWS))
        .chain(rows::forms(gateway::ROWS))
}

impl Step {
    /// Whether it does nothing but let time pass.
    pub fn only_waits(&self) -> bool {
        match self {
            Self::Around(step) => {
                matches!(step, SurroundingStep::Sleep(_) | SurroundingStep::WaitRetain(_) | SurroundingStep::Barrier(_))
            }
            Self::Beside(step) => matches!(step, BesideStep::Join),
            Self::Starting(_)
            | Self::Turn(_)
            | Self::Session(_)
            | Self::Agent(_)
            | Self::Ending(_)
            | Self::WebUi(_)
            | Self::Gateway(_) => false,
        }
    }

    /// The number of actions that a process takes for it.
    pub(in crate::plan) fn times(&self) -> usize {
        match self {
            Self::Turn(TurnStep::Completed(times)) => *times,
            Self::Starting(_) => 0,
            Self::Turn(_)
            | Self::Session(_)
            | Self::Agent(_)
            | Self::Ending(_)
            | Self::Around(_)
            | Self::Beside(_)
            | Self::WebUi(_)
            | Self::Gateway(_) => 1,
        }
    }

    /// Whether it is about a gateway over its restarts, and not about the memory of its agents alone.
    pub(in crate::plan) fn is_of_a_running_gateway(&self) -> bool {
        match self {
            Self::Turn(TurnStep::Run(_)) | Self::Around(SurroundingStep::Lose(_)) | Self::Gateway(_) => true,
            Self::Beside(BesideStep::Start(step)) => step.is_of_a_running_gateway(),
            Self::Turn(_)
            | Self::Session(_)
            | Self::Agent(_)
            | Self::Ending(_)
            | Self::Starting(_)
            | Self::Around(_)
            | Self::Beside(BesideStep::Join)
            | Self::WebUi(_) => false,
        }
    }

    /// Whether it means something to such a host. Others would pass over it, and a scenario would say what never happens.
    pub(crate) fn is_for(&self, host: Properties) -> bool {
        match self {
            Self::Turn(step) => step.is_for(host),
            Self::Ending(step) => step.is_for(host),
            Self::Around(step) => step.is_for(host),
            Self::Beside(step) => step.is_for(host),
            Self::WebUi(_) => host.commits,
            Self::Gateway(_) => host.chats,
            Self::Agent(AgentStep::Profile(_)) => !host.commits,
            Self::Session(_) | Self::Agent(_) | Self::Starting(_) => true,
        }
    }

    /// Adds the sessions that it names.
    pub(in crate::plan) fn add_sessions<'a>(&'a self, sessions: &mut BTreeSet<&'a str>) {
        match self {
            Self::Session(step) => _ = sessions.insert(step.session().as_str()),
            Self::Agent(AgentStep::Agent(_, Some(session)))
            | Self::Starting(StartingStep::Restart(Some(session), _)) => {
                sessions.insert(session.as_str());
            }
            Self::Beside(BesideStep::Start(step)) => step.add_sessions(sessions),
            Self::Gateway(step) => sessions.extend(step.session().map(|session| session.as_str())),
            Self::WebUi(step) => sessions.extend(step.names().0.map(|session| session.as_str())),
            Self::Turn(_)
            | Self::Agent(_)
            | Self::Ending(_)
            | Self::Starting(_)
            | Self::Around(_)
            | Self::Beside(BesideStep::Join) => {}
        }
    }

    /// The names that it gives to a session and an agent.
    pub(in crate::plan) fn names(&self) -> impl Iterator<Item = &str> {
        let mut names = BTreeSet::new();
        self.add_sessions(&mut names);
        let agent = if let Self::Agent(AgentStep::Agent(name, _)) = self { Some(name.as_str()) } else { None };
        names.into_iter().chain(agent)
    }

    /// The agent that a call of a WebUI names.
    pub(in crate::plan) fn agent_of_a_call(&self) -> Option<&str> {
        match self {
            Self::Beside(BesideStep::Start(step)) => step.agent_of_a_call(),
            Self::WebUi(step) => step.names().1.map(String::as_str),
            Self::Session(_)
            | Self::Turn(_)
            | Self::Agent(_)
            | Self::Ending(_)
            | Self::Starting(_)
            | Self::Around(_)
            | Self::Beside(BesideStep::Join)
            | Self::Gateway(_) => None,
        }
    }
}
