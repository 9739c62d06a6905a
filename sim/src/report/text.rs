//! Text for a terminal: a table to take in at a glance, and for every violation what happened, when, and how to see it
//! again.

use std::fmt::Write;

use model::release::Release;

use super::command;
use crate::history::Event;
use crate::replay::{Divergence, Replayed, Selection};
use crate::runner::{Run, Verdict};
use crate::scenario::{Damage, Scenario, Server};

/// How many violations of a run are shown unless the user asked for its release.
const SHOWN: usize = 3;

/// What a replay found. One scenario is told in full; several become a table, with the surprises after it.
pub fn text(scenarios: &[(Scenario, Vec<Replayed>)], selection: &Selection) -> String {
    let mut text = String::new();
    match scenarios {
        [(scenario, replays)] => one(&mut text, scenario, replays, selection),
        _ => many(&mut text, scenarios, selection),
    }
    text
}

fn one(text: &mut String, scenario: &Scenario, replays: &[Replayed], selection: &Selection) {
    _ = writeln!(text, "{}: {}", scenario.name, scenario.title);
    if !scenario.reports.is_empty() {
        _ = writeln!(text, "reported in {}", scenario.reports.join(", "));
    }
    _ = writeln!(text, "\n  {:<10} {:<11} {:<44} as expected", "release", "server", "outcome");
    for replayed in replays {
        let run = &replayed.run;
        let expected = match (replayed.as_expected, &replayed.expected) {
            (Some(true), _) => "yes".to_owned(),
            (Some(false), Some(expected)) => format!("NO: {}", expected.summary()),
            _ => "-".to_owned(),
        };
        let outcome = format!("{}{}", outcome(run), schedule(scenario, run));
        _ = writeln!(text, "  {:<10} {:<11} {outcome:<44} {expected}", run.release, run.server);
        for kill in &run.missed_kills {
            _ = writeln!(text, "      never struck: {kill}");
        }
        violations(text, scenario, run, shown(selection));
    }
    if let [replayed] = replays {
        let run = &replayed.run;
        _ = writeln!(
            text,
            "\n  {} turns, {} steps, {} ms simulated, digest {}",
            run.turns, run.steps, run.simulated_ms, run.digest
        );
    }
    _ = writeln!(text);
}

fn shown(selection: &Selection) -> usize {
    if selection.release.is_some() { usize::MAX } else { SHOWN }
}

/// The outcome in a few words.
fn outcome(run: &Run) -> String {
    match run.verdict {
        Verdict::Vacuous => "proved nothing: no turn could be judged".into(),
        _ => run.damage().summary(),
    }
}

fn violations(text: &mut String, scenario: &Scenario, run: &Run, shown: usize) {
    if run.violations.is_empty() {
        return;
    }
    for violation in run.violations.iter().take(shown) {
        _ = writeln!(text, "      {}: {}", violation.invariant, violation.evidence);
    }
    if run.violations.len() > shown {
        _ = writeln!(text, "      and {} more", run.violations.len() - shown);
    }
    let seed = (scenario.seed != run.seed).then_some(run.seed);
    _ = writeln!(text, "      replay: {}", command::replay(&scenario.path, run.release, run.server, seed));
}

/// Which schedule it was, if it is not the one that comes by itself.
fn schedule(scenario: &Scenario, run: &Run) -> String {
    match scenario.seed == run.seed {
        true => String::new(),
        false => format!(", seed {}", run.seed),
    }
}

