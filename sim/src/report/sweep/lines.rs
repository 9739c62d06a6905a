//! The faults of a group as ranges of steps, each with its labels and a sentence.

use std::collections::BTreeMap;

use model::words::turn::TurnId;

use crate::judging::Invariant;
use crate::plan::{Data, Fault, Kill, Moment, PlannedFault, Which};
use crate::search::sweep::{Found, Group, SweptFault};

/// The most turns that a sentence names.
const TURNS: usize = 4;

/// A kill that shows a group's class for the same turns as others.
struct Hit<'a> {
    kill: &'a Kill,
    step: u64,
    label: &'a str,
    /// What strikes before it, if it is the second of a pair.
    first: Option<&'a SweptFault>,
    turns: Vec<TurnId>,
}

/// A line, and what strikes before.
type After<'a> = (Option<&'a SweptFault>, String);

/// The lines of these runs: kills by ranges of steps, faults by their requests.
pub(super) fn lines(group: &Group<'_>, found: &[&Found]) -> Vec<String> {
    let (mut hits, mut others) = (Vec::new(), Vec::<(Option<&SweptFault>, Vec<TurnId>, Vec<&PlannedFault>)>::new());
    for found in found {
        let turns = group.turns(found);
        let Some((last, before)) = found.faults.split_last() else { continue };
        let first = before.first();
        match last {
            SweptFault::Kill(kill) => {
                let Moment::Step(step) = kill.at else { continue };
                let label = found.labels.last().and_then(Option::as_deref).unwrap_or_default();
                hits.push(Hit { kill, step, label, first, turns });
            }
            SweptFault::Planned(fault) => match others.iter_mut().find(|one| (one.0, &one.1) == (first, &turns)) {
                Some((_, _, faults)) => faults.push(fault),
                None => others.push((first, turns, vec![fault])),
            },
        }
    }
    let others = others.into_iter().flat_map(|(first, turns, faults)| {
        let of_one = |(places, many)| (first, format!("{places} {}", sentence(&group.class.invariant, &turns, many)));
        requests(&faults).into_iter().map(of_one).collect::<Vec<_>>()
    });
    let mut others: Vec<After<'_>> = others.collect();
    others.sort_by(|(_, one), (_, other)| one.cmp(other));
    joined(ranges(group, &hits).into_iter().chain(others))
}

/// The lines, with what strikes before each: one line for all first faults of a row that have the same second ones.
fn joined<'a>(lines: impl Iterator<Item = After<'a>>) -> Vec<String> {
    let (mut joined, mut pairs) = (Vec::new(), BTreeMap::<String, Vec<&SweptFault>>::new());
    for (first, line) in lines {
        match first {
            None => joined.push(line),
            Some(first) => pairs.entry(line).or_default().push(first),
        }
    }
    for (line, firsts) in pairs {
        let (mut kills, mut faults) = (BTreeMap::<(&str, u32), Vec<u64>>::new(), Vec::new());
        for first in firsts {
            match first {
                SweptFault::Kill(Kill { at: Moment::Step(step), process, ending }) => {
                    kills.entry((ending.word(), *process)).or_default().push(*step);
                }
                SweptFault::Kill(kill) => joined.push(format!("{kill}, then {line}")),
                SweptFault::Planned(fault) => faults.push(fault),
            }
        }
        let kills = kills.into_iter().map(|((word, process), steps)| {
            let unit = if steps.len() == 1 { "step" } else { "steps" };
            format!("{word} at {unit} {} of process {process}, then {line}", rows(steps))
        });
        let faults = requests(&faults).into_iter().map(|(places, _)| format!("{places}, then {line}"));
        joined.extend(kills.chain(faults));
    }
    joined
}

/// Faults by the requests that they strike, requests with the same faults together; each with whether that is more than one fault.
fn requests(faults: &[&PlannedFault]) -> Vec<(String, bool)> {
    /// What is struck, by its kind and by its number or turn.
    type Place = (String, Which);
    /// The kind, and the faults.
    type Row = (String, Vec<String>);
    /// The numbers of the requests, and the turns.
    type Places = (Vec<u64>, Vec<String>);
    let mut by_place: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    for fault in faults {
        let place = match fault {
            PlannedFault::Request(endpoint, which, _) => (endpoint.to_string(), which.clone()),
            PlannedFault::Commit(agent, which, _) => (format!("commit.{agent}"), which.clone()),
        };
        by_place.entry(place).or_default().push(fault.fault());
    }
    let mut together: BTreeMap<Row, Places> = BTreeMap::new();
    for ((kind, which), faults) in by_place {
        let (numbers, turns) = together.entry((kind, faults)).or_default();
        match which {
            Which::Number(number) => numbers.push(number.into()),
            Which::Turn(_) | Which::Every => turns.push(which.to_string()),
        }
    }
    let line = |((kind, faults), (numbers, turns)): (Row, Places)| {
        let many = faults.len() > 1 || numbers.len() + turns.len() > 1;
        let numbers = Some(rows(numbers)).filter(|numbers| !numbers.is_empty());
        let places: Vec<String> = numbers.into_iter().chain(turns).collect();
        let is_any = |fault: &Fault| fault.may_need_a_retain() || faults.contains(&fault.to_string());
        let (faults, many) = match Fault::DRAWN.iter().all(is_any) {
            true => ("any fault".to_owned(), false),
            false => (faults.iter().map(|fault| format!("\"{fault}\"")).collect::<Vec<_>>().join(", "), many),
        };
        (format!("{kind} {}: {faults}", places.join(", ")), many)
    };
    together.into_iter().map(line).collect()
}

