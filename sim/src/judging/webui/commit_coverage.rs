//! commit-coverage: every completed turn is committed in the end, by this process or a later one. Nothing else is committed: neither a turn
//! that is still under way nor one that must not be remembered. Source: #2461 (guarantee 1 of the lifecycle module), #5543,
//! `scenarios/README.md` rows AL-06 to AL-09.

use std::collections::BTreeSet;

use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::reading::commits::Commission;
use crate::history::reading::stations::What;
use crate::history::reading::{At, Reading};
use crate::history::{Exclusion, Grade};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "commit-coverage",
    part: Part::WebUi,
    rule: "every completed turn is committed in the end, and no other is",
    // Which turns a commit covers.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'x',
    words: "not committed",
    counted: true,
    data: None,
    breaker: "webui-marks-early",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    judge_covered(evidence, &mut findings);
    if evidence.reading.outcome.converged.is_none() {
        return findings;
    }
    for Completed { at, process, turn } in completed(evidence) {
        let at_ms = at.ms;
        let covers = |one: &Commission| one.is_done() && one.began.place > at.place && one.turns.contains(turn);
        let end = evidence.end_of(process);
        match evidence.reading.commits.all.iter().any(covers) {
            true => findings.holds(),
            false => {
                let told = format!("{turn} was completed at {at_ms} ms and is in no commit that has succeeded");
                findings.violated(Some(turn), end, format!("{told}; its process was gone at {} ms", end.ms));
            }
        }
    }
    findings
}

/// A turn that was completed.
struct Completed<'a> {
    at: At,
    process: u32,
    turn: &'a TurnId,
}

/// The completed turns, each once: marked as completed, or run to their end in a WebUI that marks nothing.
fn completed<'a>(evidence: &Evidence<'a>) -> Vec<Completed<'a>> {
    let reading: &'a Reading = evidence.reading;
    let commits = &reading.commits;
    let marks = commits.sessions.waiting.iter().filter(|mark| !mark.restored);
    let marks = marks.filter(|mark| !is_unfinished(evidence, mark.process, &mark.turn, usize::MAX));
    let marks = marks.map(|mark| Completed { at: mark.since, process: mark.process, turn: &mark.turn });
    let runs = commits.agents.turns.iter().filter_map(|run| {
        let ended = run.ended.filter(|at| evidence.is_acknowledged(run.process, &run.turn, at.place));
        Some(Completed { at: ended?, process: run.process, turn: &run.turn })
    });
    let mut completed: Vec<Completed<'_>> = marks.chain(runs).collect();
    completed.sort_by_key(|one| one.at.place);
    let mut known = BTreeSet::new();
    completed.retain(|one| !is_excluded(evidence, one.turn) && known.insert(one.turn));
    completed
}

/// The turns that a commit covers were completed before it began.
fn judge_covered(evidence: &Evidence<'_>, findings: &mut Findings) {
    for Commission { process, commit, turns, began, .. } in &evidence.reading.commits.all {
        let began_ms = began.ms;
        for turn in turns {
            let told = match () {
                () if is_never_to_be_remembered(evidence, turn) => {
                    format!("commit {commit} covers {turn}, which is not to be remembered")
                }
                () if is_unfinished(evidence, *process, turn, began.place)
                    && !evidence.reading.commits.sessions.is_restored(*process, turn, began.place) =>
                {
                    format!("commit {commit} began at {began_ms} ms and covers {turn}, which was not completed")
                }
                () => {
                    findings.holds();
                    continue;
                }
            };
            findings.violated(Some(turn), *began, told);
        }
    }
}

fn is_excluded(evidence: &Evidence<'_>, turn: &TurnId) -> bool {
    let turn = evidence.reading.turns.get(turn);
    turn.is_some_and(|turn| turn.stations.iter().any(|station| matches!(station.what, What::Excluded { .. })))
}

/// Whether the turn was interrupted, or ephemeral. A turn that was undone had been completed, and the next commit of its session was
/// due by then; whether the provider still holds its text is the memory's affair, and no-pollution judges that.
fn is_never_to_be_remembered(evidence: &Evidence<'_>, turn: &TurnId) -> bool {
    let turn = evidence.reading.turns.get(turn);
    turn.is_some_and(|turn| {
        let mut stations = turn.stations.iter();
        stations.any(|station| {
            matches!(station.what, What::Excluded { why: Exclusion::Interrupted | Exclusion::Ephemeral, .. })
        })
    })
}

/// Whether the process had begun to run the turn, and its memory did not have it yet, at this place in the history.
fn is_unfinished(evidence: &Evidence<'_>, process: u32, turn: &TurnId, place: usize) -> bool {
    let mut runs =
        evidence.reading.commits.agents.turns.iter().filter(|run| run.process == process && run.turn == *turn);
    runs.any(|run| run.began.place < place) && !evidence.is_over(process, turn, place)
}
