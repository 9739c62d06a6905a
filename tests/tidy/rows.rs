//! Every list has one row for each name, and the documentation lists the same names.
//!
//! Names are documented in the first column of the tables whose head is their kind: `| step
//! |`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use model::agents::Subject;
use model::machine::marks::Mark;
use sim::judging::Invariant;
use sim::plan::Scenario;
use sim::search::campaign::marks;

use super::source::Source;

/// The names of one kind.
pub(crate) struct Rows {
    /// The head of the tables that list them.
    pub(crate) kind: &'static str,
    /// Their names, in the order of the program's own list.
    pub(crate) names: Vec<String>,
}

/// All kinds that the program has a list of, and that the documentation lists in tables.
pub(crate) fn listed() -> Vec<Rows> {
    let invariants = Invariant::all().map(|row| row.name.to_owned()).collect();
    vec![
        Rows { kind: "invariant", names: invariants },
        Rows { kind: "step", names: choices("steps = [\"nothing\"]") },
        Rows { kind: "fault", names: choices("steps = [\"turn\"]\nfaults = { retain = { 1 = \"nothing\" } }") },
        Rows { kind: "host", names: choices("steps = [\"turn\"]\nconfig = { host = \"nothing\" }") },
    ]
}

/// The list in an error message: every word that would have been right.
fn choices(mistake: &str) -> Vec<String> {
    let read = Scenario::parse(Path::new("tidy.toml"), &format!("title = \"t\"\n{mistake}\n"));
    let complaint = read.expect_err("a mistake").to_string();
    let list = complaint.rsplit_once(": ").expect("a list").1;
    list.split(", ").filter(|choice| !choice.contains(' ')).map(str::to_owned).collect()
}

/// The names with two rows, the names that no table documents, and the documented names that do not exist.
pub(crate) fn complaints(rows: &Rows, documents: &[Source]) -> BTreeSet<String> {
    let mut complaints = twice(rows);
    let names: BTreeSet<&str> = rows.names.iter().map(String::as_str).collect();
    let mut documented = BTreeSet::new();
    for document in documents {
        let words = words_in_tables(rows.kind, &document.text);
        let unknown = words.difference(&names).filter(|word| !word.chars().all(|c| c.is_ascii_digit()));
        complaints.extend(unknown.map(|name| format!("{}: there is no {} {name}", document.path, rows.kind)));
        documented.extend(words);
    }
    let silent = names.difference(&documented);
    complaints.extend(silent.map(|name| format!("no table documents the {} {name}", rows.kind)));
    complaints
}

fn twice(rows: &Rows) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let again = rows.names.iter().filter(|name| !seen.insert(*name));
    again.map(|name| format!("the {} {name} has two rows", rows.kind)).collect()
}

/// The first words in code in the first cells of all tables whose head is this kind.
fn words_in_tables<'a>(kind: &str, document: &'a str) -> BTreeSet<&'a str> {
    let mut words = BTreeSet::new();
    let mut head = None;
    for line in document.lines() {
        let Some(row) = line.strip_prefix("| ") else {
            head = head.filter(|_| line.starts_with('|'));
            continue;
        };
        let cell = row.split(" |").next().unwrap_or_default();
        if *head.get_or_insert(cell) == kind {
            words.extend(cell.split('`').skip(1).step_by(2).filter_map(|span| span.split(' ').next()));
        }
    }
    words
}

/// The documentation.
pub(crate) fn documents() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = Vec::new();
    for folder in ["", "docs", "scenarios"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for path in entries.map(|entry| entry.expect("a file").path()) {
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                documents
                    .push(Source { path: path.strip_prefix(root).expect("it is inside").display().to_string(), text });
            }
        }
    }
    documents
}

/// Subjects that no document names in code. They are checked separately because tables do not list them all.
pub(crate) fn unnamed_subjects(documents: &[Source]) -> BTreeSet<String> {
    let rows = Rows { kind: "subject", names: Subject::all().map(|subject| subject.name().to_owned()).collect() };
    let spans: BTreeSet<&str> = documents.iter().flat_map(|source| source.text.split('`').skip(1).step_by(2)).collect();
    let silent = rows.names.iter().filter(|name| !spans.contains(name.as_str()));
    silent.map(|name| format!("no document names the subject {name}")).chain(twice(&rows)).collect()
}

/// Marks that have no row, or two.
pub(crate) fn marks_without_a_row() -> BTreeSet<String> {
    let has = |mark: &Mark| marks::TABLE.iter().filter(|row| row.mark == *mark).count() == 1;
    let words = Rows { kind: "mark", names: marks::TABLE.iter().map(|row| row.words.to_owned()).collect() };
    let wrong = Mark::ALL.iter().filter(|mark| !has(mark));
    wrong.map(|mark| format!("the mark {mark:?} has not one row")).chain(twice(&words)).collect()
}

/// The rule finds a name without documentation, a documented name that does not exist, and a name with two rows.
pub(crate) fn finds_a_row_that_is_missing() {
    let document = "| fault | |\n|---|---|\n| `drop`, `delay D` | a |\n| `400` to `599` | b |\n\n| key | |\n|---|---|\n| `x` | c |\n";
    let found = |names: &[&str]| {
        let rows = Rows { kind: "fault", names: names.iter().map(|&name| name.to_owned()).collect() };
        complaints(&rows, &[Source::new("FORMAT.md", document)]).into_iter().collect::<Vec<_>>()
    };
    assert!(found(&["drop", "delay"]).is_empty());
    assert_eq!(found(&["drop", "delay", "hang"]), ["no table documents the fault hang"]);
    assert_eq!(found(&["drop"]), ["FORMAT.md: there is no fault delay"]);
    assert_eq!(found(&["drop", "delay", "drop"]), ["the fault drop has two rows"]);
}
