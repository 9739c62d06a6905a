//! Facts in plain words, for people who do not know the log.
//!
//! - `hosts`: what a WebUI and a gateway report. - `provider`: what happens at the provider.

mod hosts;
mod provider;

use model::facts::Observation;
use model::words::command::Answer;
use model::words::turn::TurnId;

use crate::history::{Call, Fact, Parent, Word};
use crate::plan::Span;

/// What happened. Of many turns only the one that it is `about` is named.
pub(super) fn fact(fact: &Fact, about: Option<&TurnId>) -> String {
    match fact {
        Fact::Started { session } => format!("the process starts, with {session} open"),
        Fact::Called(call) => called(call),
        Fact::Returned(Call::Turn(turn)) => format!("{turn} is acknowledged: its call returns"),
        Fact::Returned(call) => format!("{} returns", named(call)),
        Fact::Failed(call) => format!("{} fails, and its caller sees that", named(call)),
        Fact::AgentChanged { name } => format!("agent {name} takes over"),
        Fact::Excluded { turn, why } => format!("{turn} is not to be kept: {why}"),
        Fact::Lineage { session, parent } => match parent {
            Parent::Unknown => format!("{session} is about to be opened, from wherever it comes"),
            Parent::Nobody => format!("{session} is about to be opened, without a parent"),
            Parent::Session(parent) => format!("{session} is about to be opened, with parent {parent}"),
        },
        Fact::Signaled { steps, label } => format!("SIGTERM comes at step {steps}, \"{label}\", and is handled"),
        Fact::Recalled { session, text } => {
            format!("{session} reads {}", if text.is_some() { "a recall" } else { "that there is no recall" })
        }
        Fact::TaskStarted { name } => format!("task {name} starts"),
        Fact::TaskEnded { name } => format!("task {name} ends"),
        Fact::Told(observation) => told(observation, about),
        Fact::Ended { ending, steps, label } => {
            let at = label.as_ref().map_or_else(String::new, |label| format!(", \"{label}\""));
            format!("the process {ending}, at its step {steps}{at}")
        }
        Fact::Provider(happening) => provider::happened(happening, about),
        Fact::FaultsStopped => "the plan is done, and faults stop".to_owned(),
        Fact::Converged { in_time: true } => "nothing is pending any more".to_owned(),
        Fact::Converged { in_time: false } => "the time is over for what is pending".to_owned(),
        Fact::Stored { container, entries } => {
            let held: Vec<TurnId> = entries.iter().flat_map(|entry| entry.turns.clone()).collect();
            format!("in the end document {container} holds {}", turns(&held, about))
        }
        Fact::Asked { step } => format!("the host is asked: {step}"),
        Fact::Answered { step, answer, .. } => format!("the host answers {step}: {}", answered(answer)),
        Fact::Disk { fault } => format!("the disk {fault}"),
        Fact::TurnAsked { turn } => format!("the user asks for {turn}"),
        Fact::Suspended { lasts } => format!("the machine sleeps for {}", Span(*lasts)),
        Fact::ClockSet { jump } => format!("the clock {jump}"),
        Fact::Banks(_) => "the user has several banks".to_owned(),
    }
}

fn called(call: &Call) -> String {
    match call {
        Call::Turn(turn) => format!("{turn} is completed, and handed to the memory"),
        Call::Command { .. } => format!("{} begins", named(call)),
    }
}

fn named(call: &Call) -> String {
    match call {
        Call::Turn(turn) => format!("the call of {turn}"),
        Call::Command { word: Word::SigShutdown, .. } => "the shutdown by the handler of SIGTERM".to_owned(),
        Call::Command { word: Word::SigStop, .. } => "the handler of SIGTERM".to_owned(),
        Call::Command { word: Word::Exit, .. } => "the host's last work before its exit".to_owned(),
        Call::Command { word: word @ (Word::Shutdown | Word::CliExit | Word::Flush | Word::Undo), .. } => {
            word.name().to_owned()
        }
        Call::Command { word, session } => format!("{} of {session}", word.name()),
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Nothing => "nothing".to_owned(),
        Answer::Bool(is_so) => is_so.to_string(),
        Answer::Number(number) => number.to_string(),
        Answer::Text(Some(_)) => "a recall".to_owned(),
        Answer::Text(None) => "no recall".to_owned(),
        Answer::Unsure => "it could not make sure".to_owned(),
    }
}

fn told(observation: &Observation, about: Option<&TurnId>) -> String {
    match observation {
        Observation::Moved { turns: all, place } => format!("{}: {place}", turns(all, about)),
        Observation::RequestSent { endpoint } => format!("a {endpoint} leaves"),
        Observation::RequestFailed { endpoint, reason } => format!("the client gives up a {endpoint}: {reason}"),
        Observation::Abandoned { turns: all } => format!("{}: given up, and a log says so", turns(all, about)),
        Observation::Holding { turns } => format!("the process holds {turns} turns in memory"),
        Observation::ClientOpened => "a client of the provider is built".to_owned(),
        Observation::ClientClosed => "a client of the provider is closed".to_owned(),
        Observation::Pending { turns: all } => format!("the outbox holds {}", turns(all, about)),
        Observation::TurnEnding { turn } => format!("{turn} is over"),
        Observation::TurnAcknowledged { turn } => format!("{turn} is acknowledged"),
        Observation::TurnUnsure { turn } => format!("{turn} is not acknowledged, and may be kept"),
        Observation::Commits(told) => hosts::webui(told, about),
        Observation::Continuity(told) => hosts::gateway(told, about),
        Observation::WaitsForLock { path } => format!("the process waits for the lock of {path}"),
        Observation::OpenedAgain => "the host builds an agent behind a shutdown".to_owned(),
        Observation::Declared { turns: all } => {
            format!("{}: the user hears that the provider does not take it", turns(all, about))
        }
    }
}

/// How many turns are named.
const NAMED: usize = 4;

/// `S1#1 and 2 more`: the one in question first, if it is among them.
fn turns(all: &[TurnId], about: Option<&TurnId>) -> String {
    let named: Vec<String> = match about.filter(|turn| all.contains(turn)) {
        Some(turn) => vec![turn.to_string()],
        None => all.iter().take(NAMED).map(ToString::to_string).collect(),
    };
    match (all.len(), all.len() - named.len()) {
        (0, _) => "no turn".to_owned(),
        (_, 0) => named.join(", "),
        (_, more) => format!("{} and {more} more", named.join(", ")),
    }
}
