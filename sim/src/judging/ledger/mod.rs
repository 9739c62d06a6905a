//! The fate of every turn, from the history alone.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use model::facts::Place;
use model::words::session::{DocumentId, session_tag};
use model::words::turn::TurnId;

use crate::history::Entry;
use crate::history::reading::stations::{Station, Turn, What};
use crate::history::reading::{At, Reading};
use crate::history::{Event, Exclusion, Fact, Happening, Parent, ReceivedItem, WriteMode};
use crate::plan::Fault;

/// The fates of the turns of one run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The turns, in the order in which they were handed over.
    pub turns: Vec<TurnRecord>,
    /// The content of the documents at the end, by id.
    pub documents: BTreeMap<DocumentId, Vec<Entry>>,
    /// How each process ended, in order.
    pub endings: Vec<String>,
}

/// One turn and its fate.
#[derive(Clone, Debug)]
pub struct TurnRecord {
    /// The turn's id.
    pub id: TurnId,
    /// When it was first handed over.
    pub called: At,
    /// When that call returned, if it did: from then on the turn must not be lost.
    pub acknowledged_ms: Option<u64>,
    /// How often it was handed over. More than once only if several turns have the same text, which makes them indistinguishable.
    pub said: u32,
    /// How many of those calls returned: the number of copies that must exist.
    pub acknowledged: u32,
    /// How many of its calls failed because the disk did.
    pub refused: u32,
    /// Where it was last seen on its way, and when.
    pub last_seen: Option<(u64, Place)>,
    /// The process to which it was handed.
    pub process: u32,
    /// How that process ended.
    pub ended: Option<(u64, String)>,
    /// Why it must not be kept, if so.
    pub excluded: Option<Exclusion>,
    /// How many of the copies handed over must not be kept.
    pub unwanted: u32,
    /// How many of those an undo was removing when its process ended before the undo returned: they may be kept or not.
    pub undoing: u32,
    /// Whether it was taken back, and only requests that came later than anybody can wait for brought it back.
    pub comes_back: bool,
    /// Whether its loss was reported.
    pub reported: bool,
    /// When its user was first told that the provider does not take it.
    pub declared: Option<At>,
    /// When a request that brought it was last answered in vain: refused for good, or accepted and never applied.
    pub in_vain: Option<At>,
    /// When a request that brought it was last refused for good.
    pub turned_down: Option<At>,
    /// How many copies the provider confirmed without keeping its word: of a turn that was said once, none if a later request brought it.
    pub betrayed: u32,
    /// When its process had shut its memory down, if it did so.
    pub shut_down: Option<At>,
    /// The session from which its own was forked, as far as the log says.
    pub parent: Parent,
    /// When the provider first applied it.
    pub applied_ms: Option<u64>,
    /// How many copies all documents together hold.
    pub copies: u32,
    /// Documents of other sessions that hold it, or its own with another session's tag or metadata.
    pub astray: Vec<DocumentId>,
    /// When it first came in a text whose metadata count other messages than the text has.
    pub miscounted: Option<At>,
    /// Its fate.
    pub fate: Fate,
}

/// How a turn ended. Every turn has exactly one fate: the worst of those that apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Exactly one copy for each time that it was said, in the right document.
    StoredOnce,
    /// It was not to be kept, and is not stored.
    Excluded,
    /// Its call never returned, or with an error, and it is in no document: nothing was promised.
    NeverAcknowledged,
    /// Its call failed because the disk did, and it is in no document: its user knows.
    Refused,
    /// The provider does not take it, as was seen, and its user knows.
    SetAside,
    /// The provider confirmed it, and dropped or lost it: nobody can know.
    LostByProvider,
    /// In a durable outbox, not yet delivered.
    Pending,
    /// The history ends before the answer could be known.
    Unjudged,
    /// Stored, though it was not to be kept.
    Pollution,
    /// Stored in another session's document, or with metadata that do not fit it.
    Misattributed,
    /// More copies than the number of times it was said.
    Duplicated,
    /// Once stored, then overwritten by content that lacks it.
    Clobbered,
    /// Acknowledged, and in no document.
    Lost,
}

