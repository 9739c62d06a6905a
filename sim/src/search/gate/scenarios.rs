//! The scenarios, each replayed twice: judged by all their expectations, or by the invariants for one release.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use model::agents::Subject;
use model::agents::outside::Failure;

use super::baseline::Failing;
use super::{Case, Section, Stop, worst};
use crate::judging::Invariant;
use crate::parallel;
use crate::plan::Scenario;
use crate::run::{Run, Verdict};
use crate::search::command;
use crate::search::replay::{self, Replayed, Selection};

/// The outcome of one scenario.
struct Outcome {
    case: Case,
    runs: usize,
    exit_code: u8,
    /// The scenario's short name, and its file.
    name: String,
    path: PathBuf,
    /// The violated invariants.
    violated: Vec<&'static str>,
    /// The invariants that were not judged, if one release is tested.
    not_judged: BTreeSet<&'static str>,
    /// The planned kills and faults that struck in no run, if all releases are tested.
    never_struck: Vec<String>,
}

/// Replays the scenarios that a change touches, before all others.
pub fn changed(touched: &[Scenario], release: Subject, jobs: NonZeroUsize, stop: Stop<'_>) -> Section {
    Section { name: "changed", ..scenarios(touched, release, jobs, stop) }
}

/// Replays the scenarios.
pub fn scenarios(scenarios: &[Scenario], release: Subject, jobs: NonZeroUsize, stop: Stop<'_>) -> Section {
    let of_it = |scenario: &&Scenario| release.part().is_none_or(|part| part == scenario.part());
    let asked: Vec<&Scenario> = scenarios.iter().filter(of_it).collect();
    let only = (release != Subject::REFERENCE).then_some(release);
    let selection = Selection { release: only, twice: true, ..Selection::default() };
    let outcomes = parallel::map_until(&asked, jobs, stop, |scenario| outcome(scenario, &selection));
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    let interrupted = outcomes.len() < asked.len();
    let runs: usize = outcomes.iter().map(|outcome| outcome.runs).sum();
    let of = if interrupted { format!("{} of {}", outcomes.len(), asked.len()) } else { asked.len().to_string() };
    let done = format!("{runs} runs of {of} scenarios, each twice");
    let exit_code = worst(outcomes.iter().map(|outcome| outcome.exit_code));
    let summary = selection.release.map_or_else(Vec::new, |release| by_invariant(&outcomes, release));
    let not_judged = Invariant::all()
        .map(|row| row.name)
        .filter(|name| outcomes.iter().any(|outcome| outcome.not_judged.contains(name)));
    let not_judged = not_judged.map(str::to_owned).collect();
    let mut skipped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for outcome in &outcomes {
        let why = outcome.case.skipped.iter();
        why.for_each(|why| skipped.entry(why.clone()).or_default().push(outcome.name.clone()));
    }
    let never_struck = outcomes.iter().flat_map(|outcome| outcome.never_struck.iter().cloned()).collect();
    let cases = outcomes.into_iter().map(|outcome| outcome.case).collect();
    Section { summary, not_judged, never_struck, skipped, ..Section::new("scenarios", done, cases, exit_code) }
        .so_far(interrupted)
}

fn outcome(scenario: &Scenario, selection: &Selection) -> Outcome {
    let (mut replays, mut skipped, mut broken) = (Vec::new(), None, None);
    for (release, server, seed) in replay::pairs(scenario, selection) {
        let replayed = replay::replay(scenario, release, server, seed, true);
        match &replayed.run.failure {
            None => replays.push(replayed),
            Some(Failure::Lacks(why)) => skipped = Some(why.clone()),
            Some(Failure::Broken(why)) => {
                broken = Some(format!("no result: {release} on {server}: {}", why.trim_end()))
            }
        }
    }
    let all: Vec<_> = replays.iter().collect();
    let exit_code = match replay::exit_code(&all, selection) {
        0 | 5 if broken.is_some() => 5,
        // A scenario may have no runs for a release, which is no failure.
        5 if selection.release.is_some() && !replays.iter().any(proves_nothing_by_its_bounds) => 0,
        code => code,
    };
    let is_wrong = |one: &&Replayed| {
        one.divergence.is_some()
            || proves_nothing_by_its_bounds(one)
            || if selection.release.is_some() { !one.run.violations.is_empty() } else { one.as_expected == Some(false) }
    };
    let failure = all
        .iter()
        .copied()
        .find(|one| is_wrong(one))
        .filter(|_| exit_code != 0)
        .map(|one| why(scenario, one))
        .or(broken);
    let mut found = BTreeMap::new();
    all.iter().filter(|one| is_wrong(one)).for_each(|one| failing(&mut found, one, selection));
    let violations = replays.iter().flat_map(|one| &one.run.violations);
    let mut violated: Vec<&'static str> = violations.map(|violation| violation.invariant).collect();
    violated.sort_unstable();
    violated.dedup();
    let missed = if selection.release.is_none() { replay::never_struck(&replays) } else { Vec::new() };
    let never_struck = missed.into_iter().map(|missed| format!("{}: {missed}", scenario.name)).collect();
    let asked = replays.iter().filter(|one| selection.release == Some(one.run.release));
    Outcome {
        case: Case {
            found,
            skipped,
            ..Case::new(scenario.path.display().to_string(), Some(scenario.path.clone()), failure)
        },
        runs: replays.len(),
        exit_code,
        name: scenario.name.clone(),
        path: scenario.path.clone(),
        violated,
        never_struck,
        not_judged: asked.flat_map(|one| one.run.not_judged.iter().copied()).collect(),
    }
}

