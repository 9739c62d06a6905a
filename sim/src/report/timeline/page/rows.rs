//! The table of the events: a row for each, and between them waits, steps of the plan, violations.

use maud::{Markup, html};

use super::data::letter;
use crate::report::timeline::folds;
use crate::report::timeline::picture::{Note, Picture};
use crate::report::timeline::wait::lasts;
use crate::search::diff::{Row, first_difference};

/// The rows of one run.
pub(super) fn of_one(picture: &Picture<'_>) -> Markup {
    let told = picture.folds.told(picture.run);
    html! {
        @for place in 0..picture.run.events.len() {
            @if let Some(fold) = told.get(&place) { (wait(fold)) }
            @if !picture.folds.hide(place) {
                (before(picture, place))
                tr data-a=(place + 1) { (cells(picture, place, &picture.run.events[place].at_ms.to_string())) }
                (behind(picture, place, None))
            }
        }
    }
}

/// The rows of two runs, paired. What stands in both is told in the words of the first.
pub(super) fn of_two(pictures: [&Picture<'_>; 2], rows: &[Row]) -> Markup {
    let difference = first_difference(rows);
    let is_hidden = |row: &Row| {
        let [one, two] = pictures;
        let folded = [first(*row).map(|place| one.folds.hide(place)), second(*row).map(|place| two.folds.hide(place))];
        difference.is_none_or(|place| rows[place] != *row) && folded.into_iter().flatten().all(|is| is)
    };
    let mut from = 0;
    let stretches = rows.chunk_by(|one, next| is_hidden(one) == is_hidden(next)).map(|stretch| {
        from += stretch.len();
        (from - stretch.len(), stretch)
    });
    html! {
        @for (place, stretch) in stretches {
            @if is_hidden(&stretch[0]) { (folded(pictures, stretch)) } @else {
                @for (number, row) in stretch.iter().enumerate() {
                    @if difference == Some(place + number) { tr class="d" id="parting" { td colspan="2" { "here the runs part" } } }
                    (pair(pictures, *row))
                }
            }
        }
    }
}

/// Rows that are told together.
fn folded(pictures: [&Picture<'_>; 2], rows: &[Row]) -> Markup {
    let times = |row: &Row| {
        let here = first(*row).map(|place| pictures[0].run.events[place].at_ms);
        here.or(second(*row).map(|place| pictures[1].run.events[place].at_ms)).unwrap_or_default()
    };
    let [began, ended] = [rows.first(), rows.last()].map(|row| row.map(times).unwrap_or_default());
    wait(&folds::words(rows.len(), ended.saturating_sub(began)))
}

/// A row of two runs, with what stands before it and behind it.
fn pair(pictures: [&Picture<'_>; 2], row: Row) -> Markup {
    let [one, two] = pictures;
    let (here, there) = (first(row), second(row));
    let class = match row {
        Row::Same(..) => None,
        Row::Moved(..) => Some("m"),
        Row::First(_) => Some("l"),
        Row::Second(_) => Some("r"),
    };
    let told = here.map(|place| (one, place)).or(there.map(|place| (two, place)));
    html! {
        @if let Some((picture, place)) = told {
            (before(picture, place))
            tr class=[class] data-a=[here.map(|place| place + 1)] data-b=[there.map(|place| place + 1)] {
                (cells(picture, place, &times(pictures, here, there)))
            }
        }
        @if let Some(place) = here { (behind(one, place, Some("left"))) }
        @if let Some(place) = there { (behind(two, place, Some("right"))) }
    }
}

/// The event of the first run in a row.
pub(super) fn first(row: Row) -> Option<usize> {
    match row {
        Row::Same(one, _) | Row::Moved(one, _) | Row::First(one) => Some(one),
        Row::Second(_) => None,
    }
}

/// The event of the second run in a row.
pub(super) fn second(row: Row) -> Option<usize> {
    match row {
        Row::Same(_, two) | Row::Moved(_, two) | Row::Second(two) => Some(two),
        Row::First(_) => None,
    }
}

/// The time of a row; both times if they differ.
fn times([one, two]: [&Picture<'_>; 2], first: Option<usize>, second: Option<usize>) -> String {
    let [first, second] =
        [(one, first), (two, second)].map(|(picture, place)| place.map(|place| picture.run.events[place].at_ms));
    match (first, second) {
        (Some(first), Some(second)) if first != second => format!("{first} | {second}"),
        (Some(at_ms), _) | (None, Some(at_ms)) => at_ms.to_string(),
        (None, None) => String::new(),
    }
}

fn cells(picture: &Picture<'_>, place: usize, at: &str) -> Markup {
    let kind = letter(picture.lanes.all[picture.lanes.of[place]].kind);
    html! {
        td { (at) }
        td { b class={ "k" (kind) } { (picture.place(place)) } " " (picture.words(place)) }
    }
}

fn wait(words: &str) -> Markup {
    html! { tr class="g" { td colspan="2" { (words) } } }
}

/// The wait before an event, and the steps that begin with it.
fn before(picture: &Picture<'_>, place: usize) -> Markup {
    let of_several = picture.lanes.of_process.len() > 1;
    html! {
        @if let Some(gap) = picture.gap_ms(place) { (wait(&format!("{} pass", lasts(gap)))) }
        @for step in picture.steps.get(&place).into_iter().flatten() {
            tr class="s" data-s=(step.lane) {
                td colspan="2" { (step.words) @if of_several { span class="faint" { " of process " (step.process) } } }
            }
        }
    }
}

/// What is noted behind an event; of two runs, in which.
fn behind(picture: &Picture<'_>, place: usize, side: Option<&str>) -> Markup {
    html! {
        @for note in picture.notes.get(&place).into_iter().flatten() {
            @match note {
                Note::NoReturn => tr class="n" { td colspan="2" {
                    @if let Some(side) = side { (side) ": " }
                    "the point of no return: from here on every continuation that was tried breaks the promise"
                } },
                Note::Violated(violation) => tr class="v" { td colspan="2" {
                    @if let Some(side) = side { (side) ": " }
                    b { (violation.invariant) } " " (violation.evidence)
                } },
            }
        }
    }
}
