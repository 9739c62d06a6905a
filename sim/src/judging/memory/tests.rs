//! Tests of the memory judges: each invariant has a history that it must reject, and one that it must accept.

use model::facts::{Observation, Place};
use model::protocols::hindsight::endpoints::{RECALL, RETAIN};
use model::words::session::{DocumentId, SessionId, session_tag};

use crate::history::reading::Reading;
use crate::history::{Call, Entry, Event, Exclusion, Fact, Happening, Parent, ReceivedItem, Who, Word, WriteMode};
use crate::judging::ledger::Ledger;
use crate::judging::*;
use crate::plan::{Ending, Fault};
use model::words::turn::TurnId;

/// A hand-written history. Each event comes 100 ms after the one before it.
pub(crate) struct Story {
    body: Vec<Event>,
    end: Vec<Event>,
    complete: bool,
    in_time: bool,
    at_ms: u64,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { body: Vec::new(), end: Vec::new(), complete: true, in_time: true, at_ms: 0 }
    }

    pub(crate) fn of_one_turn() -> Self {
        Self::new().turn("S1#1", 0)
    }

    pub(crate) fn of_an_unfinished_turn() -> Self {
        Self::new().process(Fact::Called(Call::Turn(id("S1#1"))))
    }

    pub(crate) fn process(mut self, what: Fact) -> Self {
        self.at_ms += 100;
        self.body.push(Event { at_ms: self.at_ms, who: Who::Process(1), fact: what });
        self
    }

    /// The WebUI's lifecycle has an entry for the session from now on, unless it had one.
    pub(in crate::judging) fn enters(&mut self, session: &SessionId) {
        let entered = model::facts::commits::Observation::Entered { session: session.clone() };
        let fact = Fact::Told(Observation::Commits(entered));
        if !self.body.iter().any(|event| event.fact == fact) {
            self.body.push(Event { at_ms: self.at_ms, who: Who::Process(1), fact });
        }
    }

    pub(crate) fn waits(self, ms: u64) -> Self {
        Self { at_ms: self.at_ms + ms, ..self }
    }

    pub(crate) fn call(mut self, call: Call, takes_ms: u64) -> Self {
        self = self.process(Fact::Called(call.clone()));
        self.at_ms += takes_ms;
        self.body.push(Event { at_ms: self.at_ms, who: Who::Process(1), fact: Fact::Returned(call) });
        self
    }

    pub(crate) fn turn(self, turn: &str, takes_ms: u64) -> Self {
        self.call(Call::Turn(id(turn)), takes_ms)
    }

    pub(crate) fn applied(mut self, document: &str, turns: &[&str]) -> Self {
        let turns = turns.iter().map(|turn| id(turn)).collect();
        let (container, mode) = (DocumentId::from(document), WriteMode::Append);
        let what = Fact::Provider(Happening::Applied { number: 1, container, turns, mode });
        self.body.push(Event { at_ms: self.at_ms, who: Who::Provider, fact: what });
        self
    }

    pub(crate) fn stored(self, document: &str, turns: &[&str]) -> Self {
        let session = SessionId::from(document.split(['-', ':']).next().unwrap_or_default());
        self.stored_with_tag(document, turns, &session_tag(&session))
    }

    pub(crate) fn stored_with_tag(self, document: &str, turns: &[&str], tag: &str) -> Self {
        self.stored_with_tags(document, turns, &[tag])
    }

    fn stored_with_tags(self, document: &str, turns: &[&str], tags: &[&str]) -> Self {
        let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
        self.kept(document, Entry { turns: turns.iter().map(|turn| id(turn)).collect(), tags, session: None })
    }

    fn kept(mut self, document: &str, entry: Entry) -> Self {
        let what = Fact::Stored { container: DocumentId::from(document), entries: vec![entry] };
        self.end.push(Event { at_ms: 0, who: Who::World, fact: what });
        self
    }

    pub(crate) fn pending(self, turns: &[&str]) -> Self {
        let turns = turns.iter().map(|turn| id(turn)).collect();
        self.process(Fact::Told(Observation::Pending { turns }))
    }

    /// A recall that arrives with this fault, and is answered.
    pub(crate) fn recalled(mut self, number: u32, fault: Option<Fault>) -> Self {
        let received = Happening::Received { endpoint: RECALL, number, items: Vec::new(), fault };
        for happening in [received, Happening::Answered { endpoint: RECALL, number, status: 200 }] {
            self.body.push(Event { at_ms: self.at_ms, who: Who::Provider, fact: Fact::Provider(happening) });
        }
        self
    }

    /// A retain of these turns, which arrives with this fault and is answered with this status.
    pub(crate) fn retain(mut self, number: u32, turns: &[&str], fault: Option<Fault>, status: u16) -> Self {
        self = self.process(Fact::Told(Observation::RequestSent { endpoint: RETAIN }));
        let turns = turns.iter().map(|turn| id(turn)).collect();
        let items = vec![ReceivedItem { container: Some("S1".into()), mode: None, turns, messages: None }];
        let received = Happening::Received { endpoint: RETAIN, number, items, fault };
        for happening in [received, Happening::Answered { endpoint: RETAIN, number, status }] {
            self.body.push(Event { at_ms: self.at_ms, who: Who::Provider, fact: Fact::Provider(happening) });
        }
        let reason = format!("HTTP {status}");
        let failed = Fact::Told(Observation::RequestFailed { endpoint: RETAIN, reason });
        if status >= 400 { self.process(failed) } else { self }
    }

    pub(crate) fn declared(self, turns: &[&str]) -> Self {
        let turns = turns.iter().map(|turn| id(turn)).collect();
        self.process(Fact::Told(Observation::Declared { turns }))
    }

    pub(crate) fn cut_short(mut self) -> Self {
        self.complete = false;
        self
    }

    pub(crate) fn too_late(mut self) -> Self {
        self.in_time = false;
        self
    }

    pub(crate) fn events(self) -> Vec<Event> {
        let mut events = self.body;
        let at_ms = self.at_ms + 100;
        if self.complete {
            let ended = Fact::Ended { ending: Ending::Exit, steps: 1, label: None };
            events.push(Event { at_ms, who: Who::Process(1), fact: ended });
            events.push(Event { at_ms, who: Who::World, fact: Fact::Converged { in_time: self.in_time } });
            events.extend(self.end.into_iter().map(|event| Event { at_ms, ..event }));
        }
        events
    }
}

