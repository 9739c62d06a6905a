//! What an exploration has found, by class of violations, over all scenarios.

use std::collections::BTreeMap;

use model::words::turn::TurnId;

use super::{Explored, ExploredScenario, Found};
use crate::search::campaign::Class;

/// The runs of an exploration that show one class of violations.
pub struct Group<'a> {
    /// The class.
    pub class: &'a Class,
    /// The scenarios in which it is shown, the smallest first, each with its runs: those with the fewest preemptions first.
    pub scenarios: Vec<(&'a ExploredScenario, Vec<&'a Found>)>,
}

impl<'a> Group<'a> {
    /// The groups of an exploration, the one with the most runs first.
    pub fn all(explored: &'a Explored) -> Vec<Self> {
        let mut groups: BTreeMap<&Class, BTreeMap<usize, Vec<&Found>>> = BTreeMap::new();
        for (place, scenario) in explored.scenarios.iter().enumerate() {
            for found in &scenario.found {
                let classes: std::collections::BTreeSet<&Class> =
                    found.shown.iter().map(|shown| &shown.class).collect();
                for class in classes {
                    groups.entry(class).or_default().entry(place).or_default().push(found);
                }
            }
        }
        let group = |(class, places): (&'a Class, BTreeMap<usize, Vec<&'a Found>>)| {
            let of_one = |(place, found): (usize, Vec<&'a Found>)| (&explored.scenarios[place], found);
            let mut scenarios: Vec<_> = places.into_iter().map(of_one).collect();
            scenarios.sort_by_key(|(scenario, _)| scenario.drawn.scenario.size());
            scenarios.iter_mut().for_each(|(_, found)| found.sort_by_key(|found| found.preemptions.len()));
            Self { class, scenarios }
        };
        let mut groups: Vec<Self> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.runs()));
        groups
    }

    /// The number of its runs.
    pub fn runs(&self) -> usize {
        self.scenarios.iter().map(|(_, found)| found.len()).sum()
    }

    /// The run that stands for all: of the smallest scenario, with the fewest preemptions, the first.
    pub fn example(&self) -> (&'a ExploredScenario, &'a Found) {
        let (scenario, found) = &self.scenarios[0];
        (scenario, found[0])
    }

    /// The turns that a run of the group shows it for. Empty if it is about none.
    pub fn turns(&self, found: &Found) -> Vec<TurnId> {
        found.shown.iter().filter(|shown| shown.class == *self.class).filter_map(|shown| shown.turn.clone()).collect()
    }
}
