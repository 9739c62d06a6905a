//! Tests of the judges of a WebUI's commits: each has a history that it must reject, and one that it must accept.

use std::time::Duration;

use model::facts::commits::{Call as Commit, Closing, Observation};
use model::words::command::Answer;

use crate::history::{Call, Exclusion, Fact, Word};
use crate::judging::memory::tests::{Story, check_violated, id, violations};
use crate::plan::Ending;

impl Story {
    fn told(self, what: Observation) -> Self {
        self.process(Fact::Told(model::facts::Observation::Commits(what)))
    }

    fn entered(self, session: &str) -> Self {
        self.told(Observation::Entered { session: session.into() })
    }

    /// A turn that waits in a session that has an entry, from the same time on at the latest.
    pub(super) fn marked(mut self, turn: &str, owner: &str) -> Self {
        self.enters(&id(turn).session);
        self.unentered(turn, owner)
    }

    fn unentered(self, turn: &str, owner: &str) -> Self {
        let session = id(turn).session;
        self.told(Observation::Marked { session, turn: id(turn), owner: Some(owner.to_owned()) })
    }

    pub(super) fn boundary(self, session: &str) -> Self {
        self.told(Observation::Boundary { session: session.into() })
    }

    pub(super) fn began(self, agent: &str, number: u32, turns: &[&str]) -> Self {
        let (commit, session) = (commit(agent, number), id(turns[0]).session);
        let turns = turns.iter().map(|turn| id(turn)).collect();
        self.told(Observation::Began { commit, plan: "ok".to_owned(), session, at_work_in: None, turns })
    }

    pub(super) fn ended(self, agent: &str, number: u32, done: bool) -> Self {
        self.told(Observation::Ended { commit: commit(agent, number), done })
    }

    fn counted(self, turns: &[&str]) -> Self {
        let session = id(turns[0]).session;
        self.told(Observation::Counted { session, turns: turns.iter().map(|turn| id(turn)).collect() })
    }

    /// A commit that succeeds, at a boundary.
    fn committed(self, agent: &str, number: u32, turns: &[&str]) -> Self {
        let session = id(turns[0]).session.to_string();
        self.boundary(&session).began(agent, number, turns).ended(agent, number, true).counted(turns)
    }

    fn run(mut self, agent: &str, turn: &str) -> Self {
        self.enters(&id(turn).session);
        self.told(Observation::RunBegan { agent: agent.to_owned(), turn: id(turn) })
            .told(Observation::RunWorks { turn: id(turn) })
    }

    /// A turn that is over, and is stored.
    fn ran(self, agent: &str, turn: &str) -> Self {
        self.turn(turn, 0).told(Observation::RunEnded { agent: agent.to_owned(), turn: id(turn) })
    }

    fn evicted(self, agent: &str, session: &str) -> Self {
        self.told(Observation::Evicted { agent: agent.to_owned(), session: session.into() })
    }

    fn closed(self, agent: &str) -> Self {
        self.told(Observation::Closed { agent: agent.to_owned(), closing: Closing::Memory })
    }

    fn drain(self) -> Self {
        self.told(Observation::DrainBegan { drain: 1, within: Some(Duration::from_secs(2)) })
    }

    fn drained(self) -> Self {
        self.told(Observation::DrainEnded { drain: 1 })
    }

    fn asked(self, step: &str) -> Self {
        self.process(Fact::Asked { step: step.to_owned() })
    }

    fn answers(self, step: &str, asked_ms: u64, answer: bool) -> Self {
        self.process(Fact::Answered { step: step.to_owned(), asked_ms, answer: Answer::Bool(answer) })
    }

    /// A question that is answered with the next event.
    fn answered(self, step: &str, asked_ms: u64, answer: bool) -> Self {
        self.asked(step).answers(step, asked_ms, answer)
    }

    /// Lets time pass without events.
    fn quiet(self) -> Self {
        (0..20).fold(self, |story, _| story.process(Fact::Told(model::facts::Observation::Holding { turns: 1 })))
    }
}

fn commit(agent: &str, number: u32) -> Commit {
    Commit { agent: agent.to_owned(), number }
}

fn check_holds(story: Story) {
    assert_eq!(violations(story), []);
}

#[test]
fn an_innocent_webui_violates_nothing() {
    let story = Story::new()
        .entered("S1")
        .run("S1", "S1#1")
        .ran("S1", "S1#1")
        .marked("S1#1", "S1")
        .boundary("S1")
        .evicted("S1", "S1")
        .began("S1", 1, &["S1#1"])
        .ended("S1", 1, true)
        .counted(&["S1#1"])
        .told(Observation::Dropped { session: "S1".into() })
        .closed("S1")
        .quiet();
    check_holds(story.stored("S1", &["S1#1"]));
}

