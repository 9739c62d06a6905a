//! Text for a terminal: a table for the overview, and for every violation the evidence, its times, and the command that
//! replays it.

use std::collections::BTreeSet;
use std::fmt::Write;

use model::agents::Subject;
use model::words::part::Part;

use super::layout::{WIDTH, cut, wrapped};
use super::table::{ROWS_ON_A_SCREEN, Table};
use super::{damage, expected, missed_steps, not_judged};
use crate::history::Bound;
use crate::judging::{Cause, Violation};
use crate::plan::Scenario;
use crate::run::{Run, Verdict};
use crate::search::command;
use crate::search::kept::{self, Kept};
use crate::search::matrix::Outcome;
use crate::search::replay::{self, Divergence, Replayed, Selection};
use model::words::server::Server;

/// How many violations of a run are shown, unless the user asked for one release.
const SHOWN: usize = 3;

/// The result of a replay. One scenario is shown in full; several become a table, followed by the runs that were not as expected.
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
        let expected = match replayed.as_expected {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        let outcome = format!("{}{}", outcome(run), schedule(scenario, run));
        _ = writeln!(text, "  {:<10} {:<11} {outcome:<44} {expected}", run.release, run.server);
        unexpected(text, scenario, replayed);
        cut_short(text, run);
        for missed in run.missed_kills.iter().chain(&run.missed_faults) {
            _ = writeln!(text, "      never struck: {missed}");
        }
        for line in missed_steps::lines(run) {
            _ = writeln!(text, "      {line}");
        }
        for (words, turns) in [
            ("refused, and their user knows", &run.refused),
            ("not taken by the provider, and their user knows", &run.set_aside),
            ("confirmed and lost by the provider", &run.lost_by_provider),
        ] {
            let told: Vec<String> = std::iter::once(words.to_owned()).chain(damage::runs(turns)).collect();
            for line in wrapped(&told, ", ", WIDTH - 6).iter().filter(|_| !turns.is_empty()) {
                _ = writeln!(text, "      {line}");
            }
        }
        for line in not_judged::lines(run.release, &run.not_judged, WIDTH - 6) {
            _ = writeln!(text, "      {line}");
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
    if is_judged(selection) { usize::MAX } else { SHOWN }
}

/// Whether the invariants decide instead of expectations.
fn is_judged(selection: &Selection) -> bool {
    selection.release.is_some() || !selection.agents.is_empty()
}

/// The outcome in a few words.
pub(super) fn outcome(run: &Run) -> String {
    match run.verdict {
        Verdict::Vacuous if run.cut_short.as_ref().is_some_and(|cut| cut.bound == Bound::Time) => {
            "proved nothing: it waits for ever".into()
        }
        Verdict::Vacuous if run.cut_short.as_ref().is_some_and(|cut| cut.bound.is_of_a_circle()) => {
            "proved nothing: it goes round in circles".into()
        }
        Verdict::Vacuous if run.cut_short.is_some() => "proved nothing: it was cut short".into(),
        Verdict::Vacuous => "proved nothing: no turn could be judged".into(),
        Verdict::Pass | Verdict::NotConverged | Verdict::Violation => run.damage().summary(),
    }
}

/// The bound that the run passed, if it did.
fn cut_short(text: &mut String, run: &Run) {
    if let Some(bound) = &run.cut_short {
        _ = writeln!(text, "      {}", cut(&format!("cut short: {bound}"), WIDTH - 6));
    }
}

/// The expected and the actual damage with their turns, if they differ. If they do not, a step was missed.
fn unexpected(text: &mut String, scenario: &Scenario, replayed: &Replayed) {
    if let (Some(false), Some(expected)) = (replayed.as_expected, &replayed.expected) {
        let without_a_step = if replayed.misses_only_a_step() { ", but not every step was reached" } else { "" };
        _ = writeln!(text, "      expected: {}", damage::in_full(expected));
        _ = writeln!(text, "      found:    {}{without_a_step}", damage::in_full(&replayed.run.damage()));
        expected::to_paste(text, scenario, replayed);
    }
}

pub(super) fn violations(text: &mut String, scenario: &Scenario, run: &Run, shown: usize) {
    if run.violations.is_empty() {
        return;
    }
    for violation in run.violations.iter().take(shown) {
        _ = writeln!(text, "      {}: {}", violation.invariant, violation.evidence);
        if shown == usize::MAX {
            cause(text, violation);
        }
    }
    if run.violations.len() > shown {
        _ = writeln!(text, "      and {} more", run.violations.len() - shown);
    }
    let seed = (scenario.seed != run.seed).then_some(run.seed);
    _ = writeln!(text, "      replay: {}", command::replay(&scenario.path, run.release, Some(run.server), seed));
    _ = writeln!(text, "      explain: {}", command::explain(&scenario.path, run.release, Some(run.server), seed));
}

/// When the violation became true, and what led to it.
fn cause(text: &mut String, violation: &Violation) {
    let Cause { process, task, request, step, .. } = &violation.cause;
    let mut parts = vec![format!("since {} ms", violation.at_ms)];
    parts.extend(process.map(|process| format!("process {process}")));
    parts.extend(task.map(|task| format!("task {task}")));
    parts.extend(request.clone());
    parts.extend(step.clone());
    _ = writeln!(text, "        {}", cut(&parts.join(", "), WIDTH - 8));
}

/// The run's seed, if it is not the scenario's own.
fn schedule(scenario: &Scenario, run: &Run) -> String {
    match scenario.seed == run.seed {
        true => String::new(),
        false => format!(", seed {}", run.seed),
    }
}

fn many(text: &mut String, scenarios: &[(Scenario, Vec<Replayed>)], selection: &Selection) {
    let mut lines = Vec::new();
    for part in Part::ALL {
        let of_it: Vec<&(Scenario, Vec<Replayed>)> =
            scenarios.iter().filter(|(scenario, _)| scenario.part() == part).collect();
        let occurs = |release: &Subject| {
            of_it.iter().flat_map(|(_, replays)| replays).any(|replayed| replayed.run.release == *release)
        };
        let (shipped, proposed): (Vec<Subject>, Vec<Subject>) =
            Subject::all().filter(occurs).partition(|release| !release.is_proposed());
        let (designs, fixes): (Vec<_>, Vec<_>) = proposed.into_iter().partition(|release| release.is_of_reference());
        for (corner, releases) in [("scenario", shipped), ("proposed fixes", fixes), ("wrong designs", designs)] {
            if !releases.is_empty() {
                if !lines.is_empty() {
                    _ = writeln!(text);
                }
                lines.extend(table(text, corner, &of_it, &releases));
            }
        }
    }
    legend(text, &lines);
    let runs = scenarios.iter().flat_map(|(_, replays)| replays).map(|replayed| &replayed.run);
    for line in not_judged::of_all(runs.map(|run| (run.release, &run.not_judged[..])), WIDTH) {
        _ = writeln!(text, "{line}");
    }
    for (scenario, replays) in scenarios {
        for missed in replay::never_struck(replays) {
            _ = writeln!(text, "{}: never struck in any of these runs: {missed}", scenario.name);
        }
    }
    for (scenario, replays) in scenarios {
        let shown_in_full = |replayed: &&Replayed| replayed.as_expected != Some(true) || is_judged(selection);
        for replayed in replays
            .iter()
            .filter(shown_in_full)
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
            unexpected(text, scenario, replayed);
            cut_short(text, &replayed.run);
            if replayed.misses_only_a_step() {
                missed_steps::lines(&replayed.run).iter().for_each(|line| _ = writeln!(text, "      {line}"));
            }
            violations(text, scenario, &replayed.run, shown(selection));
        }
    }
    _ = writeln!(text);
}

