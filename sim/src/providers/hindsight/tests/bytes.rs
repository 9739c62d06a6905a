//! Requests as bytes: requests that no well-behaved client sends, and clients that leave too early.

use super::{append, run, settings};
use crate::providers::bench::Bench;
use model::words::server::Server;

fn raw(method: &str, path: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_request_is_heard_even_if_its_client_left_at_once() {
    let body = serde_json::to_string(&append(&["S1#1"])).expect("API types always serialize");
    let request = raw("POST", "/v1/default/banks/hermes/memories", &body);
    for (fault, expected) in [("", &["S1: S1#1"][..]), ("delay 1s", &["S1: S1#1"]), ("delay_if_alive 1s", &[])] {
        let faults = if fault.is_empty() { String::new() } else { format!("retain = {{ \"1\" = \"{fault}\" }}") };
        run(settings(Server::Append, &faults), async |bench: Bench| {
            drop(bench.send(&request).await);
            bench.sleep(2.0).await;
            assert_eq!(bench.stored(), expected, "{fault}");
            assert_eq!(bench.provider.deliveries_received(), 1);
            let abandoned = bench.told().contains(&"abandoned retain 1".to_owned());
            assert_eq!(abandoned, fault == "delay_if_alive 1s", "{fault}");
        });
    }
}

#[test]
fn a_request_that_was_cut_off_was_never_received() {
    let body = serde_json::to_string(&append(&["S1#1"])).expect("API types always serialize");
    let request = raw("POST", "/v1/default/banks/hermes/memories", &body);
    run(settings(Server::Append, ""), async |bench: Bench| {
        for length in 0..request.len() {
            drop(bench.send(&request[..length]).await);
        }
        bench.sleep(1.0).await;
        assert_eq!((bench.provider.deliveries_received(), bench.told()), (0, vec!["up".to_owned()]));
    });
}

#[test]
fn whatever_a_client_sends_is_answered() {
    let memories = "/v1/default/banks/hermes/memories";
    let deep = "[".repeat(100_000);
    let cases = [
        (raw("GET", "/health", ""), "200"),
        (raw("GET", "/nowhere", ""), "404"),
        (raw("DELETE", memories, ""), "404"),
        (raw("POST", memories, ""), "422"),
        (raw("POST", memories, "{\"items\": 1}"), "422"),
        (raw("POST", memories, &format!("{{\"items\":{deep}")), "422"),
        (raw("POST", memories, "{\"items\": [], \"unknown\": {\"a\": [1]}}"), "400"),
        (raw("POST", memories, r#"{"items":[{"content":"[[[[","metadata":{"a":"b"}}]}"#), "200"),
        (raw("POST", "/v1/default/banks/hermes/memories/recall", "{}"), "422"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ];
    run(settings(Server::Idempotent, ""), async |bench: Bench| {
        for (request, expected) in &cases {
            let answer = bench.exchange(request).await;
            let status = answer.split(' ').nth(1).unwrap_or_default();
            assert_eq!(status, *expected, "{}: {answer}", &request[..40.min(request.len())]);
            assert!(!answer.contains("date:"), "the real clock: {answer}");
        }
        assert_eq!(bench.stored(), ["00000001-0000-4000-8000-000000000001: "]);
    });
}
