//! Stations: for each turn its events, in order: handed over, acknowledged, on its way, requested, stored.
//!
//! Evidence: a station has a grade ([`What::grade`]). Absent: whether a turn may be anywhere. That is judged, not read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::facts::Place;
use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;

use super::At;
use crate::history::{Exclusion, Grade, Parent};

/// A turn, and its way.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The turn.
    pub id: TurnId,
    /// Its stations, in order.
    pub stations: Vec<Station>,
    /// The origin of its session, as far as it was known when the turn was first handed over.
    pub parent: Parent,
    /// How many copies all documents hold together at the end.
    pub copies: u32,
}

/// An event of a turn.
#[derive(Clone, Debug)]
pub struct Station {
    /// When.
    pub at: At,
    /// The event.
    pub what: What,
}

/// The events of a turn.
#[derive(Clone, Debug)]
pub enum What {
    /// It was handed to the memory of a process.
    HandedOver {
        /// The process.
        process: u32,
    },
    /// That call returned: the turn is acknowledged.
    Acknowledged {
        /// The process.
        process: u32,
    },
    /// That call failed, and the disk explains it: its user knows that the turn may not be kept.
    Refused {
        /// The process.
        process: u32,
    },
    /// It is not to be kept.
    Excluded {
        /// The reason.
        why: Exclusion,
    },
    /// The call that undoes it returned.
    TakenBack,
    /// It came to a new place in its process.
    Moved {
        /// The place.
        place: Place,
    },
    /// It was given up, and the process reported that.
    Abandoned,
    /// A retain that holds it arrived at the provider.
    Requested {
        /// The retain's number.
        number: u32,
    },
    /// It was applied to a document.
    Applied {
        /// The retain's number.
        number: u32,
    },
    /// A document that held it was deleted.
    Deleted,
    /// The provider has lost it.
    Lost,
    /// The host told its user that the provider does not take it.
    Declared,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandedOver { process } => write!(f, "handed to process {process}"),
            Self::Acknowledged { process } => write!(f, "acknowledged by process {process}"),
            Self::Refused { process } => write!(f, "refused by process {process}"),
            Self::Excluded { why } => write!(f, "{why}"),
            Self::TakenBack => f.write_str("taken back"),
            Self::Moved { place } => write!(f, "{place}"),
            Self::Abandoned => f.write_str("given up"),
            Self::Requested { number } => write!(f, "received with retain {number}"),
            Self::Applied { number } => write!(f, "stored by retain {number}"),
            Self::Deleted => f.write_str("deleted with its document"),
            Self::Lost => f.write_str("lost by the provider"),
            Self::Declared => f.write_str("declared undeliverable"),
        }
    }
}

impl What {
    /// The grade of this event.
    pub fn grade(&self) -> Grade {
        match self {
            Self::HandedOver { .. }
            | Self::Acknowledged { .. }
            | Self::Refused { .. }
            | Self::Excluded { .. }
            | Self::TakenBack
            | Self::Requested { .. }
            | Self::Applied { .. }
            | Self::Deleted
            | Self::Lost => Grade::Seen,
            Self::Declared => Grade::ToldByHost,
            Self::Moved { .. } | Self::Abandoned => Grade::ToldByImplementation,
        }
    }
}

impl Turn {
    /// The times at which it was handed over, and the process each time.
    pub fn handed_over(&self) -> impl Iterator<Item = (At, u32)> {
        self.stations.iter().filter_map(|station| {
            let What::HandedOver { process } = station.what else { return None };
            Some((station.at, process))
        })
    }

    /// The times at which it was acknowledged, and the process each time.
    pub fn acknowledged(&self) -> impl Iterator<Item = (At, u32)> {
        self.stations.iter().filter_map(|station| {
            let What::Acknowledged { process } = station.what else { return None };
            Some((station.at, process))
        })
    }

    /// The times at which it was refused, and the process each time.
    pub fn refused(&self) -> impl Iterator<Item = (At, u32)> {
        self.stations.iter().filter_map(|station| {
            let What::Refused { process } = station.what else { return None };
            Some((station.at, process))
        })
    }

    /// The times at which it was applied to a document, and the retain each time.
    pub fn applied(&self) -> impl Iterator<Item = (At, u32)> {
        self.stations.iter().filter_map(|station| {
            let What::Applied { number } = station.what else { return None };
            Some((station.at, number))
        })
    }

    /// Where it was last seen on its way, and when.
    pub fn last_seen(&self) -> Option<(At, Place)> {
        self.stations.iter().rev().find_map(|station| {
            let What::Moved { place } = station.what else { return None };
            Some((station.at, place))
        })
    }

    /// The process that had last acknowledged it, if it was acknowledged and in no document yet at this place.
    pub fn unstored_at(&self, place: usize) -> Option<u32> {
        let stored = self.applied().next().is_some_and(|(at, _)| at.place < place);
        let acknowledged = || self.acknowledged().take_while(|(at, _)| at.place < place).last();
        if stored { None } else { acknowledged().map(|(_, process)| process) }
    }
}