#[test]
fn commit_coverage_trips() {
    let story = Story::new().marked("S1#1", "a");
    let told = "S1#1 was completed at 100 ms and is in no commit that has succeeded; its process was gone at 200 ms";
    check_violated(story, "commit-coverage", told);
    let excluded = Fact::Excluded { turn: id("S1#1"), why: Exclusion::Interrupted };
    let story = Story::new().process(excluded).marked("S1#1", "a").committed("a", 1, &["S1#1"]);
    check_violated(story, "commit-coverage", "commit a#1 covers S1#1, which is not to be remembered");
    let unfinished = Story::new().run("S1", "S1#1").marked("S1#1", "S1").committed("a", 1, &["S1#1"]);
    let found = violations(unfinished);
    let told = "commit a#1 began at 500 ms and covers S1#1, which was not completed";
    assert!(found.contains(&("commit-coverage", told.to_owned())), "{found:?}");
}

#[test]
fn commit_ownership_trips() {
    let story = Story::new().marked("S1#1", "a").committed("b", 1, &["S1#1"]);
    check_violated(story, "commit-ownership", "S1#1 is a's, and was committed by b#1, at 300 ms");
    let (session, turns) = ("S1".into(), vec![id("S1#1")]);
    let began = Observation::Began {
        commit: commit("a", 1),
        plan: "ok".to_owned(),
        session,
        at_work_in: Some("S2".into()),
        turns,
    };
    let story = Story::new().marked("S1#1", "a").boundary("S1").told(began).ended("a", 1, true).counted(&["S1#1"]);
    let told = "S1#1 of session S1 was committed by a#1, which works in S2 by now, at 300 ms";
    check_violated(story, "commit-ownership", told);
}

#[test]
fn what_a_former_process_has_left_is_committed_in_its_own_session() {
    let restored = |session: &str| {
        let left = Story::new().marked("S1#1", "a").entered(session);
        let restored = left.told(Observation::Restored { session: session.into(), turns: vec![id("S1#1")] });
        let began = |commit| Observation::Began {
            commit,
            plan: "ok".to_owned(),
            session: session.into(),
            at_work_in: Some(session.into()),
            turns: vec![id("S1#1")],
        };
        restored.boundary(session).told(began(commit("heir", 1))).ended("heir", 1, true)
    };
    let found = violations(restored("S2"));
    let told = "S1#1 was completed in S1, and was committed by heir#1 in S2, at 500 ms";
    assert!(found.contains(&("commit-ownership", told.to_owned())), "{found:?}");
    assert!(violations(restored("S1")).iter().all(|(invariant, _)| *invariant != "commit-ownership"));
}

#[test]
fn what_waits_together_is_one_end() {
    let waits = || Story::new().marked("S1#1", "a").marked("S1#2", "a").quiet().boundary("S1");
    let both = |story: Story| story.began("a", 2, &["S1#2"]).ended("a", 2, true).counted(&["S1#2"]);
    let first = || waits().began("a", 1, &["S1#1"]);
    let told = "S1 ended once more, by commit a#2 at 2700 ms, for nothing that a#1 could not have covered";
    check_violated(both(first().ended("a", 1, true).counted(&["S1#1"])), "one-end-per-boundary", told);
    let marked_later = first().marked("S1#3", "a").ended("a", 1, true).counted(&["S1#1"]).boundary("S1");
    let later = marked_later.began("a", 2, &["S1#2", "S1#3"]).ended("a", 2, true);
    check_holds(later.counted(&["S1#2", "S1#3"]));
}

#[test]
fn an_entry_of_which_nothing_is_told_is_no_entry() {
    let told = "S1 had a turn that waits at 100 ms, and had no entry that was told of";
    check_violated(Story::new().unentered("S1#1", "a").committed("a", 1, &["S1#1"]), "bounded-sessions", told);
}

#[test]
fn commit_serialization_trips() {
    let two =
        Story::new().marked("S1#1", "a").boundary("S1").began("a", 1, &["S1#1"]).marked("S1#2", "b").boundary("S1");
    let two = two.began("b", 1, &["S1#2"]).ended("a", 1, true).ended("b", 1, true).counted(&["S1#1", "S1#2"]);
    let told = "commit b#1 of S1 began at 600 ms, while a#1 of S1 was under way";
    check_violated(two, "commit-serialization", told);
    let story = Story::new().marked("S1#1", "S1").run("S1", "S1#2").committed("S1", 1, &["S1#1"]).ran("S1", "S1#2");
    let story = story.marked("S1#2", "S1").committed("S1", 2, &["S1#2"]).stored("S1", &["S1#2"]);
    check_violated(story, "commit-serialization", "commit S1#1 of S1 began at 500 ms, while S1 was in turn S1#2");
}

