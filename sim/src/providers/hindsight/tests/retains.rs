//! The texts that a retain keeps, and how they can be read afterwards.

use std::time::Duration;

use model::protocols::hindsight::endpoints;
use model::protocols::hindsight::wire::Status;
use model::words::endpoint::Endpoint;
use model::words::session::DocumentId;

use super::{ID, append, operation_of, recall, run, settings, status};
use crate::providers::bench::Bench;
use model::words::server::Server;

/// The result of two appends under one operation id.
fn check_append(server: Server, asynchronous: bool, expected: &str) {
    run(settings(server, ""), async |bench: Bench| {
        let mut request = append(&["S1#1", "S1#2"]);
        request.asynchronous = asynchronous;
        request.operation_id = Some(ID.into());
        let client = bench.client();
        for _ in 0..2 {
            let retained = client.retain(&request).await.applied().expect("applied");
            assert_eq!((retained.items_count, retained.asynchronous), (1, asynchronous));
            assert_eq!(retained.operation_id.is_some(), asynchronous);
        }
        assert_eq!(bench.stored(), [expected]);
    });
}

#[test]
fn a_repeated_append_is_stored_as_the_version_has_it() {
    check_append(Server::Replace, true, "S1: S1#1 S1#2");
    check_append(Server::Replace, false, "S1: S1#1 S1#2");
    check_append(Server::Append, true, "S1: S1#1 S1#2 | S1#1 S1#2");
    check_append(Server::Append, false, "S1: S1#1 S1#2 | S1#1 S1#2");
    check_append(Server::Idempotent, true, "S1: S1#1 S1#2");
    check_append(Server::Idempotent, false, "S1: S1#1 S1#2 | S1#1 S1#2");
}

#[test]
fn what_was_retained_can_be_read_and_recalled() {
    run(settings(Server::Append, ""), async |bench: Bench| {
        let client = bench.client();
        assert_eq!(client.version(Duration::from_secs(5)).await.applied().expect("a version").api_version, "0.6.0");
        assert_eq!(status(client.document(&DocumentId::from("S1")).await), 404);
        let first = operation_of(client.retain(&append(&["S1#1"])).await);
        assert_eq!(first, "00000001-0000-4000-8000-000000000001");
        client.retain(&append(&["S1#2", "S1#2"])).await.applied().expect("applied");
        assert_eq!(client.operation(&first).await.applied().expect("an operation").status, Status::Completed);
        assert_eq!(client.operation(ID).await.applied().expect("an answer").status, Status::NotFound);
        assert_eq!(status(client.operation("1").await), 400);
        let document = client.document(&DocumentId::from("S1")).await.applied().expect("a document");
        let lines: Vec<&str> = document.original_text.lines().collect();
        let contents = [append(&["S1#1"]), append(&["S1#2", "S1#2"])].map(|mut retain| retain.items.remove(0).content);
        assert_eq!(lines, contents);
        let recalled = client.recall(&recall("S1#3 and now?")).await.applied().expect("memories");
        assert_eq!(recalled.results[0].text, "recalled for S1#3; visible: S1#1,S1#2,S1#2");
        assert_eq!(
            bench.told(),
            [
                "up",
                "received version 1",
                "answered version 1: 200",
                "received document 1",
                "answered document 1: 404",
                "received retain 1 with Append S1 [S1#1]",
                "applied 1: Append S1 [S1#1]",
                "answered retain 1: 200",
                "received retain 2 with Append S1 [S1#2, S1#2]",
                "applied 2: Append S1 [S1#2, S1#2]",
                "answered retain 2: 200",
                "received operation 1",
                "answered operation 1: 200",
                "received operation 2",
                "answered operation 2: 200",
                "received operation 3",
                "answered operation 3: 400",
                "received document 2",
                "answered document 2: 200",
                "received recall 1",
                "answered recall 1: 200",
            ]
        );
    });
}

#[test]
fn a_document_can_be_deleted() {
    run(settings(Server::Replace, ""), async |bench: Bench| {
        let (client, id) = (bench.client(), DocumentId::from("S1"));
        assert_eq!(status(client.delete_document(&id).await), 404);
        client.retain(&append(&["S1#1"])).await.applied().expect("applied");
        bench.told();
        assert!(client.delete_document(&id).await.applied().expect("deleted").success);
        assert!(bench.stored().is_empty());
        assert_eq!(bench.told(), ["received document 2", "deleted S1", "answered document 2: 200"]);
    });
}

#[test]
fn a_recall_sees_what_is_old_enough_when_it_is_answered() {
    let mut settings = settings(Server::Append, "recall = { \"2\" = \"delay 1s\" }");
    settings.visibility_lag = Duration::from_secs(2);
    run(settings, async |bench: Bench| {
        let client = bench.client();
        client.retain(&append(&["S1#1"])).await.applied().expect("applied");
        bench.sleep(1.5).await;
        for visible in ["", "S1#1"] {
            let recalled = client.recall(&recall("User: S1#1 what?")).await.applied().expect("memories");
            assert_eq!(recalled.results[0].text, format!("recalled for S1#1; visible: {visible}"));
        }
    });
}

/// The stored texts after a request was made once, and after it was made again. Two turns were there before.
fn stored_after_each(endpoint: Endpoint) -> [Vec<String>; 2] {
    let mut stored = [Vec::new(), Vec::new()];
    run(settings(Server::Append, ""), async |bench: Bench| {
        let (client, id) = (bench.client(), DocumentId::from("S1"));
        for turn in ["S1#1", "S1#2"] {
            client.retain(&append(&[turn])).await.applied().expect("applied");
        }
        for stored in &mut stored {
            match endpoint.name() {
                "version" => _ = client.version(Duration::from_secs(5)).await,
                "retain" => _ = client.retain(&append(&["S1#3"])).await,
                "operation" => _ = client.operation(ID).await,
                "recall" => _ = client.recall(&recall("S1#1")).await,
                "document" => {
                    _ = client.document(&id).await;
                    _ = client.delete_document(&id).await;
                }
                other => panic!("this test makes no request to {other}"),
            }
            *stored = bench.stored();
        }
    });
    stored
}

#[test]
fn a_repeated_request_changes_nothing_more_if_its_endpoint_says_so() {
    for endpoint in endpoints::ALL {
        let [once, twice] = stored_after_each(endpoint);
        assert_eq!(once == twice, endpoint.is_idempotent(), "{endpoint}: {once:?}, then {twice:?}");
    }
}
