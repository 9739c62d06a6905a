//! Two runs side by side, equal stretches folded.

use std::fmt::Write;

use model::agents::Subject;
use model::words::server::Server;
use serde::Serialize;

use super::layout::{WIDTH, counted, wrapped};
use super::moment::Moment;
use crate::draw::Drawn;
use crate::plan::Whence;
use crate::run::Run;
use crate::search::diff::{Row, first_difference};

/// The width of a column.
const COLUMN: usize = (WIDTH - 5) / 2;
/// How far the second line of an event is indented.
const BEHIND_TIME: usize = 9;
/// How many equal events are shown beside a difference.
const BESIDE: usize = 2;

/// Two runs with their scenarios.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The first.
    pub first: (&'a Drawn, &'a Run),
    /// The second.
    pub second: (&'a Drawn, &'a Run),
}

/// The page.
pub fn compared(sides: Sides<'_>, rows: &[Row]) -> String {
    let Sides { first: (drawn, run), second: (other_drawn, other) } = sides;
    let (steps, other_steps) = (Whence::of(&drawn.scenario), Whence::of(&other_drawn.scenario));
    let mut text = String::new();
    line(&mut text, ' ', &head(drawn, run), &head(other_drawn, other));
    line(&mut text, ' ', &run.damage().summary(), &other.damage().summary());
    _ = writeln!(text);
    let difference = first_difference(rows);
    let here = |place| Moment::of(run, &steps, place, None);
    let there = |place| Moment::of(other, &other_steps, place, None);
    for (place, folded) in folded(rows) {
        if folded > 0 {
            let until = rows[place + folded - 1];
            let times = times(until, run, other);
            let words = format!("… {} the same, until {}", counted(folded as u64, "event"), times.0);
            line(&mut text, ' ', &words, &format!("… until {}", times.1));
            continue;
        }
        let mark = if difference == Some(place) { '>' } else { ' ' };
        let (one, two) = match rows[place] {
            Row::Same(one, two) => (here(one), there(two)),
            Row::Moved(one, two) => (here(one), there(two)),
            Row::First(one) => (here(one), None),
            Row::Second(two) => (None, there(two)),
        };
        let moved = matches!(rows[place], Row::Moved(..));
        let [one, two] = [one, two].map(|moment| moment.map(|moment| said(&moment)).unwrap_or_default());
        line(&mut text, mark, &one, &if moved { format!("{two} (moved)") } else { two });
    }
    _ = writeln!(text, "\n{}", summary(rows, difference));
    text
}

/// A row in two columns, on as many lines as it takes. Only the first line has the mark.
fn line(text: &mut String, mark: char, one: &str, two: &str) {
    let [one, two] = [column(one), column(two)];
    for number in 0..one.len().max(two.len()) {
        let [one, two] = [&one, &two].map(|lines| lines.get(number).map_or("", String::as_str));
        let mark = if number == 0 { mark } else { ' ' };
        _ = writeln!(text, "{}", format!("{mark} {one:<COLUMN$} │ {two}").trim_end());
    }
}

/// A text in lines that fit a column; all but the first are indented behind the time.
fn column(said: &str) -> Vec<String> {
    let text = said.trim_start();
    let indent = said.len() - text.len();
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let lines = wrapped(&words, " ", COLUMN - BEHIND_TIME).into_iter().enumerate();
    lines.map(|(number, line)| format!("{:1$}{line}", "", if number == 0 { indent } else { BEHIND_TIME })).collect()
}

fn head(drawn: &Drawn, run: &Run) -> String {
    format!("{} with {} on {}, seed {}", drawn.scenario.name, run.release, run.server, run.seed)
}

fn said(moment: &Moment) -> String {
    let who = moment.task.map_or_else(|| moment.who.clone(), str::to_owned);
    format!("{:>8} {} [{who}]", moment.at_ms, moment.what)
}