/// `3 to 7, 12`.
fn rows(mut numbers: Vec<u64>) -> String {
    numbers.sort_unstable();
    numbers.dedup();
    let row = |row: &[u64]| match row {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
    };
    numbers.chunk_by(|a, b| *b == a + 1).map(row).collect::<Vec<_>>().join(", ")
}

/// A range of steps, with its first and last label.
pub(in crate::report) type Range<'a> = (u64, u64, &'a str, &'a str);

/// Kills in a row that show the same for the same turns are a range, and kinds of kills with the same range are a line.
fn ranges<'a>(group: &Group<'_>, hits: &[Hit<'a>]) -> Vec<After<'a>> {
    type Key<'a> = (Option<String>, u32, &'a [TurnId], &'static str);
    let mut by_kind: BTreeMap<Key<'_>, (Option<&'a SweptFault>, BTreeMap<u64, &str>)> = BTreeMap::new();
    for hit in hits {
        let key = (hit.first.map(ToString::to_string), hit.kill.process, &hit.turns[..], hit.kill.ending.word());
        by_kind.entry(key).or_insert((hit.first, BTreeMap::new())).1.insert(hit.step, hit.label);
    }
    type Line<'a> = (Option<String>, u32, Range<'a>, &'a [TurnId]);
    let mut lines: BTreeMap<Line<'_>, (Option<&'a SweptFault>, Vec<&str>)> = BTreeMap::new();
    for ((text, process, turns, word), (first, steps)) in by_kind {
        let steps: Vec<(u64, &str)> = steps.into_iter().collect();
        for row in steps.chunk_by(|a, b| b.0 == a.0 + 1) {
            let (Some(begin), Some(end)) = (row.first(), row.last()) else { continue };
            let line = (text.clone(), process, (begin.0, end.0, begin.1, end.1), turns);
            lines.entry(line).or_insert((first, Vec::new())).1.push(word);
        }
    }
    let line = |((_, process, range, turns), (first, words)): (Line<'_>, (Option<&'a SweptFault>, Vec<&str>))| {
        let place = place(process, range);
        (first, format!("{place}: {} {}", words.join(", "), sentence(&group.class.invariant, turns, words.len() > 1)))
    };
    lines.into_iter().map(line).collect()
}

/// `steps 14 to 22 of process 1, "enqueue" to "join"`.
pub(in crate::report) fn place(process: u32, (begin, end, first, last): Range<'_>) -> String {
    match begin == end {
        true => format!("step {begin} of process {process}, \"{first}\""),
        false if first == last => format!("steps {begin} to {end} of process {process}, \"{first}\""),
        false => format!("steps {begin} to {end} of process {process}, \"{first}\" to \"{last}\""),
    }
}

/// `loses S1#2`, `lose S1#2 and S1#3`.
pub(in crate::report) fn sentence(invariant: &str, turns: &[TurnId], plural: bool) -> String {
    let data = Invariant::named(invariant).and_then(|row| row.data);
    let (one, many) = match data {
        Some(Data::Lost) => ("loses", "lose"),
        Some(Data::Duplicated) => ("duplicates", "duplicate"),
        Some(Data::Misattributed) => ("misattributes", "misattribute"),
        Some(Data::Polluted) => ("keeps", "keep"),
        Some(Data::OrderBroken | Data::StaleRecall) | None => ("violates it for", "violate it for"),
    };
    let verb = if plural { many } else { one };
    match named(turns) {
        Some(turns) => format!("{verb} {turns}"),
        None => verb.trim_end_matches(" for").to_owned(),
    }
}

fn named(turns: &[TurnId]) -> Option<String> {
    let names: Vec<String> = turns.iter().take(TURNS).map(ToString::to_string).collect();
    let (last, before) = names.split_last()?;
    let more = turns.len() - names.len();
    Some(match (more, before) {
        (0, []) => last.clone(),
        (0, before) => format!("{} and {last}", before.join(", ")),
        (more, _) => format!("{} and {more} more", names.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_one_range() {
        assert_eq!(rows(vec![3, 4, 5, 7, 9, 10]), "3 to 5, 7, 9 to 10");
        assert_eq!((rows(Vec::new()), rows(vec![8])), (String::new(), "8".to_owned()));
    }

    #[test]
    fn requests_with_the_same_faults_are_one_line() {
        let faults = ["retain 1: drop", "retain 2: drop", "retain 4: hang", "retain S1#2: 413", "commit.a 1: fail"];
        let faults = faults.map(|text| text.parse::<PlannedFault>().expect("a fault"));
        let lines = requests(&faults.iter().collect::<Vec<_>>());
        let line = |text: &str, many| (text.to_owned(), many);
        let expected = [
            line("commit.a 1: \"fail\"", false),
            line("retain S1#2: \"413\"", false),
            line("retain 1 to 2: \"drop\"", true),
            line("retain 4: \"hang\"", false),
        ];
        assert_eq!(lines, expected);
    }
}
