//! The commands for a gateway only.

use std::time::Duration;

use crate::words::session::SessionId;

/// A command for a gateway only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayRequest {
    /// `/stop` of the open chat.
    Stop,
    /// The platform connects again.
    Reconnect,
    /// `/restart`: a user asks the gateway to restart itself.
    RequestRestart,
    /// A scheduled job runs in the gateway for this time.
    Cron(Duration),
    /// Another process ends the session's row in the database.
    Close(SessionId),
}
