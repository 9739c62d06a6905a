//! What an exploration of schedules has found: a block for each class of violations, with the fewest preemptions that show it, and the file
//! that replays one of them.

mod file;
mod json;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use model::words::turn::TurnId;

pub use file::explored_file;
pub use json::explored_json;

use super::campaign::rate;
use super::layout::{WIDTH, counted, cut, grouped, wrapped};
use super::shrunk_path;
use super::sweep::lines::{place, sentence};
use crate::plan::{Forced, Pace};
use crate::search::command;
use crate::search::schedules::{Explored, ExploredScenario, Found, Group, Preemption};

/// The most lines that a block has.
const LINES: usize = 8;
/// How many scenarios a line names.
const NAMED: usize = 4;

/// The page. `folder` has the scenarios of the classes.
pub fn explored(explored: &Explored, folder: &Path) -> String {
    let mut text = head(explored);
    for group in Group::all(explored) {
        let class = group.class;
        let (first, found) = &group.scenarios[0];
        let fewest = group.example().1.preemptions.len();
        let of = counted(explored.schedules(), "schedule");
        let others = group.scenarios.len() - 1;
        let others = if others > 0 { format!(", and {others} others") } else { String::new() };
        let scenario = match &explored.scenarios[..] {
            [_] => String::new(),
            _ => format!(", in {}{others}", name(first)),
        };
        _ = writeln!(text, "\n{}: {} of {of}{scenario}", class.invariant, grouped(group.runs() as u64));
        for line in wrapped(std::slice::from_ref(&class.mechanism), "", WIDTH - 4) {
            _ = writeln!(text, "    {line}");
        }
        let with_fewest: Vec<&Found> = found.iter().filter(|one| one.preemptions.len() == fewest).copied().collect();
        let all = lines(&group, &with_fewest);
        for line in all.iter().take(LINES) {
            let parts: Vec<String> = line.split(", ").map(str::to_owned).collect();
            let mut wrapped = wrapped(&parts, ", ", WIDTH - 8).into_iter();
            wrapped.next().into_iter().for_each(|line| _ = writeln!(text, "      {line}"));
            wrapped.for_each(|line| _ = writeln!(text, "        {line}"));
        }
        if all.len() > LINES {
            _ = writeln!(text, "      and {} more, see --json", all.len() - LINES);
        }
        let path = shrunk_path(folder, class);
        let server = Some(group.example().0.drawn.server);
        _ = writeln!(text, "      replay: {}", command::replay(&path, explored.release, server, None));
        _ = writeln!(text, "      explain: {}", command::explain(&path, explored.release, server, None));
    }
    text + &last_lines(explored)
}

/// One scenario with its title, or how many there are; and what they show without a preemption.
fn head(explored: &Explored) -> String {
    let release = explored.release;
    if let [one] = &explored.scenarios[..] {
        let scenario = &one.drawn.scenario;
        let as_it_is = one.run.damage().summary();
        let mut text = format!("{}: {}\n", scenario.name, scenario.title);
        _ = writeln!(text, "{release} on {}, without a preemption: {as_it_is}", one.drawn.server);
        for shown in &one.known {
            let turn = shown.turn.as_ref().map(|turn| format!("{turn} ")).unwrap_or_default();
            let line = format!("  {}: {turn}{}", shown.class.invariant, shown.class.mechanism);
            _ = writeln!(text, "{}", cut(&line, WIDTH));
        }
        return text;
    }
    let mut text = format!("{} with {release}\n", counted(explored.scenarios.len() as u64, "scenario"));
    let wrong: Vec<&str> = explored.scenarios.iter().filter(|one| !one.known.is_empty()).map(name).collect();
    if !wrong.is_empty() {
        let named = wrong[..wrong.len().min(NAMED)].join(", ");
        let more = if wrong.len() > NAMED { ", …" } else { "" };
        _ = writeln!(text, "{} violate something without a preemption: {named}{more}", wrong.len());
    }
    text
}

fn name(explored: &ExploredScenario) -> &str {
    &explored.drawn.scenario.name
}

