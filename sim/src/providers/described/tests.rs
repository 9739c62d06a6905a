//! A described server as a client meets it: requests as they were recorded, their answers, and the events that it reports.

use std::path::Path;
use std::time::Duration;

use model::words::echo::Echoes;
use model::words::server::Server;
use serde_json::{Value, json};

use crate::description::{self, Description};
use crate::plan::Scenario;
use crate::providers::bench::{self, Bench};
use crate::providers::{Provider, Settings};

fn notes(variant: &str) -> &'static Description {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/python/examples/notes.toml");
    let named = format!("{}{variant}", path.display());
    description::read(&named).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a story against a described provider on which the faults of a scenario file happen.
fn run(description: &'static Description, faults: &str, story: impl AsyncFnOnce(Bench)) {
    let text = format!("title = \"t\"\nsteps = [\"turn\"]\n[faults]\n{faults}");
    let settings = Settings {
        server: Server::Append,
        faults: Scenario::parse("t.toml".as_ref(), &text).expect("a scenario").faults,
        visibility_lag: Duration::ZERO,
        operation_lag: Duration::from_secs(2),
        append_lag: Duration::ZERO,
        echoes: Echoes::default(),
        described: Some(description),
    };
    bench::run(|observer| Provider::new(settings, observer.tell, observer.reached), story);
}

impl Bench {
    /// The status of an answer, and its body.
    async fn ask(&self, method: &str, path: &str, headers: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{headers}");
        let answer = self.exchange(&format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).expect("JSON"))
    }

    async fn note(&self, session: &str, turns: &[&str]) -> (u16, Value) {
        self.write(session, turns, "", json!({})).await
    }

    /// Two messages for each turn.
    async fn write(&self, session: &str, turns: &[&str], headers: &str, more: Value) -> (u16, Value) {
        let says = |by: &str, turn: &str| json!({ "by": by, "parts": [{ "text": turn }, { "text": "so it is" }] });
        let notes: Vec<Value> = turns.iter().flat_map(|turn| [says("user", turn), says("agent", turn)]).collect();
        let mut body = json!({ "notes": notes });
        body.as_object_mut().expect("a table").extend(more.as_object().expect("a table").clone());
        self.ask("POST", &format!("/v1/{session}/notes"), &format!("{KEY}{headers}"), &body).await
    }

    async fn commit(&self, session: &str, keep: u32) -> Value {
        self.ask("POST", &format!("/v1/{session}/commit"), KEY, &json!({ "keep": keep })).await.1
    }
}

const KEY: &str = "authorization: Token key\r\n";

#[test]
fn a_message_is_memory_from_the_commit_on_that_covers_it() {
    run(notes(""), "", async |bench: Bench| {
        assert_eq!(bench.note("S1", &["S1#1"]).await.0, 201);
        assert_eq!(bench.note("S1", &["S1#2"]).await.0, 201);
        assert_eq!(bench.stored(), [""; 0], "nothing is memory yet");
        let (_, waits) = bench.ask("GET", "/v1/S1?limit=5", KEY, &Value::Null).await;
        assert_eq!(waits, json!({ "waits": 4, "limit": "5" }));
        assert_eq!(bench.commit("S1", 2).await, json!({ "waits": 2, "notes": 4 }));
        assert_eq!(bench.stored(), ["S1: S1#1"]);
        assert_eq!(bench.commit("S1", 0).await, json!({ "waits": 0, "notes": 4 }));
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#2"]);
        let told = [
            "up",
            "received retain 1 with Append S1 [S1#1]",
            "accepted 1: S1 [S1#1]",
            "answered retain 1: 201",
            "received retain 2 with Append S1 [S1#2]",
            "accepted 2: S1 [S1#2]",
            "answered retain 2: 201",
            "received operation 1",
            "applied 1: Append S1 [S1#1]",
            "answered operation 1: 200",
            "received operation 2",
            "applied 2: Append S1 [S1#2]",
            "answered operation 2: 200",
        ];
        assert_eq!(bench.told(), told);
    });
}

#[test]
fn an_answer_is_filled_from_the_request_and_from_the_store() {
    run(notes(""), "", async |bench: Bench| {
        let (_, kept) = bench.note("S1", &["S1#1"]).await;
        let one = |id: u32| {
            let id = format!("{id:08x}-0000-4000-8000-{id:012x}");
            json!({ "id": id, "text": "S1#1", "session": "S1", "job": null, "at": "2026-01-01T00:00:00+00:00" })
        };
        assert_eq!(kept, json!([one(1), one(2)]));
        bench.commit("S1", 0).await;
        let (_, found) = bench.ask("POST", "/v1/search", KEY, &json!({ "q": "what of S1#2?" })).await;
        assert_eq!(found, json!({ "found": [{ "text": "recalled for S1#2; visible: S1#1", "score": 0.5 }] }));
    });
}

