//! What judging has come to, as text.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::judging::Killers;
use crate::judging::results::Outcome;
use crate::mutant::Mutant;
use crate::survivors::{Survivor, Table};
use crate::target::Target;

/// A mutant's line while it is judged.
pub(crate) fn line(number: usize, of: usize, outcome: &Outcome) -> String {
    let fate = match &outcome.killed {
        Some(kill) if kill.what.is_empty() => format!("{}: {}", kill.by, kill.how.name()),
        Some(kill) => format!("{}: {} {}", kill.by, kill.how.name(), kill.what.join(", ")),
        None => "SURVIVED".to_owned(),
    };
    let (file, line, function, what) = (&outcome.file, outcome.line, &outcome.function, &outcome.what);
    format!("{number:>4} of {of}  {file}:{line} {function}: {what}: {fate} ({} s)", outcome.seconds)
}

/// What is known about a part.
pub(crate) struct Summary<'a> {
    /// The part.
    pub(crate) of: Target,
    /// The mutants that were to be judged.
    pub(crate) chosen: &'a [&'a Mutant],
    /// All mutants of the part.
    pub(crate) all: &'a [Mutant],
    /// The results, by the mutants' numbers.
    pub(crate) known: &'a BTreeMap<u32, Outcome>,
    /// The table of survivors.
    pub(crate) table: &'a Table,
}

impl Summary<'_> {
    fn results(&self) -> impl Iterator<Item = &Outcome> {
        self.chosen.iter().filter_map(|mutant| self.known.get(&mutant.number))
    }

    fn survivors(&self) -> impl Iterator<Item = &Outcome> {
        self.results().filter(|outcome| outcome.killed.is_none())
    }

    fn row(&self, outcome: &Outcome) -> Option<&Survivor> {
        self.table.of((&outcome.file, &outcome.function, &outcome.what))
    }

    /// The survivors that the table does not list.
    pub(crate) fn unlisted(&self) -> Vec<&Outcome> {
        self.survivors().filter(|outcome| self.row(outcome).is_none()).collect()
    }

    /// The page.
    pub(crate) fn text(&self) -> String {
        let (judged, survived) = (self.results().count(), self.survivors().count());
        let killed = judged - survived;
        let mut text = format!("{}: {judged} of {} mutants judged", self.of.name(), self.chosen.len());
        _ = writeln!(text, ", {killed} killed ({}), {survived} survived", percent(killed, judged));
        let Killers { kinds, judges, invariants } = Killers::of(self.results());
        for (title, counts) in [("killed by", kinds), ("first noticed by", judges), ("violated", invariants)] {
            if !counts.is_empty() {
                let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
                _ = writeln!(text, "  {title}: {}", counts.join(", "));
            }
        }
        self.classes(&mut text, killed, judged);
        let place =
            |outcome: &Outcome| format!("{}:{} {}: {}", outcome.file, outcome.line, outcome.function, outcome.what);
        let unlisted = self.unlisted();
        paragraph(&mut text, "survived, and not in the table", unlisted.into_iter().map(place));
        let noticed = self.results().filter(|outcome| outcome.killed.is_some() && self.row(outcome).is_some());
        paragraph(&mut text, "in the table, and killed now: the row can go", noticed.map(place));
        let gone = self.table.gone(self.of, self.all).into_iter();
        let gone = gone.map(|row| format!("{} {}: {}", row.file, row.function, row.what));
        paragraph(&mut text, "in the table, and no longer a mutant: the row can go", gone);
        if judged < self.chosen.len() {
            _ = writeln!(text, "  not judged, for want of time: {}", self.chosen.len() - judged);
        }
        text
    }

    fn classes(&self, text: &mut String, killed: usize, judged: usize) {
        let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
        for outcome in self.survivors() {
            *classes.entry(self.row(outcome).map_or("not in the table", |row| row.class.name())).or_default() += 1;
        }
        if !classes.is_empty() {
            let counts: Vec<String> = classes.iter().map(|(name, count)| format!("{count} {name}")).collect();
            _ = writeln!(text, "  survived: {}", counts.join(", "));
        }
        if let Some(equivalent) = classes.get("equivalent") {
            let rest = judged - equivalent;
            _ = writeln!(text, "  of the {rest} that are not equivalent, {} are killed", percent(killed, rest));
        }
    }
}

fn paragraph(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        _ = writeln!(text, "  {title}: {}", lines.len());
        lines.iter().for_each(|line| _ = writeln!(text, "    {line}"));
    }
}

fn percent(part: usize, of: usize) -> String {
    if of == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / of as f64) }
}
