//! Groups of what a sweep has found: one for each class of violations, over all scenarios.

use std::collections::{BTreeMap, BTreeSet};

use model::words::turn::TurnId;

use super::{Found, Swept, SweptScenario};
use crate::search::campaign::Class;

/// The runs of a sweep that show one class of violations.
pub struct Group<'a> {
    /// The class.
    pub class: &'a Class,
    /// The scenarios in which it is shown, the smallest first, each with its runs.
    pub scenarios: Vec<(&'a SweptScenario, Vec<&'a Found>)>,
}

impl<'a> Group<'a> {
    /// The groups of a sweep, the one with the most runs first.
    pub fn all(swept: &'a Swept) -> Vec<Self> {
        Self::by_class(&swept.scenarios, |scenario| {
            scenario.singles.found.iter().chain(&scenario.pairs.found).collect()
        })
    }

    /// The groups of single faults that change nothing about what a scenario shows as it is.
    pub fn as_it_is(scenario: &'a SweptScenario) -> Vec<Self> {
        Self::by_class(std::slice::from_ref(scenario), |scenario| scenario.singles.as_it_is.iter().collect())
    }

    fn by_class(swept: &'a [SweptScenario], found_in: impl Fn(&'a SweptScenario) -> Vec<&'a Found>) -> Vec<Self> {
        let mut groups: BTreeMap<&Class, BTreeMap<usize, Vec<&Found>>> = BTreeMap::new();
        for (place, scenario) in swept.iter().enumerate() {
            for found in found_in(scenario) {
                let classes: BTreeSet<&Class> = found.shown.iter().map(|shown| &shown.class).collect();
                for class in classes {
                    groups.entry(class).or_default().entry(place).or_default().push(found);
                }
            }
        }
        let group = |(class, places): (&'a Class, BTreeMap<usize, Vec<&'a Found>>)| {
            let of_one = |(place, found): (usize, Vec<&'a Found>)| (&swept[place], found);
            let mut scenarios: Vec<_> = places.into_iter().map(of_one).collect();
            scenarios.sort_by_key(|(swept, _)| swept.base.drawn.scenario.size());
            Self { class, scenarios }
        };
        let mut groups: Vec<Self> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse((group.runs(1), group.runs(2))));
        groups
    }

    /// The number of its runs with so many faults.
    pub fn runs(&self, faults: usize) -> usize {
        let of_one = |found: &Vec<&Found>| found.iter().filter(|found| found.faults.len() == faults).count();
        self.scenarios.iter().map(|(_, found)| of_one(found)).sum()
    }

    /// The run that stands for all: of the smallest scenario, with the fewest faults, the first.
    pub fn example(&self) -> (&'a SweptScenario, &'a Found) {
        let (swept, found) = &self.scenarios[0];
        let fewest = found.iter().min_by_key(|found| found.faults.len()).expect("a group has a run");
        (swept, fewest)
    }

    /// The turns that a run of the group shows it for. Empty if it is about none.
    pub fn turns(&self, found: &Found) -> Vec<TurnId> {
        found.shown.iter().filter(|shown| shown.class == *self.class).filter_map(|shown| shown.turn.clone()).collect()
    }
}