pub(in crate::judging) fn id(turn: &str) -> TurnId {
    turn.parse().expect("a turn")
}

pub(in crate::judging) fn violations(story: Story) -> Vec<(&'static str, String)> {
    violations_in(&story.events())
}

pub(in crate::judging) fn violations_in(events: &[Event]) -> Vec<(&'static str, String)> {
    violations_within(events, Part::WebUi, LIMITS)
}

/// Limits that no story here comes near, unless it is about them.
pub(in crate::judging) const LIMITS: Limits = Limits {
    turn_ms: 500,
    command_ms: 5_000,
    shutdown_ms: 30_000,
    memory: 100,
    recalls_ahead: 0,
    held_up_ms: 0,
    delivery: None,
    end_ms: None,
};

pub(in crate::judging) fn violations_within(
    events: &[Event],
    about: Part,
    limits: Limits,
) -> Vec<(&'static str, String)> {
    let reading = Reading::of(events);
    let ledger = Ledger::of(events, &reading);
    let testimony = Testimony { about, testifies: &Part::ALL };
    let judgment = judge(&Evidence { events, reading: &reading, ledger: &ledger, limits, testimony });
    judgment.violations.into_iter().map(|violation| (violation.invariant, violation.evidence)).collect()
}

pub(in crate::judging) fn check_holds(story: Story) {
    assert_eq!(violations(story), []);
}

pub(in crate::judging) fn check_violated(story: Story, invariant: &str, evidence: &str) {
    assert_eq!(violations(story), [(Invariant::named(invariant).expect("an invariant").name, evidence.to_owned())]);
}

fn recalled(session: &str, query: &str) -> Fact {
    let text = Some(format!("recalled for {query}; visible: "));
    Fact::Recalled { session: SessionId::from(session), text }
}

#[test]
fn what_nobody_testifies_to_is_not_judged() {
    let told = || {
        let story = Story::of_one_turn().process(Fact::Told(Observation::Holding { turns: 128 }));
        story.pending(&["S1#1"]).too_late().events()
    };
    let judged = |testifies, about| {
        let (events, testimony) = (told(), Testimony { about, testifies });
        let reading = Reading::of(&events);
        let ledger = Ledger::of(&events, &reading);
        judge(&Evidence { events: &events, reading: &reading, ledger: &ledger, limits: LIMITS, testimony })
    };
    let violated = |judgment: &Judgment| {
        let names = judgment.violations.iter().map(|violation| violation.invariant);
        names.collect::<Vec<_>>()
    };
    let whole = judged(&Part::ALL, Part::Memory);
    assert_eq!((violated(&whole), &whole.not_judged[..]), (vec!["bounded-memory", "convergence"], &[][..]));
    let silent = judged(&[], Part::Memory);
    let unheard =
        ["abandonment-is-reported", "closed-is-final", "bounded-memory", "convergence", "retry-after-is-kept"];
    assert_eq!((violated(&silent), &silent.not_judged[..]), (vec![], &unheard[..]));
    assert!(silent.judged.iter().all(|(name, _)| !unheard.contains(name)), "what is not judged has no count");
    assert_eq!(silent.judged.len() + unheard.len(), Invariant::all().count());
    let of_a_gateway = judged(&[Part::Memory], Part::Gateway);
    assert_eq!(of_a_gateway.not_judged, ["session-continuity", "interrupted-turn-is-answered"]);
}

