//! Each test is one guarantee of the session lifecycle. W3 keeps it, and a design that lacks it does not. The comparison with
//! measurements is elsewhere.

use std::rc::Rc;
use std::time::Duration;

use crate::agents::Subject;
use crate::contracts::commits::{AgentHandle, Commits};
use crate::contracts::fixtures::{agent, begun_commits, commit_facts};
use crate::facts::commits::Observation;
use crate::machine::Machine;
use crate::machine::bench::{Bench, at_once};
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// A lifecycle on a machine of its own.
struct Lab {
    bench: Rc<Bench>,
    machine: Machine,
    sessions: Rc<dyn Commits>,
}

impl Lab {
    fn new(release: &str) -> Self {
        let bench = Bench::new();
        let machine = bench.machine();
        let subject: Subject = release.parse().expect("a release");
        let sessions = at_once(subject.code().commits(machine.clone()));
        Self { bench, machine, sessions }
    }

    fn agent(&self, name: &'static str, script: &'static [&'static str]) -> Rc<dyn AgentHandle> {
        agent(&self.machine, name, script)
    }

    async fn complete(&self, turn: &str, agent: &Rc<dyn AgentHandle>) {
        let turn: TurnId = turn.parse().expect("a turn");
        self.sessions.complete(&turn.session, Some(agent), &turn).await;
    }

    async fn commit(&self, session: &str) -> bool {
        self.sessions.commit(&session.into(), None, Wait::No).await == Some(true)
    }

    async fn is_dirty(&self, session: &str) -> bool {
        self.sessions.is_dirty(&session.into()).await
    }

    /// A commit of `S1` on a thread of its own, which has begun when this returns.
    async fn commit_beside(&self) {
        let sessions = Rc::clone(&self.sessions);
        let session = SessionId::from("S1");
        self.machine.spawn("commit", async move {
            sessions.commit(&session, None, Wait::Until(None)).await;
        });
        self.machine.sleep(Duration::from_millis(100)).await;
    }

    /// What each commit covered.
    fn covered(&self) -> Vec<String> {
        let covered = commit_facts(&self.bench).into_iter().filter_map(|one| {
            let Observation::Began { commit, turns, .. } = one else { return None };
            Some(format!("{commit} {turns:?}"))
        });
        covered.collect()
    }
}

#[test]
fn a_late_commit_clears_newer_turns_only_with_a_dirty_flag() {
    for (release, dirty) in [("W3", true), ("webui-dirty-flag", false)] {
        let lab = Lab::new(release);
        lab.bench.run(async {
            let a = lab.agent("a", &["0.5"]);
            lab.complete("S1#1", &a).await;
            lab.commit_beside().await;
            lab.complete("S1#2", &a).await;
            lab.machine.sleep(Duration::from_secs(1)).await;
            assert_eq!(lab.is_dirty("S1").await, dirty, "{release:?}");
        });
    }
}

#[test]
fn a_new_agent_takes_over_older_turns_only_with_one_owner() {
    let shown = [("W3", vec!["a#1 [S1#1]", "b#1 [S1#2]"]), ("webui-one-owner", vec!["b#1 [S1#1, S1#2]"])];
    for (release, expected) in shown {
        let lab = Lab::new(release);
        lab.bench.run(async {
            lab.complete("S1#1", &lab.agent("a", &[])).await;
            lab.complete("S1#2", &lab.agent("b", &[])).await;
            while lab.commit("S1").await {}
        });
        assert_eq!(lab.covered(), expected, "{release:?}");
    }
}

#[test]
fn commits_of_a_session_overlap_only_without_a_guard() {
    for (release, calls) in [("W3", vec!["a#1:0.5"]), ("webui-no-guard", vec!["a#1:0.5", "a#2:ok"])] {
        let lab = Lab::new(release);
        lab.bench.run(async {
            lab.complete("S1#1", &lab.agent("a", &["0.5"])).await;
            lab.commit_beside().await;
            lab.commit("S1").await;
        });
        assert_eq!(begun_commits(&lab.bench), calls, "{release:?}");
    }
}

#[test]
fn a_hung_commit_takes_the_whole_budget_of_a_drain_and_for_ever_without_one() {
    let drains =
        [("W3", Some(3)), ("webui-5543-gate-2", None), ("webui-5543-gate-2b", None), ("W2", None), ("W1", None)];
    for (release, seconds) in drains {
        let lab = Lab::new(release);
        let took = lab.bench.run(async {
            lab.complete("S1#1", &lab.agent("a", &["hang"])).await;
            lab.complete("S2#1", &lab.agent("b", &[])).await;
            let deadline = Some(Duration::from_secs(3));
            let drained = lab.machine.timeout(Duration::from_secs(15), lab.sessions.drain(deadline)).await;
            assert!(lab.is_dirty("S2").await, "{release:?}");
            drained.map(|()| lab.machine.now().as_secs())
        });
        assert_eq!((took, begun_commits(&lab.bench)), (seconds, vec!["a#1:hang".to_owned()]), "{release:?}");
    }
}

#[test]
fn a_wait_for_another_thread_s_commit_is_bounded_before_the_drain_s_own_is() {
    for (release, bounded) in [("W2", false), ("webui-5543-gate-2", false), ("webui-5543-gate-2b", true)] {
        let lab = Lab::new(release);
        let drained = lab.bench.run(async {
            lab.complete("S1#1", &lab.agent("a", &["hang"])).await;
            lab.commit_beside().await;
            let drain = lab.sessions.drain(Some(Duration::from_secs(3)));
            lab.machine.timeout(Duration::from_secs(15), drain).await.is_some()
        });
        assert_eq!(drained, bounded, "{release:?}");
    }
}

#[test]
fn a_thread_that_a_drain_has_abandoned_commits_when_its_turn_comes() {
    let lab = Lab::new("W3");
    lab.bench.run(async {
        lab.complete("S1#1", &lab.agent("a", &["1"])).await;
        lab.commit_beside().await;
        lab.complete("S1#2", &lab.agent("b", &[])).await;
        lab.sessions.drain(Some(Duration::from_millis(400))).await;
        assert_eq!(begun_commits(&lab.bench), ["a#1:1"]);
        lab.machine.sleep(Duration::from_secs(1)).await;
        assert!(!lab.is_dirty("S1").await);
    });
    assert_eq!(begun_commits(&lab.bench), ["a#1:1", "b#1:ok"]);
}

#[test]
fn only_the_first_of_two_drains_joins_the_background_commits() {
    let lab = Lab::new("W3");
    lab.bench.run(async {
        let a = lab.agent("a", &["1"]);
        lab.complete("S2#1", &lab.agent("b", &[])).await;
        lab.complete("S1#1", &a).await;
        lab.sessions.commit_in_background(&SessionId::from("S1"), Some(&a)).await;
        let sessions = Rc::clone(&lab.sessions);
        lab.machine.spawn("first drain", async move { sessions.drain(None).await });
        lab.machine.sleep(Duration::from_millis(100)).await;
        assert!(lab.is_dirty("S2").await);
        let at_once = lab.machine.timeout(Duration::from_millis(100), lab.sessions.drain(None)).await;
        assert!(at_once.is_none() && !lab.is_dirty("S2").await);
    });
}

#[test]
fn a_drain_joins_the_background_commits_that_it_knows_and_refuses_new_ones() {
    for (release, refused) in [("W3", Some(false)), ("webui-5543-gate-1", Some(true)), ("W2", None)] {
        let lab = Lab::new(release);
        lab.bench.run(async {
            let a = lab.agent("a", &["1"]);
            lab.complete("S1#1", &a).await;
            let session = SessionId::from("S1");
            lab.sessions.commit_in_background(&session, Some(&a)).await;
            lab.sessions.drain(None).await;
            assert!(!lab.is_dirty("S1").await, "{release:?}");
            assert_eq!(lab.sessions.commit_in_background(&session, Some(&a)).await, refused, "{release:?}");
        });
        assert_eq!(begun_commits(&lab.bench), ["a#1:1"], "{release:?}");
    }
}
