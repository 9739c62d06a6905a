//! Which state survives the server process, and which dies with it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use model::protocols::hindsight::wire::{Status, UpdateMode};
use model::protocols::http::{Doubt, Outcome, Refusal};

use super::{ID, append, operation_of, retain, run, settings};
use crate::providers::bench::Bench;
use model::words::server::Server;

#[test]
fn an_operation_waits_for_its_lag_and_survives_a_restart() {
    let mut settings = settings(Server::Append, "retain = { \"3\" = \"restart 1s\" }");
    settings.operation_lag = Duration::from_secs(4);
    run(settings, async |bench: Bench| {
        let client = bench.client();
        let first = operation_of(client.retain(&append(&["S1#1"])).await);
        let mut replaced = retain("S1", UpdateMode::Replace, &["S1#2"]);
        let second = operation_of(client.retain(&replaced).await);
        replaced.asynchronous = false;
        assert!(matches!(client.retain(&replaced).await, Outcome::Unknown(Doubt::Disconnected)));
        bench.sleep(2.0).await;
        for id in [&first, &second] {
            assert_eq!(client.operation(id).await.applied().expect("an operation").status, Status::Pending);
        }
        assert!(bench.stored().is_empty());
        bench.sleep(2.0).await;
        for id in [&first, &second] {
            assert_eq!(client.operation(id).await.applied().expect("an operation").status, Status::Completed);
        }
        assert_eq!(bench.stored(), ["S1: S1#2"]);
        client.retain(&append(&["S1#3"])).await.applied().expect("accepted");
        bench.sleep(3.5).await;
        assert_eq!(bench.stored(), ["S1: S1#2"]);
        bench.sleep(1.0).await;
        assert_eq!(bench.stored(), ["S1: S1#2 | S1#3"]);
    });
}

#[test]
fn operations_that_came_due_while_the_server_was_away_are_applied_in_order() {
    let mut settings = settings(Server::Append, "");
    settings.operation_lag = Duration::from_secs(1);
    run(settings, async |bench: Bench| {
        let client = bench.client();
        for turn in ["S1#1", "S1#2", "S1#3"] {
            client.retain(&append(&[turn])).await.applied().expect("accepted");
        }
        bench.provider.take_down(Duration::from_secs(30));
        bench.sleep(29.0).await;
        assert!(bench.stored().is_empty());
        bench.sleep(2.0).await;
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#2 | S1#3"]);
    });
}

/// An append under an operation id whose worker dies, on a server with this lag that is away in the meantime.
fn check_worker_crash(lag: Duration) {
    let mut settings = settings(Server::Idempotent, "retain = { \"1\" = \"worker_crash\" }");
    settings.operation_lag = lag;
    run(settings, async |bench: Bench| {
        let client = bench.client();
        let mut request = append(&["S1#1"]);
        request.operation_id = Some(ID.into());
        client.retain(&request).await.applied().expect("accepted");
        bench.sleep(lag.as_secs_f64() + 0.1).await;
        client.retain(&request).await.applied().expect("known already");
        client.retain(&append(&["S1#2"])).await.applied().expect("accepted");
        assert_eq!(bench.stored(), ["S1: S1#1"]);
        assert_eq!(client.operation(ID).await.applied().expect("an operation").status, Status::Processing);
        bench.provider.take_down(Duration::from_secs(5));
        bench.sleep(6.0 + lag.as_secs_f64()).await;
        assert_eq!(client.operation(ID).await.applied().expect("an operation").status, Status::Completed);
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#1 | S1#2"]);
    });
}

#[test]
fn an_operation_whose_worker_died_is_applied_once_more_even_by_another_server() {
    check_worker_crash(Duration::ZERO);
    check_worker_crash(Duration::from_secs(1));
}

#[test]
fn connections_are_refused_while_the_server_is_away() {
    run(settings(Server::Append, ""), async |bench: Bench| {
        let client = bench.client();
        client.retain(&append(&["S1#1"])).await.applied().expect("applied");
        bench.occupy_port(3);
        bench.provider.take_down(Duration::from_secs(2));
        bench.provider.take_down(Duration::from_secs(1));
        bench.sleep(1.0).await;
        assert!(matches!(client.retain(&append(&["S1#2"])).await, Outcome::Refused(Refusal::NotConnected)));
        bench.provider.take_down(Duration::from_secs(3));
        bench.sleep(4.029).await;
        assert!(matches!(client.retain(&append(&["S1#2"])).await, Outcome::Refused(Refusal::NotConnected)));
        bench.sleep(0.002).await;
        client.retain(&append(&["S1#2"])).await.applied().expect("applied");
        assert_eq!(bench.stored(), ["S1: S1#1 | S1#2"]);
        let told = bench.told();
        let lives: Vec<&str> =
            told.iter().map(String::as_str).filter(|line| line.starts_with("down") || *line == "up").collect();
        assert_eq!(lives, ["up", "down for 2000 ms", "down for 3000 ms", "up"]);
    });
}

#[test]
fn a_request_that_waits_dies_with_the_server_and_nothing_is_told() {
    let faults = "retain = { \"1\" = \"hang\", \"2\" = \"delay 5s\", \"3\" = \"delay_if_alive 5s\" }";
    run(settings(Server::Append, faults), async |bench: Bench| {
        let disconnected = Rc::new(Cell::new(0));
        for turn in ["S1#1", "S1#2", "S1#3"] {
            let (client, disconnected) = (bench.client(), Rc::clone(&disconnected));
            bench.spawn(async move {
                if matches!(client.retain(&append(&[turn])).await, Outcome::Unknown(Doubt::Disconnected)) {
                    disconnected.set(disconnected.get() + 1);
                }
            });
        }
        bench.sleep(1.0).await;
        bench.provider.take_down(Duration::from_secs(1));
        bench.sleep(60.0).await;
        assert_eq!(disconnected.get(), 3);
        assert!(bench.stored().is_empty());
        assert_eq!(bench.told()[4..], ["down for 1000 ms", "up"]);
    });
}
