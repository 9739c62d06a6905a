//! Which of two schedules shows the same defects in fewer seeds.

use super::{Caught, Soon};

/// How many defects each of two schedules showed in fewer seeds than the other, in the median.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Those that the first showed sooner.
    pub first: usize,
    /// Those that the second showed sooner.
    pub second: usize,
    /// Those that both showed after as many seeds.
    pub neither: usize,
}

impl Ahead {
    /// Counts each release once, by the seeds until anything was found.
    pub fn of_releases(first: &[Caught], second: &[Caught]) -> Self {
        Self::count(first.iter().zip(second).map(|(first, second)| (&first.any, &second.any)))
    }

    /// Counts each release once for every invariant of its part, by the seeds until it was violated.
    pub fn of_invariants(first: &[Caught], second: &[Caught]) -> Self {
        let pairs = first.iter().zip(second);
        Self::count(pairs.flat_map(|(first, second)| {
            first.invariants.iter().filter_map(|(name, soon)| Some((soon, second.invariants.get(name)?)))
        }))
    }

    /// A defect that neither schedule showed is not counted.
    fn count<'a>(pairs: impl Iterator<Item = (&'a Soon, &'a Soon)>) -> Self {
        let mut ahead = Self::default();
        for (first, second) in pairs {
            match (first.median(), second.median()) {
                (None, None) => {}
                (Some(first), Some(second)) if first == second => ahead.neither += 1,
                (Some(first), second) if second.is_none_or(|second| first < second) => ahead.first += 1,
                (_, _) => ahead.second += 1,
            }
        }
        ahead
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::search::strength::Find;

    fn soon(seeds: Option<u64>) -> Soon {
        Soon { finds: vec![seeds.map(|seeds| Find { seeds, took: Duration::ZERO })] }
    }

    #[test]
    fn fewer_seeds_are_ahead_and_what_is_not_found_is_behind() {
        let first = [Some(3), Some(3), Some(3), None, Some(9), None].map(soon);
        let second = [Some(3), Some(4), None, Some(80), Some(2), None].map(soon);
        assert_eq!(Ahead::count(first.iter().zip(&second)), Ahead { first: 2, second: 2, neither: 1 });
    }
}
