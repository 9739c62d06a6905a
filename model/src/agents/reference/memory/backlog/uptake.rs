//! Uptake: what a process delivers of what former ones left. The reference takes up all of it, other designs less.

use super::Backlog;
use crate::agents::reference::memory::design::TakesUp;
use crate::agents::reference::memory::lane::Lane;
use crate::words::session::SessionId;

impl Backlog {
    /// A new process: whatever a former one has set aside is tried once more, as far as this one takes up what others left.
    pub(in crate::agents::reference::memory) fn take_up(&mut self, design: TakesUp) {
        self.takes_up = design;
        self.lanes.values_mut().for_each(|lane| lane.aside.try_again());
        match design {
            TakesUp::All => {}
            TakesUp::Turns(most) => {
                let slots = self.lanes.values().flat_map(|lane| lane.traveling().chain(&lane.waiting));
                let mut seqs: Vec<u64> = slots.map(|slot| slot.seq).collect();
                seqs.sort_unstable();
                let last = seqs.get(most - 1).copied();
                let behind = |lane: &&mut Lane| lane.waiting.back().is_some_and(|slot| Some(slot.seq) > last);
                self.lanes.values_mut().filter(behind).for_each(|lane| lane.last = last);
            }
            TakesUp::OpenSessions => self.lanes.values_mut().for_each(Lane::rest),
        }
    }

    /// Every session of which this process delivers something.
    pub(in crate::agents::reference::memory) fn awake(&self) -> impl Iterator<Item = (&SessionId, &Lane)> {
        self.lanes().filter(|(_, lane)| !lane.rests())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::reference::memory::record::{JournaledTurn, Record};
    use crate::agents::reference::memory::room::Room;
    use crate::machine::bench::Bench;
    use crate::words::timestamp::Timestamp;
    use crate::words::turn::TurnId;

    fn turn(seq: u64, id: &str) -> Record {
        let turn: TurnId = id.parse().expect("a turn");
        Record::Turn(JournaledTurn { seq, turn, parent: None, completed_at: Timestamp::BEGINNING, json: "[]".into() })
    }

    /// What a process delivers of three turns that it finds, and then, when it completes a fourth in the first of two sessions.
    fn delivered(takes_up: TakesUp) -> [Vec<u64>; 2] {
        let mut backlog = Backlog::new(Room::new(Bench::new().machine()));
        [turn(1, "S1#1"), turn(2, "S2#1"), turn(3, "S1#2")].into_iter().for_each(|turn| backlog.apply(0, turn));
        backlog.take_up(takes_up);
        [None, Some(turn(4, "S1#3"))].map(|own| {
            own.into_iter().for_each(|turn| backlog.apply(0, turn));
            backlog.let_go(None);
            let mut delivered = Vec::new();
            while let Some(cut) = ["S1", "S2"].iter().find_map(|&session| backlog.next_cut(&session.into(), 1)) {
                delivered.push(cut.last);
                backlog.apply(0, Record::Cut(cut.clone()));
                backlog.apply(0, Record::Proved { session: cut.session, last: cut.last, doubt: None });
            }
            delivered
        })
    }

    #[test]
    fn a_start_takes_up_all_or_the_oldest_turns_or_those_of_open_sessions() {
        assert_eq!(delivered(TakesUp::All), [vec![1, 3, 2], vec![4]]);
        assert_eq!(delivered(TakesUp::Turns(3)), [vec![1, 3, 2], vec![4]]);
        assert_eq!(delivered(TakesUp::Turns(2)), [vec![1, 2], vec![]]);
        assert_eq!(delivered(TakesUp::OpenSessions), [vec![], vec![1, 3, 4]]);
    }
}