fn many(text: &mut String, scenarios: &[(Scenario, Vec<Replayed>)], selection: &Selection) {
    let occurs = |release: &Release| {
        scenarios.iter().flat_map(|(_, replays)| replays).any(|replayed| replayed.run.release == *release)
    };
    let releases: Vec<Release> = Release::all().filter(occurs).collect();
    let cells: Vec<Vec<String>> =
        scenarios.iter().map(|(_, replays)| releases.iter().map(|release| cell(replays, *release)).collect()).collect();
    let name = scenarios.iter().map(|(scenario, _)| scenario.name.len()).max().unwrap_or(0).max("scenario".len());
    let width = |column: usize| {
        let widest = cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        widest.max(releases[column].name().len())
    };
    let line = |text: &mut String, first: &str, row: &[&str]| {
        let mut line = format!("{first:<name$}");
        for (column, cell) in row.iter().enumerate() {
            _ = write!(line, "  {cell:<width$}", width = width(column));
        }
        _ = writeln!(text, "{}", line.trim_end());
    };
    line(text, "scenario", &releases.iter().map(|release| release.name()).collect::<Vec<_>>());
    for ((scenario, _), row) in scenarios.iter().zip(&cells) {
        line(text, &scenario.name, &row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    legend(text, &cells);
    for (scenario, replays) in scenarios {
        let told = |replayed: &&Replayed| replayed.as_expected != Some(true) || selection.release.is_some();
        for replayed in replays
            .iter()
            .filter(told)
            .filter(|replayed| replayed.run.verdict != Verdict::Pass || replayed.as_expected == Some(false))
        {
            _ = writeln!(
                text,
                "\n{} {} on {}: {}",
                scenario.name,
                replayed.run.release,
                replayed.run.server,
                outcome(&replayed.run)
            );
            if let (Some(false), Some(expected)) = (replayed.as_expected, &replayed.expected) {
                _ = writeln!(text, "      expected: {}", expected.summary());
            }
            violations(text, scenario, &replayed.run, shown(selection));
        }
    }
    _ = writeln!(text);
}

/// What a release does with a scenario: one word if all servers agree, otherwise one per server, oldest first.
fn cell(replays: &[Replayed], release: Release) -> String {
    let mut codes: Vec<String> = Server::ALL.into_iter().filter_map(|server| on(replays, release, server)).collect();
    if codes.iter().all(|code| *code == codes[0]) {
        codes.truncate(1);
    }
    codes.join("/")
}

/// What it does on one server: one word for each schedule.
fn on(replays: &[Replayed], release: Release, server: Server) -> Option<String> {
    let runs = replays.iter().filter(|replayed| (replayed.run.release, replayed.run.server) == (release, server));
    let mut codes: Vec<String> = runs.map(code).collect();
    codes.dedup();
    (!codes.is_empty()).then(|| codes.join("|"))
}

/// The meaning of each letter in the table.
const LETTERS: [(char, &str); 9] = [
    ('L', "lost"),
    ('D', "duplicated"),
    ('M', "misattributed"),
    ('S', "stale recall"),
    ('O', "order broken"),
    ('T', "turn blocked"),
    ('U', "shutdown unbounded"),
    ('C', "closed is not final"),
    ('P', "still pending"),
];

fn code(replayed: &Replayed) -> String {
    let mut code = match replayed.run.verdict {
        Verdict::Vacuous => "void".to_owned(),
        _ => letters(&replayed.run.damage()),
    };
    if replayed.as_expected == Some(false) {
        code.push('!');
    }
    code
}

fn letters(damage: &Damage) -> String {
    let mut code = String::new();
    let counts = [damage.lost.len(), damage.duplicated.len(), damage.misattributed.len(), damage.stale_recall.len()];
    for (count, (letter, _)) in counts.into_iter().zip(LETTERS) {
        if count > 0 {
            _ = write!(code, "{letter}{count}");
        }
    }
    let violates = |name: &str| damage.violates.iter().any(|violated| violated == name);
    let flags = [
        damage.order_broken,
        violates("turn-never-blocked"),
        violates("bounded-shutdown"),
        violates("closed-is-final"),
        violates("convergence"),
    ];
    for (flag, (letter, _)) in flags.into_iter().zip(&LETTERS[4..]) {
        if flag {
            code.push(*letter);
        }
    }
    if code.is_empty() { "ok".into() } else { code }
}

fn legend(text: &mut String, cells: &[Vec<String>]) {
    let used = |letter: char| cells.iter().flatten().any(|cell| cell.contains(letter));
    let mut meanings: Vec<String> = LETTERS
        .iter()
        .filter(|(letter, _)| used(*letter))
        .map(|(letter, meaning)| format!("{letter} {meaning}"))
        .collect();
    if used('/') {
        meanings.push("a/b one server/the next (replace, append, idempotent)".into());
    }
    if used('|') {
        meanings.push("a|b under one schedule|another".into());
    }
    if used('!') {
        meanings.push("! not as expected".into());
    }
    if !meanings.is_empty() {
        _ = writeln!(text, "\n{}", meanings.join(" · "));
    }
}

/// The last line: how many runs, and whether all is well.
pub fn summary(replays: &[&Replayed], selection: &Selection) -> String {
    let count = |which: &dyn Fn(&Replayed) -> bool| replays.iter().filter(|replayed| which(replayed)).count();
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    if replays.is_empty() {
        return "0 runs: nothing was proved; no scenario speaks of that server".into();
    }
    let mut parts = vec![plural(replays.len(), "run")];
    let diverged = count(&|replayed| replayed.divergence.is_some());
    if selection.twice {
        parts.push(match diverged {
            0 => "each twice with the same history".into(),
            _ => format!("{diverged} NOT DETERMINISTIC"),
        });
    }
    if selection.release.is_some() {
        let ended = |verdict| count(&move |replayed: &Replayed| replayed.run.verdict == verdict);
        match (ended(Verdict::Violation), ended(Verdict::NotConverged), ended(Verdict::Vacuous)) {
            (0, 0, 0) => parts.push("no invariant violated".into()),
            (violated, not_converged, vacuous) => {
                let named =
                    [(violated, "with a violation"), (not_converged, "not converged"), (vacuous, "PROVED NOTHING")];
                parts.extend(named.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
            }
        }
    }
    let vacuous = count(&|replayed| replayed.run.verdict == Verdict::Vacuous);
    if selection.release.is_none() && vacuous > 0 {
        parts.push(format!("{vacuous} PROVED NOTHING"));
    }
    let (met, stated) = (count(&|r| r.as_expected == Some(true)), count(&|r| r.as_expected.is_some()));
    if stated > 0 {
        parts.push(match stated - met {
            0 if stated == replays.len() => "every expectation met".into(),
            0 => format!("all {stated} expectations met"),
            unmet => format!("{} NOT MET", plural(unmet, "expectation")),
        });
    }
    parts.join(", ")
}

/// Where two runs of the same scenario parted.
pub fn divergence(scenario: &Scenario, run: &Run, divergence: &Divergence) -> String {
    let event = |event: &Option<Event>| event.as_ref().map_or("(the history ends)".to_owned(), ToString::to_string);
    format!(
        "not deterministic: {} with {} on {}: the histories part at event {}\n  first run:  {}\n  second run: {}\n",
        scenario.path.display(),
        run.release,
        run.server,
        divergence.index,
        event(&divergence.first),
        event(&divergence.second),
    )
}
