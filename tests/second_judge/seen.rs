//! What the caller of the memory saw: which turns it handed over, which calls returned, and what it took back, read from the raw log of
//! events, in which a place is an index. The implementation has one say: the turns that its outbox still holds at the end.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::{Observation, chats};
use model::words::course::Completion;
use sim::history::{Call, Entry, Event, Exclusion, Fact, Happening, Who, Word};
use sim::plan::{Action, Scenario};

/// A call, from its place in the log to its end, and the life of its process.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) begun: usize,
    pub(crate) begun_ms: u64,
    pub(crate) born: usize,
    pub(crate) returned: Option<usize>,
    pub(crate) failed: Option<usize>,
    pub(crate) by: Who,
    pub(crate) gone: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The calls that handed a turn over, in order.
    pub(crate) said: BTreeMap<String, Vec<Span>>,
    /// The undos of each turn, and the places where its message came, by the name that the plan has for it.
    undos: BTreeMap<String, Vec<Span>>,
    asked: BTreeMap<String, Vec<usize>>,
    /// The turns that the plan forbids to keep, by the same names.
    pub(crate) forbidden: BTreeSet<String>,
    /// The turns in a durable outbox at the end, each as often as it is there.
    pub(crate) pending: BTreeMap<String, usize>,
    /// The turns of which the user was told that the provider does not take them.
    pub(crate) declared: BTreeSet<String>,
    /// Whether the run came to its end: where a process waits for ever, its turns may still arrive, and no document was read.
    pub(crate) to_the_end: bool,
    /// Whether what was pending did not arrive in time: an undone turn may still be taken back.
    pub(crate) late: bool,
    pub(crate) patience_ms: u64,
    /// The profiles that the steps name.
    pub(crate) profiles: BTreeSet<String>,
    /// Whether the bank is named after the session, too.
    pub(crate) bank_of_each_session: bool,
    /// What happened at the provider, and when.
    pub(crate) happened: Vec<(Happening, u64)>,
    /// The entries of each document at the end, with their tags and metadata.
    pub(crate) stored: BTreeMap<String, Vec<Entry>>,
}

impl Seen {
    pub(crate) fn of(scenario: &Scenario, events: &[Event]) -> Self {
        let patience_ms = scenario.patience_with_a_request_ms();
        let steps = scenario.lanes.iter().flatten().map(ToString::to_string);
        let profiles =
            steps.filter_map(|step| Some(step.strip_prefix("profile ")?.to_owned())).filter(|name| name != "hermes");
        let profiles = profiles.collect();
        let bank_of_each_session = scenario.to_string().contains("{profile}-{session}");
        let mut seen =
            Self { forbidden: forbidden(scenario), patience_ms, profiles, bank_of_each_session, ..Self::default() };
        let mut born = Vec::<(Who, usize)>::new();
        for (place, Event { who, fact, at_ms }) in events.iter().enumerate() {
            let gone = events.len();
            let by_birth = |born: usize| Span {
                begun: place,
                begun_ms: *at_ms,
                born,
                returned: None,
                failed: None,
                by: *who,
                gone,
            };
            let birth = born.iter().find(|(by, _)| by == who).map(|(_, born)| *born);
            let span = || by_birth(birth.unwrap_or(place));
            if let Fact::Started { .. } = fact {
                born.push((*who, place));
            } else if let Fact::Called(Call::Turn(turn)) = fact {
                seen.said.entry(turn.to_string()).or_default().push(span());
            } else if let Fact::Returned(Call::Turn(turn)) = fact {
                returns(seen.said.get_mut(&turn.to_string()).into_iter().flatten(), *who, place);
            } else if let Fact::Failed(Call::Turn(turn)) = fact {
                let mut calls = seen.said.get_mut(&turn.to_string()).into_iter().flatten();
                let call = calls.find(|call| call.by == *who && call.returned.or(call.failed).is_none());
                call.expect("what fails was called").failed = Some(place);
            } else if let Fact::Excluded { turn, why: Exclusion::Undone } = fact {
                seen.undos.entry(turn.to_string()).or_default().push(span());
            } else if let Fact::Returned(Call::Command { word: Word::Undo, .. }) = fact {
                returns(seen.undos.values_mut().flatten(), *who, place);
            } else if let Fact::Ended { .. } = fact {
                let calls = seen.said.values_mut().chain(seen.undos.values_mut()).flatten();
                calls.filter(|call| call.by == *who).for_each(|call| call.gone = place);
            } else if let Fact::Told(Observation::Pending { turns }) = fact {
                seen.pending.clear();
                turns.iter().for_each(|turn| *seen.pending.entry(turn.to_string()).or_default() += 1);
            } else if let Fact::Told(Observation::Continuity(chats::Observation::Asked { turn })) = fact {
                seen.asked.entry(turn.to_string()).or_default().push(place);
            } else if let Fact::Told(Observation::Declared { turns }) = fact {
                seen.declared.extend(turns.iter().map(ToString::to_string));
            } else if let Fact::Provider(happening) = fact {
                seen.happened.push((happening.clone(), *at_ms));
            } else if let Fact::Converged { in_time } = fact {
                (seen.to_the_end, seen.late) = (true, !in_time);
            } else if let Fact::Stored { container, entries } = fact {
                seen.stored.insert(container.to_string(), entries.clone());
            }
        }
        seen
    }

    /// How often the turn was taken back: at least, and at most. An undo reaches what was handed over before it; one whose process died
    /// promises nothing.
    pub(crate) fn taken_back(&self, turn: &str) -> (usize, usize) {
        let (said, mut least, mut most) = (self.said.get(turn).map_or(&[][..], Vec::as_slice), 0, 0);
        for undo in self.undos.get(&planned(turn)).into_iter().flatten() {
            let over = said.iter().filter(|call| call.returned.unwrap_or(call.gone) < undo.begun).count();
            least += usize::from(undo.returned.is_some() && over > least);
            let (asked, end) = (self.asked.get(&planned(turn)), undo.returned.unwrap_or(undo.gone));
            let waited = asked.into_iter().flatten().filter(|place| **place < undo.begun).count();
            most += usize::from(said.iter().filter(|call| call.begun < end).count().max(waited) > most);
        }
        (least, most)
    }
}

/// The first of these calls that the process has under way returns.
fn returns<'a>(mut calls: impl Iterator<Item = &'a mut Span>, who: Who, place: usize) {
    calls.find(|call| call.by == who && call.returned.is_none()).expect("what returns was called").returned =
        Some(place);
}

/// The plan's name of a turn: turn `S1#3` of a chat may be `S1.2#3` in its second session.
pub(crate) fn planned(turn: &str) -> String {
    let (session, number) = turn.split_once('#').expect("a turn is written as S1#1");
    format!("{}#{number}", session.split('.').next().unwrap_or(session))
}

fn forbidden(scenario: &Scenario) -> BTreeSet<String> {
    let lives = scenario.lives();
    let turns = lives.iter().flatten().flat_map(|process| &process.actions).filter_map(|action| {
        let action = if let Action::Start(started) = action { started } else { action };
        let (Action::Turn(turn, Completion::Interrupted | Completion::Ephemeral) | Action::Review(turn)) = action
        else {
            return None;
        };
        Some(turn.to_string())
    });
    turns.collect()
}
