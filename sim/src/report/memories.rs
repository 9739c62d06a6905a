//! `memories`: what each memory plugin loses, as a page in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::search::memories::{Cell, NotRun};

/// A plugin that took part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// The hash of the cases and descriptions with which it did so.
    pub inputs: String,
    /// Its name, as `--agent` takes it.
    pub agent: String,
    /// The version of each part.
    pub versions: BTreeMap<String, String>,
    /// Whether it keeps everything in files.
    pub is_local: bool,
    /// The names of what cannot be judged.
    pub unseen: Vec<String>,
    /// What it did in each case. `None` where the case says nothing of it.
    pub cells: Vec<Option<Cell>>,
}

/// Everything that a page says.
pub struct Memories {
    /// The day on which it was made.
    pub date: String,
    /// The hash of what it was made from.
    pub inputs: String,
    /// The cases, as the ends of "what is lost when ...".
    pub cases: Vec<String>,
    /// The plugins.
    pub columns: Vec<Column>,
    /// Those that cannot be run.
    pub not_run: Vec<NotRun>,
}

/// The line of a page that says from what it was made.
pub fn made_from(inputs: &str) -> String {
    format!("<!-- made by forget-me-not memories, from {inputs} -->")
}

const INTRODUCTION: &str = "\
Each memory plugin that can be run here, unmodified, in the same cases: its code, threads, files and end are real, the clock, the network and the
server are simulated. A turn counts as kept if it is in the store at the end, after one more process that may recover what is left. Each case is run
under three schedules, and the worst of them counts; the kills are spread evenly over the steps of the first process. Only turns that the plugin had
taken over count as lost. Which schedules show a race depends on the path of a run's folder, too: the numbers in brackets may be others elsewhere.";

const NOT_MEASURED: &str = "\
- What the real services do. Their servers are stand-ins, written from what each plugin sends and accepts: what they make of the texts, and whether
  they know a repeated write again, is not known.
- Loss of power. Files are real, and the disk keeps whatever was written.
- What a plugin recalls. It is no witness of what it keeps.
- Real time: computing takes none here, so races have other odds. Nothing here was repeated in real time.
- Configurations other than those in `providers/`. A plugin that keeps a turn only if the model calls a tool is not judged by that.";

/// The page.
pub fn memories(all: &Memories) -> String {
    let mut text = format!("# What memories lose\n\n{}\n\n", made_from(&all.inputs));
    _ = writeln!(text, "Made on {} by `forget-me-not memories`. {INTRODUCTION}\n", all.date);
    let columns: Vec<&Column> = all.columns.iter().collect();
    for (title, local) in [("Plugins with a server", false), ("Plugins that keep turns in files", true)] {
        let columns: Vec<&&Column> = columns.iter().filter(|column| column.is_local == local).collect();
        if !columns.is_empty() {
            _ = writeln!(text, "## {title}\n");
            table(&mut text, &all.cases, &columns);
        }
    }
    text.push_str("## Who took part\n\n| plugin | versions | not judged |\n|---|---|---|\n");
    for column in &columns {
        let versions: Vec<String> = column.versions.iter().map(|(part, version)| format!("{part} {version}")).collect();
        let unseen = if column.unseen.is_empty() { "-".to_owned() } else { column.unseen.join(", ") };
        _ = writeln!(text, "| `{}` | {} | {unseen} |", column.agent, versions.join(", "));
    }
    let broken = columns.iter().flat_map(|column| {
        let whys = column.cells.iter().flatten().filter_map(Cell::broken);
        whys.map(|why| format!("- `{}`: {why}", column.agent))
    });
    let broken: std::collections::BTreeSet<String> = broken.collect();
    if !broken.is_empty() {
        let broken: Vec<String> = broken.into_iter().collect();
        _ = writeln!(text, "\nNo result:\n\n{}", broken.join("\n"));
    }
    text.push_str("\n## Who could not\n\n| plugin | why |\n|---|---|\n");
    all.not_run.iter().for_each(|one| _ = writeln!(text, "| {} | {} |", one.name, one.why));
    _ = writeln!(text, "\n## What is not measured\n\n{NOT_MEASURED}");
    text
}

fn table(text: &mut String, cases: &[String], columns: &[&&Column]) {
    let short = |agent: &str| agent.strip_prefix("hermes/").unwrap_or(agent).to_owned();
    let names: Vec<String> = columns.iter().map(|column| short(&column.agent)).collect();
    _ = writeln!(text, "| what is lost when ... | {} |", names.join(" | "));
    _ = writeln!(text, "|---|{}", "---|".repeat(columns.len()));
    for (number, case) in cases.iter().enumerate() {
        let cells: Vec<Option<&Cell>> = columns.iter().map(|column| column.cells[number].as_ref()).collect();
        if cells.iter().any(Option::is_some) {
            let words = cells.iter().map(|cell| cell.map_or_else(|| "-".to_owned(), Cell::words));
            _ = writeln!(text, "| {case} | {} |", words.collect::<Vec<_>>().join(" | "));
        }
    }
    text.push('\n');
}
