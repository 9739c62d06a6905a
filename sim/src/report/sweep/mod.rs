//! What a sweep has found: a block for each class of violations, with its faults in ranges, and the file that replays one of them.

mod file;
mod json;
pub(super) mod lines;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

pub use file::swept_file;
pub use json::swept_json;

use super::campaign::rate;
use super::layout::{WIDTH, counted, cut, grouped, wrapped};
use super::shrunk_path;
use crate::plan::Scenario;
use crate::search::command;
use crate::search::sweep::{Counted, Found, Group, Swept, SweptScenario};

/// The most lines that a block has about the faults of its scenario.
const LINES: usize = 12;
/// How many scenarios a line names.
const NAMED: usize = 4;

/// The page. `folder` has the scenarios of the classes.
pub fn swept(swept: &Swept, folder: &Path) -> String {
    let singles = sum(swept.scenarios.iter().map(|one| &one.singles));
    let pairs = sum(swept.scenarios.iter().map(|one| &one.pairs));
    let mut text = head(swept);
    for group in Group::all(swept) {
        let (_, found) = &group.scenarios[0];
        let class = group.class;
        let of = [("fault", group.runs(1), &singles), ("pair", group.runs(2), &pairs)];
        let of = of.into_iter().filter(|(_, runs, _)| *runs > 0);
        let of = of.map(|(what, runs, tried)| format!("{} of {}", grouped(runs as u64), counted(tried.runs, what)));
        let of = of.collect::<Vec<_>>().join(" and ");
        _ = writeln!(text, "\n{}: {of}{}", class.invariant, places(swept, &group));
        for line in wrapped(std::slice::from_ref(&class.mechanism), "", WIDTH - 4) {
            _ = writeln!(text, "    {line}");
        }
        text += &block(&group, found, LINES);
        let server = group.example().0.base.drawn.server;
        let replay = command::replay(&shrunk_path(folder, class), swept.release, Some(server), None);
        _ = writeln!(text, "      replay: {replay}");
    }
    text + &gaps(swept) + &last_lines(swept, &singles, &pairs)
}

/// One scenario with its title, or how many there are; and what they show as they are.
fn head(swept: &Swept) -> String {
    let release = swept.release;
    if let [one @ SweptScenario { base, singles, .. }] = &swept.scenarios[..] {
        let Scenario { name, title, .. } = &base.drawn.scenario;
        let mut text =
            format!("{name}: {title}\n{release} on {}: {}\n", base.drawn.server, base.run.damage().summary());
        for shown in &base.known {
            let turn = shown.turn.as_ref().map(|turn| format!("{turn} ")).unwrap_or_default();
            let line = format!("  {}: {turn}{}", shown.class.invariant, shown.class.mechanism);
            _ = writeln!(text, "{}", cut(&line, WIDTH));
        }
        if !base.known.is_empty() {
            let as_it_is = grouped(singles.as_it_is.len() as u64);
            _ = writeln!(text, "  {as_it_is} of {} show this, too:", counted(singles.runs, "fault"));
        }
        let groups = Group::as_it_is(one);
        for group in &groups {
            _ = writeln!(text, "    {}", cut(&group.class.mechanism, WIDTH - 4));
            text += &block(group, &group.scenarios[0].1, LINES);
        }
        return text;
    }
    let mut text = format!("{} with {release}\n", counted(swept.scenarios.len() as u64, "scenario"));
    let wrong: Vec<&str> = swept.scenarios.iter().filter(|one| !one.base.known.is_empty()).map(name).collect();
    if !wrong.is_empty() {
        _ = writeln!(
            text,
            "{}",
            cut(&format!("{} violate something as they are: {}", wrong.len(), wrong.join(", ")), WIDTH)
        );
    }
    text
}

fn name(swept: &SweptScenario) -> &str {
    &swept.base.drawn.scenario.name
}

/// The lines of a group in one scenario, so many at most.
fn block(group: &Group<'_>, found: &[&Found], most: usize) -> String {
    let (mut text, lines) = (String::new(), lines::lines(group, found));
    for line in lines.iter().take(most) {
        let parts: Vec<String> = line.split(", ").map(str::to_owned).collect();
        let mut wrapped = wrapped(&parts, ", ", WIDTH - 8).into_iter();
        wrapped.next().into_iter().for_each(|line| _ = writeln!(text, "      {line}"));
        wrapped.for_each(|line| _ = writeln!(text, "        {line}"));
    }
    if lines.len() > most {
        _ = writeln!(text, "      and {} more, see --json", lines.len() - most);
    }
    text
}