#[test]
fn no_late_clear_trips() {
    let story = Story::new().marked("S1#1", "a").boundary("S1").began("a", 1, &["S1#1"]).marked("S1#2", "a");
    let story = story.ended("a", 1, true).counted(&["S1#1", "S1#2"]).committed("a", 2, &["S1#2"]);
    check_violated(story, "no-late-clear", "S1#2 counts as committed at 600 ms, and no commit had covered it");
}

#[test]
fn failed_commit_stays_retryable_trips() {
    let failed = || Story::new().marked("S1#1", "a").boundary("S1").began("a", 1, &["S1#1"]).ended("a", 1, false);
    check_holds(failed().committed("a", 2, &["S1#1"]));
    let story = failed().counted(&["S1#1"]).committed("a", 2, &["S1#1"]);
    let told = "S1#1 counts as committed at 500 ms, though commit a#1 has failed";
    check_violated(story, "failed-commit-stays-retryable", told);
}

#[test]
fn one_end_per_boundary_trips() {
    let again = Observation::SessionEnded { agent: "a".to_owned(), session: "S1".into() };
    let story = Story::new().marked("S1#1", "a").committed("a", 1, &["S1#1"]).told(again);
    let told = "S1 ended once more at 600 ms, by agent a, with nothing new since the last time";
    check_violated(story, "one-end-per-boundary", told);
    let story = Story::new().marked("S1#1", "a").began("a", 1, &["S1#1"]).ended("a", 1, true).counted(&["S1#1"]);
    check_violated(story, "one-end-per-boundary", "S1 ended at 300 ms, by commit a#1, and not at a boundary");
}

#[test]
fn bounded_sessions_trips() {
    let evicted = || {
        let story = Story::new().entered("S1").marked("S1#1", "S1").committed("S1", 1, &["S1#1"]);
        story.evicted("S1", "S1")
    };
    let dropped = || Observation::Dropped { session: "S1".into() };
    check_holds(evicted().told(dropped()).closed("S1").quiet());
    let told = "S1 is clean and idle, its agent has left it at 700 ms, and it is never forgotten";
    check_violated(evicted().closed("S1").quiet(), "bounded-sessions", told);
    let told = "agent S1 was evicted at 700 ms, has nothing left to do, and is never closed";
    check_violated(evicted().told(dropped()).quiet(), "bounded-sessions", told);
    let story = Story::new().entered("S1").marked("S1#1", "a").told(dropped()).committed("a", 1, &["S1#1"]);
    check_violated(story, "bounded-sessions", "S1 was forgotten at 300 ms, and S1#1 waited");
    let story = Story::new().entered("S1").marked("S1#1", "a").boundary("S1").began("a", 1, &["S1#1"]);
    let story = story.counted(&["S1#1"]).told(dropped()).ended("a", 1, true);
    let found = violations(story);
    let told = "S1 was forgotten at 600 ms, while a#1 was under way";
    assert!(found.contains(&("bounded-sessions", told.to_owned())), "{found:?}");
}

#[test]
fn live_agent_never_closed_trips() {
    let story = Story::new().run("S1", "S1#1").closed("S1").ran("S1", "S1#1").marked("S1#1", "S2");
    let story = story.committed("S2", 1, &["S1#1"]).stored("S1", &["S1#1"]);
    check_violated(story, "live-agent-never-closed", "agent S1 was closed at 300 ms, in turn S1#1");
    let story = Story::new().marked("S1#1", "a").closed("a").committed("a", 1, &["S1#1"]);
    let told = "agent a was closed at 200 ms, and began commit a#1 at 400 ms";
    check_violated(story, "live-agent-never-closed", told);
}

#[test]
fn drain_is_fair_and_bounded_trips() {
    let dirty = || Story::new().marked("S1#1", "a").drain();
    check_holds(dirty().committed("a", 1, &["S1#1"]).drained());
    let later = |story: Story| story.committed("a", 9, &["S1#1"]);
    let told = "the drain that began at 200 ms never tried S1, where S1#1 waits";
    check_violated(later(dirty().drained()), "drain-is-fair-and-bounded", told);
    let told = "the drain gave S1 up at 500 ms, with 1700 of 2000 ms left; S1#1 waits";
    let story = dirty().began("a", 1, &["S1#1"]).ended("a", 1, false).drained();
    check_violated(later(story), "drain-is-fair-and-bounded", told);
    let story = dirty().committed("a", 1, &["S1#1"]).quiet().quiet().drained();
    let told = "the drain took from 200 to 4700 ms: 4500 ms of 2000 ms";
    check_violated(story, "drain-is-fair-and-bounded", told);
    check_holds(dirty().committed("a", 1, &["S1#1"]));
    let stop = Call::Command { word: Word::SigShutdown, session: "".into() };
    let killed = Fact::Ended { ending: Ending::Sigkill, steps: 1, label: None };
    let story = Story::new().marked("S1#1", "a").process(Fact::Called(stop)).drain().committed("a", 1, &["S1#1"]);
    let told = "the drain began at 300 ms, and its process was killed in it at 800 ms";
    check_violated(story.process(killed), "drain-is-fair-and-bounded", told);
}

