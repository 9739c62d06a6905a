//! The steps that only a gateway takes.

use model::hosts::gateway::Request;

use super::Step;
use super::span::written;
use super::step::{duration, session};

/// The step of this word, if it is one of a gateway.
pub(super) fn parse(word: &str, argument: Option<&str>) -> Option<Result<Step, String>> {
    let request = match word {
        "stop" => alone(word, argument, Request::Stop),
        "reconnect" => alone(word, argument, Request::Reconnect),
        "request_restart" => alone(word, argument, Request::RequestRestart),
        "cron" => duration(word, argument).map(Request::Cron),
        "close" => session(word, argument).map(Request::Close),
        _ => return None,
    };
    Some(request.map(Step::Gateway))
}

/// The step as it is written.
pub(super) fn text(request: &Request) -> String {
    match request {
        Request::Stop => "stop".into(),
        Request::Reconnect => "reconnect".into(),
        Request::RequestRestart => "request_restart".into(),
        Request::Cron(duration) => format!("cron {}", written(*duration)),
        Request::Close(session) => format!("close {session}"),
    }
}

fn alone(word: &str, argument: Option<&str>, request: Request) -> Result<Request, String> {
    match argument {
        None => Ok(request),
        Some(argument) => Err(format!("\"{word}\" stands alone; \"{argument}\" means nothing there")),
    }
}
