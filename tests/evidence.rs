//! Each invariant is judged by the evidence that its row names: weaker evidence never changes its outcome, and an invariant that needs the
//! word of the implementation has a different outcome without it.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;
use model::facts::chats::How;
use model::facts::{Observation, chats, commits};
use model::words::part::Part;
use model::words::turn::TurnId;
use sim::draw::{self, Profile};
use sim::history::reading::Reading;
use sim::history::{Event, Fact, Grade, Who, Word};
use sim::judging::ledger::Ledger;
use sim::judging::{self, Delivery, Evidence, Invariant, Limits, Testimony};
use sim::plan::Ending;
use sim::search::campaign;
use sim::search::strength::breaker;

/// How many scenarios each subject runs.
const SEEDS: u64 = 200;
/// The implementation excuses a turn that is in no document by reporting it as pending in an outbox. Without that report the turn is lost.
const EXCUSES: &str = "no-loss";

/// The outcome of an invariant in a run: how often it was judged, and the turns that violated it.
type Outcome = (u64, Vec<Option<TurnId>>);

fn judged(events: &[Event], about: Part) -> BTreeMap<&'static str, Outcome> {
    let delivery = Delivery {
        limit_ms: 1,
        aftermath_ms: 0,
        batch: 2,
        budget_ms: 5_000,
        opens: true,
        follow: true,
        boundaries: &[Word::Switch, Word::New, Word::Compress, Word::End],
        ends: &[Word::Shutdown, Word::SigShutdown, Word::Exit],
    };
    let limits = Limits {
        turn_ms: 500,
        command_ms: 5_000,
        shutdown_ms: 30_000,
        memory: 512,
        recalls_ahead: 0,
        held_up_ms: 0,
        delivery: Some(delivery),
        end_ms: None,
    };
    let reading = Reading::of(events);
    let (ledger, testimony) = (Ledger::of(events, &reading), Testimony { about, testifies: &Part::ALL });
    let judgment = judging::judge(&Evidence { events, reading: &reading, ledger: &ledger, limits, testimony });
    let mut outcomes: BTreeMap<_, Outcome> =
        judgment.judged.into_iter().map(|(name, judged)| (name, (judged, Vec::new()))).collect();
    for violation in judgment.violations {
        outcomes.get_mut(violation.invariant).expect("what is violated was judged").1.push(violation.turn);
    }
    outcomes
}

/// The history without the implementation's reports, including those that the host passes on.
fn unsaid(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    events.retain(|event| event.fact.grade() != Grade::ToldByImplementation);
    for event in &mut events {
        if let Fact::Told(
            Observation::Continuity(chats::Observation::Began { sees: said, .. })
            | Observation::Commits(commits::Observation::Began { turns: said, .. }),
        ) = &mut event.fact
        {
            said.clear();
        }
    }
    events
}

fn profile(part: Part) -> Profile {
    match part {
        Part::Memory => Profile::Default,
        Part::Gateway => Profile::Gateway,
        Part::WebUi => Profile::WebUi,
    }
}

/// The invariants whose outcome changes without the implementation's reports. The reports alone never convict.
fn that_listen(events: &[Event], about: Part) -> BTreeSet<&'static str> {
    let (whole, without) = (judged(events, about), judged(&unsaid(events), about));
    let (times, violated) = &whole[EXCUSES];
    let (times_without, violated_without) = &without[EXCUSES];
    assert!(times == times_without && violated.iter().all(|turn| violated_without.contains(turn)));
    let listens = |name: &&str| *name != EXCUSES && whole[name] != without[name];
    whole.keys().copied().filter(listens).collect()
}

/// A turn that is interrupted, and given up after three processes have ended, two of them before they resumed it.
fn given_up_for_stuck() -> Vec<Event> {
    let turn: TurnId = "S1#1".parse().expect("a turn");
    let (chat, told) = (turn.session.clone(), |told| Fact::Told(Observation::Continuity(told)));
    let started = || Fact::Started { session: chat.clone() };
    let ended = || Fact::Ended { ending: Ending::Sigkill, steps: 1, label: None };
    let began = chats::Observation::Began {
        turn: turn.clone(),
        session: chat.clone(),
        sees: vec![],
        how: How::Asked,
        into: None,
    };
    let stuck = chats::Observation::Noted { chat: chat.clone(), note: chats::Note::Stuck };
    let facts = [
        (0, 1, started()),
        (100, 1, told(chats::Observation::Asked { turn })),
        (200, 1, told(began)),
        (1_000, 1, ended()),
        (2_000, 2, started()),
        (3_000, 2, ended()),
        (4_000, 3, started()),
        (5_000, 3, ended()),
        (6_000, 4, started()),
        (6_100, 4, told(stuck)),
        (60_000, 4, ended()),
    ];
    facts.into_iter().map(|(at_ms, process, fact)| Event { at_ms, who: Who::Process(process), fact }).collect()
}

#[test]
fn an_invariant_is_judged_by_the_evidence_that_it_names() {
    let mut asked: BTreeSet<(Subject, Part)> = Part::ALL.map(|part| (Subject::REFERENCE, part)).into();
    asked.extend(Invariant::all().map(|row| (breaker(row), row.part)));
    let mut listening = that_listen(&given_up_for_stuck(), Part::Gateway);
    for (subject, part) in asked {
        for seed in 0..SEEDS {
            let run = campaign::run(&draw::scenario(seed, profile(part)), subject);
            listening.extend(that_listen(&run.events, part));
        }
    }
    let needs: BTreeSet<&str> =
        Invariant::all().filter(|row| row.needs == Grade::ToldByImplementation).map(|row| row.name).collect();
    assert_eq!(listening, needs);
}
