//! Tracing with simulated time: every event says in which run and when it happened in the simulation, and on which host, process and task.
//!
//! The spans carry the run, host, process and task, whatever the filter; this module only prints. Without a filter nothing is installed, and an event
//! costs a load and a branch.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::words::spelling::shortened;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::world::{Clock, PLACE};

/// Prints events that pass `filter` (as in `debug` or `model=debug,sim=info`) to standard error. Call once.
///
/// # Errors
///
/// If it is no filter, or names a part of the program that there is not.
pub fn install(filter: &str) -> Result<(), String> {
    let subscriber = subscriber(filter, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|error| format!("tracing cannot be started: {error}"))
}

/// How many events were printed.
pub fn printed() -> usize {
    PRINTED.load(Ordering::Relaxed)
}

static PRINTED: AtomicUsize = AtomicUsize::new(0);

/// The crates whose events can be printed.
const TARGETS: [&str; 2] = ["model", "sim"];

/// A subscriber that prints events that pass `filter` to `writer`.
///
/// # Errors
///
/// As [`install`].
pub fn subscriber<W>(filter: &str, writer: W) -> Result<impl Subscriber + Send + Sync, String>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let wrong = |why: &str| format!("\"{}\" is not a trace filter: {why}", shortened(filter));
    if let Some(unknown) = filter.split(',').map(target).find(|target| !is_known(target)) {
        return Err(wrong(&format!(
            "nothing is called \"{}\"; write a level (error, warn, info, debug, trace), or model=debug,sim=info",
            shortened(unknown)
        )));
    }
    let with_places = format!("{filter},{PLACE}=error");
    let filter = EnvFilter::try_new(with_places).map_err(|error| wrong(&error.to_string()))?;
    let events = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SimulatedTime).with_writer(writer);
    // A reader that closes the pipe early is no error to report, least of all by a panic.
    Ok(events.with_ansi(false).log_internal_errors(false).finish())
}

/// What a directive is about: a level, or the path of a module.
fn target(directive: &str) -> &str {
    directive.split(['=', '[']).next().unwrap_or_default().trim()
}

/// Whether a directive is about something that can be printed. Spans have no target of their own.
fn is_known(target: &str) -> bool {
    let module = target.split("::").next().unwrap_or_default();
    target.parse::<LevelFilter>().is_ok() || TARGETS.contains(&module)
}

/// Milliseconds since the simulation began.
struct SimulatedTime;

impl FormatTime for SimulatedTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        PRINTED.fetch_add(1, Ordering::Relaxed);
        match Clock::current() {
            Some(now) => write!(writer, "{:>8} ms", now.as_millis()),
            None => write!(writer, "          -"),
        }
    }
}
