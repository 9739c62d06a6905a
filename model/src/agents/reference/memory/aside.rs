//! Aside: a session's segments that the server refuses for good, or does not end with. They hold up nothing.
//!
//! Each process tries each of them once more, because what was wrong may be mended: a limit, a broken worker. Their turns stay in the
//! journal, and their user is told. Deliberately absent: giving them up.

use std::rc::Rc;

use super::segment::{Segment, Slot};

/// The segments of one session that were set aside.
#[derive(Default)]
pub(super) struct Aside {
    segments: Vec<Rc<Segment>>,
    /// The last turns of those that this process still has to try, in order.
    due: Vec<u64>,
}

impl Aside {
    /// Sets a segment aside, if it has any turns.
    pub(super) fn add(&mut self, segment: Segment) {
        if !segment.slots.is_empty() {
            self.segments.push(Rc::new(segment));
        }
    }

    /// Forgets the segment that ends with this turn: the server has it after all.
    pub(super) fn remove(&mut self, last: u64) {
        self.segments.retain(|segment| segment.cut.last != last);
        self.leave(last);
    }

    /// The segment that ends with this turn was tried in vain: the next process tries it again.
    pub(super) fn leave(&mut self, last: u64) {
        self.due.retain(|due| *due != last);
    }

    /// Forgets an undone turn.
    pub(super) fn retract(&mut self, seq: u64) {
        for segment in &mut self.segments {
            if segment.slots.iter().any(|slot| slot.seq == seq) {
                let mut spilled = segment.spilled();
                spilled.slots.retain(|slot| slot.seq != seq);
                *segment = Rc::new(spilled);
            }
        }
        let (segments, due) = (&mut self.segments, &mut self.due);
        segments.retain(|segment| !segment.slots.is_empty());
        due.retain(|due| segments.iter().any(|segment| segment.cut.last == *due));
    }

    /// A new process: each is to be tried once more.
    pub(super) fn try_again(&mut self) {
        self.due = self.segments.iter().map(|segment| segment.cut.last).collect();
    }

    /// The segments that are still to be tried.
    pub(super) fn due(&self) -> impl Iterator<Item = &Rc<Segment>> {
        self.due.iter().filter_map(|due| self.segments.iter().find(|segment| segment.cut.last == *due))
    }

    /// Whether any is.
    pub(super) fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// Whether there is none at all.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The turns of the others.
    pub(super) fn left(&self) -> impl Iterator<Item = &Slot> {
        let left = self.segments.iter().filter(|segment| !self.due.contains(&segment.cut.last));
        left.flat_map(|segment| &segment.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Cut, JournaledTurn};
    use super::*;
    use crate::words::timestamp::Timestamp;
    use crate::words::turn::{Turn, TurnId};

    /// The segment of these turns, which are numbered as they follow each other.
    fn segment(first: u64, last: u64) -> Segment {
        let slot = |seq: u64| {
            let turn: TurnId = format!("S1#{seq}").parse().expect("a turn");
            let json = Turn::of(turn.clone()).to_json(Timestamp::BEGINNING);
            Slot::of(&JournaledTurn { seq, turn, parent: None, completed_at: Timestamp::BEGINNING, json }, 0, None)
        };
        Segment { cut: Cut { session: "S1".into(), first, last }, slots: (first..=last).map(slot).collect() }
    }

    /// The turns that are left, and the segments that are due.
    fn state(aside: &Aside) -> (Vec<u64>, Vec<u64>) {
        (aside.left().map(|slot| slot.seq).collect(), aside.due().map(|segment| segment.cut.last).collect())
    }

    #[test]
    fn each_process_tries_once_what_a_former_one_has_set_aside() {
        let mut aside = Aside::default();
        assert!(aside.is_empty());
        aside.add(segment(1, 2));
        aside.add(segment(4, 4));
        assert_eq!(state(&aside), (vec![1, 2, 4], vec![]));
        aside.try_again();
        assert_eq!(state(&aside), (vec![], vec![2, 4]));
        aside.leave(2);
        assert!(aside.is_due());
        assert_eq!(state(&aside), (vec![1, 2], vec![4]));
        aside.remove(4);
        assert_eq!((state(&aside), aside.is_due()), ((vec![1, 2], vec![]), false));
    }

    #[test]
    fn an_undone_turn_is_not_tried_again() {
        let mut aside = Aside::default();
        aside.add(segment(1, 2));
        aside.try_again();
        aside.retract(1);
        let due = aside.due().flat_map(|segment| &segment.slots).map(|slot| slot.seq).collect::<Vec<_>>();
        assert_eq!(due, [2]);
        aside.retract(2);
        assert!(aside.is_empty() && !aside.is_due());
    }
}
