//! The effect of a fault on a request: the client's result, the stored texts, and the events that an observer hears.

use std::time::Duration;

use model::protocols::hindsight::client::HindsightClient;
use model::protocols::hindsight::wire::{Retain, Retained, Status};
use model::protocols::http::{Asked, Doubt, Outcome, Refusal};

use super::{ID, append, operation_of, recall, run, settings, status};
use crate::providers::bench::Bench;
use model::words::server::Server;

/// The client's result of a fault on an append, the stored texts, and the events after `received`.
fn check_fault(fault: &str, asynchronous: bool, expected: &Outcome<()>, stored: &[&str], told: &[&str]) {
    run(settings(Server::Append, &format!("retain = {{ \"1\" = \"{fault}\" }}")), async |bench: Bench| {
        let mut request = append(&["S1#1"]);
        request.asynchronous = asynchronous;
        let seen = match bench.client_with(Duration::from_secs(10)).retain(&request).await {
            Outcome::Applied(_) => Outcome::Applied(()),
            Outcome::Refused(refusal) => Outcome::Refused(refusal),
            Outcome::Unknown(doubt) => Outcome::Unknown(doubt),
        };
        bench.sleep(60.0).await;
        assert_eq!((&seen, bench.stored()), (expected, stored.iter().map(ToString::to_string).collect()), "{fault}");
        assert_eq!(bench.told()[2..], *told, "{fault}");
        assert_eq!(bench.provider.deliveries_received(), 1);
    });
}

#[test]
fn a_fault_decides_what_is_stored_and_what_the_client_sees() {
    let refused = Outcome::Refused(Refusal::Status(429));
    let failed = |status| Outcome::Unknown(Doubt::Failed(status));
    let (timeout, disconnected) = (Outcome::Unknown(Doubt::Timeout), Outcome::Unknown(Doubt::Disconnected));
    let garbled = Outcome::Unknown(Doubt::Garbled);
    let (one, applied, answered) = ("S1: S1#1", "applied 1: Append S1 [S1#1]", "answered retain 1: 200");
    for asynchronous in [true, false] {
        let check = |fault, expected: &Outcome<()>, stored: &[&str], told: &[&str]| {
            check_fault(fault, asynchronous, expected, stored, told);
        };
        check("429", &refused, &[], &["answered retain 1: 429"]);
        check("500", &failed(500), &[], &["answered retain 1: 500"]);
        check("503", &failed(503), &[], &["answered retain 1: 503"]);
        check("drop", &disconnected, &[], &["hung up retain 1"]);
        check("apply_drop", &disconnected, &[one], &[applied, "hung up retain 1"]);
        check("garbled", &garbled, &[one], &[applied, answered]);
        check("delay 4s", &Outcome::Applied(()), &[one], &[applied, answered]);
        check("delay 40s", &timeout, &[one], &[applied]);
        check("delay_if_alive 4s", &Outcome::Applied(()), &[one], &[applied, answered]);
        check("delay_if_alive 40s", &timeout, &[], &["abandoned retain 1"]);
        check("hang", &timeout, &[], &["abandoned retain 1"]);
        check("restart 4s", &disconnected, &[], &["down for 4000 ms", "up"]);
    }
    let twice = "S1: S1#1 | S1#1";
    check_fault("worker_crash", true, &Outcome::Applied(()), &[twice], &[applied, answered, applied]);
    check_fault("worker_crash", false, &disconnected, &[one], &[applied, "hung up retain 1"]);
    check_fault("accept_fail", true, &Outcome::Applied(()), &[], &[answered]);
    check_fault("accept_fail", false, &failed(500), &[], &["answered retain 1: 500"]);
}

#[test]
fn no_answer_to_any_request_can_be_read_if_it_is_garbled() {
    let faults = ["version", "recall", "operation"].map(|endpoint| format!("{endpoint} = {{ \"1\" = \"garbled\" }}\n"));
    run(settings(Server::Append, &faults.concat()), async |bench: Bench| {
        let client = bench.client();
        let asynchronous = Retain { asynchronous: true, ..append(&["S1#1"]) };
        let id = operation_of(client.retain(&asynchronous).await);
        let limit = Duration::from_secs(5);
        assert!(matches!(client.version(limit).await, Outcome::Unknown(Doubt::Garbled)));
        assert!(matches!(client.recall(&recall("q")).await, Outcome::Unknown(Doubt::Garbled)));
        assert!(matches!(client.operation(&id).await, Outcome::Unknown(Doubt::Garbled)));
        assert!(client.version(limit).await.applied().is_some());
        assert_eq!(client.operation(&id).await.applied().expect("an operation").status, Status::Completed);
    });
}

