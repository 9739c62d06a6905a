//! A plain-text protocol, served, counted and hit by faults like any other.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hyper::{HeaderMap, Method, StatusCode};
use model::protocols::http::{Client, Doubt, Follow, Outcome, Request};
use model::words::endpoint::{Endpoint, Role, Row};
use model::words::mentions::turns_in;
use tokio::sync::Notify;

use super::{Answer, Api, Call, Observer, Server, Work};
use crate::history::{Container, Entry, Happening, ReceivedItem, WriteMode};
use crate::plan::{Fault, Faults, PlannedFault, Which};
use crate::providers::Provider;
use crate::providers::bench::{Bench, run};

static ROWS: [Row; 2] = [row(0, "write", Role::Deliver), row(1, "read", Role::Recall)];
const WRITE: Endpoint = Endpoint::of(&ROWS[0]);
const READ: Endpoint = Endpoint::of(&ROWS[1]);
const LIMIT: Duration = Duration::from_secs(5);

const fn row(place: u32, name: &'static str, role: Role) -> Row {
    Row { protocol: "notes", place, name, role, idempotent: false }
}

/// `POST /notes` writes a line, and `GET /notes` reads them all.
struct Notes {
    lines: RefCell<Vec<String>>,
    observer: Observer,
    accepted: Notify,
}

impl Api for Notes {
    fn host(&self) -> &'static str {
        "notes"
    }

    fn port(&self) -> u16 {
        80
    }

    fn call(self: Rc<Self>, method: &Method, path: &str, _: &HeaderMap, body: &[u8]) -> Call {
        let line = String::from_utf8_lossy(body).into_owned();
        match (method, path) {
            (&Method::POST, "/notes") => Call { endpoint: Some(WRITE), work: self.write(line) },
            (&Method::GET, "/notes") => {
                let read = Work::Other(Box::new(move |_| Answer::ok(&*self.lines.borrow())));
                Call { endpoint: Some(READ), work: read }
            }
            _ => Call { endpoint: None, work: Work::Other(Box::new(move |_| self.problem(StatusCode::GONE, "no"))) },
        }
    }

    fn problem(&self, status: StatusCode, detail: &str) -> Answer {
        Answer::new(status, &detail)
    }

    fn verdict(&self, success: bool) -> Answer {
        Answer::ok(&if success { "yes" } else { "no" })
    }

    fn apply_due(&self, _: Duration) {}

    fn next_due(&self) -> Option<Duration> {
        None
    }

    fn accepted(&self) -> &Notify {
        &self.accepted
    }

    fn containers(&self) -> Vec<Container> {
        let entry = |line: &String| Entry { turns: turns_in(line), tags: Vec::new(), session: None };
        vec![Container { id: "notes".into(), entries: self.lines.borrow().iter().map(entry).collect() }]
    }
}

impl Notes {
    fn write(self: Rc<Self>, line: String) -> Work {
        let (turns, container) = (turns_in(&line), "notes".into());
        let item = ReceivedItem {
            container: Some(container),
            mode: Some(WriteMode::Append),
            turns: turns.clone(),
            messages: None,
        };
        let keep = move |_, number, _| {
            self.lines.borrow_mut().push(line);
            let (container, mode) = ("notes".into(), WriteMode::Append);
            self.observer.tell(Happening::Applied { number, container, turns, mode });
            Answer::new(StatusCode::CREATED, &number)
        };
        Work::Keep { items: vec![item], queued: false, keep: Box::new(keep) }
    }
}

/// A provider of notes whose n-th write meets the n-th fault.
fn notes(faults: &[Fault], observer: Observer) -> Provider {
    let mut planned = Faults::default();
    for (number, fault) in (1..).zip(faults) {
        planned.plan(PlannedFault::Request(WRITE, Which::Number(number), (*fault).into()));
    }
    let api = Notes { lines: RefCell::default(), observer: observer.clone(), accepted: Notify::new() };
    Provider { server: Rc::new(Server::new(Rc::new(api), planned, false, observer)) }
}

#[test]
fn another_protocol_is_served_and_meets_its_faults_and_is_told_of_in_the_same_words() {
    let faults = [Fault::ApplyDrop, Fault::Refuse(503)];
    run(
        |observer| notes(&faults, observer),
        async |bench: Bench| {
            let client = Client::new(bench.host(), "notes", 80, Follow::Anywhere);
            let write = |text: &str| {
                let request = Request::post(WRITE, "/notes".into(), &text);
                async { client.request::<u32>(request, LIMIT).await }
            };
            let said = "the user said in S1#1: \"keep it\", and S1#1 was kept";
            assert_eq!(write(said).await, Outcome::Unknown(Doubt::Disconnected));
            assert_eq!(write(said).await, Outcome::Unknown(Doubt::Failed(503)));
            assert_eq!(write("S1#2 and S2#1").await, Outcome::Applied(3));
            let lines = client.request::<Vec<String>>(Request::get(READ, "/notes".into()), LIMIT).await;
            assert_eq!(lines.applied().map(|lines| lines.len()), Some(2));
            assert_eq!(bench.stored(), ["notes: S1#1 | S1#2 S2#1"]);
            assert_eq!(bench.provider.deliveries_received(), 3);
            assert_eq!(
                bench.told(),
                [
                    "up",
                    "received write 1 with Append notes [S1#1]: ApplyDrop",
                    "applied 1: Append notes [S1#1]",
                    "hung up write 1",
                    "received write 2 with Append notes [S1#1]: Refuse(503)",
                    "answered write 2: 503",
                    "received write 3 with Append notes [S1#2, S2#1]",
                    "applied 3: Append notes [S1#2, S2#1]",
                    "answered write 3: 201",
                    "received read 1",
                    "answered read 1: 200",
                ]
            );
        },
    );
}
