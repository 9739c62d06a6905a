//! Tests of the gateway judges: each has a history that it must reject, and one that it must accept.

use std::time::Duration;

use model::facts::chats::{End, How, Observation};

use crate::history::reading::Reading;
use crate::history::{Call, Event, Fact, Who, Word};
use crate::judging::ledger::Ledger;
use crate::judging::memory::tests::LIMITS;
use crate::judging::*;
use crate::plan::Ending;
use model::words::turn::TurnId;

/// A hand-written history of a gateway. Each event has an explicit time.
#[derive(Default)]
pub(in crate::judging) struct Gateway {
    events: Vec<Event>,
    process: u32,
}

impl Gateway {
    pub(in crate::judging) fn at(mut self, at_ms: u64, what: Fact) -> Self {
        self.events.push(Event { at_ms, who: Who::Process(self.process), fact: what });
        self
    }

    pub(in crate::judging) fn told(self, at_ms: u64, told: Observation) -> Self {
        self.at(at_ms, Fact::Told(model::facts::Observation::Continuity(told)))
    }

    /// The next process.
    pub(in crate::judging) fn start(mut self, at_ms: u64) -> Self {
        self.process += 1;
        self.at(at_ms, Fact::Started { session: "S1".into() })
    }

    /// The machine sleeps for so many minutes.
    pub(in crate::judging) fn sleeps(self, at_ms: u64, minutes: u64) -> Self {
        self.at(at_ms, Fact::Suspended { lasts: Duration::from_secs(60 * minutes) })
    }

    fn ends(self, at_ms: u64, ending: Ending) -> Self {
        self.at(at_ms, Fact::Ended { ending, steps: 1, label: None })
    }

    pub(in crate::judging) fn killed(self, at_ms: u64) -> Self {
        self.ends(at_ms, Ending::Sigkill)
    }

    fn begins(self, at_ms: u64, turn: &str, session: &str, sees: &[&str], how: How) -> Self {
        let sees = sees.iter().map(|turn| id(turn)).collect();
        self.told(at_ms, Observation::Began { turn: id(turn), session: session.into(), sees, how, into: None })
    }

    pub(in crate::judging) fn asked(self, at_ms: u64, turn: &str) -> Self {
        self.begins_behind_all(at_ms, turn, How::Asked)
    }

    pub(in crate::judging) fn resumed(self, at_ms: u64, turn: &str) -> Self {
        self.begins_behind_all(at_ms, turn, How::Resumed)
    }

    /// A turn that sees all turns that were completed before.
    fn begins_behind_all(self, at_ms: u64, turn: &str, how: How) -> Self {
        let completed = self.events.iter().filter_map(|event| {
            let Fact::Told(model::facts::Observation::Continuity(told)) = &event.fact else { return None };
            let Observation::Finished { turn, end: End::Completed } = told else { return None };
            Some(turn.to_string())
        });
        let sees: Vec<String> = completed.collect();
        let sees: Vec<&str> = sees.iter().map(String::as_str).collect();
        self.begins(at_ms, turn, "S1", &sees, how)
    }

    fn stopped(self, at_ms: u64) -> Self {
        let asked = self.told(at_ms, Observation::StopAsked { chat: "S1".into() });
        asked.told(at_ms, Observation::StoppedByUser { chat: "S1".into() })
    }

    pub(in crate::judging) fn finished(self, at_ms: u64, turn: &str, end: End) -> Self {
        self.told(at_ms, Observation::Finished { turn: id(turn), end })
    }

    pub(in crate::judging) fn answered(self, at_ms: u64, turn: &str) -> Self {
        self.finished(at_ms, turn, End::Completed).told(at_ms, Observation::Replied { turn: id(turn) })
    }

    pub(in crate::judging) fn violations(&self) -> Vec<(&'static str, String)> {
        let reading = Reading::of(&self.events);
        let ledger = Ledger::of(&self.events, &reading);
        let testimony = Testimony { about: Part::Gateway, testifies: &Part::ALL };
        let judgment =
            judge(&Evidence { events: &self.events, reading: &reading, ledger: &ledger, limits: LIMITS, testimony });
        judgment.violations.into_iter().map(|violation| (violation.invariant, violation.evidence)).collect()
    }

    pub(in crate::judging) fn holds(&self) {
        assert_eq!(self.violations(), []);
    }