#[test]
fn who_has_no_key_or_no_route_or_no_document_is_refused() {
    run(notes(""), "", async |bench: Bench| {
        let (status, problem) = bench.ask("GET", "/ready", "", &Value::Null).await;
        assert_eq!((status, &problem), (401, &json!({ "error": "the header authorization is missing or wrong" })));
        assert_eq!(bench.ask("GET", "/ready", KEY, &Value::Null).await, (200, json!({ "ready": true })));
        assert_eq!(bench.ask("GET", "/nowhere", KEY, &Value::Null).await.0, 404);
        assert_eq!(bench.ask("POST", "/v1/S1/notes", KEY, &json!({ "notes": [] })).await.0, 422);
        assert_eq!(bench.ask("POST", "/v1/S1/notes", KEY, &json!({ "notes": [{ "by": "user" }] })).await.0, 422);
        assert_eq!(bench.note("S1", &["S1#1", "S1#2", "S1#3"]).await.0, 413, "six messages are more than four");
        assert_eq!(bench.note("S1", &["S1#1", "S1#2"]).await.0, 201);
    });
}

#[test]
fn a_write_with_a_known_key_is_answered_and_not_kept_again() {
    run(notes(""), "", async |bench: Bench| {
        let once = |key: &str, user: &str| (format!("idempotency-key: {key}\r\n"), json!({ "user": user }));
        for (key, user) in [("a", "u"), ("a", "u"), ("a", "v"), ("b", "u")] {
            let (headers, more) = once(key, user);
            assert_eq!(bench.write("S1", &["S1#1"], &headers, more).await.0, 201);
        }
        bench.commit("S1", 0).await;
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#1 | S1#1"], "the second is the first again");
    });
}

#[test]
fn a_queued_write_is_an_operation_with_a_state() {
    run(notes(""), "retain = { 2 = \"accept_fail\" }", async |bench: Bench| {
        let later = |answer: (u16, Value)| answer.1[0]["job"].as_str().expect("an operation").to_owned();
        let first = later(bench.write("S1", &["S1#1"], "", json!({ "later": true })).await);
        let second = later(bench.write("S1", &["S1#2"], "", json!({ "later": true })).await);
        let state =
            async |job: &str| bench.ask("GET", &format!("/v1/jobs/{job}"), KEY, &Value::Null).await.1["state"].clone();
        assert_eq!((state(&first).await, state("nothing").await), (json!("waiting"), json!("gone")));
        bench.sleep(3.0).await;
        assert_eq!((state(&first).await, state(&second).await), (json!("done"), json!("failed")));
        bench.commit("S1", 0).await;
        assert_eq!(bench.stored(), ["S1: S1#1"]);
    });
}

#[test]
fn another_write_appends_replaces_or_skips_what_is_there() {
    let check = |variant: &'static str, expected: &'static [&str]| {
        run(notes(variant), "", async |bench: Bench| {
            bench.note("S1", &["S1#1"]).await;
            bench.note("S1", &["S1#1", "S1#2"]).await;
            bench.commit("S1", 0).await;
            assert_eq!(bench.stored(), expected, "{variant}");
        });
    };
    check("", &["S1: S1#1 | S1#1 S1#2"]);
    check(":replace", &["S1: S1#1 S1#2"]);
    check(":skip-prefix", &["S1: S1#1 | S1#2"]);
}

#[test]
fn a_described_provider_meets_the_faults_of_every_scenario() {
    let faults = "version = { 1 = \"503\" }\nretain = { 1 = \"apply_drop\", 2 = \"ack_drop\", 3 = \"unsuccessful\", 4 = \"partial 1\" }";
    run(notes(""), faults, async |bench: Bench| {
        assert_eq!(
            bench.ask("GET", "/ready", KEY, &Value::Null).await,
            (503, json!({ "error": "refused by the plan" }))
        );
        let body = json!({ "notes": [{ "by": "user", "parts": [{ "text": "S1#1" }] }] }).to_string();
        let lost =
            format!("POST /v1/S1/notes HTTP/1.1\r\nhost: h\r\n{KEY}content-length: {}\r\n\r\n{body}", body.len());
        assert_eq!(bench.exchange(&lost).await, "", "the reply is lost");
        assert_eq!(bench.note("S1", &["S1#2"]).await.0, 201, "and this one is a lie");
        assert_eq!(bench.note("S1", &["S1#3"]).await, (200, json!({ "status": "error" })));
        assert_eq!(bench.note("S1", &["S1#4", "S1#5"]).await, (200, json!({ "status": "error" })));
        bench.commit("S1", 0).await;
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#4"]);
    });
}

#[test]
fn a_copy_of_a_turn_has_a_message_of_each_who_speaks() {
    run(notes(""), "", async |bench: Bench| {
        let says = |by: &str, turn: &str| json!({ "by": by, "parts": [{ "text": turn }] });
        let mixed = json!({ "notes": [says("user", "S1#1"), says("user", "S1#2"), says("agent", "S1#1"), says("agent", "S1#2")] });
        bench.ask("POST", "/v1/S1/notes", KEY, &mixed).await;
        let twice = json!({ "notes": [says("user", "S1#3"), says("agent", "S1#3"), says("agent", "S1#3")] });
        bench.ask("POST", "/v1/S1/notes", KEY, &twice).await;
        bench.commit("S1", 0).await;
        assert_eq!(bench.stored(), ["S1: S1#1 S1#2 | S1#3 S1#3"]);
    });
}
