//! The tournament as one HTML file: scenarios by releases, a cell for each outcome, and a picture behind each that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use maud::{Markup, html};
use model::words::part::Part;

use super::html::document;
use super::{damage, layout};
use crate::search::matrix::{Matrix, Outcome, Row};

const STYLE: &str = include_str!("page.css");

/// The pictures of cells: what a page links to, by the scenario's path and the release's name.
pub type Pictures = BTreeMap<(PathBuf, &'static str), String>;

/// The page of the tables, one for each part of Hermes.
pub fn matrix_page(tables: &[Matrix], pictures: &Pictures) -> String {
    let rows = tables.iter().flat_map(|table| &table.rows);
    let scenarios: BTreeSet<&Path> = rows.map(|row| &*row.scenario.path).collect();
    let title = format!("{} by release", layout::counted(scenarios.len() as u64, "scenario"));
    let body = html! {
        header {
            h1 { (title) }
            p class="faint" { "A cell shows the worst damage and the number of turns it affected; a plus says that there is damage of another kind." }
        }
        main { @for table in tables { (one(table, pictures)) } }
    };
    document(&title, STYLE, &body)
}

fn one(table: &Matrix, pictures: &Pictures) -> Markup {
    let part = table.rows.first().map_or(Part::Memory, |row| row.scenario.part());
    let name = format!("{part:?} on {} ({})", table.server, table.server.api_version());
    let cells: Vec<String> = table.rows.iter().flat_map(|row| row.outcomes.iter().map(damage::cell)).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let passed = |column: usize| table.rows.iter().filter(|row| row.outcomes[column].passes()).count();
    html! {
        section {
            h2 { (name) }
            p class="faint" { (damage::legend(&cells).join(" · ")) }
            div class="wide" tabindex="0" role="region" aria-label=(name) {
                table {
                    caption { (name) }
                    thead { tr {
                        th scope="col" { "scenario" }
                        @for release in &table.releases { th scope="col" title=(release.about()) { span { (release.name()) } } }
                    } }
                    @for (report, rows) in table.groups() {
                        tbody {
                            tr { th class="group" scope="rowgroup" colspan=(table.releases.len() + 1) { span { (report.unwrap_or("no public report")) } } }
                            @for row in rows { (line(row, pictures)) }
                        }
                    }
                    tfoot { tr {
                        th scope="row" { "passed, of " (table.rows.len()) }
                        @for column in 0..table.releases.len() { td { (passed(column)) } }
                    } }
                }
            }
        }
    }
}

fn line(row: &Row, pictures: &Pictures) -> Markup {
    html! {
        tr {
            th scope="row" title=(row.scenario.title) { (row.scenario.name) }
            @for outcome in &row.outcomes { (cell(row, outcome, pictures)) }
        }
    }
}

fn cell(row: &Row, outcome: &Outcome, pictures: &Pictures) -> Markup {
    let class = match () {
        () if outcome.fails() => "b",
        () if outcome.passes() && !outcome.is_doubtful() => "g",
        () => "o",
    };
    let picture = pictures.get(&(row.scenario.path.clone(), outcome.release.name()));
    let words = damage::words(outcome);
    html! {
        td class=(class) title=(words) {
            @match picture {
                Some(link) => a href=(link) aria-label=(format!("{}, {words}: timeline", damage::cell(outcome))) { (damage::cell(outcome)) },
                None => (damage::cell(outcome)),
            }
        }
    }
}