/// In which of several scenarios: the lines of a block are about the first.
fn places(swept: &Swept, group: &Group<'_>) -> String {
    let names: Vec<&str> = group.scenarios.iter().map(|(swept, _)| name(swept)).collect();
    match &names[..] {
        [] => String::new(),
        [_] if swept.scenarios.len() == 1 => String::new(),
        [one] => format!(", in {one}"),
        [first, others @ ..] => {
            let named = others[..others.len().min(NAMED)].join(", ");
            let more = if others.len() > NAMED { ", …" } else { "" };
            format!(", in {first} and {} others: {named}{more}", others.len())
        }
    }
}

/// What was tried and shows nothing.
fn gaps(swept: &Swept) -> String {
    let mut text = String::new();
    for one in &swept.scenarios {
        let base = one.base.run.failure.iter().map(|_| 1).sum::<u64>();
        if base > 0 {
            _ = writeln!(text, "\n{}: no result: the scenario cannot run as it is", name(one));
        }
        for (why, faults) in &one.singles.without_result {
            let line = format!("{}: no result: {}: {why}", name(one), counted(*faults, "fault"));
            _ = writeln!(text, "\n{}", cut(&line, WIDTH));
        }
    }
    text
}

/// What was tried, and to which depth that is everything.
fn last_lines(swept: &Swept, singles: &Counted, pairs: &Counted) -> String {
    let kinds: Vec<String> = singles.kinds.iter().map(|(kind, runs)| format!("{} {kind}", grouped(*runs))).collect();
    let mut text = format!("\n{} tried, one at a time: ", counted(singles.runs, "fault"));
    let parts = wrapped(&kinds, ", ", WIDTH - text.len());
    _ = writeln!(text, "{}", parts.join("\n    "));
    if swept.depth > 1 {
        _ = writeln!(text, "{} tried that can strike one after the other", counted(pairs.runs, "pair"));
    }
    for counted_of in [singles, pairs].into_iter().filter(|one| one.never_struck > 0) {
        _ = writeln!(text, "{} never struck", counted(counted_of.never_struck, "fault"));
    }
    let nothing = singles.proved_nothing + pairs.proved_nothing;
    if nothing > 0 {
        let runs = counted(nothing, "run");
        _ = writeln!(
            text,
            "{runs} proved nothing: the fault struck before a turn was acknowledged, or what the run waits for never comes"
        );
    }
    for (left_out, what) in [(singles.left_out, "fault"), (pairs.left_out, "pair")].into_iter().filter(|one| one.0 > 0)
    {
        _ = writeln!(text, "{} left out in long rows of places that are alike, see --alike", counted(left_out, what));
    }
    let found = grouped(swept.scenarios.iter().map(|one| one.found().count() as u64).sum());
    let violate =
        if found == "0" { "none violates an invariant".to_owned() } else { format!("{found} violate an invariant") };
    match swept.is_complete() {
        true => text + &format!("{}; {violate}\n", swept.extent()),
        false => text + &format!("incomplete: interrupted before everything was tried; {violate} so far\n"),
    }
}

fn sum<'a>(all: impl Iterator<Item = &'a Counted>) -> Counted {
    all.fold(Counted::default(), |mut sum, one| {
        sum.runs += one.runs;
        sum.proved_nothing += one.proved_nothing;
        sum.never_struck += one.never_struck;
        sum.left_out += one.left_out;
        one.kinds.iter().for_each(|(kind, runs)| *sum.kinds.entry(kind.clone()).or_default() += runs);
        sum
    })
}

/// The progress of a sweep: how many first faults are done, of how many. Behind each first fault of pairs there are many runs.
pub fn sweep_progress(done: usize, of: usize, took: Duration) -> String {
    format!("{} of {} faults; {}", grouped(done as u64), grouped(of as u64), sweep_bar(done, took))
}

/// The same beside a progress bar.
pub fn sweep_bar(done: usize, took: Duration) -> String {
    let tenths = rate(done as u64 * 10, took);
    format!("{}.{} a second", tenths / 10, tenths % 10)
}