/// A line for each scenario that was run with any of these releases.
fn table(
    text: &mut String,
    corner: &str,
    scenarios: &[&(Scenario, Vec<Replayed>)],
    releases: &[Subject],
) -> Vec<(String, Vec<String>)> {
    let line = |(scenario, replays): &&(Scenario, Vec<Replayed>)| {
        let cells: Vec<String> = releases.iter().map(|release| cell(replays, *release)).collect();
        cells.iter().any(|cell| !cell.is_empty()).then(|| (scenario.name.clone(), cells))
    };
    let lines: Vec<(String, Vec<String>)> = scenarios.iter().filter_map(line).collect();
    let table = Table::new(releases, &lines);
    table.line(text, corner, &table.heads);
    for (name, cells) in &lines {
        table.line(text, name, cells);
    }
    if lines.len() > ROWS_ON_A_SCREEN {
        table.line(text, corner, &table.heads);
    }
    lines
}

/// The outcome of a release in a scenario: one cell if all servers agree, otherwise one per server, the oldest first.
fn cell(replays: &[Replayed], release: Subject) -> String {
    let mut codes: Vec<String> = Server::ALL.iter().filter_map(|&server| on(replays, release, server)).collect();
    if codes.iter().all(|code| *code == codes[0]) {
        codes.truncate(1);
    }
    codes.join("/")
}

