//! A report card: for somebody who has never seen a scenario, as JSON, as JUnit, and as a badge.
//!
//! - `story`: a scenario in plain words. - `json`, `junit`, `badge`: the card for programs.

mod badge;
mod json;
mod junit;
mod story;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::layout::{WIDTH, counted};
use super::shrunk::shrunk_path;
use crate::search::certify::{Broken, Card, Line, Smallest, Standing};
use crate::search::command;

pub use badge::{certify_badge, certify_badge_json};
pub use json::certify_json;
pub use junit::certify_junit;

/// Where the page is that says how to keep a guarantee.
const GUIDE: &str = "docs/certify-your-plugin.md";
/// Parts of an agent whose versions are hashes.
const HASHED: [&str; 3] = ["adapter", "plugin", "provider"];
/// How far lines below a sentence stand to the right.
const INDENT: usize = 6;

/// The head of a card.
fn head(card: &Card) -> String {
    let versions = card.memory.making().map(|making| &making.versions).into_iter().flatten();
    let versions = versions.filter(|(part, _)| !HASHED.contains(&part.as_str()));
    let versions = versions.map(|(part, version)| format!("{part} {version}"));
    let mut text = format!("Report card of {}\n", card.memory);
    paragraph(&mut text, 0, &format!("({})", versions.collect::<Vec<_>>().join(", ")));
    let [situations, kills, answers, drawn] = card.runs.map(|count| count as u64);
    let runs = format!(
        "Its code ran unchanged in a simulated world, {}: in {}, with {}, with {} of the server that go wrong, and in {drawn} courses of events drawn at random.",
        counted(card.runs.iter().sum::<usize>() as u64, "time"),
        counted(situations, "everyday situation"),
        counted(kills, "kill"),
        counted(answers, "answer")
    );
    paragraph(&mut text, 0, &runs);
    text
}

/// The whole card. `folder` holds the smallest scenarios.
pub fn certify_card(card: &Card, folder: &Path) -> String {
    let mut text = head(card);
    let broken: Vec<_> = card.broken().collect();
    if !broken.is_empty() {
        _ = writeln!(text, "\nBROKEN: {}, what costs users most first", counted(broken.len() as u64, "guarantee"));
        for (line, broken) in broken {
            _ = writeln!(text);
            broken_line(&mut text, card, line, broken, folder);
        }
    }
    let kept: Vec<&Line> = card.kept().collect();
    if !kept.is_empty() {
        _ = writeln!(
            text,
            "\nKEPT: {}, each in as many runs as could judge it",
            counted(kept.len() as u64, "guarantee")
        );
        for line in kept {
            let judged = counted(line.judged as u64, "run");
            _ = writeln!(text, "  {judged:>10}  {}  [{}]", line.guarantee.sentence, line.guarantee.name);
        }
    }
    not_judged(&mut text, card);
    _ = writeln!(text);
    footnotes(&mut text, card);
    _ = writeln!(text, "{}", verdict(card));
    text
}

fn broken_line(text: &mut String, card: &Card, line: &Line, broken: &Broken, folder: &Path) {
    let known = if broken.known { "  KNOWN" } else { "" };
    _ = writeln!(text, "  {}{known}  [{}]", line.guarantee.sentence, line.guarantee.name);
    let silent = match broken.silent {
        0 => "each time a log had a warning".to_owned(),
        all if all == broken.runs => "silently: no log had a warning".to_owned(),
        some => format!("silently in {some} of them: no log had a warning"),
    };
    let runs = format!("Broken in {} of {}, {silent}.", broken.runs, counted(line.judged as u64, "run"));
    paragraph(text, INDENT, &runs);
    paragraph(text, INDENT, &format!("For example: {}.", broken.title));
    if let Some(smallest) = &broken.smallest {
        example(text, card, smallest, folder);
    }
    if broken.ways.len() > 1 {
        paragraph(
            text,
            INDENT,
            &format!("There are {} ways in which it breaks; --json has all of them.", broken.ways.len()),
        );
    }
    paragraph(text, INDENT, &format!("How to keep it: {GUIDE}#{}", line.guarantee.cure));
}

