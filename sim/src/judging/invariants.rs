//! The table of the invariants. Everything about an invariant is in its row, and its row is in its own file.
//!
//! Every other table is a view of this one: the names that a scenario may give, the letters of the reports, the subjects that
//! break an invariant, the campaigns that must judge it. An invariant is added with its file and a line in its folder's list.

use model::words::part::Part;

use super::invariant::Invariant;
use super::{gateway, memory, webui};

impl Invariant {
    /// All of them, in report order.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        [memory::ROWS, gateway::ROWS, webui::ROWS].into_iter().flatten()
    }

    /// The invariant of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|invariant| invariant.name == name)
    }

    /// The invariants that an expectation states by name.
    pub fn by_name() -> impl Iterator<Item = &'static Self> + Clone {
        Self::all().filter(|invariant| invariant.data.is_none())
    }

    /// The names that an expectation may give.
    pub fn names() -> Vec<&'static str> {
        Self::by_name().map(|invariant| invariant.name).collect()
    }

    /// The invariants that concern a run about this part, and cannot be judged if only these parts of its subject testify.
    pub fn not_judged(about: Part, testifies: &[Part]) -> impl Iterator<Item = &'static Self> {
        Self::all().filter(move |invariant| invariant.concerns(about) && !invariant.can_be_judged(testifies))
    }

    /// All of them, worst first.
    pub fn worst_first() -> Vec<&'static Self> {
        let mut all: Vec<&Self> = Self::all().collect();
        all.sort_by_key(|invariant| invariant.severity);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::plan::{Data, Scenario};

    /// Checks that no two invariants share this property.
    fn check_unique<T: Ord>(of: impl Fn(&Invariant) -> T) {
        let different: BTreeSet<T> = Invariant::all().map(of).collect();
        assert_eq!(different.len(), Invariant::all().count());
    }

    #[test]
    fn no_two_invariants_look_the_same() {
        check_unique(|row| row.name);
        check_unique(|row| row.rule);
        check_unique(|row| row.letter);
        check_unique(|row| row.words);
    }

    #[test]
    fn no_data_states_two_invariants() {
        let stated: Vec<Data> = Invariant::all().filter_map(|row| row.data).collect();
        assert!(stated.iter().enumerate().all(|(place, data)| !stated[..place].contains(data)), "{stated:?}");
    }

    #[test]
    fn an_expectation_can_state_every_violation() {
        for row in Invariant::all() {
            let text =
                format!("title = \"t\"\nsteps = [\"turn\"]\n[expect]\nB = {{ violates = [\"{}\"] }}\n", row.name);
            let read = Scenario::parse_knowing(Path::new("a.toml"), &text, &Invariant::names());
            match (row.data, read.map_err(|error| error.to_string())) {
                (None, Ok(_)) => {}
                (Some(_), Err(error)) => assert!(error.contains("has a key of its own"), "{error}"),
                (_, read) => panic!("{row:?}: {read:?}"),
            }
        }
    }

    #[test]
    fn a_folder_holds_the_invariants_of_its_part() {
        let part = |rows: &[Invariant], part: Part| rows.iter().all(|row| row.part == part);
        assert!(
            part(memory::ROWS, Part::Memory) && part(gateway::ROWS, Part::Gateway) && part(webui::ROWS, Part::WebUi)
        );
    }
}
