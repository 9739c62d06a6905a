//! Which requests of a kind, or which commits of an agent, meet which fault.

use std::collections::BTreeMap;
use std::fmt;

/// Which of several that are counted from 1, as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The n-th.
    Number(u32),
    /// Every one that has no fault of its own.
    Every,
}

impl Which {
    /// Reads the key of a table.
    pub(in crate::plan) fn read(key: &str) -> Option<Self> {
        match key {
            "*" => Some(Self::Every),
            number => {
                number.parse().ok().filter(|read: &u32| *read > 0 && read.to_string() == number).map(Self::Number)
            }
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
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
    /// The fault of the `number`-th, if it has one.
    pub fn of(&self, number: u32) -> Option<F> {
        self.0.get(&Which::Number(number)).or_else(|| self.0.get(&Which::Every)).copied()
    }

    /// Each fault, in order; the one of every other request or commit comes last.
    pub fn iter(&self) -> impl Iterator<Item = (Which, F)> {
        self.0.iter().map(|(which, fault)| (*which, *fault))
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

    pub(super) fn remove(&mut self, which: Which) {
        self.0.remove(&which);
    }
}
