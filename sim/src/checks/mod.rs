//! The invariants, one per file. Each sees only the history and the ledger, and says how often it really judged.

mod attribution;
mod bounded_shutdown;
mod closed_is_final;
mod convergence;
mod no_duplicate;
mod no_loss;
mod no_stale_recall;
mod order;
mod turn_never_blocked;

use std::time::Duration;

use model::turn::TurnId;
use serde::Serialize;

use crate::history::{Call, Event, Source, What};
use crate::ledger::Ledger;

pub use no_stale_recall::stale_recalls;

/// What the judges look at.
pub struct Evidence<'a> {
    /// Everything that was observed.
    pub events: &'a [Event],
    /// What became of the turns.
    pub ledger: &'a Ledger,
    /// The longest that a turn's end may hold the caller.
    pub turn_limit: Duration,
    /// The longest that a shutdown may take.
    pub shutdown_limit: Duration,
}

/// One invariant.
pub struct Check {
    /// Its name, as reports and scenarios use it.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub rule: &'static str,
    judge: fn(&Evidence<'_>) -> Findings,
}

/// A breach of an invariant, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: &'static str,
    /// The turn it happened to, if it happened to one.
    pub turn: Option<TurnId>,
    /// When, in milliseconds of simulated time.
    pub at_ms: u64,
    /// What is wrong, with the times that prove it.
    pub evidence: String,
}

/// What one check found.
#[derive(Default)]
struct Findings {
    judged: u64,
    violations: Vec<(Option<TurnId>, u64, String)>,
}

impl Findings {
    fn holds(&mut self) {
        self.judged += 1;
    }

    fn violated(&mut self, turn: Option<&TurnId>, at_ms: u64, evidence: String) {
        self.judged += 1;
        self.violations.push((turn.cloned(), at_ms, evidence));
    }
}

/// Every invariant, in the order in which they are reported.
pub const ALL: [Check; 9] = [
    no_loss::CHECK,
    no_duplicate::CHECK,
    attribution::CHECK,
    order::CHECK,
    no_stale_recall::CHECK,
    turn_never_blocked::CHECK,
    bounded_shutdown::CHECK,
    closed_is_final::CHECK,
    convergence::CHECK,
];

/// The invariants whose breach is told by its data (`lost`, `duplicated`, ...), not by its name.
pub const TOLD_BY_DATA: [&str; 5] = ["no-loss", "no-duplicate", "attribution", "order", "no-stale-recall"];
/// The one that is about liveness.
pub const CONVERGENCE: &str = convergence::CHECK.name;

/// What all checks together found.
pub struct Judgment {
    /// The breaches, check by check.
    pub violations: Vec<Violation>,
    /// How often each check judged.
    pub judged: Vec<(&'static str, u64)>,
}

/// Asks every check.
pub fn judge(evidence: &Evidence<'_>) -> Judgment {
    let mut judgment = Judgment { violations: Vec::new(), judged: Vec::new() };
    for check in &ALL {
        let findings = (check.judge)(evidence);
        judgment.judged.push((check.name, findings.judged));
        judgment.violations.extend(findings.violations.into_iter().map(|(turn, at_ms, evidence)| Violation {
            invariant: check.name,
            turn,
            at_ms,
            evidence,
        }));
    }
    judgment
}

/// A call that a process made, and how long the caller was held.
pub struct Held<'a> {
    /// The process.
    pub process: Source,
    /// The call.
    pub call: &'a Call,
    /// When it was made, in milliseconds.
    pub from_ms: u64,
    /// When it returned, or its process ended.
    pub to_ms: u64,
    /// Whether it returned.
    pub returned: bool,
}

impl Held<'_> {
    /// How long the caller was held.
    pub fn duration_ms(&self) -> u64 {
        self.to_ms - self.from_ms
    }
}

/// All calls in a history, in the order in which they ended.
pub fn calls(events: &[Event]) -> Vec<Held<'_>> {
    let mut open: Vec<(Source, &Call, u64)> = Vec::new();
    let mut held = Vec::new();
    for event in events {
        let ends = |&(source, call, _): &(Source, &Call, u64)| match &event.what {
            What::Returned(returned) => source == event.source && call == returned,
            What::Ended { .. } => source == event.source,
            _ => false,
        };
        if let What::Called(call) = &event.what {
            open.push((event.source, call, event.at_ms));
        } else if let Some(place) = open.iter().position(ends) {
            let (process, call, from_ms) = open.remove(place);
            let returned = matches!(event.what, What::Returned(_));
            held.push(Held { process, call, from_ms, to_ms: event.at_ms, returned });
        }
    }
    held
}

#[cfg(test)]
pub(crate) mod tests {
    //! The judges are judged: each invariant has a history that it must reject, and one that it must accept.

    use model::host::{Observation, Place, Request};
    use model::session::{DocumentId, SessionId, session_tag};

    use super::*;
    use crate::hindsight::{Entry, Happening};
    use crate::history::Boundary;
    use crate::scenario::Ending;
    use model::hindsight_api::UpdateMode;

    /// A hand-written history. Each event comes 100 ms after the one before it.
    pub(crate) struct Story {
        body: Vec<Event>,
        end: Vec<Event>,
        complete: bool,
        at_ms: u64,
    }

    impl Story {
        pub(crate) fn new() -> Self {
            Self { body: Vec::new(), end: Vec::new(), complete: true, at_ms: 0 }
        }

        pub(crate) fn of_one_turn() -> Self {
            Self::new().turn("S1#1", 0)
        }

