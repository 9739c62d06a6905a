//! What breaks a scenario, as lines that its file could carry.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::agents::Subject;
use serde::Serialize;

use super::layout::{WIDTH, counted, cut, wrapped};
use crate::draw::Drawn;
use crate::plan::{Moment, PlannedFault, Scenario};
use crate::search::campaign::Class;
use crate::search::explore::{self, Change, Explored};

/// The page.
pub fn explored(drawn: &Drawn, release: Subject, explored: &Explored) -> String {
    let Scenario { name, title, .. } = &drawn.scenario;
    let mut text = format!("{name}: {title}\n{release} on {}: {}\n", drawn.server, explored.base.damage().summary());
    for class in &explored.known {
        _ = writeln!(text, "  {}: {}", class.invariant, cut(&class.mechanism, WIDTH - class.invariant.len() - 4));
    }
    for (class, changes) in explored.by_class() {
        _ = writeln!(text, "\n{}: {} of {}", class.invariant, changes.len(), counted(explored.tried as u64, "change"));
        for line in wrapped(std::slice::from_ref(&class.mechanism), "", WIDTH - 4) {
            _ = writeln!(text, "    {line}");
        }
        lines(&changes).iter().for_each(|line| _ = writeln!(text, "      {line}"));
    }
    for (process, steps) in &explored.cut_short {
        _ = writeln!(text, "\nprocess {process} has {steps} steps; the later ones were not tried, see --steps");
    }
    for (why, changes) in &explored.without_result {
        let line = format!("no result: {}: {}", counted(*changes as u64, "change"), why.trim_end());
        _ = writeln!(text, "\n{}", cut(&line, WIDTH));
    }
    _ = writeln!(text, "\n{}", last_line(explored));
    text
}

fn last_line(explored: &Explored) -> String {
    let Explored { changes, tried, breaks, .. } = explored;
    let tried_of = match tried == changes {
        true => format!("{} tried, one at a time", counted(*tried as u64, "change")),
        false => format!("incomplete: interrupted after {tried} of {}", counted(*changes as u64, "change")),
    };
    match breaks.len() {
        0 => format!("{tried_of}; none breaks it"),
        n => format!("{tried_of}; {n} break it"),
    }
}

/// The changes in lines of a file: kills of a kind together, the others one by one.
fn lines(changes: &[&Change]) -> Vec<String> {
    let mut kills: BTreeMap<(u32, &'static str), Vec<u64>> = BTreeMap::new();
    let mut faults: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seeds = Vec::new();
    for change in changes {
        match change {
            Change::Kill(kill) => {
                if let Moment::Step(step) = kill.at {
                    kills.entry((kill.process, kill.ending.word())).or_default().push(step);
                }
            }
            Change::Fault(PlannedFault::Request(endpoint, which, fault)) => {
                faults.entry(format!("{endpoint} {which}")).or_default().push(format!("\"{fault}\""));
            }
            Change::Fault(fault @ PlannedFault::Commit(..)) => {
                faults.entry("commit".to_owned()).or_default().push(fault.to_string());
            }
            Change::Seed(seed) => seeds.push(seed.to_string()),
        }
    }
    let kills = kills.into_iter().map(|((process, word), steps)| {
        let unit = if steps.len() == 1 { "step" } else { "steps" };
        format!("{word} at {unit} {} of process {process}", ranges(&steps))
    });
    let faults = faults.into_iter().map(|(request, faults)| format!("{request}: {}", faults.join(", ")));
    let seeds = (!seeds.is_empty()).then(|| format!("seed {}", seeds.join(", ")));
    kills.chain(faults).chain(seeds).flat_map(|line| wrapped(&parts(&line), ", ", WIDTH - 6)).collect()
}

fn parts(line: &str) -> Vec<String> {
    line.split(", ").map(str::to_owned).collect()
}

/// `3 to 7, 12`.
fn ranges(steps: &[u64]) -> String {
    let runs = steps.chunk_by(|a, b| *b == a + 1);
    let run = |run: &[u64]| match run {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
    };
    runs.map(run).collect::<Vec<_>>().join(", ")
}

/// One object for each change that breaks it: the scenario's whole file with the change, ready to be replayed.
pub fn explored_json(drawn: &Drawn, explored: &Explored) -> String {
    let line = |(change, classes): &(Change, _)| {
        let scenario = explore::changed(drawn, change).scenario.to_string();
        let change = match change {
            Change::Kill(kill) => kill.to_string(),
            Change::Fault(fault) => fault.to_string(),
            Change::Seed(seed) => format!("seed {seed}"),
        };
        let object = Object { change, classes, scenario };
        serde_json::to_string(&object).expect("a change always serializes") + "\n"
    };
    explored.breaks.iter().map(line).collect()
}

#[derive(Serialize)]
struct Object<'a> {
    change: String,
    classes: &'a std::collections::BTreeSet<Class>,
    scenario: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_in_a_row_are_one_range() {
        assert_eq!(ranges(&[3, 4, 5, 7, 9, 10]), "3 to 5, 7, 9 to 10");
        assert_eq!((ranges(&[]), ranges(&[8])), (String::new(), "8".to_owned()));
    }
}
