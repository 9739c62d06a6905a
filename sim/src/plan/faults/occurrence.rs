//! Which requests of a kind, or which commits of an agent, meet which fault.

use std::collections::BTreeMap;
use std::fmt;

use model::words::turn::TurnId;

/// Which of several that are counted from 1, as they come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The n-th.
    Number(u32),
    /// Each that brings this turn, alone or among others.
    Turn(TurnId),
    /// Every one that has no fault of its own.
    Every,
}

impl Which {
    /// Reads the key of a table.
    pub(in crate::plan) fn read(key: &str) -> Option<Self> {
        match key {
            "*" => Some(Self::Every),
            turn if turn.contains('#') => {
                turn.parse().ok().filter(|read: &TurnId| read.to_string() == turn).map(Self::Turn)
            }
            number => {
                number.parse().ok().filter(|read: &u32| *read > 0 && read.to_string() == number).map(Self::Number)
            }
        }
    }

    /// Whether it means the one with this number, which brings these turns.
    pub fn means(&self, number: u32, turns: &[TurnId]) -> bool {
        match self {
            Self::Number(own) => *own == number,
            Self::Turn(turn) => turns.contains(turn),
            Self::Every => true,
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Turn(turn) => turn.fmt(f),
            Self::Every => f.write_str("*"),
        }
    }
}

/// Which of them meet which fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence<F>(BTreeMap<Which, F>);

impl<F> Default for Occurrence<F> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<F: Copy> Occurrence<F> {
    /// The fault of the `number`-th, which brings these turns, if it has one. What a turn meets, it meets in every request.
    pub fn of(&self, number: u32, turns: &[TurnId]) -> Option<F> {
        let of_number = || self.0.get(&Which::Number(number)).or_else(|| self.0.get(&Which::Every)).copied();
        self.of_turns(turns).or_else(of_number)
    }

    /// The fault of the first of these turns that has one.
    pub(super) fn of_turns(&self, turns: &[TurnId]) -> Option<F> {
        let mut planned = self.0.iter().filter(|(which, _)| matches!(which, Which::Turn(turn) if turns.contains(turn)));
        planned.next().map(|(_, fault)| *fault)
    }

    /// Each fault, in order; the one of every other request or commit comes last.
    pub fn iter(&self) -> impl Iterator<Item = (&Which, F)> {
        self.0.iter().map(|(which, fault)| (which, *fault))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn insert(&mut self, which: Which, fault: F) {
        self.0.insert(which, fault);
    }

    pub(super) fn remove(&mut self, which: &Which) {
        self.0.remove(which);
    }
}
