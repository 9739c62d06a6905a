//! Traces show when and where something happened. This test is alone in its program, because a process has one trace filter.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use model::words::server::Server;
use sim::plan::Scenario;
use sim::world::Engine;
use sim::{run, trace};

#[test]
fn an_event_says_when_and_where_it_happened() {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&printed);
    let subscriber = trace::subscriber("debug", move || Pipe(Arc::clone(&writer))).expect("a filter");
    let text = "title = \"t\"\nsteps = [\"turn\", \"sleep 2s\", \"turn\", \"shutdown\"]";
    let scenario = Scenario::parse(Path::new("t.toml"), text).expect("a scenario");
    let release = "F".parse().expect("a release");
    tracing::subscriber::with_default(subscriber, || run::run(&scenario, release, Server::Append, Engine::Events));
    let printed = String::from_utf8(printed.lock().expect("not poisoned").clone()).expect("text");
    let line = |wanted: &[&str]| printed.lines().any(|line| wanted.iter().all(|part| line.contains(part)));
    let sent = ["host=\"agent\"", "process=1", "task=\"hindsight-writer\"", "sending request=retain"];
    assert!(line(&sent), "{printed}");
    assert!(line(&["    200", " ms", "task=\"main\"", "step=Turn(S1#2"]), "{printed}");
    assert!(line(&["host=\"hindsight\"", "task=\"connection\""]), "{printed}");
}

struct Pipe(Arc<Mutex<Vec<u8>>>);

impl io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
