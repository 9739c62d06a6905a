//! What the releases get wrong, done right: each test is a row of the WebUI's catalog in `scenarios/README.md`.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::CommitQueue;
use crate::contracts::commits::{Agent, Commits, Heirs, Leaving};
use crate::contracts::fixtures::{agent, begun_commits, commit_facts};
use crate::facts::commits::Observation;
use crate::machine::Machine;
use crate::machine::bench::Bench;
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

async fn mark(ledger: &dyn Commits, turn: &str, agent: &Rc<dyn Agent>) {
    let turn: TurnId = turn.parse().expect("a turn");
    ledger.mark(&turn.session, Some(agent), &turn).await;
}

struct Builder(Machine);

#[async_trait(?Send)]
impl Heirs for Builder {
    async fn heir(&self, _: &SessionId) -> Rc<dyn Agent> {
        agent(&self.0, "heir", &[])
    }
}

/// Runs `body` in a process of its own on the machine.
fn on<T>(bench: &Rc<Bench>, body: impl AsyncFnOnce(Machine, Rc<dyn Commits>) -> T) -> T {
    let machine = bench.machine();
    bench.run(async {
        let ledger = CommitQueue::load(machine.clone()).await;
        body(machine, ledger).await
    })
}

#[test]
fn a_hung_commit_holds_up_nobody_else_and_the_drain_no_longer_than_its_budget() {
    let bench = Bench::new();
    let (took, dirty) = on(&bench, async |machine, ledger| {
        mark(&*ledger, "S1#1", &agent(&machine, "a", &["hang"])).await;
        mark(&*ledger, "S2#1", &agent(&machine, "b", &["fail", "panic"])).await;
        mark(&*ledger, "S3#1", &agent(&machine, "c", &["2"])).await;
        ledger.drain(Some(Duration::from_secs(3))).await;
        let mut dirty = Vec::new();
        for session in ["S1", "S2", "S3"] {
            dirty.push(ledger.is_dirty(&session.into()).await);
        }
        (machine.now(), dirty)
    });
    assert_eq!((took, dirty), (Duration::from_secs(3), vec![true, false, false]));
}

#[test]
fn what_was_marked_is_committed_by_the_next_process() {
    let bench = Bench::new();
    on(&bench, async |machine, ledger| mark(&*ledger, "S1#1", &agent(&machine, "a", &[])).await);
    on(&bench, async |machine, ledger| {
        assert!(ledger.is_dirty(&"S1".into()).await);
        ledger.recover(Rc::new(Builder(machine.clone()))).await;
        ledger.settled().await;
        machine.sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(begun_commits(&bench), ["heir#1:ok"]);
    on(&bench, async |_, ledger| assert!(!ledger.is_dirty(&"S1".into()).await));
}

#[test]
fn a_late_commit_clears_nothing_newer_and_every_turn_stays_its_owners() {
    let bench = Bench::new();
    on(&bench, async |machine, ledger| {
        let (a, b) = (agent(&machine, "a", &["0.5"]), agent(&machine, "b", &[]));
        mark(&*ledger, "S1#1", &a).await;
        let beside = Rc::clone(&ledger);
        machine.spawn("commit", async move {
            beside.commit(&"S1".into(), None, Wait::No).await;
        });
        machine.sleep(Duration::from_millis(100)).await;
        mark(&*ledger, "S1#2", &a).await;
        mark(&*ledger, "S1#3", &b).await;
        assert_eq!(ledger.commit(&"S1".into(), Some(&b), Wait::No).await, Some(false));
        ledger.drain(None).await;
        assert!(!ledger.is_dirty(&"S1".into()).await);
    });
    assert_eq!(begun_commits(&bench), ["a#1:0.5", "a#2:ok", "b#1:ok"]);
}

#[test]
fn no_commit_begins_beside_a_turn_of_its_agent() {
    let bench = Bench::new();
    on(&bench, async |machine, ledger| {
        let (a, session) = (agent(&machine, "a", &[]), SessionId::from("S1"));
        mark(&*ledger, "S1#1", &a).await;
        ledger.begin_run(&session, &a);
        assert_eq!(ledger.commit(&session, None, Wait::No).await, Some(false));
        machine.sleep(Duration::from_secs(1)).await;
        assert!(begun_commits(&bench).is_empty());
        ledger.end_run(&session, &a);
        machine.sleep(Duration::from_millis(1)).await;
        assert!(!ledger.is_dirty(&session).await, "what could not be done then is done now");
    });
}

#[test]
fn an_agent_that_goes_is_committed_first_and_closed_once() {
    let bench = Bench::new();
    on(&bench, async |machine, ledger| {
        let (a, session) = (agent(&machine, "a", &["fail"]), SessionId::from("S1"));
        ledger.register(&session, &a).await;
        mark(&*ledger, "S1#1", &a).await;
        ledger.release(&session, &a, Leaving::CacheFull).await;
        machine.sleep(Duration::from_secs(1)).await;
        assert_eq!(ledger.discard(&session).await, Some(true));
    });
    let seen = commit_facts(&bench);
    let ends: Vec<_> = seen.iter().skip_while(|one| !matches!(one, Observation::Counted { .. })).skip(1).collect();
    assert!(matches!(ends[..], [Observation::Dropped { .. }, Observation::Closed { .. }]), "{ends:?}");
}