/// Whether the run was cut short before it showed anything.
fn proves_nothing_by_its_bounds(one: &Replayed) -> bool {
    one.run.cut_short.is_some() && one.run.verdict == Verdict::Vacuous
}

/// Adds what went wrong in a run: each violation of one release, or the damage that no expectation has. Runs that differ are not added.
fn failing(found: &mut BTreeMap<Failing, u32>, one: &Replayed, selection: &Selection) {
    let Run { release, server, .. } = one.run;
    let failing = |invariant: &str, turn: String| Failing {
        release: selection.release.is_none().then(|| release.name().to_owned()),
        server: Some(server.name().to_owned()),
        invariant: invariant.to_owned(),
        turn,
    };
    if selection.release.is_none() {
        _ = found.insert(failing("expectation", one.run.damage().summary()), 1);
        return;
    }
    let mut of_the_run: BTreeMap<Failing, u32> = BTreeMap::new();
    for violation in &one.run.violations {
        let turn = violation.turn.as_ref().map(ToString::to_string).unwrap_or_default();
        *of_the_run.entry(failing(violation.invariant, turn)).or_default() += 1;
    }
    for (turn, copies) in &one.run.duplicated {
        of_the_run.entry(failing("no-duplicate", turn.to_string())).and_modify(|count| *count = *copies);
    }
    for (failing, count) in of_the_run {
        let most = found.entry(failing).or_default();
        *most = count.max(*most);
    }
}

/// Why it failed, the evidence, and the command for more, a line each; the first line matters most.
fn why(scenario: &Scenario, one: &Replayed) -> String {
    const EVIDENCE: usize = 3;
    let run = &one.run;
    let Run { release, server, .. } = *run;
    let wrong = match (&one.divergence, &one.expected) {
        (Some(divergence), _) => {
            format!("{release} on {server}: the histories of two runs differ first at {divergence}")
        }
        _ if proves_nothing_by_its_bounds(one) => {
            let bound = one.run.cut_short.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{release} on {server}: cut short: {bound}")
        }
        (None, Some(_)) if one.misses_only_a_step() => {
            let missed = run.missed_steps.iter().find(|missed| missed.cut_off_by.is_none());
            let step = missed.map(|missed| format!("process {}, {}", missed.process, missed.step)).unwrap_or_default();
            format!("{release} on {server}: it never reached {step}")
        }
        (None, Some(expected)) if one.as_expected == Some(false) => {
            format!("{release} on {server}: {}; expected {}", one.run.damage().summary(), expected.summary())
        }
        (None, _) => format!("{release} on {server}: {}", one.run.damage().summary()),
    };
    let violations = one.run.violations.iter().take(EVIDENCE);
    let evidence = violations.map(|violation| format!("{}: {}", violation.invariant, violation.evidence));
    let replay = format!("replay: {}", command::replay(&scenario.path, release, Some(server), None));
    let explain = format!("explain: {}", command::explain(&scenario.path, release, Some(server), None));
    let explain = (!run.violations.is_empty()).then_some(explain);
    std::iter::once(wrong).chain(evidence).chain([replay]).chain(explain).collect::<Vec<_>>().join("\n")
}

/// For each violated invariant the number of scenarios, some of their names, and the command that explains the first.
fn by_invariant(outcomes: &[Outcome], release: Subject) -> Vec<String> {
    const NAMED: usize = 3;
    let mut scenarios: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        for invariant in &outcome.violated {
            scenarios.entry(invariant).or_default().push(outcome);
        }
    }
    let mut told: Vec<(&str, Vec<&Outcome>)> = scenarios.into_iter().collect();
    told.sort_by_key(|(_, scenarios)| std::cmp::Reverse(scenarios.len()));
    let lines = |(invariant, scenarios): (&str, Vec<&Outcome>)| {
        let names: Vec<&str> = scenarios.iter().take(NAMED).map(|outcome| &*outcome.name).collect();
        let more = if scenarios.len() > NAMED { ", …" } else { "" };
        let explain = command::explain(&scenarios[0].path, release, None, None);
        [
            format!("{invariant:<29} in {:>3}: {}{more}", scenarios.len(), names.join(", ")),
            format!("    explain: {explain} --invariant {invariant}"),
        ]
    };
    told.into_iter().flat_map(lines).collect()
}
