//! How far the models, and real code, do what was measured.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::agents::Subject;
use model::words::server::Server;
use serde::Serialize;

use super::json::line as line_of;
use crate::search::fidelity::Agreement;
use crate::search::fidelity::real::{Compared, Difference, Likeness, Other, Part, Row};

/// The most releases that are named behind the nearest.
const NEXT: usize = 2;

/// The models: a line for each release, then what is not as it was measured.
pub fn fidelity(releases: &[(Subject, Agreement)]) -> String {
    let mut text = String::from("release  cells that are as they were measured\n");
    for (release, agreement) in releases {
        let share = share(agreement.agree, agreement.cells);
        _ = writeln!(text, "{:<7}  {share}", release.name());
    }
    let all = |of: fn(&Agreement) -> &Vec<String>| releases.iter().flat_map(move |(_, agreement)| of(agreement));
    listed(&mut text, "known differences", all(|agreement| &agreement.excepted));
    listed(&mut text, "DIFFERENCES", all(|agreement| &agreement.wrong));
    text
}

/// Real code: a line for each part that is compared, then every cell that differs, with both values.
pub fn real_fidelity(compared: &Compared) -> String {
    let mut text = head(compared);
    _ = writeln!(
        text,
        "\n{:<14} {:<20} {}",
        "",
        Other::Measured.of(compared.against),
        Other::Model.of(compared.against)
    );
    for part in Part::ALL {
        line(&mut text, compared, &part.to_string(), |found| found.part == part);
    }
    line(&mut text, compared, "all of them", |_| true);
    let others = compared.rows.iter().filter(|row| !row.own_seed);
    let others = others.map(|row| format!("{} on {}: seed {}", row.case, row.server, row.seed)).collect::<Vec<_>>();
    listed(&mut text, "as measured under another seed than the scenario's", &others);
    let mut by_reason = cells(compared);
    let unknown = by_reason.remove(&None).unwrap_or_default();
    for (reason, cells) in by_reason {
        listed(&mut text, &format!("known: {}", reason.unwrap_or_default()), &cells);
    }
    listed(&mut text, "DIFFERENCES", &unknown);
    listed(&mut text, "EXCEPTIONS THAT NO LONGER APPLY", &compared.stale);
    listed(&mut text, "skipped", &compared.skipped);
    listed(&mut text, "NO RESULT", &compared.broken);
    if compared.interrupted {
        text += "\nincomplete: interrupted\n";
    }
    text
}

/// The object that `fidelity --json` prints for the model of a release, without a line end.
pub fn fidelity_json(release: Subject, agreement: &Agreement) -> String {
    let (known, differences) = (&agreement.excepted, &agreement.wrong);
    line_of(&Model { release, cells: agreement.cells, agree: agreement.agree, known, differences })
}

/// The object that `fidelity --agent A --json` prints, without a line end.
pub fn real_fidelity_json(compared: &Compared) -> String {
    line_of(&Real {
        agent: compared.agent,
        versions: compared.agent.making().map(|making| &making.versions),
        against: compared.against,
        likeness: &compared.likeness,
        cells: compared.rows.iter().map(|row| Cell::of(row, compared)).collect(),
        skipped: &compared.skipped,
        broken: &compared.broken,
        stale: &compared.stale,
        interrupted: compared.interrupted,
    })
}

#[derive(Serialize)]
struct Model<'a> {
    release: Subject,
    cells: usize,
    agree: usize,
    known: &'a [String],
    differences: &'a [String],
}

#[derive(Serialize)]
struct Real<'a> {
    agent: Subject,
    versions: Option<&'a BTreeMap<String, String>>,
    against: Subject,
    likeness: &'a [Likeness],
    cells: Vec<Cell<'a>>,
    skipped: &'a [String],
    broken: &'a [String],
    stale: &'a [String],
    interrupted: bool,
}

#[derive(Serialize)]
struct Cell<'a> {
    case: &'a str,
    server: Server,
    seed: u64,
    own_seed: bool,
    measured: Vec<Said<'a>>,
    model: Vec<Said<'a>>,
}

impl<'a> Cell<'a> {
    fn of(row: &'a Row, compared: &'a Compared) -> Self {
        let said = |from: Other| {
            let said = move |found: &'a Difference| {
                let Difference { part, real, other } = found;
                Said { part: *part, real, other, reason: compared.reason(row, from, *part) }
            };
            row.differences(from).iter().map(said).collect()
        };
        let (measured, model) = (said(Other::Measured), said(Other::Model));
        Self { case: &row.case, server: row.server, seed: row.seed, own_seed: row.own_seed, measured, model }
    }
}

/// A difference, and the reason if it is known.
#[derive(Serialize)]
struct Said<'a> {
    part: Part,
    real: &'a str,
    other: &'a str,
    reason: Option<&'a str>,
}

/// What the agent is made of, and which release it is nearest to.
fn head(compared: &Compared) -> String {
    let mut text = compared.agent.name().to_owned();
    if let Some(making) = compared.agent.making() {
        let parts: Vec<String> = making.versions.iter().map(|(part, version)| format!("{part} {version}")).collect();
        _ = write!(text, ": {}", parts.join(", "));
    }
    let likeness = |Likeness { release, agree, cells }: &Likeness| format!("{release} {agree} of {cells}");
    let next: Vec<String> = compared.likeness.iter().take(NEXT + 1).map(likeness).collect();
    _ = writeln!(
        text,
        "\ncells that end as a release was measured to, under the scenarios' own seeds: {}",
        next.join(", ")
    );
    text
}

/// In how many cells nothing of this kind differs.
fn line(text: &mut String, compared: &Compared, name: &str, differs: impl Fn(&Difference) -> bool) {
    let agree = Other::BOTH.map(|from| {
        let agree = compared.rows.iter().filter(|row| !row.differences(from).iter().any(&differs)).count();
        share(agree, compared.rows.len())
    });
    _ = writeln!(text, "{name:<14} {:<20} {}", agree[0], agree[1]);
}

/// The cells that differ, each with both values, by the reason; those without one are not known.
fn cells(compared: &Compared) -> BTreeMap<Option<&str>, Vec<String>> {
    let mut lines: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for row in &compared.rows {
        for from in Other::BOTH {
            let of = from.of(compared.against);
            for Difference { part, real, other } in row.differences(from) {
                let line = format!("{} on {}, {part}: {real}; {of}: {other}", row.case, row.server);
                lines.entry(compared.reason(row, from, *part)).or_default().push(line);
            }
        }
    }
    lines
}

fn listed<'a>(text: &mut String, head: &str, lines: impl IntoIterator<Item = &'a String>) {
    for (place, line) in lines.into_iter().enumerate() {
        if place == 0 {
            _ = writeln!(text, "\n{head}");
        }
        _ = writeln!(text, "  {line}");
    }
}

/// `122 of 124  98.4 %`. What is not everything is never 100 %.
fn share(part: usize, of: usize) -> String {
    let permille = (part * 1000).checked_div(of).unwrap_or_default();
    format!("{part:>3} of {of:>3} {:>3}.{} %", permille / 10, permille % 10)
}