    pub(in crate::judging) fn violates(&self, invariant: &str, evidence: &str) {
        let found = self.violations();
        assert_eq!(found.iter().map(|(name, told)| (*name, &**told)).collect::<Vec<_>>(), [(invariant, evidence)]);
    }
}

pub(in crate::judging) fn id(turn: &str) -> TurnId {
    turn.parse().expect("a turn")
}

/// One process answers `S1#1`, begins `S1#2` and is killed; another lives from 10 to 60 s.
fn cut_short() -> Gateway {
    Gateway::default()
        .start(0)
        .asked(0, "S1#1")
        .answered(1_000, "S1#1")
        .asked(2_000, "S1#2")
        .killed(9_900)
        .start(10_000)
}

#[test]
fn a_turn_that_is_taken_up_and_answered_violates_nothing() {
    cut_short().resumed(10_000, "S1#2").answered(20_000, "S1#2").asked(30_000, "S1#3").killed(60_000).holds();
}

#[test]
fn session_continuity_trips() {
    let life = || Gateway::default().start(0).asked(0, "S1#1").answered(1_000, "S1#1");
    life().begins(2_000, "S1#2", "S1.2", &[], How::Asked).answered(3_000, "S1#2").violates(
        "session-continuity",
        "S1#2 ran in session S1.2 at 2000 ms, and its chat was in S1 with 1 completed turns",
    );
    life()
        .begins(2_000, "S1#2", "S1", &[], How::Asked)
        .answered(3_000, "S1#2")
        .violates("session-continuity", "S1#2 ran at 2000 ms without S1#1, completed at 1000 ms");
    life()
        .told(2_000, Observation::Swallowed { turn: id("S1#2"), session: "S1".into() })
        .violates("session-continuity", "S1#2 came at 2000 ms for session S1, which had ended; nobody answers");
    let stopped = life().stopped(1_500);
    stopped.begins(2_000, "S1#2", "S1.2", &[], How::Asked).answered(3_000, "S1#2").holds();
}

#[test]
fn interrupted_turn_is_answered_trips() {
    cut_short().killed(60_000).violates(
        "interrupted-turn-is-answered",
        "S1#2 began at 2000 ms, was cut short at 9900 ms and never taken up again, though a process lived from 10000 to 60000 ms",
    );
    cut_short().killed(12_000).holds();
    cut_short().told(10_200, Observation::Replied { turn: id("S1#2") }).killed(60_000).holds();
    let went_on = How::Continued(id("S1#2"));
    cut_short()
        .begins(11_000, "S1#3", "S1", &["S1#1", "S1#2"], went_on)
        .answered(12_000, "S1#3")
        .killed(60_000)
        .holds();
    let stopped = cut_short().stopped(10_500);
    stopped.killed(60_000).holds();
    // A process that is asked to stop at once begins nothing, however long the stop takes.
    cut_short().told(11_000, Observation::StopBegan).ends(60_000, Ending::Exit).holds();
    cut_short().told(30_000, Observation::StopBegan).ends(60_000, Ending::Exit).violates(
        "interrupted-turn-is-answered",
        "S1#2 began at 2000 ms, was cut short at 9900 ms and never taken up again, though a process lived from 10000 to 30000 ms",
    );
    let silent = Gateway::default().start(0).asked(0, "S1#1").finished(1_000, "S1#1", End::Completed).killed(1_100);
    silent.start(2_000).killed(60_000).violates(
        "interrupted-turn-is-answered",
        "S1#1 was answered at 1000 ms, and the answer never reached its user, though a process lived from 2000 to 60000 ms",
    );
}

#[test]
fn no_false_resume_trips() {
    let again = |gateway: Gateway, turn| gateway.resumed(10_000, turn).finished(11_000, turn, End::Failed);
    again(cut_short().resumed(10_000, "S1#2").answered(10_000, "S1#2"), "S1#1")
        .violates("no-false-resume", "S1#1 was run again at 10000 ms, and it had been answered at 1000 ms");
    let life = Gateway::default().start(0).asked(0, "S1#1");
    let stopped = life.stopped(500);
    again(stopped.finished(600, "S1#1", End::Interrupted).killed(9_000).start(9_500), "S1#1")
        .violates("no-false-resume", "S1#1 was run again at 10000 ms, and its user had stopped it at 500 ms");
    let late = Gateway::default().start(0).asked(0, "S1#1").killed(1_000).start(3_601_001);
    late.resumed(3_601_001, "S1#1").answered(3_700_000, "S1#1").violates(
        "no-false-resume",
        "S1#1 was run again at 3601001 ms, and nothing had been heard of it since 1000 ms",
    );
    let in_time = Gateway::default().start(0).asked(0, "S1#1").killed(1_000).start(3_601_000);
    in_time.resumed(3_601_000, "S1#1").answered(3_700_000, "S1#1").holds();
}

