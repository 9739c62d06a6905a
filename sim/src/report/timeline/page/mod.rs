//! The picture as one HTML file. It needs no network and nothing beside it, and its policy forbids both.
//!
//! The events are a table, which a screen reader reads and which stands there without a script, too. The script draws the picture beside it, at
//! the heights of its rows. Every text of a scenario goes through the template, which escapes it, or into data that are no markup.
//!
//! - `rows`: the table of the events. - `data`: what the script draws. - `page.css` and `page.js`: how it looks, and what it answers.

mod data;
mod rows;

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use model::words::turn::TurnId;

use data::Data;

use super::fates::{Grade, Told};
use super::picture::{Note, Picture};
use crate::judging::Violation;
use crate::report::html::document;
use crate::search::command;
use crate::search::diff::{Row, first_difference};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// How many violations are listed above the turns. All of them stand at their events.
const LISTED: usize = 12;

/// The page of one run.
pub(super) fn of_one(picture: &Picture<'_>) -> String {
    page(&[picture], &html! {}, &rows::of_one(picture))
}

/// The page of two runs.
pub(super) fn of_two(pictures: [&Picture<'_>; 2], rows: &[Row]) -> String {
    page(&pictures, &parting(pictures, rows), &rows::of_two(pictures, rows))
}

/// The letter of a grade, by which the page colors it.
fn letter_of(grade: Grade) -> char {
    match grade {
        Grade::Good => 'g',
        Grade::Open => 'o',
        Grade::Bad => 'b',
    }
}

fn page(pictures: &[&Picture<'_>], pinned: &Markup, events: &Markup) -> String {
    let first = pictures[0];
    let heads: Vec<String> = pictures.iter().map(|picture| picture.head()).collect();
    let body = html! {
        a class="skip" href="#events" { "To the events" }
        header {
            h1 { (first.drawn.scenario.title) }
            @for (number, picture) in pictures.iter().enumerate() { (head(picture, number, pictures.len() > 1)) }
        }
        (tools())
        div id="body" {
            aside aria-label="Violations and turns" {
                (violations(pictures))
                (turns(pictures))
                section id="detail" aria-live="polite" aria-label="The chosen event" {}
                (legend())
            }
            main {
                (pinned)
                div id="stage" {
                    div id="lanes" aria-hidden="true" {}
                    svg id="picture" role="img" aria-label=(about(pictures)) {}
                    table id="events" {
                        caption { "What happened, in order" }
                        thead { tr { th scope="col" { "ms" } th scope="col" { "event" } } }
                        tbody { (events) }
                    }
                }
            }
        }
        script type="application/json" id="data" { (PreEscaped(json(pictures))) }
        script { (PreEscaped(SCRIPT)) }
    };
    document(&heads.join(" · "), STYLE, &body)
}

/// The data of the script. No text in it can end the element that holds it.
fn json(pictures: &[&Picture<'_>]) -> String {
    let data = serde_json::to_string(&Data::of(pictures)).expect("a picture always serializes");
    data.replace('<', "\\u003c")
}

/// What the picture is, for who does not see it.
fn about(pictures: &[&Picture<'_>]) -> String {
    let one = |picture: &&Picture<'_>| {
        let names: Vec<&str> = picture.lanes.all.iter().map(|lane| &*lane.name).collect();
        format!("{} events of {} in the lanes {}", picture.run.events.len(), picture.run.release, names.join(", "))
    };
    let runs: Vec<String> = pictures.iter().map(one).collect();
    format!("A space-time diagram, {}. The table beside it says the same.", runs.join("; and "))
}

fn head(picture: &Picture<'_>, number: usize, several: bool) -> Markup {
    let (run, scenario) = (picture.run, &picture.drawn.scenario);
    let outcome = run.damage().summary();
    let grade = if run.violations.is_empty() { "g" } else { "b" };
    html! {
        p class="run" {
            @if several { b class="side" { @if number == 0 { "left" } @else { "right" } } " " }
            span class={ "chip " (grade) } { (outcome) }
            " " strong { (scenario.name) } " with " strong { (run.release) } " on " (run.server) ", seed " (run.seed)
            @if number == 0 && !scenario.reports.is_empty() { ", reported in " (scenario.reports.join(", ")) }
            span class="faint" { " · " (run.turns) " turns, " (run.events.len()) " events, digest " (run.digest) }
        }
    }
}

fn tools() -> Markup {
    html! {
        div id="tools" role="toolbar" aria-label="Search and zoom" {
            input id="find" type="search" placeholder="Search the events" aria-label="Search the events" autocomplete="off";
            output id="found" for="find" aria-live="polite" {}
            button id="before" title="The match before (Shift+Enter)" aria-label="The match before" disabled { "↑" }
            button id="next" title="The next match (Enter)" aria-label="The next match" disabled { "↓" }
            button id="out" title="Zoom out (-)" aria-label="Zoom out" { "−" }
            button id="in" title="Zoom in (+)" aria-label="Zoom in" { "+" }
            button id="only" aria-pressed="false" title="Hide all other events (o)" hidden { "only this turn" }
            button id="all" title="Follow no turn (Esc)" hidden { "all turns" }
            button id="theme" title="Light or dark" aria-label="Light or dark" { "◐" }
        }
    }
}

/// The violations of each run, the first of them, and the commands that say more.
fn violations(pictures: &[&Picture<'_>]) -> Markup {
    let side = |number: usize| if number == 0 { "a" } else { "b" };
    html! {
        @for (number, picture) in pictures.iter().enumerate() {
            @let found = noted(picture);
            @if !found.is_empty() {
                section {
                    h2 { (if pictures.len() > 1 { format!("Broken by {}", picture.run.release) } else { "Broken".to_owned() }) }
                    ul class="plain" {
                        @for (place, violation) in found.iter().take(LISTED) {
                            li { button class="go" data-to=(format!("{}{}", side(number), place + 1)) {
                                b { (violation.invariant) } " "
                                @if let Some(turn) = &violation.turn { (turn) " " }
                                span class="faint" { (violation.at_ms) " ms" }
                            } }
                        }
                    }
                    @if found.len() > LISTED { p class="faint" { "and " (found.len() - LISTED) " more, at their events" } }
                    @if let Some(place) = no_return(picture) {
                        p { button class="go" data-to=(format!("{}{}", side(number), place + 1)) { "the point of no return" } }
                    }
                    p class="faint" { code { (command::explain(&picture.drawn.scenario.path, picture.run.release, Some(picture.run.server), Some(picture.run.seed))) } }
                }
            }
        }
    }
}

/// The violations of a run with the events at which they stand, in order.
fn noted<'a>(picture: &Picture<'a>) -> Vec<(usize, &'a Violation)> {
    let notes = picture.notes.iter().flat_map(|(place, notes)| notes.iter().map(|note| (*place, *note)));
    let violated = notes.filter_map(|(place, note)| match note {
        Note::Violated(violation) => Some((place, violation)),
        Note::NoReturn => None,
    });
    violated.collect()
}

fn no_return(picture: &Picture<'_>) -> Option<usize> {
    picture
        .notes
        .iter()
        .find(|(_, notes)| notes.iter().any(|note| matches!(note, Note::NoReturn)))
        .map(|(place, _)| *place)
}

/// The turns and their fates; of two runs a column for each.
fn turns(pictures: &[&Picture<'_>]) -> Markup {
    let all = data::turns(pictures);
    let fates = pictures.iter().map(|picture| picture.turns.iter().map(|told| (&told.turn, told)).collect());
    let fates: Vec<BTreeMap<&TurnId, &Told>> = fates.collect();
    html! {
        section {
            h2 id="fates" { "Turns" }
            p class="faint" { "Choose one to follow it from its completion to its fate." }
            div class="scroll" tabindex="0" role="region" aria-labelledby="fates" {
                table id="turns" {
                    caption { "What became of each turn" }
                    thead { tr {
                        th scope="col" { "turn" }
                        @for picture in pictures { th scope="col" { @if pictures.len() > 1 { (picture.run.release) } @else { "fate" } } }
                    } }
                    tbody {
                        @for (number, turn) in all.iter().enumerate() {
                            tr {
                                th scope="row" { button class="turn" data-t=(number) aria-pressed="false" { (turn) } }
                                @for fates in &fates { (fate(fates.get(turn).copied())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn fate(told: Option<&Told>) -> Markup {
    let Some(told) = told else { return html! { td class="faint" { "–" } } };
    let violated: Vec<&str> = told.violates.iter().copied().collect();
    html! {
        td class=(letter_of(told.grade)) {
            (told.fate)
            @if !violated.is_empty() { " (" (violated.join(", ")) ")" }
            @if !told.detail.is_empty() { small { (told.detail) } }
        }
    }
}

/// Where two runs part, pinned above the picture.
fn parting(pictures: [&Picture<'_>; 2], rows: &[Row]) -> Markup {
    let Some(place) = first_difference(rows) else {
        return html! { section id="pin" aria-label="The first difference" { p { "The two runs are the same, event by event." } } };
    };
    let (one, two) = match rows[place] {
        Row::Same(one, two) | Row::Moved(one, two) => (Some(one), Some(two)),
        Row::First(one) => (Some(one), rows[place..].iter().find_map(|row| rows::second(*row))),
        Row::Second(two) => (rows[place..].iter().find_map(|row| rows::first(*row)), Some(two)),
    };
    let said = |picture: &Picture<'_>, event: Option<usize>| match event {
        Some(event) => {
            format!("{} ms, {}: {}", picture.run.events[event].at_ms, picture.place(event), picture.words(event))
        }
        None => "the history is over".to_owned(),
    };
    html! {
        section id="pin" aria-label="The first difference" {
            button id="part" { "The runs part behind " (place) " equal events" }
            dl {
                @for (picture, event) in pictures.iter().zip([one, two]) {
                    div { dt { (picture.run.release) } dd { (said(picture, event)) } }
                }
            }
        }
    }
}

fn legend() -> Markup {
    const LANES: [(&str, &str); 6] =
        [("u", "user"), ("h", "host"), ("t", "task"), ("d", "disk"), ("w", "wire"), ("p", "provider")];
    const SIGNS: [(&str, &str); 6] = [
        ("F", "a fault, while it lasts"),
        ("C", "a call, while it holds its caller"),
        ("x", "a message that does not arrive"),
        ("cut", "a process is killed"),
        ("v", "violated from here on"),
        ("n", "the point of no return"),
    ];
    const KEYS: [(&str, &str); 8] = [
        ("j k", "next event, event before"),
        ("Enter", "follow the next turn of the chosen event"),
        ("t T", "follow the next turn, or the one before"),
        ("o", "only the followed turn"),
        ("v", "next violation, fault or end of a process"),
        ("/", "search"),
        ("+ -", "zoom"),
        ("Esc", "follow none"),
    ];
    html! {
        details {
            summary { "Signs and keys" }
            ul class="plain signs" {
                @for (letter, words) in LANES { li { i class={ "dot k" (letter) } {} (words) } }
                @for (letter, words) in SIGNS { li { i class={ "sign s" (letter) } {} (words) } }
            }
            dl class="keys" { @for (key, words) in KEYS { div { dt { kbd { (key) } } dd { (words) } } } }
        }
    }
}
