//! Long rows of places that are alike, thinned out: 400 questions about one operation, the same step of each of 500 turns.
//!
//! Places are alike if they are steps of one process with one label, or requests to one endpoint, or turns. Of a row that is too long the
//! first few and the last few are tried, and some at even distances between them. What is left out is counted: a sweep that leaves
//! something out says so.

use std::collections::BTreeMap;

use super::fault::SweptFault;
use crate::plan::PlannedFault;

/// In which row a fault is: the same for places that are alike, with the same thing done there.
fn row(fault: &SweptFault, label: &str) -> (String, String) {
    match fault {
        SweptFault::Kill(kill) => (format!("{} {}", kill.ending.word(), kill.process), label.to_owned()),
        SweptFault::Planned(planned @ PlannedFault::Request(endpoint, ..)) => {
            (format!("{} {endpoint}", fault.kind()), planned.fault())
        }
        SweptFault::Planned(planned @ PlannedFault::Commit(..)) => (fault.kind().to_owned(), planned.fault()),
    }
}

/// The faults, each with the label of its step if it is a kill, without those that are left out, and how many these are. A row has at most `most`.
pub(super) fn thinned(faults: Vec<(SweptFault, &str)>, most: usize) -> (Vec<SweptFault>, u64) {
    let mut rows: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (place, (fault, label)) in faults.iter().enumerate() {
        rows.entry(row(fault, label)).or_default().push(place);
    }
    let mut kept = vec![false; faults.len()];
    for places in rows.values() {
        chosen(places.len(), most).into_iter().for_each(|chosen| kept[places[chosen]] = true);
    }
    let left_out = kept.iter().filter(|kept| !**kept).count() as u64;
    let of_those = faults.into_iter().zip(kept).filter(|(_, kept)| *kept);
    (of_those.map(|((fault, _), _)| fault).collect(), left_out)
}

/// Which of a row of so many are tried: a quarter of them at each end, the others between at even distances.
fn chosen(length: usize, most: usize) -> Vec<usize> {
    if length <= most {
        return (0..length).collect();
    }
    let end = most.div_ceil(4);
    let between = most.saturating_sub(2 * end);
    let (from, to) = (end, length.saturating_sub(end));
    let spread = (1..=between).map(|place| from + place * (to - from) / (between + 1));
    let mut chosen: Vec<usize> = (0..from.min(length)).chain(spread).chain(to..length).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_row_stays_whole_and_a_long_one_keeps_its_ends() {
        assert_eq!(chosen(5, 8), [0, 1, 2, 3, 4]);
        assert_eq!(chosen(100, 8), [0, 1, 21, 40, 59, 78, 98, 99]);
        assert_eq!(chosen(3, 2), [0, 2]);
        for length in 0..200 {
            for most in 2..40 {
                assert_eq!(chosen(length, most).len(), length.min(most), "{length} {most}");
            }
        }
    }

    #[test]
    fn rows_are_thinned_each_for_itself() {
        let kill = |step: u64| format!("sigkill at step {step} of process 1").parse::<SweptFault>().expect("a kill");
        let faults = (1..=20).map(|step| (kill(step), if step % 2 == 0 { "even" } else { "odd" })).collect();
        let (kept, left_out) = thinned(faults, 4);
        let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
        assert_eq!((kept.len(), left_out), (8, 12));
        assert_eq!(kept[..2], [kill(1).to_string(), kill(2).to_string()]);
        assert_eq!(kept[6..], [kill(19).to_string(), kill(20).to_string()]);
    }
}
