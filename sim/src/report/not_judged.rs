//! The invariants that could not be judged, by name: silence about them would read as a pass.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;

use super::layout::wrapped;
use crate::judging::Invariant;

/// Why an invariant was not judged.
pub(super) fn reason(release: Subject) -> String {
    format!("not judged: {release} does not report what it needs")
}

/// `not judged (A does not report what they need): bounded-memory, convergence`, in lines of this width. None if there is no name.
pub(super) fn lines(release: Subject, names: &[impl AsRef<str>], width: usize) -> Vec<String> {
    let (unseen, unreported): (Vec<&str>, Vec<&str>) =
        names.iter().map(AsRef::as_ref).partition(|name| release.unseen().iter().any(|unseen| name.ends_with(unseen)));
    let line = |why: &str, names: Vec<&str>| {
        let Some((first, rest)) = names.split_first() else { return Vec::new() };
        let first = format!("not judged ({why} what they need): {first}");
        let all: Vec<String> = std::iter::once(first).chain(rest.iter().map(|name| (*name).to_owned())).collect();
        wrapped(&all, ", ", width)
    };
    let mut lines = line(&format!("{release} does not report"), unreported);
    lines.extend(line(&format!("the provider of {release} does not show"), unseen));
    lines
}

/// The same of a whole table: for each release what could not be judged in any of its cells.
pub(super) fn of_all<'a>(
    cells: impl Iterator<Item = (Subject, &'a [&'static str])>,
    width: usize,
) -> impl Iterator<Item = String> {
    let mut by_release: BTreeMap<Subject, BTreeSet<&str>> = BTreeMap::new();
    for (release, names) in cells.filter(|(_, names)| !names.is_empty()) {
        by_release.entry(release).or_default().extend(names);
    }
    by_release.into_iter().flat_map(move |(release, names)| {
        let in_order = Invariant::all().map(|row| row.name).filter(|name| names.contains(name));
        lines(release, &in_order.collect::<Vec<_>>(), width)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Subject {
        name.parse().expect("a subject")
    }

    #[test]
    fn what_was_not_judged_has_its_name() {
        assert_eq!(lines(named("F"), &["convergence"; 0], 80), Vec::<String>::new());
        let told = "not judged (F does not report what they need): bounded-memory, convergence";
        assert_eq!(lines(named("F"), &["bounded-memory", "convergence"], 80), [told]);
        assert_eq!(lines(named("F"), &["bounded-memory", "convergence"], 70).len(), 2);
    }

    #[test]
    fn a_table_says_it_once_for_each_release() {
        let cells: [(Subject, &[&'static str]); 4] =
            [(named("F"), &["convergence"]), (named("A"), &[]), (named("F"), &["lineage"]), (named("B"), &["order"])];
        let told: Vec<String> = of_all(cells.into_iter(), 80).collect();
        let expected = [
            "not judged (B does not report what they need): order",
            "not judged (F does not report what they need): lineage, convergence",
        ];
        assert_eq!(told, expected);
    }
}
