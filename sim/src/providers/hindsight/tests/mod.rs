//! The whole server, as a client meets it: its answers, its store, and the events that it reports.

mod bytes;
mod faults;
mod lives;
mod retains;

use std::time::Duration;

use model::protocols::hindsight::client::HindsightClient;
use model::protocols::hindsight::wire::{Item, Recall, Retain, Retained, UpdateMode};
use model::protocols::http::{Doubt, Outcome, Refusal};
use model::words::echo::Echoes;
use model::words::server::Server;
use model::words::timestamp::Timestamp;
use model::words::turn::{Turn, content_of};

use crate::plan::Scenario;
use crate::providers::bench::{self, Bench};
use crate::providers::{Provider, Settings};

const ID: &str = "0000000a-0000-4000-8000-00000000000a";

/// Runs a story against a provider.
fn run(settings: Settings, story: impl AsyncFnOnce(Bench)) {
    bench::run(|observer| Provider::new(settings, observer.tell, observer.reached), story);
}

/// The settings of a server on which the faults of a scenario file happen.
fn settings(server: Server, faults: &str) -> Settings {
    let text = format!("title = \"t\"\nsteps = [\"turn\"]\n[faults]\n{faults}");
    let faults = Scenario::parse("t.toml".as_ref(), &text).expect("a scenario").faults;
    let (visibility_lag, operation_lag, append_lag) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    Settings { server, faults, visibility_lag, operation_lag, append_lag, echoes: Echoes::default(), described: None }
}

impl Bench {
    /// A client with a timeout of a minute.
    fn client(&self) -> HindsightClient {
        self.client_with(Duration::from_secs(60))
    }

    fn client_with(&self, timeout: Duration) -> HindsightClient {
        HindsightClient::new(self.host(), &"hermes".into(), timeout)
    }
}

/// An asynchronous retain of turns into a document.
fn retain(document: &str, update_mode: UpdateMode, turns: &[&str]) -> Retain {
    let turn = |turn: &&str| Turn::of(turn.parse().expect("a turn")).to_json(Timestamp::BEGINNING);
    let item = Item {
        content: content_of(&turns.iter().map(turn).collect::<Vec<_>>()),
        timestamp: None,
        context: None,
        metadata: [("session_id".to_owned(), "S1".to_owned())].into(),
        document_id: Some(document.into()),
        tags: vec!["session:S1".into()],
        update_mode: Some(update_mode),
    };
    Retain { items: vec![item], asynchronous: true, operation_id: None }
}

/// A recall with this query.
fn recall(query: &str) -> Recall {
    Recall { query: query.into(), types: vec!["observation".into()], budget: "mid".into(), max_tokens: 4096 }
}

fn append(turns: &[&str]) -> Retain {
    retain("S1", UpdateMode::Append, turns)
}

fn status<T: std::fmt::Debug>(outcome: Outcome<T>) -> u16 {
    let (Outcome::Refused(Refusal::Status(status)) | Outcome::Unknown(Doubt::Failed(status))) = outcome else {
        panic!("not a status: {outcome:?}");
    };
    status
}

fn operation_of(outcome: Outcome<Retained>) -> String {
    outcome.applied().and_then(|retained| retained.operation_id).expect("an operation")
}
