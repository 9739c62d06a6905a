//! The records of a gateway's journal, and the chats that they add up to: which messages came, which of their turns began, and
//! how those ended.
//!
//! A message is unfinished until a record finishes it. Each turn carries the life of the process that began it, so a turn that
//! an older life began and did not finish was cut short. No receipt has to say so.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contracts::chats::{ATTEMPTS_MAX, FRESHNESS, Message};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// A record. The order of the variants is the file's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    /// A process has started.
    Life {
        /// When.
        at: Duration,
    },
    /// A message came.
    Asked {
        /// The message.
        message: Message,
        /// When.
        at: Duration,
    },
    /// A turn begins: one more attempt, however it ends.
    Began {
        /// The turn.
        turn: TurnId,
        /// When.
        at: Duration,
    },
    /// The process is still there.
    Alive {
        /// When.
        at: Duration,
    },
    /// The turn is over for good.
    Over {
        /// The turn.
        turn: TurnId,
        /// Why.
        why: Over,
    },
    /// The user has the answer.
    Replied {
        /// The turn.
        turn: TurnId,
    },
}

/// Why a turn is over for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Over {
    /// It was answered, if only with an error.
    Answered,
    /// Its user stopped it.
    Stopped,
    /// It was cut short too often.
    Stuck,
    /// It was cut short too long ago.
    Stale,
}

/// A message and its state.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub message: Message,
    /// How often its turn began.
    attempts: u32,
    /// The life that last asked for it or began it.
    life: u64,
    pub over: Option<Over>,
    replied: bool,
}

impl Task {
    /// Whether its answer was perhaps never sent.
    fn is_owed(&self) -> bool {
        self.over == Some(Over::Answered) && !self.replied
    }
}

/// All messages, in the order in which they came.
#[derive(Default)]
pub(super) struct Chats {
    tasks: Vec<Task>,
    /// The number of the present life.
    life: u64,
    /// When each life last showed that it was running.
    alive: BTreeMap<u64, Duration>,
}

impl Chats {
    /// Applies a record.
    pub(super) fn apply(&mut self, record: Record) {
        match record {
            Record::Life { at } => {
                self.life += 1;
                self.alive.insert(self.life, at);
            }
            Record::Asked { message, at } => {
                self.alive.insert(self.life, at);
                self.tasks.push(Task { message, attempts: 0, life: self.life, over: None, replied: false });
            }
            Record::Began { turn, at } => {
                self.alive.insert(self.life, at);
                let life = self.life;
                self.change(&turn, |task| {
                    task.attempts += 1;
                    task.life = life;
                });
            }
            Record::Alive { at } => _ = self.alive.insert(self.life, at),
            Record::Over { turn, why } => self.change(&turn, |task| task.over = Some(why)),
            Record::Replied { turn } => {
                let mut owed = self.tasks.iter_mut().filter(|task| task.is_owed());
                if let Some(task) = owed.find(|task| task.message.turn == turn) {
                    task.replied = true;
                }
            }
        }
    }

    /// Changes the first unfinished message with this id. The same text said again has the same id.
    fn change(&mut self, turn: &TurnId, change: impl FnOnce(&mut Task)) {
        let mut unfinished = self.tasks.iter_mut().filter(|task| task.over.is_none());
        if let Some(task) = unfinished.find(|task| task.message.turn == *turn) {
            change(task);
        }
    }

    /// The turns that the transcript of a chat shows: those that began and are over. A message that waited in vain was never part of it.
    pub(super) fn transcript(&self, chat: &SessionId) -> Vec<TurnId> {
        let began = |task: &&Task| task.attempts > 0 && task.over.is_some();
        let of_chat = self.tasks.iter().filter(|task| task.message.chat() == chat);
        of_chat.filter(began).map(|task| task.message.turn.clone()).collect()
    }

    /// The unfinished messages of a chat, or of all chats.
    pub(super) fn unfinished(&self, chat: Option<&SessionId>) -> impl Iterator<Item = &Task> {
        let wanted = move |task: &&Task| task.over.is_none() && chat.is_none_or(|chat| task.message.chat() == chat);
        self.tasks.iter().filter(wanted)
    }

