//! Two releases side by side: the scenarios that separate them, and those that both fail.

use std::fmt::Write;

use model::agents::Difference;
use model::agents::Subject;

use super::layout::{WIDTH, cut, squeezed, width, wrapped};
use super::{damage, not_judged};
use crate::search::command;
use crate::search::matrix::{Comparison, Matrix, Outcome, Row};

/// The width of the column that says what changes.
const CHANGE_WIDTH: usize = 10;
/// The widest that the column of names may be.
const NAME_WIDTH_MAX: usize = 40;

/// What separates the first release of a matrix of two from the second.
pub fn comparison(matrix: &Matrix) -> String {
    let comparison = matrix.compare();
    let (first, second, server) = (comparison.first, comparison.second, matrix.server);
    let (separating, scenarios) = (comparison.separating.len(), matrix.rows.len());
    let mut text = match separating {
        0 => format!("none of {scenarios} scenarios separates {second} from {first} on {server}\n"),
        _ => format!(
            "{separating} of {scenarios} scenarios separate {second} from {first} on {server} ({}), the smallest first\n\n",
            server.api_version()
        ),
    };
    behaviors(&mut text, first, second);
    if separating > 0 {
        table(&mut text, &comparison);
    }
    summary(&mut text, &comparison);
    for line in not_judged::of_all(matrix.not_judged(), WIDTH) {
        _ = writeln!(text, "{line}");
    }
    if let Some(row) = comparison.example() {
        _ = writeln!(text, "\nthe evidence for one: {}", command::replay_of_cell(&row.scenario, second, server));
    }
    text
}

/// The behaviors in which the two differ.
fn behaviors(text: &mut String, first: Subject, second: Subject) {
    let line = |one: Difference| format!("{}: {} -> {}", one.behavior, one.from, one.to);
    let differences: Vec<String> = first.differences(second).into_iter().map(line).collect();
    if differences.is_empty() {
        return;
    }
    _ = writeln!(text, "behaviors of {second} that differ from {first}:");
    for line in wrapped(&differences, " \u{b7} ", WIDTH - 2) {
        _ = writeln!(text, "  {line}");
    }
    _ = writeln!(text);
}

/// The widths of a row's columns.
struct Columns {
    name: usize,
    outcome: usize,
}

impl Columns {
    fn line(&self, text: &mut String, change: &str, scenario: &str, outcomes: [&str; 2]) {
        let (scenario, [first, second]) = (squeezed(scenario, self.name), outcomes);
        let (name, outcome) = (self.name, self.outcome);
        let line = format!("{change:<CHANGE_WIDTH$}{scenario:<name$}  {first:<outcome$}  {second}");
        _ = writeln!(text, "{}", line.trim_end());
    }
}

fn table(text: &mut String, comparison: &Comparison<'_>) {
    let names = comparison.separating.iter().map(|(_, row)| width(&row.scenario.name)).max().unwrap_or_default();
    let name = names.clamp("scenario".len(), NAME_WIDTH_MAX);
    let columns = Columns { name, outcome: (WIDTH - CHANGE_WIDTH - name - 4) / 2 };
    columns.line(text, "", "scenario", [comparison.first.name(), comparison.second.name()]);
    for (change, row) in &comparison.separating {
        let lines = outcomes(row).map(|words| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            wrapped(&words, " ", columns.outcome)
        });
        for place in 0..lines[0].len().max(lines[1].len()) {
            let (change, scenario) = if place == 0 { (change.word(), row.scenario.name.as_str()) } else { ("", "") };
            let at = |lines: &'_ Vec<String>| lines.get(place).cloned().unwrap_or_default();
            columns.line(text, change, scenario, [&at(&lines[0]), &at(&lines[1])]);
        }
        let title = cut(&row.scenario.title, WIDTH - CHANGE_WIDTH);
        _ = writeln!(text, "{:CHANGE_WIDTH$}{title}", "");
    }
    _ = writeln!(text);
}

/// The outcome of each release in words; with the turns if the words alone are the same.
fn outcomes(row: &Row) -> [String; 2] {
    let both = |words: fn(&Outcome) -> String| [words(&row.outcomes[0]), words(&row.outcomes[1])];
    match both(damage::words) {
        [first, second] if first == second => both(damage::words_with_turns),
        different => different,
    }
}

/// `pr-34859 fixes 14, breaks 2; both pass 9; both fail 23: ...`
fn summary(text: &mut String, comparison: &Comparison<'_>) {
    let second = comparison.second;
    let counts: Vec<String> = comparison.counts().into_iter().map(|(change, n)| change.counted(n)).collect();
    let changes = if counts.is_empty() { "changes nothing".to_owned() } else { counts.join(", ") };
    let left = &comparison.both_fail;
    let fails = match left.len() {
        0 => "both fail 0".to_owned(),
        n => format!("both fail {n}:"),
    };
    _ = writeln!(text, "{second} {changes}; both pass {}; {fails}", comparison.both_pass);
    let names = left.iter().map(|row| format!("{} ({})", row.scenario.name, damage::words(&row.outcomes[1])));
    for line in wrapped(&names.collect::<Vec<_>>(), ", ", WIDTH - 2) {
        _ = writeln!(text, "  {line}");
    }
}