fn times(row: Row, run: &Run, other: &Run) -> (String, String) {
    let ms = |run: &Run, place: usize| run.events.get(place).map_or(0, |event| event.at_ms);
    match row {
        Row::Same(one, two) | Row::Moved(one, two) => {
            (format!("{} ms", ms(run, one)), format!("{} ms", ms(other, two)))
        }
        Row::First(one) => (format!("{} ms", ms(run, one)), String::new()),
        Row::Second(two) => (String::new(), format!("{} ms", ms(other, two))),
    }
}

/// The rows that are shown, by their places, and the equal stretches between them, by their first row and their length.
fn folded(rows: &[Row]) -> Vec<(usize, usize)> {
    let differs: Vec<usize> = (0..rows.len()).filter(|place| !matches!(rows[*place], Row::Same(..))).collect();
    let near = |place: usize| {
        let next = differs.partition_point(|other| *other < place);
        let beside = [differs.get(next), next.checked_sub(1).and_then(|before| differs.get(before))];
        beside.into_iter().flatten().any(|other| other.abs_diff(place) <= BESIDE)
    };
    let mut result: Vec<(usize, usize)> = Vec::new();
    for place in 0..rows.len() {
        match result.last_mut() {
            _ if near(place) => result.push((place, 0)),
            Some((_, folded)) if *folded > 0 => *folded += 1,
            Some(_) | None => result.push((place, 1)),
        }
    }
    result
}

fn summary(rows: &[Row], difference: Option<usize>) -> String {
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let same = count(|row| matches!(row, Row::Same(..)));
    let Some(difference) = difference else {
        return format!("{}, all the same whenever they happened", counted(same as u64, "event"));
    };
    let [moved, first, second] = [
        count(|row| matches!(row, Row::Moved(..))),
        count(|row| matches!(row, Row::First(_))),
        count(|row| matches!(row, Row::Second(_))),
    ];
    format!(
        "the first difference is behind {}; {same} the same, {moved} in another order, {first} only left, {second} only right",
        counted(difference as u64, "equal event")
    )
}

/// The same as one object, on one line.
pub fn compared_json(sides: Sides<'_>, rows: &[Row]) -> String {
    let Sides { first: (drawn, run), second: (other_drawn, other) } = sides;
    let (steps, other_steps) = (Whence::of(&drawn.scenario), Whence::of(&other_drawn.scenario));
    let here = |place| Moment::of(run, &steps, place, None);
    let there = |place| Moment::of(other, &other_steps, place, None);
    let row = |row: &Row| match *row {
        Row::Same(one, two) => Line { kind: "same", first: here(one), second: there(two) },
        Row::Moved(one, two) => Line { kind: "moved", first: here(one), second: there(two) },
        Row::First(one) => Line { kind: "first", first: here(one), second: None },
        Row::Second(two) => Line { kind: "second", first: None, second: there(two) },
    };
    let object = Object {
        first: Side::of(drawn, run),
        second: Side::of(other_drawn, other),
        first_difference: first_difference(rows),
        rows: rows.iter().map(row).collect(),
    };
    serde_json::to_string(&object).expect("a comparison always serializes") + "\n"
}

#[derive(Serialize)]
struct Object<'a> {
    first: Side<'a>,
    second: Side<'a>,
    first_difference: Option<usize>,
    rows: Vec<Line>,
}

#[derive(Serialize)]
struct Side<'a> {
    scenario: &'a str,
    release: Subject,
    server: Server,
    seed: u64,
    outcome: String,
    digest: &'a str,
}

impl<'a> Side<'a> {
    fn of(drawn: &'a Drawn, run: &'a Run) -> Self {
        let Run { release, server, seed, digest, .. } = run;
        let outcome = run.damage().summary();
        Self { scenario: &drawn.scenario.name, release: *release, server: *server, seed: *seed, outcome, digest }
    }
}

#[derive(Serialize)]
struct Line {
    kind: &'static str,
    first: Option<Moment>,
    second: Option<Moment>,
}
