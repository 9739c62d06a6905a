//! The steps that only a gateway takes.

use model::words::command::GatewayRequest;

use super::Step;
use super::{duration, session};
use crate::plan::span::written;

/// The step of this word, if it is one of a gateway.
pub(in crate::plan) fn parse(word: &str, argument: Option<&str>) -> Option<Result<Step, String>> {
    let request = match word {
        "stop" => alone(word, argument, GatewayRequest::Stop),
        "reconnect" => alone(word, argument, GatewayRequest::Reconnect),
        "request_restart" => alone(word, argument, GatewayRequest::RequestRestart),
        "cron" => duration(word, argument).map(GatewayRequest::Cron),
        "close" => session(word, argument).map(GatewayRequest::Close),
        _ => return None,
    };
    Some(request.map(Step::Gateway))
}

/// The step as it is written.
pub(in crate::plan) fn text(request: &GatewayRequest) -> String {
    match request {
        GatewayRequest::Stop => "stop".into(),
        GatewayRequest::Reconnect => "reconnect".into(),
        GatewayRequest::RequestRestart => "request_restart".into(),
        GatewayRequest::Cron(duration) => format!("cron {}", written(*duration)),
        GatewayRequest::Close(session) => format!("close {session}"),
    }
}

fn alone(word: &str, argument: Option<&str>, request: GatewayRequest) -> Result<GatewayRequest, String> {
    match argument {
        None => Ok(request),
        Some(argument) => Err(format!("\"{word}\" stands alone; \"{argument}\" means nothing there")),
    }
}
