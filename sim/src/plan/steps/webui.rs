//! The steps that only a WebUI takes: calls on its session lifecycle, and an update of itself.

use model::words::command::{Wait, WebUiRequest};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::Step;
use super::{duration, session};
use crate::plan::span::{parse_duration, written};

/// How the session is written that has no name.
const NOBODY: &str = "\"\"";

/// The step of this word, if it is one of a WebUI.
pub(in crate::plan) fn parse(word: &str, argument: Option<&str>) -> Option<Result<Step, String>> {
    let request = match word {
        "register" => both(word, argument).map(|(session, agent)| WebUiRequest::Register(session, agent)),
        "unregister" => whose(word, argument).map(WebUiRequest::Unregister),
        "mark" => of(word, argument).map(|(session, agent)| WebUiRequest::Mark(TurnId { session, number: 0 }, agent)),
        "commit" => commit(argument),
        "commit_in_background" => {
            of(word, argument).map(|(session, agent)| WebUiRequest::CommitInBackground(session, agent))
        }
        "discard" => whose(word, argument).map(WebUiRequest::Discard),
        "drain" => argument.map(|text| duration(word, Some(text))).transpose().map(WebUiRequest::Drain),
        "dirty" => whose(word, argument).map(WebUiRequest::Dirty),
        "self_update" => match argument {
            None => Ok(WebUiRequest::SelfUpdate),
            Some(argument) => Err(format!("\"{word}\" stands alone; \"{argument}\" means nothing there")),
        },
        _ => return None,
    };
    Some(request.map(Step::WebUi))
}

/// The step as it is written.
pub(in crate::plan) fn text(request: &WebUiRequest) -> String {
    let with = |agent: &Option<String>| agent.as_ref().map_or_else(String::new, |agent| format!(" {agent}"));
    let name = |session: &SessionId| if session.is_empty() { NOBODY.to_owned() } else { session.to_string() };
    match request {
        WebUiRequest::Register(session, agent) => format!("register {} {agent}", name(session)),
        WebUiRequest::Unregister(session) => format!("unregister {}", name(session)),
        WebUiRequest::Mark(turn, agent) => format!("mark {}{}", name(&turn.session), with(agent)),
        WebUiRequest::Commit(session, agent, wait) => {
            let wait = match wait {
                Wait::No => String::new(),
                Wait::Until(None) => " wait".into(),
                Wait::Until(Some(limit)) => format!(" wait {}", written(*limit)),
            };
            format!("commit {}{}{wait}", name(session), with(agent))
        }
        WebUiRequest::CommitInBackground(session, agent) => {
            format!("commit_in_background {}{}", name(session), with(agent))
        }
        WebUiRequest::Discard(session) => format!("discard {}", name(session)),
        WebUiRequest::Drain(None) => "drain".into(),
        WebUiRequest::Drain(Some(deadline)) => format!("drain {}", written(*deadline)),
        WebUiRequest::Dirty(session) => format!("dirty {}", name(session)),
        WebUiRequest::SelfUpdate => "self_update".into(),
    }
}

/// `S1`, or nobody's.
fn whose(word: &str, argument: Option<&str>) -> Result<SessionId, String> {
    if argument == Some(NOBODY) { Ok(SessionId::from("")) } else { session(word, argument) }
}

/// `S1` or `S1 a`.
fn of(word: &str, argument: Option<&str>) -> Result<(SessionId, Option<String>), String> {
    let mut words = argument.unwrap_or_default().split_whitespace();
    let of = whose(word, words.next())?;
    let agent = words.next().map(agent).transpose()?;
    match words.next() {
        None => Ok((of, agent)),
        Some(more) => Err(format!(
            "\"{word}\" takes a session and an agent, as in \"{word} S1 a\"; \"{more}\" means nothing there"
        )),
    }
}

fn both(word: &str, argument: Option<&str>) -> Result<(SessionId, String), String> {
    let (session, agent) = of(word, argument)?;
    let agent = agent.ok_or_else(|| format!("\"{word}\" needs a session and an agent, as in \"{word} S1 a\""))?;
    Ok((session, agent))
}

/// `S1`, `S1 a`, `S1 wait`, `S1 a wait 200ms`.
fn commit(argument: Option<&str>) -> Result<WebUiRequest, String> {
    let words: Vec<&str> = argument.unwrap_or_default().split_whitespace().collect();
    let (who, wait) = match words.iter().position(|&word| word == "wait") {
        None => (&words[..], Wait::No),
        Some(place) => match words[place + 1..] {
            [] => (&words[..place], Wait::Until(None)),
            [limit] => (&words[..place], Wait::Until(Some(parse_duration(limit)?))),
            _ => return Err("\"commit\" waits without a limit or with one, as in \"commit S1 wait 200ms\"".into()),
        },
    };
    let (session, agent) = of("commit", Some(&who.join(" ")))?;
    Ok(WebUiRequest::Commit(session, agent, wait))
}

fn agent(name: &str) -> Result<String, String> {
    let plain = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain {
        true => Ok(name.to_owned()),
        false => Err(format!("\"{name}\" is not an agent's name; use letters, digits and _, as in a")),
    }
}