/// A message that was sent at 0 s.
fn said_once() -> Gateway {
    Gateway::default().start(0).told(0, Observation::Asked { turn: id("S1#1") })
}

#[test]
fn what_is_over_does_not_begin() {
    let begins = |gateway: Gateway| gateway.begins(2_000, "S1#1", "S1", &[], How::Asked);
    begins(said_once()).answered(3_000, "S1#1").holds();
    let over = |gateway: Gateway, told: &str| {
        let found = begins(gateway).violations();
        assert!(found.contains(&("no-false-resume", told.to_owned())), "{found:?}");
    };
    over(said_once().stopped(500), "S1#1 ran at 2000 ms, and its user had stopped it at 500 ms");
    let answered = said_once().begins(0, "S1#1", "S1", &[], How::Asked).answered(1_000, "S1#1");
    over(answered, "S1#1 ran at 2000 ms, and it had been answered at 1000 ms");
    let away = said_once().told(500, Observation::Refused { turn: id("S1#1") });
    let again = said_once()
        .told(500, Observation::Refused { turn: id("S1#1") })
        .told(1_000, Observation::Asked { turn: id("S1#1") });
    over(away, "S1#1 ran at 2000 ms, and its user had been turned away at 500 ms");
    begins(again).answered(3_000, "S1#1").holds();
}

#[test]
fn a_message_does_not_see_itself() {
    let sees = |sees: &[&str], how| said_once().begins(1_000, "S1#1", "S1", sees, how).answered(2_000, "S1#1");
    sees(&[], How::Asked).holds();
    sees(&["S1#1"], How::Resumed).holds();
    let told = "S1#1 ran at 1000 ms and saw S1#1, which had neither begun nor been said before it";
    sees(&["S1#1"], How::Asked).violates("session-continuity", told);
}

#[test]
fn a_message_does_not_see_one_that_waits_behind_it() {
    let both = |life: Gateway| life.told(100, Observation::Asked { turn: id("S1#2") }).killed(500).start(600);
    let sees = |life: Gateway, turn, sees: &[&str]| {
        both(life).begins(1_000, turn, "S1", sees, How::Resumed).answered(2_000, turn)
    };
    let said = "S1#1 ran at 1000 ms and saw S1#2, which had neither begun nor been said before it".to_owned();
    let found = sees(said_once(), "S1#1", &["S1#2"]).violations();
    assert!(found.contains(&("session-continuity", said.clone())), "{found:?}");
    let found = sees(said_once(), "S1#2", &["S1#1"]).violations();
    assert!(!found.contains(&("session-continuity", said)), "{found:?}");
}

#[test]
fn no_resume_storm_trips() {
    let twice = cut_short().resumed(10_000, "S1#2").asked(10_100, "S1#3");
    twice
        .answered(11_000, "S1#3")
        .answered(20_000, "S1#2")
        .violates("no-resume-storm", "S1#3 began at 10100 ms while S1#2 was running, since 10000 ms");
    let restarts = |gateway: Gateway, at_ms| {
        let asked = gateway.told(at_ms, Observation::AskedForRestart { turn: id("S1#1") });
        asked.ends(at_ms + 1_000, Ending::Exit).start(at_ms + 2_000)
    };
    let mut looping = restarts(Gateway::default().start(0).asked(0, "S1#1"), 1_000);
    for n in 1..=2 {
        looping = restarts(looping.resumed(n * 10_000, "S1#1"), n * 10_000 + 1_000);
    }
    looping.holds();
    let fourth = restarts(looping.resumed(30_000, "S1#1"), 31_000).violations();
    assert_eq!(fourth[0], ("no-resume-storm", "S1#1 restarted its gateway at 31000 ms, for the 4th time".to_owned()));
}