#[test]
fn an_operation_that_was_accepted_to_fail_has_failed() {
    run(settings(Server::Idempotent, "retain = { \"1\" = \"accept_fail\" }"), async |bench: Bench| {
        let client = bench.client();
        let mut request = append(&["S1#1"]);
        request.operation_id = Some(ID.into());
        for _ in 0..2 {
            assert_eq!(operation_of(client.retain(&request).await), ID);
            assert_eq!(client.operation(ID).await.applied().expect("an operation").status, Status::Failed);
        }
        request.operation_id = None;
        request.items[0].document_id = None;
        let id = operation_of(client.retain(&request).await);
        assert_eq!(client.operation(&id).await.applied().expect("an operation").status, Status::Failed);
        request.asynchronous = false;
        assert_eq!(status(client.retain(&request).await), 400);
        assert!(bench.stored().is_empty());
    });
}

#[test]
fn a_retain_is_kept_in_part_and_the_answer_names_what_was_refused_or_keeps_silent() {
    let faults = "retain = { \"1\" = \"partial 1\", \"2\" = \"partial 2\", \"3\" = \"partial 2 silent\", \"4\" = \"partial 3\" }";
    run(settings(Server::Append, faults), async |bench: Bench| {
        let client = bench.client();
        let request = append(&["S1#1", "S1#2", "S1#3"]);
        let sync = Retain { asynchronous: false, ..request.clone() };
        let Retained { success, refused, .. } = client.retain(&sync).await.applied().expect("an answer");
        assert_eq!((success, refused), (false, vec![1, 2]));
        let id = operation_of(client.retain(&request).await);
        let operation = client.operation(&id).await.applied().expect("an operation");
        assert_eq!((operation.status, operation.refused), (Status::Failed, vec![2]));
        let id = operation_of(client.retain(&request).await);
        assert_eq!(client.operation(&id).await.applied().expect("an operation").status, Status::Completed);
        assert!(client.retain(&sync).await.applied().is_some_and(|answer| answer.success && answer.refused.is_empty()));
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#1 S1#2 | S1#1 S1#2 | S1#1 S1#2 S1#3"]);
        let text = client.document(&"S1".into()).await.applied().expect("a document").original_text;
        assert_eq!(text.matches("S1#3").count(), 2, "{text}");
    });
}

#[test]
fn who_follows_a_redirect_with_a_question_hears_a_receipt_and_nothing_is_stored() {
    let faults = "retain = { 1 = \"307 to itself\", 3 = \"302 to elsewhere\", 4 = \"302 to elsewhere\", 5 = \"308 to elsewhere\" }\n\
                  version = { 1 = \"302 to elsewhere\" }";
    run(settings(Server::Append, faults), async |bench: Bench| {
        let minute = Duration::from_secs(60);
        let (lenient, strict) =
            (bench.client(), HindsightClient::heeding(bench.host(), &"hermes".into(), minute, Asked::default()));
        assert!(lenient.retain(&append(&["S1#1"])).await.applied().is_some());
        assert_eq!(bench.stored(), ["S1: S1#1"]);
        assert!(lenient.retain(&append(&["S1#2"])).await.applied().is_some_and(|answer| answer.success));
        assert_eq!(status(strict.retain(&append(&["S1#2"])).await), 302);
        assert_eq!(bench.stored(), ["S1: S1#1"]);
        assert!(strict.retain(&append(&["S1#2"])).await.applied().is_some());
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#2"]);
        assert!(strict.version(minute).await.applied().is_some());
        assert_eq!(bench.provider.deliveries_received(), 6);
    });
}