impl TurnRecord {
    /// Whether more copies are stored than should be kept, and not only too many. An undo under way forbids none.
    pub fn pollutes(&self) -> bool {
        self.unwanted > self.undoing && !self.comes_back && self.fate != Fate::Unjudged && self.copies > self.allowed()
    }

    /// How many copies should be kept.
    fn wanted(&self) -> u32 {
        self.said.saturating_sub(self.unwanted)
    }

    /// How many copies must be kept. Of turns with the same text, an undo may have removed an acknowledged one in place of one that was not
    /// acknowledged.
    fn promised(&self) -> u32 {
        self.acknowledged.saturating_sub(self.unwanted)
    }

    /// How many copies may be kept.
    pub(super) fn allowed(&self) -> u32 {
        self.wanted() + self.undoing
    }

    /// Whether as many copies are stored as must be.
    pub fn is_stored(&self) -> bool {
        self.copies >= self.promised()
    }

    /// Whether it is stored where it does not belong, or with metadata that do not fit it.
    pub fn is_misattributed(&self) -> bool {
        !self.astray.is_empty() || (self.miscounted.is_some() && self.copies > 0)
    }

    /// Whether the caller got an acknowledgment, and the turn is in no document.
    pub fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost | Fate::Clobbered)
    }
}

/// How many copies of the turn would be stored without the requests that were applied later than anybody who takes a turn back waits for
/// them. `None` if there is no such limit.
fn in_time(events: &[Event], reading: &Reading, turn: &TurnId) -> Option<u32> {
    let patience_ms = reading.allowance.patience_ms?;
    let mut copies = BTreeMap::<&DocumentId, usize>::new();
    for event in events {
        let Fact::Provider(happening) = &event.fact else { continue };
        if let Happening::Deleted { container } = happening {
            copies.remove(container);
        } else if let Happening::Applied { number, container, turns, mode } = happening
            && travelled_ms(reading, *number, event) <= patience_ms
        {
            let before = if *mode == WriteMode::Append { copies.get(container).copied() } else { None };
            let brought = turns.iter().filter(|id| *id == turn).count();
            copies.insert(container, before.unwrap_or(0) + brought);
        }
    }
    u32::try_from(copies.into_values().sum::<usize>()).ok()
}

/// How long after it was sent a retain was applied, by the clock of its client.
fn travelled_ms(reading: &Reading, number: u32, applied: &Event) -> u64 {
    reading.requests.sent_at(number).map_or(0, |sent| reading.machine.awake_ms(sent.ms, applied.at_ms))
}

/// Whether the provider confirmed a request that takes a copy of the turn out of this document, after it had stored the turn, and did not keep
/// its word. `held` are the copies in the document at the end.
fn is_kept_by_a_lie(events: &[Event], turn: &TurnId, document: &DocumentId, held: usize) -> bool {
    let stores = |fact: &Fact| matches!(fact, Fact::Provider(Happening::Applied { container, turns, .. }) if container == document && turns.contains(turn));
    let since = events.iter().skip_while(|event| !stores(&event.fact));
    let takes_out = |item: &ReceivedItem| {
        let leaves = item.turns.iter().filter(|brought| *brought == turn).count();
        item.container.as_ref() == Some(document) && item.mode != Some(WriteMode::Append) && leaves < held
    };
    since.into_iter().any(|event| {
        let Fact::Provider(Happening::Received { items, fault, .. }) = &event.fact else { return false };
        matches!(fault, Some(Fault::AckDrop | Fault::AckLose(_))) && items.iter().any(takes_out)
    })
}

