//! What the releases get wrong, done right. Each test is a row of the WebUI's catalog in `scenarios/README.md`.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::{CommitQueue, When};
use crate::contracts::commits::{AgentHandle, Commits, Heirs, Leaving};
use crate::contracts::fixtures::{agent, begun_commits, commit_facts};
use crate::facts::commits::Observation;
use crate::machine::Machine;
use crate::machine::bench::Bench;
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

async fn complete(queue: &dyn Commits, turn: &str, agent: &Rc<dyn AgentHandle>) {
    let turn: TurnId = turn.parse().expect("a turn");
    queue.complete(&turn.session, Some(agent), &turn).await;
}

struct Builder(Machine);

#[async_trait(?Send)]
impl Heirs for Builder {
    async fn heir(&self, _: &SessionId) -> Rc<dyn AgentHandle> {
        agent(&self.0, "heir", &[])
    }
}

/// Runs `body` in a process of its own on the machine.
fn on<T>(bench: &Rc<Bench>, body: impl AsyncFnOnce(Machine, Rc<dyn Commits>) -> T) -> T {
    let machine = bench.machine();
    bench.run(async {
        let queue = CommitQueue::load(machine.clone(), When::AtBoundaries).await;
        body(machine, queue).await
    })
}

#[test]
fn a_hung_commit_holds_up_no_other_session_and_the_drain_only_for_its_budget() {
    let bench = Bench::new();
    let (took, dirty) = on(&bench, async |machine, queue| {
        complete(&*queue, "S1#1", &agent(&machine, "a", &["hang"])).await;
        complete(&*queue, "S2#1", &agent(&machine, "b", &["fail", "panic"])).await;
        complete(&*queue, "S3#1", &agent(&machine, "c", &["2"])).await;
        queue.drain(Some(Duration::from_secs(3))).await;
        let mut dirty = Vec::new();
        for session in ["S1", "S2", "S3"] {
            dirty.push(queue.is_dirty(&session.into()).await);
        }
        (machine.now(), dirty)
    });
    assert_eq!((took, dirty), (Duration::from_secs(3), vec![true, false, false]));
}

#[test]
fn the_next_process_commits_the_turns_of_a_killed_one() {
    let bench = Bench::new();
    on(&bench, async |machine, queue| complete(&*queue, "S1#1", &agent(&machine, "a", &[])).await);
    on(&bench, async |machine, queue| {
        assert!(queue.is_dirty(&"S1".into()).await);
        queue.recover(Rc::new(Builder(machine.clone()))).await;
        queue.settled().await;
        machine.sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(begun_commits(&bench), ["heir#1:ok"]);
    on(&bench, async |_, queue| assert!(!queue.is_dirty(&"S1".into()).await));
}

#[test]
fn a_late_commit_clears_no_newer_turn_and_every_turn_keeps_its_owner() {
    let bench = Bench::new();
    on(&bench, async |machine, queue| {
        let (a, b) = (agent(&machine, "a", &["0.5"]), agent(&machine, "b", &[]));
        complete(&*queue, "S1#1", &a).await;
        let beside = Rc::clone(&queue);
        machine.spawn("commit", async move {
            beside.commit(&"S1".into(), None, Wait::No).await;
        });
        machine.sleep(Duration::from_millis(100)).await;
        complete(&*queue, "S1#2", &a).await;
        complete(&*queue, "S1#3", &b).await;
        assert_eq!(queue.commit(&"S1".into(), Some(&b), Wait::No).await, Some(false));
        queue.drain(None).await;
        assert!(!queue.is_dirty(&"S1".into()).await);
    });
    assert_eq!(begun_commits(&bench), ["a#1:0.5", "a#2:ok", "b#1:ok"]);
}

#[test]
fn no_commit_begins_while_its_agent_is_in_a_turn() {
    let bench = Bench::new();
    on(&bench, async |machine, queue| {
        let (a, session) = (agent(&machine, "a", &[]), SessionId::from("S1"));
        complete(&*queue, "S1#1", &a).await;
        queue.begin_run(&session, &a);
        assert_eq!(queue.commit(&session, None, Wait::No).await, Some(false));
        machine.sleep(Duration::from_secs(1)).await;
        assert!(begun_commits(&bench).is_empty());
        queue.end_run(&session, &a);
        machine.sleep(Duration::from_millis(1)).await;
        assert!(!queue.is_dirty(&session).await, "the postponed commit is made now");
    });
}

#[test]
fn an_agent_that_goes_is_committed_first_and_closed_once() {
    let bench = Bench::new();
    on(&bench, async |machine, queue| {
        let (a, session) = (agent(&machine, "a", &["fail"]), SessionId::from("S1"));
        queue.register(&session, &a).await;
        complete(&*queue, "S1#1", &a).await;
        queue.let_go(&session, &a, Leaving::CacheFull).await;
        machine.sleep(Duration::from_secs(1)).await;
        assert_eq!(queue.discard(&session).await, Some(true));
    });
    let seen = commit_facts(&bench);
    let ends: Vec<_> = seen.iter().skip_while(|one| !matches!(one, Observation::Counted { .. })).skip(1).collect();
    assert!(matches!(ends[..], [Observation::Dropped { .. }, Observation::Closed { .. }]), "{ends:?}");
}