#[test]
fn an_innocent_history_violates_nothing() {
    check_holds(
        Story::of_one_turn()
            .process(recalled("S1", "S1#1"))
            .call(command(Word::Switch), 3_000)
            .call(command(Word::Shutdown), 10_000)
            .stored("S1", &["S1#1"]),
    );
}

#[test]
fn no_loss_trips() {
    let place = Place::ClearedBySwitch;
    let story = Story::of_one_turn().process(Fact::Told(Observation::Moved { turns: vec![id("S1#1")], place }));
    let evidence = "S1#1 was acknowledged at 100 ms and is in no document; \
                    last seen in the buffer, cleared by the switch, at 200 ms; its process exited at 300 ms";
    check_violated(story, "no-loss", evidence);
    let story = Story::of_one_turn().applied("S1", &["S1#1"]);
    let evidence = "S1#1 was acknowledged at 100 ms and stored at 100 ms, then overwritten by content without it; \
                    its process exited at 200 ms";
    check_violated(story, "no-loss", evidence);
}

#[test]
fn no_duplicate_trips() {
    let story = Story::of_one_turn().stored("S1", &["S1#1", "S1#1"]);
    check_violated(story, "no-duplicate", "S1#1 is stored 2 times: 2 in S1");
}

#[test]
fn attribution_trips() {
    let story = Story::of_one_turn().stored("S2", &["S1#1"]);
    check_violated(story, "attribution", "S1#1 belongs to session S1 and is stored in S2");
    let entry = Entry { turns: vec![id("S1#1")], tags: vec!["session:S1".into()], session: Some("S2".into()) };
    let told = "S1#1 belongs to session S1 and is stored in S1 with another session's tag or metadata";
    check_violated(Story::of_one_turn().kept("S1", entry), "attribution", told);
}

#[test]
fn no_pollution_trips() {
    let excluded = |why| Fact::Excluded { turn: id("S1#1"), why };
    check_holds(Story::of_one_turn().process(excluded(Exclusion::Undone)));
    let undoing = || Story::of_one_turn().process(excluded(Exclusion::Undone));
    check_holds(undoing().process(Fact::Called(command(Word::Undo))).stored("S1", &["S1#1"]));
    let story = undoing().call(command(Word::Undo), 0).stored("S1", &["S1#1"]);
    check_violated(story, "no-pollution", "S1#1 was undone and is stored all the same");
    let story = Story::new().process(excluded(Exclusion::Interrupted)).turn("S1#1", 0).stored("S1", &["S1#1"]);
    check_violated(story, "no-pollution", "S1#1 was interrupted and is stored all the same");
}

#[test]
fn lineage_trips() {
    let from = |parent: Option<&str>| Fact::Lineage {
        session: "S1".into(),
        parent: parent.map_or(Parent::Nobody, |of| Parent::Session(of.into())),
    };
    let story = |parent, tags: &[&str]| {
        Story::new().process(from(parent)).turn("S1#1", 0).stored_with_tags("S1", &["S1#1"], tags)
    };
    check_holds(story(None, &["session:S1"]));
    check_holds(story(Some("S0"), &["session:S1", "parent:S0"]));
    let told = "S1#1 is tagged with parent:S0, and S1 was forked from nobody";
    check_violated(story(None, &["session:S1", "parent:S0"]), "lineage", told);
    let told = "S1#1 is tagged with no parent, and S1 was forked from S0";
    check_violated(story(Some("S0"), &["session:S1"]), "lineage", told);
    let story = Story::of_one_turn().stored_with_tags("S1", &["S1#1"], &["session:S1", "parent:S1"]);
    check_violated(story, "lineage", "S1#1 is tagged with its own session as parent");
}

#[test]
fn order_trips() {
    let story = Story::of_one_turn().turn("S1#2", 0).stored("S1", &["S1#2", "S1#1"]);
    check_violated(story, "order", "document S1 holds S1#2 before S1#1, which was completed earlier");
}

