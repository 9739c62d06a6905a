//! Tracing with simulated time: every event says when it happened in the simulation, and on which host, process and task.
//!
//! The spans carry host, process and task; this module only prints. Without a filter nothing is installed, and an event
//! costs a load and a branch.

use std::fmt;

use model::words::spelling::shortened;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::world::Clock;

/// Prints events that pass `filter` (as in `debug` or `model=debug,sim=info`) to standard error. Call once.
pub fn install(filter: &str) -> Result<(), String> {
    let subscriber = subscriber(filter, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|error| format!("tracing cannot be started: {error}"))
}

/// A subscriber that prints events that pass `filter` to `writer`.
pub fn subscriber<W>(filter: &str, writer: W) -> Result<impl Subscriber + Send + Sync, String>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("\"{}\" is not a trace filter: {error}", shortened(filter)))?;
    let events = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SimulatedTime).with_writer(writer);
    // A reader that closes the pipe early is no error to report, least of all by a panic.
    Ok(events.with_ansi(false).log_internal_errors(false).finish())
}

/// Milliseconds since the simulation began.
struct SimulatedTime;

impl FormatTime for SimulatedTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        match Clock::current() {
            Some(now) => write!(writer, "{:>8} ms", now.as_millis()),
            None => write!(writer, "          -"),
        }
    }
}
