//! Two runs side by side: which events of one are events of the other.
//!
//! Events are paired by what happened, to whom and in which task, and not by their places or times. The longest common order is the same in both;
//! an event that both have, but in another order, is moved. Nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::explain::timeless;
use crate::run::Run;

/// A line of the comparison. The numbers are places in the histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// In both, in the same order.
    Same(usize, usize),
    /// In both, in another order. It stands where the first run has it.
    Moved(usize, usize),
    /// Only in the first.
    First(usize),
    /// Only in the second.
    Second(usize),
}

/// Pairs the events of two runs, in the order of the first.
pub fn compare(first: &Run, second: &Run) -> Vec<Row> {
    rows(&causes(first), &causes(second))
}

/// The place of the first row that is not the same in both.
pub fn first_difference(rows: &[Row]) -> Option<usize> {
    rows.iter().position(|row| !matches!(row, Row::Same(..)))
}

/// What each event is, whenever it happened: the n-th of its kind in its task.
fn causes(run: &Run) -> Vec<String> {
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    let all = run.events.iter().zip(&run.origins);
    let cause = |(event, origin): (&crate::history::Event, &crate::history::Origin)| {
        let what = format!("{} {}", origin.task.unwrap_or_default(), timeless(event));
        let number = counted.entry(what.clone()).or_default();
        *number += 1;
        format!("{what} {number}")
    };
    all.map(cause).collect()
}

fn rows(first: &[String], second: &[String]) -> Vec<Row> {
    let at_second: BTreeMap<&str, usize> =
        second.iter().enumerate().map(|(place, cause)| (cause.as_str(), place)).collect();
    let known: BTreeSet<&str> = first.iter().map(String::as_str).collect();
    let one_of_first = |place: usize| match at_second.get(first[place].as_str()) {
        Some(other) => Row::Moved(place, *other),
        None => Row::First(place),
    };
    // What the first run has elsewhere stands there.
    let one_of_second = |place: usize| (!known.contains(second[place].as_str())).then_some(Row::Second(place));
    let mut rows = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, first, second) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                rows.extend((0..len).map(|step| Row::Same(old_index + step, new_index + step)));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                rows.extend((old_index..old_index + old_len).map(one_of_first));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                rows.extend((new_index..new_index + new_len).filter_map(one_of_second));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                rows.extend((old_index..old_index + old_len).map(one_of_first));
                rows.extend((new_index..new_index + new_len).filter_map(one_of_second));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(first: &str, second: &str) -> Vec<Row> {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        rows(&words(first), &words(second))
    }

    #[test]
    fn an_event_in_another_order_is_moved_and_stands_once() {
        let rows = compared("a b c d", "a c b d");
        assert_eq!(rows.iter().filter(|row| matches!(row, Row::Same(..))).count(), 3);
        assert_eq!(rows.iter().filter(|row| matches!(row, Row::Moved(..))).count(), 1);
        assert_eq!(rows.len(), 4);
    }

    #[test]
    fn what_only_one_has_stands_at_its_place() {
        assert_eq!(compared("a b d", "a c d"), [Row::Same(0, 0), Row::First(1), Row::Second(1), Row::Same(2, 2)]);
        assert_eq!(first_difference(&compared("a b", "a b c")), Some(2));
        assert_eq!(first_difference(&compared("a b", "a b")), None);
    }
}