impl Ledger {
    /// Judges the turns of a history from its reading.
    pub fn of(events: &[Event], reading: &Reading) -> Self {
        let documents = reading.outcome.documents.iter().map(|(id, &place)| (id.clone(), entries(&events[place])));
        let mut ledger = Self {
            turns: reading.turns.handed_over().map(|turn| TurnRecord::of(turn, reading)).collect(),
            documents: documents.collect(),
            endings: reading.lives.ends().map(|(_, end)| end.ending.to_string()).collect(),
        };
        ledger.find_astray(reading);
        ledger.find_miscounted(events);
        let late = reading.outcome.converged.is_some_and(|(_, in_time)| !in_time);
        for turn in &mut ledger.turns {
            // Pending turns are reported by the implementation, which acquits it of a loss.
            let pending = reading.outcome.pending(&turn.id);
            turn.fate = turn.judge(reading.outcome.converged.is_some(), pending);
            // A turn that is to be taken back may be among the pending ones, or come back after everybody has gone.
            turn.comes_back = turn.excluded == Some(Exclusion::Undone)
                && turn.copies > turn.allowed()
                && in_time(events, reading, &turn.id).is_some_and(|copies| copies <= turn.allowed());
            let undone = turn.fate == Fate::Pollution && turn.excluded == Some(Exclusion::Undone);
            let kept_by_a_lie = || {
                let held = |entries: &[Entry]| {
                    entries.iter().flat_map(|entry| &entry.turns).filter(|held| **held == turn.id).count()
                };
                let mut documents = ledger.documents.iter().map(|(id, entries)| (id, held(entries)));
                documents.any(|(id, held)| held > 0 && is_kept_by_a_lie(events, &turn.id, id, held))
            };
            if undone && (late || turn.comes_back || kept_by_a_lie()) {
                turn.fate = Fate::Unjudged;
            }
        }
        ledger
    }

    fn find_miscounted(&mut self, events: &[Event]) {
        let mut first = BTreeMap::<&TurnId, At>::new();
        for (place, event) in events.iter().enumerate() {
            let Fact::Provider(Happening::Received { items, .. }) = &event.fact else { continue };
            let wrong = items.iter().filter(|item| item.miscounted().is_some());
            for turn in wrong.flat_map(|item| &item.turns) {
                first.entry(turn).or_insert(At { place, ms: event.at_ms });
            }
        }
        for turn in self.turns.iter_mut().filter(|_| !first.is_empty()) {
            turn.miscounted = first.get(&turn.id).copied();
        }
    }

    fn find_astray(&mut self, reading: &Reading) {
        let anonymous = &reading.outcome.anonymous;
        let index: BTreeMap<TurnId, usize> =
            self.turns.iter().enumerate().map(|(place, turn)| (turn.id.clone(), place)).collect();
        for (document, entries) in &self.documents {
            for entry in entries {
                for id in &entry.turns {
                    let Some(turn) = index.get(id).map(|&at| &mut self.turns[at]) else { continue };
                    let foreign = (!anonymous.contains(document) && !reading.belongs_to(document, &id.session))
                        || !entry.tags.contains(&session_tag(&id.session))
                        || entry.session.as_ref().is_some_and(|named| *named != id.session);
                    if foreign && !turn.astray.contains(document) {
                        turn.astray.push(document.clone());
                    }
                }
            }
        }
    }
}

/// The entries that a document holds according to this event.
fn entries(event: &Event) -> Vec<Entry> {
    let Fact::Stored { entries, .. } = &event.fact else { unreachable!("{event} says nothing of a document") };
    entries.clone()
}

impl TurnRecord {
    /// The record of a turn that was handed over, without its `astray` documents and its fate.
    fn of(turn: &Turn, reading: &Reading) -> Self {
        let mut record = Self { parent: turn.parent.clone(), copies: turn.copies, ..Self::of_id(&turn.id) };
        turn.stations.iter().for_each(|station| record.read(station));
        record.answered(turn, reading);
        let ends = turn.handed_over().filter_map(|(_, process)| reading.lives.end_of(process));
        record.ended = ends.max_by_key(|end| end.at.place).map(|end| (end.at.ms, end.ending.to_string()));
        let closed = |(handed, process): (At, u32)| {
            let life = reading.lives.of(process)?;
            life.shut_down.iter().find(|at| at.place > handed.place).copied()
        };
        record.shut_down = turn.handed_over().filter_map(closed).min_by_key(|at| at.place);
        record
    }

    fn read(&mut self, station: &Station) {
        let at_ms = station.at.ms;
        match station.what {
            What::HandedOver { process } => {
                if self.said == 0 {
                    (self.called, self.process) = (station.at, process);
                }
                self.said += 1;
            }
            What::Excluded { why } => self.exclude(why),
            What::Acknowledged { .. } => self.acknowledge(at_ms),
            What::Refused { .. } => self.refused += 1,
            What::TakenBack => self.undoing = self.undoing.saturating_sub(1),
            What::Moved { place } => self.last_seen = Some((at_ms, place)),
            What::Abandoned => self.reported = true,
            What::Declared => _ = self.declared.get_or_insert(station.at),
            What::Applied { .. } => _ = self.applied_ms.get_or_insert(at_ms),
            What::Requested { .. } | What::Deleted | What::Lost => {}
        }
    }

