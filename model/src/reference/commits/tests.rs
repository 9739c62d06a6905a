//! What the releases get wrong, done right: each test is a row of the WebUI's catalog in `scenarios/README.md`.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::Ledger;
use crate::commits::tests::{Machine, agent};
use crate::commits::{Agent, Commits, Heirs, Leaving, Observation, Wait};
use crate::host::Host;
use crate::session::SessionId;
use crate::turn::TurnId;

async fn mark(ledger: &dyn Commits, turn: &str, agent: &Rc<dyn Agent>) {
    let turn: TurnId = turn.parse().expect("a turn");
    ledger.mark(&turn.session, Some(agent), &turn).await;
}

struct Builder(Host);

#[async_trait(?Send)]
impl Heirs for Builder {
    async fn heir(&self, _: &SessionId) -> Rc<dyn Agent> {
        agent(&self.0, "heir", &[])
    }
}

/// Runs `body` in a process of its own on the machine.
fn on<T>(machine: &Rc<Machine>, body: impl AsyncFnOnce(Host, Rc<dyn Commits>) -> T) -> T {
    let host = machine.host();
    machine.run(async {
        let ledger = Ledger::load(host.clone()).await;
        body(host, ledger).await
    })
}

#[test]
fn a_hung_commit_holds_up_nobody_else_and_the_drain_no_longer_than_its_budget() {
    let machine = Rc::new(Machine::default());
    let (took, dirty) = on(&machine, async |host, ledger| {
        mark(&*ledger, "S1#1", &agent(&host, "a", &["hang"])).await;
        mark(&*ledger, "S2#1", &agent(&host, "b", &["fail", "panic"])).await;
        mark(&*ledger, "S3#1", &agent(&host, "c", &["2"])).await;
        ledger.drain(Some(Duration::from_secs(3))).await;
        let mut dirty = Vec::new();
        for session in ["S1", "S2", "S3"] {
            dirty.push(ledger.is_dirty(&session.into()).await);
        }
        (host.now(), dirty)
    });
    assert_eq!((took, dirty), (Duration::from_secs(3), vec![true, false, false]));
}

#[test]
fn what_was_marked_is_committed_by_the_next_process() {
    let machine = Rc::new(Machine::default());
    on(&machine, async |host, ledger| mark(&*ledger, "S1#1", &agent(&host, "a", &[])).await);
    on(&machine, async |host, ledger| {
        assert!(ledger.is_dirty(&"S1".into()).await);
        ledger.recover(Rc::new(Builder(host.clone()))).await;
        ledger.settled().await;
        host.sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(machine.commits(), ["heir#1:ok"]);
    on(&machine, async |_, ledger| assert!(!ledger.is_dirty(&"S1".into()).await));
}

#[test]
fn a_late_commit_clears_nothing_newer_and_every_turn_stays_its_owners() {
    let machine = Rc::new(Machine::default());
    on(&machine, async |host, ledger| {
        let (a, b) = (agent(&host, "a", &["0.5"]), agent(&host, "b", &[]));
        mark(&*ledger, "S1#1", &a).await;
        let beside = Rc::clone(&ledger);
        host.spawn("commit", async move {
            beside.commit(&"S1".into(), None, Wait::No).await;
        });
        host.sleep(Duration::from_millis(100)).await;
        mark(&*ledger, "S1#2", &a).await;
        mark(&*ledger, "S1#3", &b).await;
        assert_eq!(ledger.commit(&"S1".into(), Some(&b), Wait::No).await, Some(false));
        ledger.drain(None).await;
        assert!(!ledger.is_dirty(&"S1".into()).await);
    });
    assert_eq!(machine.commits(), ["a#1:0.5", "a#2:ok", "b#1:ok"]);
}

#[test]
fn no_commit_begins_beside_a_turn_of_its_agent() {
    let machine = Rc::new(Machine::default());
    on(&machine, async |host, ledger| {
        let (a, session) = (agent(&host, "a", &[]), SessionId::from("S1"));
        mark(&*ledger, "S1#1", &a).await;
        ledger.begin_run(&session, &a);
        assert_eq!(ledger.commit(&session, None, Wait::No).await, Some(false));
        host.sleep(Duration::from_secs(1)).await;
        assert!(machine.commits().is_empty());
        ledger.end_run(&session, &a);
        host.sleep(Duration::from_millis(1)).await;
        assert!(!ledger.is_dirty(&session).await, "what could not be done then is done now");
    });
}

#[test]
fn an_agent_that_goes_is_committed_first_and_closed_once() {
    let machine = Rc::new(Machine::default());
    on(&machine, async |host, ledger| {
        let (a, session) = (agent(&host, "a", &["fail"]), SessionId::from("S1"));
        ledger.register(&session, &a).await;
        mark(&*ledger, "S1#1", &a).await;
        ledger.release(&session, &a, Leaving::CacheFull).await;
        host.sleep(Duration::from_secs(1)).await;
        assert_eq!(ledger.discard(&session).await, Some(true));
    });
    let seen = machine.seen.borrow();
    let ends: Vec<_> = seen.iter().skip_while(|one| !matches!(one, Observation::Counted { .. })).skip(1).collect();
    assert!(matches!(ends[..], [Observation::Dropped { .. }, Observation::Closed { .. }]), "{ends:?}");
}