    /// Why an unfinished message must not be tried again. `None` if it may.
    pub(super) fn hopeless(&self, task: &Task, now: Duration) -> Option<Over> {
        let last_alive = self.alive.get(&task.life).copied().unwrap_or_default();
        if task.attempts >= ATTEMPTS_MAX {
            return Some(Over::Stuck);
        }
        (now.saturating_sub(last_alive) > FRESHNESS).then_some(Over::Stale)
    }

    /// The answers that were perhaps never sent.
    pub(super) fn owed(&self) -> Vec<TurnId> {
        let owed = self.tasks.iter().filter(|task| task.is_owed());
        owed.map(|task| task.message.turn.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::course::{Completion, Course};

    fn turn(name: &str) -> TurnId {
        name.parse().expect("a turn")
    }

    fn asked(name: &str) -> Record {
        Record::Asked {
            message: Message { turn: turn(name), course: Course::AT_ONCE, completion: Completion::Completed },
            at: Duration::ZERO,
        }
    }

    fn began(name: &str) -> Record {
        Record::Began { turn: turn(name), at: Duration::ZERO }
    }

    const LIFE: Record = Record::Life { at: Duration::ZERO };

    fn check(records: Vec<Record>, now: Duration, expected: &[(&str, Option<Over>)]) {
        let mut chats = Chats::default();
        records.into_iter().for_each(|record| chats.apply(record));
        let found = chats.unfinished(None).map(|task| (task.message.turn.to_string(), chats.hopeless(task, now)));
        let expected: Vec<_> = expected.iter().map(|&(turn, why)| (turn.to_owned(), why)).collect();
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_turn_that_began_and_did_not_finish_was_cut_short() {
        let over = Record::Over { turn: turn("S1#1"), why: Over::Answered };
        check(vec![LIFE, asked("S1#1"), began("S1#1"), LIFE], Duration::ZERO, &[("S1#1", None)]);
        check(vec![LIFE, asked("S1#1"), began("S1#1"), over, LIFE], Duration::ZERO, &[]);
        check(vec![LIFE, asked("S1#1"), asked("S2#1"), LIFE], Duration::ZERO, &[("S1#1", None), ("S2#1", None)]);
    }

    #[test]
    fn an_attempt_counts_when_it_begins() {
        let tries = |n: usize| [vec![LIFE, asked("S1#1")], vec![began("S1#1"); n], vec![LIFE]].concat();
        check(tries(2), Duration::ZERO, &[("S1#1", None)]);
        check(tries(3), Duration::ZERO, &[("S1#1", Some(Over::Stuck))]);
    }

    #[test]
    fn an_interruption_is_as_old_as_the_last_sign_of_its_life() {
        let records = || vec![LIFE, asked("S1#1"), began("S1#1")];
        check(records(), FRESHNESS, &[("S1#1", None)]);
        check(records(), FRESHNESS + Duration::from_secs(1), &[("S1#1", Some(Over::Stale))]);
        let alive = [records(), vec![Record::Alive { at: Duration::from_secs(60) }, LIFE]].concat();
        check(alive, FRESHNESS + Duration::from_secs(60), &[("S1#1", None)]);
    }

    #[test]
    fn the_same_text_said_twice_is_two_messages() {
        let over = || Record::Over { turn: turn("S1#1"), why: Over::Answered };
        let said = || vec![LIFE, asked("S1#1"), asked("S1#2"), asked("S1#1"), over()];
        check(said(), Duration::ZERO, &[("S1#2", None), ("S1#1", None)]);
        check([said(), vec![over()]].concat(), Duration::ZERO, &[("S1#2", None)]);
    }

    #[test]
    fn a_transcript_shows_what_began_and_is_over() {
        let mut chats = Chats::default();
        let over = |name: &str, why| Record::Over { turn: turn(name), why };
        let said = [LIFE, asked("S1#1"), asked("S2#1"), asked("S1#2"), asked("S1#3")];
        let answered = [began("S1#1"), over("S1#1", Over::Answered), began("S2#1")];
        for record in said.into_iter().chain(answered).chain([over("S1#2", Over::Stopped)]) {
            chats.apply(record);
        }
        assert_eq!(chats.transcript(&"S1".into()), [turn("S1#1")]);
        assert_eq!(chats.transcript(&"S2".into()), []);
    }
}