/// Its outcome on one server: one cell for each schedule.
fn on(replays: &[Replayed], release: Subject, server: Server) -> Option<String> {
    let runs = replays.iter().filter(|replayed| (replayed.run.release, replayed.run.server) == (release, server));
    let mut codes: Vec<String> = runs.map(code).collect();
    codes.dedup();
    (!codes.is_empty()).then(|| codes.join("|"))
}

/// Marks a run that was not as expected.
const UNEXPECTED: char = '!';

fn code(replayed: &Replayed) -> String {
    let mut code = damage::cell(&Outcome::of(&replayed.run));
    if replayed.as_expected == Some(false) {
        code.push(UNEXPECTED);
    }
    code
}

fn legend(text: &mut String, lines: &[(String, Vec<String>)]) {
    let cells = || lines.iter().flat_map(|(_, cells)| cells);
    let used = |sign: char| cells().any(|cell| cell.contains(sign));
    let codes: Vec<&str> =
        cells().flat_map(|cell| cell.split(['/', '|'])).map(|code| code.trim_end_matches(UNEXPECTED)).collect();
    let mut meanings = damage::legend(&codes);
    if used('/') {
        meanings.push("a/b one server/the next (replace, append, idempotent)".into());
    }
    if used('|') {
        meanings.push("a|b under one schedule|another".into());
    }
    if used(UNEXPECTED) {
        meanings.push(format!("{UNEXPECTED} not as expected"));
    }
    _ = writeln!(text);
    for line in wrapped(&meanings, " · ", WIDTH) {
        _ = writeln!(text, "{line}");
    }
}

/// The last line: how many runs, and whether all is well.
pub fn summary(replays: &[&Replayed], selection: &Selection) -> String {
    let count = |which: &dyn Fn(&Replayed) -> bool| replays.iter().filter(|replayed| which(replayed)).count();
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    if replays.is_empty() {
        return "0 runs: nothing was proved; no scenario has an expectation for that server".into();
    }
    let mut parts = vec![plural(replays.len(), "run")];
    let diverged = count(&|replayed| replayed.divergence.is_some());
    if selection.twice {
        parts.push(match diverged {
            0 => "each twice with the same history".into(),
            _ => format!("{diverged} NOT DETERMINISTIC"),
        });
    }
    if is_judged(selection) {
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
    let not_judged: BTreeSet<&str> = replays.iter().flat_map(|one| one.run.not_judged.iter().copied()).collect();
    if !not_judged.is_empty() {
        parts.push(format!("{} NOT JUDGED", plural(not_judged.len(), "invariant")));
    }
    let vacuous = count(&|replayed| replayed.run.verdict == Verdict::Vacuous);
    if !is_judged(selection) && vacuous > 0 {
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

/// How the runs of real agents compare with those that their files keep, a line each.
pub fn kept(scenarios: &[(Scenario, Vec<Replayed>)]) -> String {
    let mut text = String::new();
    for (scenario, replays) in scenarios {
        for replayed in replays {
            let told = match kept::compare(scenario, &replayed.run) {
                None => continue,
                Some(Kept::Same) => "the same history as when the file was written, by the same versions".to_owned(),
                Some(Kept::OtherHistory) => {
                    "NOT the history of when the file was written, by the same versions: this program or the agent's own files have changed"
                        .to_owned()
                }
                Some(Kept::OtherVersion(parts)) => format!("ANOTHER VERSION: {}; this is not the run of the file", versions(&parts)),
                Some(Kept::OtherAgent(name)) => format!("another agent: the file was written with {name}"),
            };
            _ = writeln!(text, "{} with {}: {told}", scenario.name, replayed.run.release);
        }
    }
    text
}

fn versions(parts: &[(String, Option<String>, Option<String>)]) -> String {
    let said = |version: &Option<String>| version.clone().unwrap_or_else(|| "missing".to_owned());
    let one = |(part, there, here): &(String, Option<String>, Option<String>)| {
        format!("{part} was {} and is {}", said(there), said(here))
    };
    parts.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Where the histories of two runs of the same scenario first differ.
pub fn divergence(scenario: &Scenario, run: &Run, divergence: &Divergence) -> String {
    format!(
        "not deterministic: {} with {} on {}: the two histories differ first at {divergence}\n",
        scenario.path.display(),
        run.release,
        run.server,
    )
}

/// The recorded schedules, each as a line of a scenario file.
pub fn schedules(replays: &[&Replayed]) -> String {
    let recorded = replays.iter().filter_map(|replayed| Some((&replayed.run, replayed.schedule.as_ref()?)));
    let lines = recorded.map(|(run, schedule)| {
        format!(
            "\n# {} with {} on {}, seed {}\nschedule = {schedule}\n",
            run.scenario, run.release, run.server, run.seed
        )
    });
    lines.collect()
}
