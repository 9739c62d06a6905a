//! The smallest scenario of a class of violations: in a few lines, as an object, and as a file to commit.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use model::agents::Subject;
use serde::Serialize;

use super::layout::{WIDTH, counted, cut, wrapped};
use super::moment::Moment;
use crate::draw::Drawn;
use crate::plan::{Expectations, Whence};
use crate::search::campaign::Class;
use crate::search::command;
use crate::search::kept;
use crate::search::shrink::Shrunk;

/// How many violations a file quotes.
const EVIDENCE: usize = 3;

/// The file of a class in the folder of the smallest scenarios.
pub fn shrunk_path(folder: &Path, class: &Class) -> PathBuf {
    folder.join(format!("{}.toml", class.slug()))
}

/// The picture of a class's smallest run, in an HTML file of a folder.
pub fn shrunk_picture(folder: &Path, class: &Class) -> PathBuf {
    folder.join(format!("{}.html", class.slug()))
}

/// The scenario, what did not matter in it, and the command that replays it.
pub(super) fn lines(text: &mut String, shrunk: &Shrunk, release: Subject, folder: &Path) {
    let scenario = &shrunk.drawn.scenario;
    let (steps, faults) = scenario.size();
    _ = writeln!(text, "    {}", cut(&scenario.in_short(), WIDTH - 4));
    for note in &shrunk.notes {
        _ = writeln!(text, "      {}", cut(note, WIDTH - 6));
    }
    let path = shrunk_path(folder, &shrunk.class);
    let replay = command::replay(&path, release, None, None);
    _ = writeln!(text, "    {}, {}: {replay}", counted(steps as u64, "step"), counted(faults as u64, "fault"));
    _ = writeln!(text, "    explain: {}", command::explain(&path, release, None, None));
}

/// The page of `shrink`: each class of a scenario file with its smallest scenario.
pub fn smallest(shrunk: &[Shrunk], release: Subject, folder: &Path) -> String {
    let mut text = String::new();
    for one in shrunk {
        _ = writeln!(text, "{} with {release} on {}: {}", origin(&one.drawn), one.drawn.server, one.class.invariant);
        for line in wrapped(std::slice::from_ref(&one.class.mechanism), "", WIDTH - 4) {
            _ = writeln!(text, "    {line}");
        }
        lines(&mut text, one, release, folder);
        _ = writeln!(text);
    }
    let runs: u64 = shrunk.iter().map(|one| u64::from(one.runs)).sum();
    let classes = if shrunk.len() == 1 { "class" } else { "classes" };
    _ = writeln!(text, "{} {classes} of violations, shrunk with {}", shrunk.len(), counted(runs, "run"));
    text
}

fn origin(drawn: &Drawn) -> String {
    drawn.scenario.path.display().to_string()
}

/// A shrunk scenario as a file: the violations, what did not matter for them, and the expectation that the run passes.
pub fn shrunk_file(shrunk: &Shrunk, release: Subject) -> String {
    let Shrunk { drawn, run, class, notes, no_return, .. } = shrunk;
    let of_the_class: Vec<_> = Class::of_each(run).filter(|(of, _)| of == class).collect();
    let subject = subject(release);
    let mut text = match drawn.is_of_a_seed() {
        true => format!("# Found by fuzzing {subject}, and shrunk.\n"),
        false => format!("# Shrunk from {} with {subject}.\n", cut(&origin(drawn), WIDTH)),
    };
    for (_, violation) in of_the_class.iter().take(EVIDENCE) {
        _ = writeln!(text, "# {}: {}", violation.invariant, violation.evidence);
    }
    if of_the_class.len() > EVIDENCE {
        _ = writeln!(text, "# and {} more", of_the_class.len() - EVIDENCE);
    }
    if let Some(moment) = no_return.and_then(|place| Moment::of(run, &Whence::of(&drawn.scenario), place, None)) {
        _ = writeln!(text, "# Point of no return: {} ms, {}: {}", moment.at_ms, moment.place(), moment.what);
    }
    for note in notes {
        _ = writeln!(text, "# {note}");
    }
    let titled = drawn.changed(|scenario| scenario.title = format!("{}: {}", class.invariant, class.mechanism));
    let titled = kept::with_agent(&titled, run);
    if release.making().is_some() {
        _ = writeln!(
            text,
            "# This agent: {}. A replay without --release or --agent runs it again.",
            run.damage().summary()
        );
        return text + &titled.scenario.to_string();
    }
    _ = writeln!(text, "# Release {release} today: {}", run.damage().summary());
    _ = writeln!(text, "# The expectation below is the correct behavior, not what this release does.");
    let expected = titled.changed(|scenario| scenario.expect = Expectations::pass(release, drawn.server));
    text + &expected.scenario.to_string()
}

/// A release, or a real agent with its versions.
fn subject(release: Subject) -> String {
    let Some(making) = release.making() else { return format!("release {release}") };
    let versions: Vec<String> = making.versions.iter().map(|(part, version)| format!("{part} {version}")).collect();
    format!("the agent {release} ({})", versions.join(", "))
}

/// One object for each class, a line each.
pub fn smallest_json(shrunk: &[Shrunk], folder: &Path) -> String {
    let line = |shrunk| serde_json::to_string(&Smallest::of(shrunk, folder)).expect("a scenario always serializes");
    shrunk.iter().map(|shrunk| line(shrunk) + "\n").collect()
}

/// The object of a class.
#[derive(Serialize)]
pub(super) struct Smallest<'a> {
    invariant: &'a str,
    mechanism: &'a str,
    path: String,
    steps: usize,
    faults: usize,
    notes: &'a [String],
    scenario: String,
}

impl<'a> Smallest<'a> {
    pub(super) fn of(shrunk: &'a Shrunk, folder: &Path) -> Self {
        let (steps, faults) = shrunk.drawn.scenario.size();
        Self {
            invariant: &shrunk.class.invariant,
            mechanism: &shrunk.class.mechanism,
            path: shrunk_path(folder, &shrunk.class).display().to_string(),
            steps,
            faults,
            notes: &shrunk.notes,
            scenario: shrunk.drawn.scenario.to_string(),
        }
    }
}