/// The turns of a run.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    turns: Vec<Turn>,
    index: BTreeMap<TurnId, usize>,
    /// The turns that were handed over, in order.
    handed_over: Vec<usize>,
    /// The places at which the number of acknowledged turns in no document changes, and the new number.
    unstored: Vec<(usize, u32)>,
    parents: BTreeMap<(u32, SessionId), Parent>,
    undoing: BTreeMap<u32, usize>,
    /// The turn that an undo under way names, of each process, if it had not been handed over when the undo began.
    seeking: BTreeMap<u32, TurnId>,
    /// Turns that were undone while their messages waited: whoever hands one over later may find it undone, or not.
    undone_while_waiting: BTreeSet<TurnId>,
    /// Turns that were not to be kept when nothing had been handed over under that name.
    forbidden: BTreeMap<TurnId, Exclusion>,
    documents: BTreeMap<DocumentId, Vec<usize>>,
}

impl Turns {
    /// The turns that were handed over, in the order in which each first was.
    pub fn handed_over(&self) -> impl Iterator<Item = &Turn> {
        self.handed_over.iter().map(|&place| &self.turns[place])
    }

    /// Every turn that the history mentions.
    pub fn all(&self) -> &[Turn] {
        &self.turns
    }

    /// A turn, if the history mentions it.
    pub fn get(&self, id: &TurnId) -> Option<&Turn> {
        self.index.get(id).map(|&place| &self.turns[place])
    }

    /// Whether any turn is acknowledged and in no document at this place.
    pub fn any_unstored_at(&self, place: usize) -> bool {
        let later = self.unstored.partition_point(|(from, _)| *from < place);
        later.checked_sub(1).is_some_and(|last| self.unstored[last].1 > 0)
    }

    /// Whether any turn that this process had acknowledged is in no document at this place.
    pub fn any_unstored_of(&self, process: u32, place: usize) -> bool {
        self.any_unstored_at(place) && self.turns.iter().any(|turn| turn.unstored_at(place) == Some(process))
    }

    fn add(&mut self, id: &TurnId, at: At, what: What) -> usize {
        let place = match self.index.get(id) {
            Some(&place) => place,
            None => {
                let place = self.turns.len();
                self.index.insert(id.clone(), place);
                self.turns.push(Turn { id: id.clone(), stations: Vec::new(), parent: Parent::Unknown, copies: 0 });
                place
            }
        };
        self.turns[place].stations.push(Station { at, what });
        place
    }

    pub(super) fn lineage(&mut self, process: u32, session: &SessionId, parent: &Parent) {
        self.parents.insert((process, session.clone()), parent.clone());
    }

    pub(super) fn called(&mut self, at: At, process: u32, id: &TurnId) {
        let planned = TurnId { session: SessionId::from(id.session.chat()), number: id.number };
        if let Some(why) = self.forbidden.remove(&planned).filter(|_| planned != *id) {
            self.add(id, at, What::Excluded { why });
        }
        let place = self.add(id, at, What::HandedOver { process });
        if self.seeking.get(&process) == Some(&planned) || self.undone_while_waiting.remove(&planned) {
            self.add(id, at, What::Excluded { why: Exclusion::Undone });
        }
        if self.turns[place].handed_over().nth(1).is_none() {
            let parent = self.parents.get(&(process, id.session.clone())).cloned();
            self.turns[place].parent = parent.unwrap_or_default();
            self.handed_over.push(place);
        }
    }

    pub(super) fn returned(&mut self, at: At, process: u32, id: &TurnId) {
        let before =
            self.get(id).is_some_and(|turn| turn.acknowledged().next().is_some() || turn.applied().next().is_some());
        self.add(id, at, What::Acknowledged { process });
        if !before {
            self.unstored_changes(at, |unstored| unstored + 1);
        }
    }

    pub(super) fn refused(&mut self, at: At, process: u32, id: &TurnId) {
        self.add(id, at, What::Refused { process });
    }

    /// The plan's name of a turn is excluded; its message may wait for its turn. A gateway may hand the turn over in a later session of its
    /// chat.
    pub(super) fn excluded(&mut self, at: At, process: u32, id: &TurnId, (why, waits): (Exclusion, bool)) {
        let is_it = |known: &TurnId| known.number == id.number && known.session.chat() == id.session.as_str();
        let handed_over = self.handed_over.iter().rfind(|&&place| is_it(&self.turns[place].id));
        let known = handed_over.map_or_else(|| id.clone(), |&place| self.turns[place].id.clone());
        let handed_over = handed_over.is_some();
        let place = self.add(&known, at, What::Excluded { why });
        match (why, handed_over) {
            // An undo applies to turns that were handed over, not to a turn that still runs or waits.
            (Exclusion::Undone, true) => _ = self.undoing.insert(process, place),
            // It may meet the turn all the same, if that is handed over before it returns.
            (Exclusion::Undone, false) => {
                if waits {
                    self.undone_while_waiting.insert(known.clone());
                }
                self.seeking.insert(process, known);
            }
            (Exclusion::Interrupted | Exclusion::Ephemeral, false) => _ = self.forbidden.insert(known, why),
            (Exclusion::Interrupted | Exclusion::Ephemeral, true) => {}
        }
    }

