//! Why a run fails, on one page.
//!
//! - `decided`: the point of no return and the critical pair. - `needed`: the parts that mattered, and other releases. - `json`: the same as an object.

mod decided;
mod json;
mod needed;

use std::fmt::Write;

use super::damage;
use super::layout::{WIDTH, counted, cut, wrapped};
use super::moment::Moment;
use super::text::outcome;
use crate::draw::Drawn;
use crate::plan::Whence;
use crate::run::Run;
use crate::search::command;
use crate::search::explain::{Explanation, Wanted};

pub use json::explained_json;

/// How many events of a turn's life are shown: so many from its start and so many from its end.
const LIFE: (usize, usize) = (13, 11);
/// The most releases that are named to somebody who named none.
const HINTS: usize = 4;

/// The page.
pub fn explained(drawn: &Drawn, explanation: &Explanation) -> String {
    let scenario = &drawn.scenario;
    let Explanation { run, runs, interrupted, .. } = explanation;
    let mut text = format!("{}: {}\n", scenario.name, scenario.title);
    _ = writeln!(text, "{} on {}, seed {}: {}", run.release, run.server, run.seed, run.damage().summary());
    promise(&mut text, explanation);
    life(&mut text, drawn, explanation);
    decided::point_of_no_return(&mut text, drawn, explanation);
    decided::critical_pair(&mut text, drawn, explanation);
    needed::parts(&mut text, explanation);
    needed::releases(&mut text, explanation);
    let cut_off = if *interrupted { "; interrupted, so not everything was tried" } else { "" };
    _ = writeln!(text, "\n{}{cut_off}", counted(u64::from(*runs), "run"));
    text
}

/// Words of the page in lines that fit; all but the first are indented more.
fn line(text: &mut String, indent: usize, words: &str) {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    for (number, line) in wrapped(&words, " ", WIDTH - indent - 2).iter().enumerate() {
        let indent = if number == 0 { indent } else { indent + 2 };
        _ = writeln!(text, "{:indent$}{line}", "");
    }
}

fn promise(text: &mut String, explanation: &Explanation) {
    let Explanation { promise, violation, besides, .. } = explanation;
    _ = writeln!(text, "\nWHAT WAS PROMISED");
    line(text, 2, &format!("{}: {}", promise.invariant, promise.rule()));
    _ = writeln!(text, "WHAT BECAME OF IT");
    line(text, 2, &violation.evidence);
    if !besides.is_empty() {
        let others: Vec<String> = besides.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let how = "--invariant I or --turn S1#2 explains another";
        line(text, 2, &format!("and it violates more: {}; {how}", others.join(", ")));
    }
}

fn life(text: &mut String, drawn: &Drawn, explanation: &Explanation) {
    let Explanation { run, promise, life, violation, .. } = explanation;
    let steps = Whence::of(&drawn.scenario);
    let about = promise.turn.as_ref();
    let head = about.map_or_else(|| "WHAT HAPPENED".to_owned(), |turn| format!("THE LIFE OF {turn}"));
    _ = writeln!(text, "\n{head} (> the point of no return, ! broken from here on)");
    let decided = explanation.shown;
    let (first, last) = LIFE;
    let matters = |place: usize| decided == Some(place) || violation.place == place;
    let is_shown = |at: usize| at < first || at + last >= life.len() || matters(life[at]);
    let (mut before, mut left_out) = (None, 0);
    for (at, &place) in life.iter().enumerate() {
        if !is_shown(at) {
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            _ = writeln!(text, "               … {left_out} more");
            left_out = 0;
        }
        let Some(moment) = Moment::of(run, &steps, place, about) else { continue };
        let own = moment.place();
        let said = if before.as_ref() == Some(&own) { String::new() } else { format!("  [{own}]") };
        let mark = match () {
            () if decided == Some(place) => '>',
            () if violation.place == place => '!',
            () => ' ',
        };
        _ = writeln!(text, "{}", cut(&format!("{mark}{:>9} ms  {}{said}", moment.at_ms, moment.what), WIDTH));
        before = Some(own);
    }
}

/// The line for a run that has nothing to explain, with releases of which the file says that they fail.
pub fn not_explained(drawn: &Drawn, run: &Run, wanted: &Wanted) -> String {
    let scenario = &drawn.scenario;
    let head = format!("{} with {} on {}, seed {}", scenario.name, run.release, run.server, run.seed);
    if !run.violations.is_empty() {
        let asked = [wanted.invariant.map(str::to_owned), wanted.turn.as_ref().map(|turn| format!("about {turn}"))];
        let asked: Vec<String> = asked.into_iter().flatten().collect();
        return format!("{head} violates nothing of {}: {}\n", asked.join(" "), damage::in_full(&run.damage()));
    }
    let mut text = format!("{head}: {}; there is nothing to explain\n", outcome(run));
    let fails = |release: &model::agents::Subject| {
        let expected = scenario.expect.of(*release, run.server);
        *release != run.release && expected.iter().any(|outcome| outcome.damage != crate::plan::Damage::default())
    };
    let failing: Vec<_> = scenario.expect.releases().into_iter().filter(fails).collect();
    if !failing.is_empty() {
        _ = writeln!(text, "its file expects these to fail:");
    }
    for release in failing.iter().take(HINTS) {
        _ = writeln!(text, "  {}", command::explain(&scenario.path, *release, Some(run.server), None));
    }
    text
}