fn example(text: &mut String, card: &Card, smallest: &Smallest, folder: &Path) {
    let scenario = &smallest.shrunk.drawn.scenario;
    let silent = if smallest.silent { ", and no log has a warning" } else { "" };
    paragraph(text, INDENT, &format!("The smallest case: {}.", story::told(scenario)));
    paragraph(text, INDENT, &format!("What happens: {}{silent}.", smallest.evidence));
    let path = file(smallest, folder);
    _ = writeln!(text, "{:INDENT$}file:   {}", "", path.display());
    _ = writeln!(text, "{:INDENT$}again:  {}", "", command::replay(&path, card.memory, None, None));
    _ = writeln!(text, "{:INDENT$}why:    {}", "", command::explain(&path, card.memory, None, None));
}

/// What was not judged, by the reason.
fn not_judged(text: &mut String, card: &Card) {
    let mut reasons: Vec<(&str, Vec<&Line>)> = Vec::new();
    for line in &card.lines {
        let Standing::NotJudged(why) = &line.standing else { continue };
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, lines)) => lines.push(line),
            None => reasons.push((why, vec![line])),
        }
    }
    let count: usize = reasons.iter().map(|(_, lines)| lines.len()).sum();
    if count > 0 {
        _ = writeln!(text, "\nNOT JUDGED: {}", counted(count as u64, "guarantee"));
    }
    for (why, lines) in reasons {
        paragraph(text, 2, &format!("Because {why}:"));
        for line in lines {
            _ = writeln!(text, "{:INDENT$}{}  [{}]", "", line.guarantee.sentence, line.guarantee.name);
        }
    }
}

/// What was not counted, and why.
fn footnotes(text: &mut String, card: &Card) {
    paragraph(text, 0, "S1#2 is the second turn of session S1. A document is what the server holds of a session.");
    let (turns, runs) = card.never_had;
    if turns > 0 {
        let told = format!(
            "Not counted: {} in {} that the program lost before it had handed them to its memory. No plugin can keep those.",
            counted(turns, "turn"),
            counted(runs as u64, "run")
        );
        paragraph(text, 0, &told);
    }
    paragraph(text, 0, "The server is a stand-in: what a real service makes of what it gets was not looked at.");
    for (why, runs) in &card.skipped {
        paragraph(text, 0, &format!("Left out, {}: {why}.", counted(*runs as u64, "run")));
    }
    for (why, runs) in &card.without_result {
        paragraph(text, 0, &format!("NO RESULT in {}: {why}.", counted(*runs as u64, "run")));
    }
    for title in &card.diverged {
        paragraph(text, 0, &format!("NOT DETERMINISTIC: two runs differ ({title})."));
    }
    if card.interrupted {
        paragraph(text, 0, "INTERRUPTED: not everything was run.");
    }
}

fn verdict(card: &Card) -> String {
    let (broken, kept) = (card.broken().count(), card.kept().count());
    let new = card.broken().filter(|(_, broken)| !broken.known).count();
    match (card.exit_code(), broken) {
        (0, 0) => format!("certified under simulation: all {} are kept", counted(kept as u64, "judged guarantee")),
        (0, _) => format!("passed: {} broken, and all of that was known", counted(broken as u64, "guarantee")),
        (2, _) if new < broken => {
            format!("not certified: {} broken, {new} of them not known before", counted(broken as u64, "guarantee"))
        }
        (2, _) => format!("not certified: {} broken", counted(broken as u64, "guarantee")),
        _ => "not certified: not everything could be judged".to_owned(),
    }
}

/// The file of a smallest scenario.
pub(super) fn file(smallest: &Smallest, folder: &Path) -> PathBuf {
    shrunk_path(folder, &smallest.shrunk.class)
}

/// A text in lines of the page's width.
fn paragraph(text: &mut String, indent: usize, told: &str) {
    let mut line = String::new();
    for word in told.split_whitespace() {
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            _ = writeln!(text, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    _ = writeln!(text, "{:indent$}{line}", "");
}