#[test]
fn a_client_leaves_a_circle_of_redirects() {
    run(settings(Server::Append, "retain = { \"*\" = \"307 to itself\" }"), async |bench: Bench| {
        let strict =
            HindsightClient::heeding(bench.host(), &"hermes".into(), Duration::from_secs(60), Asked::default());
        assert_eq!(status(bench.client().retain(&append(&["S1#1"])).await), 307);
        assert_eq!(bench.provider.deliveries_received(), 10);
        assert_eq!(status(strict.retain(&append(&["S1#1"])).await), 307);
        assert_eq!(bench.provider.deliveries_received(), 16);
    });
}

#[test]
fn a_body_that_is_not_the_providers_cannot_be_read() {
    run(settings(Server::Append, "retain = { 1 = \"foreign\", 2 = \"empty\", 3 = \"html\" }"), async |bench: Bench| {
        for _ in 0..3 {
            let answer = bench.client().retain(&append(&["S1#1"])).await;
            assert!(matches!(answer, Outcome::Unknown(Doubt::Garbled)), "{answer:?}");
        }
        assert!(bench.stored().is_empty());
    });
}

#[test]
fn the_other_requests_have_faults_of_their_own() {
    let faults = "version = { \"1\" = \"404\", \"2\" = \"delay 20s\" }\n\
                  recall = { \"1\" = \"apply_drop\", \"2\" = \"hang\" }\n\
                  operation = { \"1\" = \"accept_fail\", \"2\" = \"delay 5s\" }";
    run(settings(Server::Replace, faults), async |bench: Bench| {
        let client = bench.client();
        let limit = Duration::from_secs(5);
        assert_eq!(status(client.version(limit).await), 404);
        assert!(matches!(client.version(limit).await, Outcome::Unknown(Doubt::Timeout)));
        assert!(client.version(limit).await.applied().is_some());
        assert!(matches!(client.recall(&recall("q")).await, Outcome::Unknown(Doubt::Disconnected)));
        assert!(matches!(client.recall(&recall("q")).await, Outcome::Unknown(Doubt::Timeout)));
        assert_eq!(
            client.recall(&recall("q")).await.applied().expect("one").results[0].text,
            "recalled for ?; visible: "
        );
        assert_eq!(status(client.recall(&recall(" ")).await), 400);
        assert_eq!(status(client.operation(ID).await), 500);
        let asked = bench.now();
        assert!(client.operation(ID).await.applied().is_some());
        assert_eq!(bench.now() - asked, Duration::from_secs(5));
    });
}

#[test]
fn a_delayed_submission_that_was_repeated_meanwhile_is_applied_once() {
    run(settings(Server::Idempotent, "retain = { \"1\" = \"delay 20s\" }"), async |bench: Bench| {
        let mut request = append(&["S1#1"]);
        request.operation_id = Some(ID.into());
        let hasty = bench.client_with(Duration::from_secs(5));
        assert!(matches!(hasty.retain(&request).await, Outcome::Unknown(Doubt::Timeout)));
        assert!(bench.stored().is_empty());
        assert_eq!(operation_of(hasty.retain(&request).await), ID);
        bench.sleep(60.0).await;
        assert_eq!(bench.stored(), ["S1: S1#1"]);
        let other = HindsightClient::new(bench.host(), &"other".into(), Duration::from_secs(5));
        assert_eq!(status(other.retain(&request).await), 409);
    });
}

#[test]
fn once_faults_have_stopped_every_request_is_served() {
    run(settings(Server::Append, "retain = { \"1\" = \"delay 4s\", \"*\" = \"500\" }"), async |bench: Bench| {
        let client = bench.client();
        let slow = client.clone();
        bench.spawn(async move { _ = slow.retain(&append(&["S1#1"])).await });
        bench.sleep(1.0).await;
        assert_eq!(status(client.retain(&append(&["S1#2"])).await), 500);
        bench.provider.stop_faults();
        client.retain(&append(&["S1#3"])).await.applied().expect("applied");
        assert_eq!(bench.stored(), ["S1: S1#3"]);
        bench.sleep(4.0).await;
        assert_eq!(bench.stored(), ["S1: S1#3 | S1#1"]);
        assert_eq!(bench.provider.deliveries_received(), 3);
    });
}
