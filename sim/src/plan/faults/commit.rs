//! What becomes of an agent's commits: `ok`, `fail`, `fail 500ms`, `panic`, `hang`, or a duration that it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::hosts::Kind;
use model::words::command::{CommitFault, CommitFaults, WebUiRequest};
use toml::Spanned;

use crate::plan::error::did_you_mean;
use crate::plan::span::parse_duration;
use crate::plan::{Mistake, Process, Step};

const WORDS: [&str; 4] = ["ok", "fail", "panic", "hang"];

/// By agent, what becomes of which of its commits.
pub(in crate::plan) fn read(
    agents: &BTreeMap<String, BTreeMap<String, Spanned<String>>>,
) -> Result<BTreeMap<String, CommitFaults>, Mistake> {
    let mut read = BTreeMap::new();
    for (agent, table) in agents {
        let faults: &mut CommitFaults = read.entry(agent.clone()).or_default();
        for (key, text) in table {
            let fault = fault(text.get_ref()).map_err(|message| (text.span(), message))?;
            match key.parse::<u32>() {
                Ok(number) if number > 0 => _ = faults.by_number.insert(number, fault),
                _ if key == "*" => faults.every = Some(fault),
                _ => {
                    let message =
                        format!("\"{key}\" is not a commit; write its number, from 1, or \"*\" for every one");
                    return Err((text.span(), message));
                }
            }
        }
    }
    Ok(read)
}

/// Refuses faults of commits that nobody makes: of another host, or of an agent that the plan does not have.
pub(in crate::plan) fn check<'a>(
    agents: &BTreeMap<String, BTreeMap<String, Spanned<String>>>,
    host: Kind,
    processes: impl Iterator<Item = &'a Process>,
) -> Result<(), Mistake> {
    let mut known = BTreeSet::new();
    for process in processes {
        known.insert(process.session.as_str());
        process.steps.iter().for_each(|step| names(step, &mut known));
    }
    for (agent, table) in agents {
        let place = table.values().next().map_or(0..0, Spanned::span);
        if host != Kind::WebUi {
            let message = format!(
                "commit.{agent} means nothing to the host \"{}\"; write config = {{ host = \"webui\" }}, or leave it out",
                host.name()
            );
            return Err((place, message));
        }
        let built = agent.split_once('.').map_or(&**agent, |(session, _)| session);
        if !known.contains(built) {
            let known: Vec<&str> = known.into_iter().collect();
            let hint = did_you_mean(agent, &known);
            return Err((
                place,
                format!("the steps have no agent \"{agent}\"{hint} agents and sessions: {}", known.join(", ")),
            ));
        }
    }
    Ok(())
}

/// The agents that a step names, and the sessions, whose own agents are called like them.
fn names<'a>(step: &'a Step, known: &mut BTreeSet<&'a str>) {
    match step {
        Step::Start(step) => names(step, known),
        Step::Turn(turn, _) | Step::Run(turn, _) | Step::Say(turn, _) => _ = known.insert(turn.session.as_str()),
        Step::Use(to)
        | Step::Switch(to)
        | Step::Resume(to)
        | Step::Branch(to)
        | Step::New(to)
        | Step::Compress(to)
        | Step::Evict(to)
        | Step::Idle(to)
        | Step::Expire(to)
        | Step::Agent(_, Some(to)) => _ = known.insert(to.as_str()),
        Step::WebUi(request) => {
            let (session, agent) = match request {
                WebUiRequest::Register(session, agent) => (Some(session), Some(agent)),
                WebUiRequest::Mark(turn, agent) => (Some(&turn.session), agent.as_ref()),
                WebUiRequest::Commit(session, agent, _) | WebUiRequest::CommitInBackground(session, agent) => {
                    (Some(session), agent.as_ref())
                }
                WebUiRequest::Unregister(session) | WebUiRequest::Discard(session) | WebUiRequest::Dirty(session) => {
                    (Some(session), None)
                }
                WebUiRequest::Drain(_) | WebUiRequest::SelfUpdate => (None, None),
            };
            known.extend(session.map(|session| session.as_str()));
            known.extend(agent.map(String::as_str));
        }
        _ => {}
    }
}

fn fault(text: &str) -> Result<CommitFault, String> {
    if let Some(duration) = text.strip_prefix("fail ") {
        return parse_duration(duration.trim()).map(CommitFault::Fail);
    }
    match text {
        "ok" => Ok(CommitFault::Takes(Duration::ZERO)),
        "fail" => Ok(CommitFault::Fail(Duration::ZERO)),
        "panic" => Ok(CommitFault::Panic),
        "hang" => Ok(CommitFault::Hang),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => parse_duration(text).map(CommitFault::Takes),
        _ => {
            let hint = did_you_mean(text, &WORDS);
            Err(format!("a commit cannot \"{text}\"{hint} it can: take a duration, as in 500ms, {}", WORDS.join(", ")))
        }
    }
}