        pub(crate) fn of_an_unfinished_turn() -> Self {
            Self::new().process(What::Called(Call::Turn(id("S1#1"))))
        }

        pub(crate) fn process(mut self, what: What) -> Self {
            self.at_ms += 100;
            self.body.push(Event { at_ms: self.at_ms, source: Source::Process(1), what });
            self
        }

        fn call(mut self, call: Call, takes_ms: u64) -> Self {
            self = self.process(What::Called(call.clone()));
            self.at_ms += takes_ms;
            self.body.push(Event { at_ms: self.at_ms, source: Source::Process(1), what: What::Returned(call) });
            self
        }

        pub(crate) fn turn(self, turn: &str, takes_ms: u64) -> Self {
            self.call(Call::Turn(id(turn)), takes_ms)
        }

        pub(crate) fn applied(mut self, document: &str, turns: &[&str]) -> Self {
            let turns = turns.iter().map(|turn| id(turn)).collect();
            let (document, update_mode) = (DocumentId::from(document), UpdateMode::Append);
            let what = What::Provider(Happening::Applied { number: 1, document, turns, update_mode });
            self.body.push(Event { at_ms: self.at_ms, source: Source::Provider, what });
            self
        }

        pub(crate) fn stored(self, document: &str, turns: &[&str]) -> Self {
            let session = SessionId::from(document.split(['-', ':']).next().unwrap_or_default());
            self.stored_with_tag(document, turns, &session_tag(&session))
        }

        pub(crate) fn stored_with_tag(mut self, document: &str, turns: &[&str], tag: &str) -> Self {
            let entry = Entry { turns: turns.iter().map(|turn| id(turn)).collect(), tags: vec![tag.to_owned()] };
            let what = What::Stored { document: DocumentId::from(document), entries: vec![entry] };
            self.end.push(Event { at_ms: 0, source: Source::World, what });
            self
        }

        pub(crate) fn pending(self, turns: &[&str]) -> Self {
            let turns = turns.iter().map(|turn| id(turn)).collect();
            self.process(What::Told(Observation::Pending { turns }))
        }

        pub(crate) fn cut_short(mut self) -> Self {
            self.complete = false;
            self
        }

        pub(crate) fn events(self) -> Vec<Event> {
            let mut events = self.body;
            let at_ms = self.at_ms + 100;
            if self.complete {
                let ended = What::Ended { ending: Ending::Exit, steps: 1, label: None };
                events.push(Event { at_ms, source: Source::Process(1), what: ended });
                events.push(Event { at_ms, source: Source::World, what: What::Converged { in_time: true } });
                events.extend(self.end.into_iter().map(|event| Event { at_ms, ..event }));
            }
            events
        }
    }

    fn id(turn: &str) -> TurnId {
        turn.parse().expect("a turn")
    }

    fn violations(story: Story) -> Vec<(&'static str, String)> {
        let events = story.events();
        let ledger = Ledger::read(&events);
        let limits = (Duration::from_millis(500), Duration::from_secs(30));
        let evidence = Evidence { events: &events, ledger: &ledger, turn_limit: limits.0, shutdown_limit: limits.1 };
        let judgment = judge(&evidence);
        judgment.violations.into_iter().map(|violation| (violation.invariant, violation.evidence)).collect()
    }

    fn check_holds(story: Story) {
        assert_eq!(violations(story), []);
    }

    fn check_violated(story: Story, invariant: &str, evidence: &str) {
        assert_eq!(
            violations(story),
            [(ALL.iter().find(|check| check.name == invariant).expect("a check").name, evidence.to_owned())]
        );
    }

    fn recalled(session: &str, query: &str) -> What {
        let text = Some(format!("recalled for {query}; visible: "));
        What::Recalled { session: SessionId::from(session), text }
    }

    #[test]
    fn an_innocent_history_violates_nothing() {
        check_holds(
            Story::of_one_turn()
                .process(recalled("S1", "S1#1"))
                .call(Call::Boundary { word: Boundary::Switch, session: SessionId::from("S2") }, 3_000)
                .call(Call::Shutdown, 10_000)
                .stored("S1", &["S1#1"]),
        );
    }

    #[test]
    fn no_loss_trips() {
        let place = Place::ClearedBySwitch;
        let story = Story::of_one_turn().process(What::Told(Observation::Moved { turns: vec![id("S1#1")], place }));
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
    }

    #[test]
    fn order_trips() {
        let story = Story::of_one_turn().turn("S1#2", 0).stored("S1", &["S1#2", "S1#1"]);
        check_violated(story, "order", "document S1 holds S1#2 before S1#1, which was completed earlier");
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
    fn bounded_shutdown_trips() {
        let story = Story::new().call(Call::Shutdown, 120_000);
        check_violated(story, "bounded-shutdown", "the shutdown took from 100 to 120100 ms: 120000 ms, limit 30000 ms");
    }

    #[test]
    fn closed_is_final_trips() {
        let story = Story::new()
            .call(Call::Shutdown, 0)
            .process(What::Told(Observation::RequestSent { request: Request::Retain }));
        check_violated(story, "closed-is-final", "closed at 100 ms, and at 200 ms it sent a retain request");
        let story = Story::new().call(Call::Shutdown, 0).process(What::TaskStarted { name: "writer".into() });
        check_violated(story, "closed-is-final", "closed at 100 ms, and at 200 ms it started task \"writer\"");
    }

    #[test]
    fn convergence_trips() {
        let story = Story::of_one_turn().pending(&["S1#1"]);
        check_violated(
            story,
            "convergence",
            "S1#1 was acknowledged at 100 ms and is still pending, though the faults have stopped",
        );
    }
}
