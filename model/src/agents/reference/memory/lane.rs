//! A lane: one session's part of the backlog.
//!
//! Its one rule: one segment travels at a time, and the turns behind it wait in order. What was set aside holds up neither.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use super::aside::Aside;
use super::queued::Queued;
use super::record::Cut;
use super::segment::{Segment, Slot, next_size};

/// One session's part. The dispatcher delivers its segments strictly one after another.
#[derive(Default)]
pub(super) struct Lane {
    /// The segment that travels.
    pub segment: Option<Rc<Segment>>,
    /// The turns behind it.
    pub waiting: VecDeque<Slot>,
    /// The last turn before the last boundary. Turns up to it may travel in a segment that is not full.
    pub boundary: u64,
    /// Undone turns that the server has not yet proved to have dropped.
    pub retracting: BTreeSet<u64>,
    /// Those of them that were taken back once. An earlier request that is still on its way could store them again.
    pub taken_back: BTreeSet<u64>,
    /// When to take them back for good.
    pub verify_at: Duration,
    /// What the server had not ended with when they were taken back.
    pub queued: Queued,
    /// When the outcome of a request was last unknown.
    pub doubt: Option<Duration>,
    /// The segments that the server would not take.
    pub aside: Aside,
    /// If set, this process delivers no turns behind this one. The reference never sets it ([`Design`](super::design::Design)).
    pub last: Option<u64>,
}

impl Lane {
    pub(super) fn cut(&mut self, cut: Cut) {
        let size = self.waiting.iter().take_while(|slot| slot.seq <= cut.last).count();
        self.segment = Some(Rc::new(Segment { cut, slots: self.waiting.drain(..size).collect() }));
    }

    /// Cuts the traveling segment shorter. Its other turns wait again, and an undone one among them was never stored.
    pub(super) fn split(&mut self, cut: Cut) {
        let Some(segment) = self.segment.take_if(|segment| segment.cut.first == cut.first) else { return };
        let (segment, rest) = segment.split(cut);
        self.segment = Some(Rc::new(segment));
        self.wait_again(rest);
    }

    /// Ends the traveling segment with its turns up to `kept`. Its other turns wait again, and need not wait for more.
    pub(super) fn keep_part(&mut self, cut: &Cut, kept: u64) {
        let Some(segment) = self.segment.take_if(|segment| segment.cut == *cut) else { return };
        let (_, rest) = segment.split(Cut { last: kept, ..cut.clone() });
        self.boundary = self.boundary.max(cut.last);
        self.wait_again(rest);
    }

    /// Puts turns that no document holds before those that wait.
    fn wait_again(&mut self, turns: Vec<Slot>) {
        for slot in turns.into_iter().rev() {
            if !self.retracting.remove(&slot.seq) {
                self.waiting.push_front(slot);
            }
        }
    }

    /// Sets the traveling segment aside if it ends with this turn, without its undone turns.
    pub(super) fn set_aside(&mut self, last: u64) {
        if let Some(segment) = self.segment.take_if(|segment| segment.cut.last == last) {
            let mut segment = segment.spilled();
            segment.slots.retain(|slot| !self.retracting.contains(&slot.seq));
            self.aside.add(segment);
        }
    }

    /// Drops a turn that was never sent. The dispatcher has to take any other back.
    pub(super) fn retract(&mut self, seq: u64) {
        self.aside.retract(seq);
        match self.waiting.iter().position(|slot| slot.seq == seq) {
            Some(place) => _ = self.waiting.remove(place),
            None => _ = self.retracting.insert(seq),
        }
    }

    /// The turns of the segment that travels.
    pub(super) fn traveling(&self) -> impl Iterator<Item = &Slot> {
        self.segment.iter().flat_map(|segment| &segment.slots)
    }

    /// Whether turn `seq` is in a segment that travels, or is about to.
    pub(super) fn travels(&self, seq: u64) -> bool {
        let traveling =
            self.segment.iter().map(|segment| &segment.cut).chain(self.aside.due().map(|segment| &segment.cut));
        traveling.into_iter().any(|cut| (cut.first..=cut.last).contains(&seq))
    }

    /// Whether the traveling turn `seq` was undone.
    pub(super) fn is_undone(&self, seq: u64) -> bool {
        self.retracting.contains(&seq)
    }

    /// Whether turns may travel, and none do.
    pub(super) fn is_ready(&self, every: usize) -> bool {
        self.segment.is_none() && self.next_size(every) > 0
    }

    /// How many of the waiting turns the next segment takes. 0 if it is too early.
    pub(super) fn next_size(&self, every: usize) -> usize {
        let size = next_size(&self.waiting, every, self.boundary);
        match self.last {
            Some(last) => self.waiting.iter().take(size).take_while(|slot| slot.seq <= last).count(),
            None => size,
        }
    }

    /// Leaves everything to another process.
    pub(super) fn rest(&mut self) {
        self.last = Some(0);
    }

    /// Whether everything is left to another process.
    pub(super) fn rests(&self) -> bool {
        self.last == Some(0)
    }

    /// Whether a segment travels, and the outcome of a request for it is unknown.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.segment.is_some() && self.doubt.is_some()
    }

    pub(super) fn has_delivered(&self) -> bool {
        self.segment.is_none() && self.waiting.is_empty()
    }

    /// An undone turn to take back, and when: first after its segment is delivered and, if a request was in doubt, once more
    /// later.
    pub(super) fn next_retraction(&self) -> Option<(u64, Duration)> {
        let fresh = self.retracting.iter().find(|&&seq| !self.travels(seq) && !self.taken_back.contains(&seq));
        let again = || self.taken_back.first().map(|&seq| (seq, self.verify_at));
        fresh.map(|&seq| (seq, Duration::ZERO)).or_else(again)
    }

    /// Whether those of them that are still to be taken back were taken back once.
    pub(super) fn are_taken_back(&self, seqs: &[u64]) -> bool {
        seqs.iter().filter(|seq| self.retracting.contains(seq)).all(|seq| self.taken_back.contains(seq))
    }

    /// Records that turns were taken back, and that this must be repeated at `verify_at`.
    pub(super) fn take_back_again(&mut self, seqs: &[u64], verify_at: Duration) {
        self.taken_back.extend(seqs.iter().filter(|seq| self.retracting.contains(seq)));
        self.verify_at = verify_at;
    }
}