#[test]
fn order_is_judged_of_turns_that_say_the_same_where_every_copy_stands_wrong() {
    let story = |turns: &[&str]| Story::of_one_turn().turn("S1#1", 0).turn("S1#2", 0).stored("S1", turns);
    check_holds(story(&["S1#1", "S1#1", "S1#2"]));
    let told = "document S1 holds S1#2 before S1#1, which was completed earlier";
    check_violated(story(&["S1#1", "S1#2", "S1#1"]), "order", told);
    let again = |turns: &[&str]| Story::of_one_turn().turn("S1#2", 0).turn("S1#1", 0).stored("S1", turns);
    check_holds(again(&["S1#1", "S1#2", "S1#1"]));
    check_violated(again(&["S1#2", "S1#1", "S1#1"]), "order", told);
    let undone = Fact::Excluded { turn: id("S1#1"), why: Exclusion::Undone };
    let one_is_undone = |turns: &[&str]| {
        let story = Story::of_one_turn().turn("S1#2", 0).turn("S1#1", 0).process(undone.clone());
        story.call(command(Word::Undo), 0).stored("S1", turns)
    };
    check_holds(one_is_undone(&["S1#1", "S1#2"]));
    check_holds(one_is_undone(&["S1#2", "S1#1"]));
}

#[test]
fn no_stale_recall_trips() {
    let story = Story::of_one_turn().process(recalled("S2", "S1#1")).stored("S1", &["S1#1"]);
    check_violated(story, "no-stale-recall", "session S2 read at 200 ms what was recalled for S1#1");
}

#[test]
fn turn_never_blocked_trips() {
    let story = Story::new().turn("S1#1", 8_000).stored("S1", &["S1#1"]);
    check_violated(
        story,
        "turn-never-blocked",
        "the end of turn S1#1 held the caller from 100 to 8100 ms: 8000 ms, limit 500 ms",
    );
}

#[test]
fn a_command_may_not_hold_the_caller_either() {
    let story = Story::new().call(command(Word::Switch), 8_000);
    check_violated(story, "turn-never-blocked", "switch held the caller from 100 to 8100 ms: 8000 ms, limit 5000 ms");
}

#[test]
fn abandonment_is_reported_trips() {
    let moved = |place| Fact::Told(Observation::Moved { turns: vec![id("S1#1")], place });
    let shut_down = || Story::of_one_turn().process(moved(Place::WriterQueue)).call(command(Word::Shutdown), 10_000);
    check_holds(shut_down().stored("S1", &["S1#1"]));
    let silent = "S1#1 was in the writer's queue when its process shut down; it is lost, and nothing was reported";
    let found = violations(shut_down());
    assert!(found.contains(&("abandonment-is-reported", silent.to_owned())), "{found:?}");
    let reported = shut_down().process(Fact::Told(Observation::Abandoned { turns: vec![id("S1#1")] }));
    assert!(violations(reported).iter().all(|(invariant, _)| *invariant == "no-loss"));
    check_holds(Story::of_one_turn().pending(&["S1#1"]).stored("S1", &["S1#1"]));
    let told = "S1#1 was acknowledged at 100 ms and came to no provider, and the outbox that was reported at 200 ms is without it";
    check_violated(Story::of_one_turn().pending(&[]).stored("S1", &["S1#1"]), "abandonment-is-reported", told);
}

#[test]
fn bounded_memory_trips() {
    let holding = |turns| Fact::Told(Observation::Holding { turns });
    check_holds(Story::new().process(holding(64)));
    let story = Story::new().process(holding(64)).process(holding(128)).process(holding(256));
    check_violated(story, "bounded-memory", "at 200 ms it held 128 turns in memory, limit 100");
}

#[test]
fn bounded_shutdown_trips() {
    let story = Story::new().call(command(Word::Shutdown), 120_000);
    check_violated(story, "bounded-shutdown", "the shutdown took from 100 to 120100 ms: 120000 ms, limit 30000 ms");
}

#[test]
fn an_end_keeps_to_its_budget_and_takes_no_time_for_nothing() {
    let judged = |story: Story, idle| {
        let end_ms = Some(EndMs { budget: 5_000, idle });
        violations_within(&story.events(), Part::Memory, Limits { end_ms, ..LIMITS })
    };
    let ends = |took_ms| Story::of_one_turn().call(command(Word::Shutdown), took_ms).stored("S1", &["S1#1"]);
    assert_eq!(judged(ends(6_000), None), []);
    let told = "the shutdown took from 200 to 6201 ms, its budget was 5000 ms".to_owned();
    assert_eq!(judged(ends(6_001), None), [("bounded-shutdown", told)]);
    assert_eq!(judged(ends(1_000), Some(1_000)), []);
    let told =
        "the shutdown took from 200 to 1201 ms, longer than 1000 ms, and asked the provider for nothing".to_owned();
    assert_eq!(judged(ends(1_001), Some(1_000)), [("bounded-shutdown", told)]);
    let asks = Story::of_one_turn().process(Fact::Called(command(Word::Shutdown))).retain(1, &["S1#1"], None, 200);
    let asks = asks.waits(2_000).process(Fact::Returned(command(Word::Shutdown))).stored("S1", &["S1#1"]);
    assert_eq!(judged(asks, Some(1_000)), []);
}

pub(super) fn command(word: Word) -> Call {
    Call::Command { word, session: SessionId::from("S2") }
}