    /// What the provider made of the requests that brought it.
    fn answered(&mut self, turn: &Turn, reading: &Reading) {
        for (place, station) in turn.stations.iter().enumerate() {
            let What::Requested { number } = station.what else { continue };
            let Some(exchange) = reading.requests.delivery(number) else { continue };
            // Of several copies in one request the first ones were kept.
            let same = |what: &What| matches!(what, What::Requested { number: other } if *other == number);
            let earlier = turn.stations[..place].iter().filter(|station| same(&station.what)).count();
            let kept = turn.applied().filter(|(_, by)| *by == number).count() > earlier;
            if exchange.was_in_vain(kept) {
                self.in_vain = exchange.done.map(|(at, _)| at);
            }
            if exchange.was_turned_down() {
                self.turned_down = exchange.done.map(|(at, _)| at);
            }
            // What was accepted and never ended with takes back no word that was given before.
            if exchange.was_confirmed() && exchange.fault() != Some(Fault::AcceptStall) {
                let before = if self.said > 1 { self.betrayed } else { 0 };
                self.betrayed = before + u32::from(exchange.was_betrayed(kept));
            }
        }
    }

    /// An undo applies to turns that were handed over, not to a turn that still runs or waits. It changes nothing about a turn that was
    /// never to be kept.
    fn exclude(&mut self, why: Exclusion) {
        match (why, self.said) {
            (Exclusion::Undone, 0) => {}
            (Exclusion::Undone, _) if matches!(self.excluded, Some(Exclusion::Interrupted | Exclusion::Ephemeral)) => {}
            (_, 0) => (self.excluded, self.unwanted) = (Some(why), 1),
            _ => {
                self.excluded = Some(why);
                self.unwanted += 1;
                self.undoing += u32::from(why == Exclusion::Undone);
            }
        }
    }
}

impl TurnRecord {
    fn of_id(id: &TurnId) -> Self {
        Self {
            id: id.clone(),
            called: At::default(),
            acknowledged_ms: None,
            said: 0,
            acknowledged: 0,
            refused: 0,
            last_seen: None,
            process: 0,
            ended: None,
            excluded: None,
            unwanted: 0,
            undoing: 0,
            comes_back: false,
            reported: false,
            declared: None,
            in_vain: None,
            turned_down: None,
            betrayed: 0,
            shut_down: None,
            parent: Parent::Unknown,
            applied_ms: None,
            copies: 0,
            astray: Vec::new(),
            miscounted: None,
            fate: Fate::Unjudged,
        }
    }

    fn acknowledge(&mut self, at_ms: u64) {
        self.acknowledged_ms.get_or_insert(at_ms);
        self.acknowledged += 1;
    }

    /// `pending` copies are in a durable outbox.
    fn judge(&self, complete: bool, pending: u32) -> Fate {
        let (wanted, allowed) = (self.wanted(), self.allowed());
        match self.copies {
            _ if !complete => Fate::Unjudged,
            0 if wanted == 0 => Fate::Excluded,
            copies if copies > self.said => Fate::Duplicated,
            copies if copies > allowed => Fate::Pollution,
            0 if self.promised() == 0 && self.refused > 0 => Fate::Refused,
            copies if copies < wanted && pending > 0 && copies + pending >= self.promised() => Fate::Pending,
            0 if self.promised() == 0 => Fate::NeverAcknowledged,
            copies if copies < self.promised() && copies + self.betrayed >= self.promised() => Fate::LostByProvider,
            copies if copies < self.promised() && self.in_vain.is_some() && self.declared.is_some() => Fate::SetAside,
            0 if self.applied_ms.is_some() => Fate::Clobbered,
            copies if copies < self.promised() => Fate::Lost,
            _ if self.is_misattributed() => Fate::Misattributed,
            _ => Fate::StoredOnce,
        }
    }
}