#[test]
fn stuck_session_is_stopped_trips() {
    let mut hung = Gateway::default().start(0).asked(0, "S1#1").killed(1_000);
    for n in 1..=2 {
        hung = hung.start(n * 10_000).resumed(n * 10_000, "S1#1").killed(n * 10_000 + 1_000);
    }
    hung.holds();
    hung.start(30_000).resumed(30_000, "S1#1").killed(31_000).violates(
        "stuck-session-is-stopped",
        "S1#1 was tried at 30000 ms, for the 4th time; it had been cut short at 1000, 11000, 21000 ms",
    );
}

#[test]
fn stop_fits_its_budget_trips() {
    let began = |gateway: Gateway| gateway.told(1_000, Observation::StopBegan);
    let signal = Fact::Called(Call::Command { word: Word::SigShutdown, session: "".into() });
    let stopping = || began(Gateway::default().start(0).at(1_000, signal.clone()));
    stopping().ends(31_000, Ending::Exit).holds();
    // A user asked for the restart, and the plan's next step is the kill.
    began(Gateway::default().start(0)).killed(5_000).holds();
    let planned = Fact::Ended { ending: Ending::Sigkill, steps: 1, label: Some("a planned time".into()) };
    stopping().at(5_000, planned).holds();
    let told = "the stop that began at 1000 ms was killed at 61000 ms, after 60000 ms";
    let found = stopping().killed(61_000).violations();
    assert!(found.contains(&("stop-fits-its-budget", told.to_owned())), "{found:?}");
}

/// The time of a nap, in milliseconds.
const NAP_MS: u64 = 120 * 60_000;

#[test]
fn a_process_whose_machine_slept_had_no_time_to_resume_anything() {
    let told = |from_ms: u64, to_ms: u64| {
        format!(
            "S1#2 began at 2000 ms, was cut short at 9900 ms and never taken up again, though a process lived from {from_ms} to {to_ms} ms"
        )
    };
    cut_short().sleeps(11_000, 120).killed(NAP_MS + 19_999).holds();
    let to_ms = NAP_MS + 20_000;
    cut_short().sleeps(11_000, 120).killed(to_ms).violates("interrupted-turn-is-answered", &told(10_000, to_ms));
}

#[test]
fn an_interruption_is_old_for_its_user_after_an_hour_and_for_its_machine_after_an_hour_awake() {
    let life = |nap_at_ms: u64| {
        let first = Gateway::default().start(0).asked(0, "S1#1").sleeps(nap_at_ms, 120);
        first.killed(NAP_MS + 9_900).start(NAP_MS + 10_000)
    };
    // The machine slept under the turn: its process had written nothing for two hours when it was killed.
    life(1_000).killed(NAP_MS + 60_000).holds();
    life(1_000).resumed(NAP_MS + 10_000, "S1#1").answered(NAP_MS + 11_000, "S1#1").killed(NAP_MS + 60_000).holds();
    let again = |resumed_ms: u64| {
        let slept = Gateway::default().start(0).asked(0, "S1#1").killed(1_000).sleeps(2_000, 120).start(resumed_ms);
        slept.resumed(resumed_ms, "S1#1").answered(resumed_ms + 1, "S1#1").killed(resumed_ms + 60_000)
    };
    again(NAP_MS + 3_600_000).holds();
    let told =
        format!("S1#1 was run again at {} ms, and nothing had been heard of it since 1000 ms", NAP_MS + 3_601_001);
    again(NAP_MS + 3_601_001).violates("no-false-resume", &told);
}

#[test]
fn an_answer_that_was_sent_just_before_a_nap_may_be_noted_after_it() {
    let life = |ended_ms: u64| {
        let first = Gateway::default().start(0).asked(0, "S1#1").answered(1_000, "S1#1").sleeps(1_100, 120);
        let next = first.killed(ended_ms).start(ended_ms + 100);
        next.told(ended_ms + 200, Observation::Replied { turn: id("S1#1") }).killed(ended_ms + 60_000)
    };
    life(NAP_MS + 2_000).holds();
    let told = format!("S1#1 was answered at {} ms, and its user had an answer since 1000 ms", NAP_MS + 2_201);
    life(NAP_MS + 2_001).violates("answer-reaches-user-once", &told);
}
