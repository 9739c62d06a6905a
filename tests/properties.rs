//! Under any faults, the reference loses nothing, duplicates nothing, and puts nothing in the wrong place.
//!
//! A case is a scenario, drawn by the strategy that `fuzz` samples: hosts, steps, faults, kills and a schedule; a failure prints it,
//! shrunk, ready to be committed. Another test shows that the same generator finds the bugs of a release: a judge that never convicts
//! proves nothing.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use model::agents::Subject;
use model::facts::Observation;
use model::words::server::Server;
use model::words::turn::TurnId;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sim::draw::{Drawn, Profile, scenarios};
use sim::history::{Call, Event, Exclusion, Fact, Happening, Word};
use sim::plan::{Fault, Scenario, Schedule, Strategy};
use sim::run::{self, Run, Verdict};
use sim::search::{campaign, replay};
use sim::world::Engine;

/// The same cases on every machine and in every run; the environment can ask for more and different ones.
#[expect(clippy::disallowed_methods, reason = "a longer hunt is asked for from outside")]
fn cases(count: u32) -> TestRunner {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let count = asked("FORGET_ME_NOT_CASES").unwrap_or(count);
    let mut seed = *b"forget-me-not: what must hold \0\0";
    seed[30] = asked("FORGET_ME_NOT_SEED").unwrap_or(0).to_le_bytes()[0];
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// How often a turn was handed over, acknowledged and undone: turns with the same text are one turn here.
#[derive(Debug, Default)]
struct Promised {
    called: u32,
    acknowledged: u32,
    undoing: u32,
    undone: u32,
    excluded: bool,
    /// Whether its user was told that the provider does not take it.
    declared: bool,
    /// How many copies the provider has confirmed and not kept.
    betrayed: u32,
}

impl Promised {
    /// How many copies there may be: a call that had not returned when its process died may or may not have had an effect.
    fn allows(&self, copies: u32) -> bool {
        match self.excluded {
            true => copies == 0,
            false => {
                let least = self.acknowledged.saturating_sub(self.undoing).saturating_sub(self.betrayed);
                let least = if self.declared { 0 } else { least };
                let most = self.called - if self.betrayed > 0 { 0 } else { self.undone.min(self.called) };
                (least..=most).contains(&copies)
            }
        }
    }
}

fn promises(events: &[Event]) -> BTreeMap<TurnId, Promised> {
    let mut promises: BTreeMap<TurnId, Promised> = BTreeMap::new();
    let mut undoing = BTreeMap::new();
    for event in events {
        if let Fact::Called(Call::Turn(id)) = &event.fact {
            promises.entry(id.clone()).or_default().called += 1;
        } else if let Fact::Returned(Call::Turn(id)) = &event.fact {
            promises.entry(id.clone()).or_default().acknowledged += 1;
        } else if let Fact::Excluded { turn, why: Exclusion::Undone } = &event.fact {
            promises.entry(turn.clone()).or_default().undoing += 1;
            undoing.insert(event.source_number(), turn.clone());
        } else if let Fact::Excluded { turn, .. } = &event.fact {
            promises.entry(turn.clone()).or_default().excluded = true;
        } else if let Fact::Returned(Call::Command { word: Word::Undo, .. }) = &event.fact
            && let Some(turn) = undoing.remove(&event.source_number())
        {
            promises.entry(turn).or_default().undone += 1;
        } else if let Fact::Told(Observation::Declared { turns }) = &event.fact {
            turns.iter().for_each(|turn| promises.entry(turn.clone()).or_default().declared = true);
        } else if let Fact::Provider(Happening::Received { items, fault, .. }) = &event.fact
            && matches!(fault, Some(Fault::AckDrop | Fault::AckLose(_)))
        {
            let turns = items.iter().flat_map(|item| &item.turns);
            turns.for_each(|turn| promises.entry(turn.clone()).or_default().betrayed += 1);
        } else if let Fact::Provider(Happening::Received { items, fault, .. }) = &event.fact
            && let Some(Fault::Partial { keeps, silent: true }) = fault
        {
            let turns = items.iter().flat_map(|item| &item.turns).skip(*keeps as usize);
            turns.for_each(|turn| promises.entry(turn.clone()).or_default().betrayed += 1);
        }
    }
    promises
}

/// The number of an event's source, for comparison.
trait SourceNumber {
    fn source_number(&self) -> String;
}

impl SourceNumber for Event {
    fn source_number(&self) -> String {
        format!("{:?}", self.who)
    }
}

/// A violation in a run of the reference, if there is one. The number of copies is judged here a second time, from the promises, as a check
/// on the ledger.
fn complaint(run: &Run) -> Option<String> {
    if let Some(violation) = run.violations.first() {
        return Some(format!("{violation:#?}"));
    }
    let mut copies: BTreeMap<&TurnId, u32> = BTreeMap::new();
    for turn in run.documents.values().flatten().flatten() {
        *copies.entry(turn).or_default() += 1;
    }
    let promises = promises(&run.events);
    let broken = promises.iter().find(|(turn, promised)| !promised.allows(copies.get(turn).copied().unwrap_or(0)));
    broken
        .map(|(turn, promised)| format!("{turn}: {promised:?}, but {:?} copies; {:?}", copies.get(turn), run.documents))
}

fn failed(drawn: &Drawn, complaint: &str) -> TestCaseError {
    TestCaseError::fail(format!("on {}:\n{}\n{complaint}", drawn.server, drawn.scenario))
}

/// The reference passes this many cases of a profile.
fn passes(profile: Profile, count: u32) {
    let (judged, vacuous) = (Cell::new(0), Cell::new(0));
    let outcome = cases(count).run(&scenarios(profile), |drawn| {
        let run = campaign::run(&drawn, Subject::REFERENCE);
        if let Some(complaint) = complaint(&run) {
            return Err(failed(&drawn, &complaint));
        }
        let counted = if run.verdict == Verdict::Vacuous { &vacuous } else { &judged };
        counted.set(counted.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(judged.get() > 5 * vacuous.get(), "{} cases were judged, {} proved nothing", judged.get(), vacuous.get());
}

#[test]
fn the_reference_passes_whatever_happens() {
    passes(Profile::Default, 3_000);
}

#[test]
fn the_reference_s_gateway_passes_whatever_happens() {
    passes(Profile::Gateway, 1_000);
}

#[test]
fn the_reference_s_webui_passes_whatever_happens() {
    passes(Profile::WebUi, 1_500);
}

/// The same under a schedule of priorities.
#[test]
fn the_reference_passes_whatever_thread_has_priority() {
    for (profile, count) in [(Profile::Default, 200), (Profile::Gateway, 100), (Profile::WebUi, 100)] {
        let outcome = cases(count).run(&scenarios(profile), |drawn| {
            let drawn = drawn.scheduled(Strategy::Pct { depth: 5 });
            let run = campaign::run(&drawn, Subject::REFERENCE);
            complaint(&run).map_or(Ok(()), |complaint| Err(failed(&drawn, &complaint)))
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn a_recorded_schedule_gives_the_same_history() {
    let subjects =
        [(Profile::Default, "reference"), (Profile::Switch, "N"), (Profile::WebUi, "W3"), (Profile::Gateway, "E4")];
    for (profile, subject) in subjects {
        let subject: Subject = subject.parse().expect("a release");
        let others = Cell::new(0);
        let outcome = cases(40).run(&scenarios(profile), |drawn| {
            for strategy in [Strategy::Random, Strategy::Pct { depth: 4 }] {
                let drawn = drawn.clone().scheduled(strategy);
                let first = campaign::run(&drawn, subject);
                let schedule = replay::recorded(&drawn.scenario, subject, drawn.server, drawn.scenario.seed);
                let recorded = drawn.changed(|scenario| scenario.schedule = schedule.clone());
                let written = recorded.scenario.to_string();
                let read = Scenario::parse(Path::new("drawn.toml"), &written).expect("what is written can be read");
                assert_eq!(read.schedule, schedule, "{written}");
                let again = run::run(&read, subject, drawn.server, Engine::Events);
                if let Some(divergence) = replay::diverges(&first.events, &again.events) {
                    return Err(failed(&recorded, &divergence.to_string()));
                }
                let default = Schedule { strategy: "recorded".parse().expect("a strategy"), forced: Vec::new() };
                let plain = campaign::run(&drawn.changed(|scenario| scenario.schedule = default), subject);
                others.set(others.get() + u32::from(plain.digest != first.digest));
            }
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(others.get() > 40, "without its tape the schedule is another one: {} times", others.get());
    }
}

#[test]
fn the_same_cases_convict_every_release() {
    for release in Subject::all().filter(|release| *release != Subject::REFERENCE) {
        let convicted = Cell::new(0);
        // A design that differs from the reference in one choice fails only where that choice matters.
        let (drawn, least) = if release.is_of_reference() { (300, 1) } else { (60, 6) };
        let outcome = cases(drawn).run(&scenarios(Profile::of(release)), |drawn| {
            let verdict = campaign::run(&drawn, release).verdict;
            let wrong = matches!(verdict, Verdict::Violation | Verdict::NotConverged);
            convicted.set(convicted.get() + u32::from(wrong));
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(convicted.get() >= least, "release {release} was convicted in {} of {drawn} cases", convicted.get());
    }
}

/// Wrong verdicts about the reference that long campaigns found, each scenario as it was drawn, less the details that did not matter.
#[test]
fn what_was_judged_wrongly_once_is_judged_rightly() {
    let found = [
        // A turn with the same text is handed over, stored and undone; the next one is never acknowledged.
        r#"seed = 4048063296
           config = { host = "oneshot" }
           steps = ["say ok", "sleep 2767ms", "undo", "evict S1", "expire S2", "end", "turn", "agent main S1", "turn", "say ok"]
           faults = { kills = ["power_loss at step 29 of process 1"] }"#,
        // An undo meets a turn that a restart resumes: it applies only to turns that the memory has.
        r#"seed = 4029385853
           config = { agent_cache = 2, host = "gateway", retain_every_n_turns = 4 }
           steps = ["say ok", "say ok", "shutdown", "restart", "undo", "turn x2", "say ok", "say ok", "sleep 374ms", "undo"]
           faults = { kills = ["power_loss at step 8 of process 1"] }"#,
        r#"seed = 530270889
           config = { agent_cache = 2, host = "gateway", retain_async = false, retain_every_n_turns = 3 }
           steps = ["shutdown", "restart", "turn", "turn", "sigterm", "restart", "wedge 700ms", "undo"]
           faults = { kills = ["sigkill at step 20 of process 2"] }"#,
    ];
    for text in found {
        let text = format!("title = \"found\"\n{text}\n");
        let scenario = Scenario::parse(Path::new("found.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
        for &server in Server::ALL {
            let run = run::run(&scenario, Subject::REFERENCE, server, Engine::Events);
            assert_eq!(run.violations, [], "on {server}: {text}");
        }
    }
}