#[test]
fn turn_starts_at_once_trips() {
    let asked = Observation::RunBegan { agent: "S1".to_owned(), turn: id("S1#1") };
    let mut story = Story::new();
    story.enters(&"S1".into());
    let story = (0..3).fold(story.told(asked), |story, _| story.quiet());
    let story = story.told(Observation::RunWorks { turn: id("S1#1") });
    let told = "S1#1 was asked for at 100 ms and held until 6200 ms, limit 5000 ms";
    check_violated(story, "turn-starts-at-once", told);
}

#[test]
fn linearizable_answers_trips() {
    let told = |step: &str, what: &str| format!("\"{step}\" at {what}");
    let waits = || Story::new().marked("S1#1", "a");
    let committed = |story: Story| story.committed("a", 1, &["S1#1"]);
    let check = |story: Story, step: &str, what: &str| check_violated(story, "linearizable-answers", &told(step, what));
    check_holds(committed(waits().answered("dirty S1", 200, true)).answered("dirty S1", 800, false));
    check(
        committed(waits().answered("dirty S1", 200, false)),
        "dirty S1",
        "200 ms was answered false, and S1#1 waits for a commit",
    );
    check(
        committed(waits()).answered("dirty S1", 600, true),
        "dirty S1",
        "600 ms was answered true, and no turn waits for a commit",
    );
    check_holds(committed(waits().answered("discard S1", 200, false)).answered("discard S1", 800, true));
    check(
        committed(waits().answered("discard S1", 200, true)),
        "discard S1",
        "200 ms was answered true, and S1#1 waits for a commit",
    );
    check(
        committed(waits()).answered("discard S1", 600, false),
        "discard S1",
        "600 ms was answered false, and the session was clean and idle",
    );
    check(
        committed(waits().answered("commit_in_background S1", 200, false)),
        "commit_in_background S1",
        "200 ms was refused, and no drain had begun",
    );
}

#[test]
fn linearizable_answers_trips_at_a_commit() {
    let waits = || Story::new().marked("S1#1", "a");
    let check = |story: Story, step: &str, what: &str| {
        check_violated(story, "linearizable-answers", &format!("\"{step}\" at {what}"));
    };
    let asked = |step: &str| waits().asked(step).boundary("S1");
    let own = |step: &str, done| asked(step).began("a", 1, &["S1#1"]).ended("a", 1, done);
    check_holds(own("commit S1", true).counted(&["S1#1"]).answers("commit S1", 200, true));
    check(
        own("commit S1", true).counted(&["S1#1"]).answers("commit S1", 200, false),
        "commit S1",
        "200 ms was answered false, and what waited is committed",
    );
    let again = |story: Story| story.committed("a", 2, &["S1#1"]);
    check_holds(again(own("commit S1", false).answers("commit S1", 200, false)));
    check(
        again(own("commit S1", false).answers("commit S1", 200, true)),
        "commit S1",
        "200 ms was answered true, and no commit that began meanwhile has succeeded",
    );
    check(
        waits().answered("commit S1", 200, false).committed("a", 1, &["S1#1"]),
        "commit S1",
        "200 ms was answered false, and nothing was in the way of a commit",
    );
    let busy = |step: &str| waits().boundary("S1").began("a", 1, &["S1#1"]).asked(step);
    let over = |story: Story| story.ended("a", 1, true).counted(&["S1#1"]);
    check_holds(over(busy("commit S1").answers("commit S1", 400, false)));
    check(
        over(busy("commit S1").quiet().answers("commit S1", 400, false)),
        "commit S1",
        "400 ms was to give way to a#1 at once, and its caller waited for 2100 ms",
    );
    check(
        over(busy("commit S1 wait 200ms").quiet().answers("commit S1 wait 200ms", 400, false)),
        "commit S1 wait 200ms",
        "400 ms was to wait for 200 ms at most, and its caller waited for 2100 ms",
    );
    check(
        over(busy("commit S1 wait").answers("commit S1 wait", 400, false)),
        "commit S1 wait",
        "400 ms was to wait for a#1, and gave up after 100 ms",
    );
}
