//! The steps of a gateway alone.

use std::fmt;

use model::words::command::GatewayRequest;
use model::words::session::SessionId;

use crate::plan::rows::{Form, Row};
use crate::plan::span::Span;

/// A step of a gateway alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayStep(pub GatewayRequest);

pub(in crate::plan) const ROWS: &[Row<GatewayStep>] = &[
    Row {
        word: "stop",
        read: |it| it.alone(GatewayStep(GatewayRequest::Stop)),
        forms: &[Form {
            written: &["stop"],
            example: "stop",
            means: "`/stop` in the open chat: the running turn ends, waiting messages are dropped, and neither may \
                run again",
        }],
    },
    Row {
        word: "reconnect",
        read: |it| it.alone(GatewayStep(GatewayRequest::Reconnect)),
        forms: &[Form {
            written: &["reconnect"],
            example: "reconnect",
            means: "the platform's connection is lost and comes back; a release that resumes chats at its start also \
                does so here",
        }],
    },
    Row {
        word: "request_restart",
        read: |it| it.alone(GatewayStep(GatewayRequest::RequestRestart)),
        forms: &[Form {
            written: &["request_restart"],
            example: "request_restart",
            means: "`/restart`: a user asks the gateway to restart. It stops after the running turns, if the release \
                waits for them; no supervisor limits the time",
        }],
    },
    Row {
        word: "cron",
        read: |it| Ok(GatewayStep(GatewayRequest::Cron(it.duration()?))),
        forms: &[Form {
            written: &["cron D"],
            example: "cron 10m",
            means: "a scheduled job runs for D while the next steps go on; a stop may have to wait for it. Its \
                memory is not simulated",
        }],
    },
    Row {
        word: "close",
        read: |it| Ok(GatewayStep(GatewayRequest::Close(it.session()?))),
        forms: &[Form {
            written: &["close S"],
            example: "close S1",
            means: "another program ends the row of chat S's session in the database",
        }],
    },
];

impl GatewayStep {
    /// The session that it names.
    pub(in crate::plan) fn session(&self) -> Option<&SessionId> {
        if let GatewayRequest::Close(session) = &self.0 { Some(session) } else { None }
    }

    /// The same step about the session that `name` makes of its own.
    pub(in crate::plan) fn about(&self, name: impl Fn(&SessionId) -> SessionId) -> Self {
        Self(if let GatewayRequest::Close(session) = &self.0 {
            GatewayRequest::Close(name(session))
        } else {
            self.0.clone()
        })
    }
}

/// `{:#}` writes durations as a history has them.
impl fmt::Display for GatewayStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            GatewayRequest::Stop => f.write_str("stop"),
            GatewayRequest::Reconnect => f.write_str("reconnect"),
            GatewayRequest::RequestRestart => f.write_str("request_restart"),
            GatewayRequest::Cron(duration) => {
                f.write_str("cron ")?;
                Span(*duration).fmt(f)
            }
            GatewayRequest::Close(session) => write!(f, "close {session}"),
        }
    }
}
