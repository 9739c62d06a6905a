//! Tracing with simulated time: every event says when it happened in the simulation, and on which host, process and task.
//!
//! The spans carry host, process and task; this module only prints. Without a filter nothing is installed, and an event
//! costs a load and a branch.

use std::fmt;

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

/// What prints events that pass `filter` to `writer`.
pub fn subscriber<W>(filter: &str, writer: W) -> Result<impl Subscriber + Send + Sync, String>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("\"{filter}\" is not a trace filter: {error}"))?;
    let events = tracing_subscriber::fmt().with_env_filter(filter).with_timer(SimulatedTime).with_writer(writer);
    Ok(events.with_ansi(false).finish())
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::runner;
    use crate::scenario::{Scenario, Server};
    use crate::world::Engine;

    #[test]
    fn an_event_says_when_and_where_it_happened() {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&printed);
        let subscriber = subscriber("debug", move || Pipe(Arc::clone(&writer))).expect("a filter");
        let text = "title = \"t\"\nsteps = [\"turn\", \"sleep 2s\", \"turn\", \"shutdown\"]";
        let scenario = Scenario::parse(Path::new("t.toml"), text).expect("a scenario");
        let release = "F".parse().expect("a release");
        tracing::subscriber::with_default(subscriber, || {
            runner::run(&scenario, release, Server::Append, Engine::Events)
        });
        let printed = String::from_utf8(printed.lock().expect("not poisoned").clone()).expect("text");
        let line = |wanted: &[&str]| printed.lines().any(|line| wanted.iter().all(|part| line.contains(part)));
        let sent = ["host=\"agent\"", "process=1", "task=\"hindsight-writer\"", "sending request=retain"];
        assert!(line(&sent), "{printed}");
        assert!(line(&["    2000 ms", "task=\"main\"", "Turn(S1#2)"]), "{printed}");
        assert!(line(&["host=\"hindsight\"", "task=\"connection\""]), "{printed}");
    }

    struct Pipe(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