    pub(super) fn undo_returned(&mut self, at: At, process: u32) {
        self.seeking.remove(&process);
        if let Some(place) = self.undoing.remove(&process) {
            self.turns[place].stations.push(Station { at, what: What::TakenBack });
        }
    }

    pub(super) fn undo_failed(&mut self, process: u32) {
        self.seeking.remove(&process);
        self.undoing.remove(&process);
    }

    /// The same has happened to all of these turns.
    pub(super) fn happened(&mut self, at: At, turns: &[TurnId], what: &What) {
        turns.iter().for_each(|id| _ = self.add(id, at, what.clone()));
    }

    pub(super) fn applied(&mut self, at: At, number: u32, document: &DocumentId, turns: &[TurnId]) {
        for id in turns {
            let place = self.add(id, at, What::Applied { number });
            let turn = &self.turns[place];
            let first = turn.applied().nth(1).is_none();
            if first && turn.acknowledged().next().is_some() {
                self.unstored_changes(at, |unstored| unstored - 1);
            }
            match self.documents.get_mut(document) {
                Some(known) => known.push(place),
                None => _ = self.documents.insert(document.clone(), vec![place]),
            }
        }
    }

    pub(super) fn deleted(&mut self, at: At, document: &DocumentId) {
        let mut places = self.documents.remove(document).unwrap_or_default();
        places.sort_unstable();
        places.dedup();
        places.into_iter().for_each(|place| self.turns[place].stations.push(Station { at, what: What::Deleted }));
    }

    pub(super) fn stored<'a>(&mut self, turns: impl Iterator<Item = &'a TurnId>) {
        for id in turns {
            if let Some(&place) = self.index.get(id) {
                self.turns[place].copies += 1;
            }
        }
    }

    fn unstored_changes(&mut self, at: At, change: impl Fn(u32) -> u32) {
        let before = self.unstored.last().map_or(0, |(_, unstored)| *unstored);
        self.unstored.push((at.place, change(before)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::reading::tests::{Log, turn};

    fn kinds(turn: &Turn) -> Vec<String> {
        let name = |what: &What| format!("{what:?}").split(' ').next().unwrap_or_default().to_owned();
        turn.stations.iter().map(|station| name(&station.what)).collect()
    }

    #[test]
    fn a_turns_way_is_told_in_order() {
        let log = Log::default().called(1, 0, "S1#1").moved(1, "S1#1", Place::Buffer).returned(1, 1, "S1#1");
        let turns = log.applied(7, "S1", &["S1#1"]).deleted("S1").read().turns;
        let way = kinds(turns.get(&turn("S1#1")).expect("a turn"));
        assert_eq!(way, ["HandedOver", "Moved", "Acknowledged", "Applied", "Deleted"]);
    }

    #[test]
    fn a_turn_is_unstored_from_its_acknowledgment_to_its_first_document() {
        let log = Log::default().called(1, 0, "S1#1").returned(1, 1, "S1#1").applied(1, "S1", &["S1#1"]);
        let turns = log.returned(1, 2, "S1#1").read().turns;
        assert_eq!(
            (0..5).map(|place| turns.any_unstored_at(place)).collect::<Vec<_>>(),
            [false, false, true, false, false]
        );
        assert!(turns.any_unstored_of(1, 2) && !turns.any_unstored_of(2, 2));
    }

    #[test]
    fn what_is_stored_before_it_is_acknowledged_is_never_unstored() {
        let log = Log::default().called(1, 0, "S1#1").applied(1, "S1", &["S1#1"]).returned(1, 1, "S1#1");
        let turns = log.read().turns;
        assert!((0..9).all(|place| !turns.any_unstored_at(place)));
    }

    #[test]
    fn an_order_of_turns_is_the_order_in_which_they_were_first_handed_over() {
        let log = Log::default().moved(1, "S1#9", Place::Buffer).called(1, 0, "S1#2").called(1, 1, "S1#1");
        let turns = log.called(1, 2, "S1#2").read().turns;
        assert_eq!(turns.handed_over().map(|turn| turn.id.to_string()).collect::<Vec<_>>(), ["S1#2", "S1#1"]);
        assert_eq!(turns.all().len(), 3);
    }

    #[test]
    fn where_a_turn_is_in_its_process_is_the_implementations_word() {
        assert_eq!(What::Moved { place: Place::Outbox }.grade(), Grade::ToldByImplementation);
        assert_eq!(What::Applied { number: 1 }.grade(), Grade::Seen);
    }
}