/// The lines of these runs: a single preemption by ranges of steps, and a line for each row of several.
fn lines(group: &Group<'_>, found: &[&Found]) -> Vec<String> {
    /// The process, the thread, and the turns.
    type Key<'a> = (u32, &'a str, Vec<TurnId>);
    /// By step the label, and the shortest and the longest time. A thread that yields is held up for no time.
    type Steps<'a> = BTreeMap<u64, (&'a str, Duration, Duration)>;
    let (mut single, mut others) = (BTreeMap::<Key<'_>, Steps<'_>>::new(), Vec::new());
    for one in found {
        let turns = group.turns(one);
        let (Some(first), Some(place)) = (one.preemptions.first(), one.places.first()) else { continue };
        match (first, place, one.preemptions.len()) {
            (Preemption::AtStep(Forced { process, step, pace }), Some((thread, label)), 1) => {
                let length = if let Pace::Sleep(length) = pace { *length } else { Duration::ZERO };
                let steps = single.entry((*process, thread, turns)).or_default();
                let row = steps.entry(*step).or_insert((label, length, length));
                (row.1, row.2) = (row.1.min(length), row.2.max(length));
            }
            _ => others.push(format!("{} {}", said(one), sentence(&group.class.invariant, &turns, false))),
        }
    }
    let mut all = Vec::new();
    for ((process, thread, turns), steps) in single {
        let steps: Vec<(u64, (&str, Duration, Duration))> = steps.into_iter().collect();
        for row in steps.chunk_by(|a, b| b.0 == a.0 + 1) {
            let (Some(begin), Some(end)) = (row.first(), row.last()) else { continue };
            let range = place(process, (begin.0, end.0, begin.1.0, end.1.0));
            let shortest = row.iter().map(|(_, row)| row.1).min().unwrap_or_default();
            let longest = row.iter().map(|(_, row)| row.2).max().unwrap_or_default();
            let held = held_up(shortest, longest);
            let damage = sentence(&group.class.invariant, &turns, false);
            all.push(format!("{thread} {held} at {range}: {damage}"));
        }
    }
    all.extend(others);
    all
}

/// `yields`, `is held up for 5 to 64 ms`.
fn held_up(shortest: Duration, longest: Duration) -> String {
    let (from, to) = (shortest.as_millis(), longest.as_millis());
    match (from, to) {
        (0, 0) => "yields".to_owned(),
        (0, to) => format!("yields or is held up for {to} ms at most"),
        (from, to) if from == to => format!("is held up for {to} ms"),
        (from, to) => format!("is held up for {from} to {to} ms"),
    }
}

/// The preemptions of a run, each with its thread and its label.
pub(super) fn said(found: &Found) -> String {
    let one = |(preemption, place): (&Preemption, &Option<(String, String)>)| match place {
        Some((thread, label)) => format!("{preemption} (\"{label}\" of {thread})"),
        None => preemption.to_string(),
    };
    found.preemptions.iter().zip(&found.places).map(one).collect::<Vec<_>>().join(", then ")
}

/// What was run, what was not, and to how many preemptions that is everything.
fn last_lines(explored: &Explored) -> String {
    let all = |count: fn(&ExploredScenario) -> u64| explored.scenarios.iter().map(count).sum::<u64>();
    let mut by_number: BTreeMap<usize, u64> = BTreeMap::new();
    for (number, runs) in explored.scenarios.iter().flat_map(|one| &one.runs) {
        *by_number.entry(*number).or_default() += runs;
    }
    let number = |(number, runs): (&usize, &u64)| match number {
        0 => format!("{} without a preemption", grouped(*runs)),
        number => format!("{} with {number}", grouped(*runs)),
    };
    let by_number: Vec<String> = by_number.iter().map(number).collect();
    let (runs, orders) = (counted(explored.schedules(), "schedule"), counted(all(|one| one.orders), "order"));
    let mut text = format!("\n{runs} run, with {orders} of steps: {}\n", by_number.join(", "));
    let (pruned, not_extended) = (all(|one| one.left_out), all(|one| one.not_extended));
    _ = writeln!(
        text,
        "{} pruned: they order no steps otherwise; {} not extended, for one with the same order was",
        grouped(pruned),
        grouped(not_extended)
    );
    let nothing = all(|one| one.proved_nothing);
    if nothing > 0 {
        _ = writeln!(text, "{} proved nothing: what the run waits for never comes", counted(nothing, "run"));
    }
    let found = grouped(explored.scenarios.iter().map(|one| one.found.len() as u64).sum());
    let violate =
        if found == "0" { "none violates an invariant".to_owned() } else { format!("{found} violate an invariant") };
    match explored.is_complete() {
        true => text + &format!("{}; {violate}\n", explored.extent()),
        false => text + &format!("incomplete: interrupted before everything was tried; {violate} so far\n"),
    }
}

/// The progress of an exploration: nobody knows how many schedules there will be.
pub fn explored_progress(runs: u64, took: Duration) -> String {
    format!("{}; {}", counted(runs, "schedule"), explored_bar(runs, took))
}

/// The same beside a progress bar.
pub fn explored_bar(runs: u64, took: Duration) -> String {
    format!("{} a second", grouped(rate(runs, took)))
}
