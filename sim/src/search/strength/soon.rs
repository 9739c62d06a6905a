//! How soon a defect was found, over several starts.

use std::time::Duration;

/// How soon a defect was found: from each start, in order; `None` if the budget ran out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soon {
    pub(super) finds: Vec<Option<Find>>,
}

/// How soon it was found from one start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Find {
    pub(super) seeds: u64,
    pub(super) took: Duration,
}

impl Soon {
    /// The median number of seeds, if it was found from most starts.
    pub fn median(&self) -> Option<u64> {
        middle(self.finds.iter().map(|find| find.map(|find| find.seeds)).collect())
    }

    /// The median time, if it was found from most starts.
    pub fn median_time(&self) -> Option<Duration> {
        middle(self.finds.iter().map(|find| find.map(|find| find.took)).collect())
    }

    /// The most seeds, if it was found from every start.
    pub fn most(&self) -> Option<u64> {
        self.finds.iter().map(|find| find.map(|find| find.seeds)).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// The longest time, if it was found from every start.
    pub fn most_time(&self) -> Option<Duration> {
        self.finds.iter().map(|find| find.map(|find| find.took)).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Whether it was found from every start.
    pub fn found(&self) -> bool {
        self.most().is_some()
    }
}

/// The median; starts without a find come last.
pub(super) fn middle<T: Ord + Copy>(mut finds: Vec<Option<T>>) -> Option<T> {
    finds.sort_unstable_by_key(|find| (find.is_none(), *find));
    finds.get(finds.len() / 2).copied().flatten()
}
