//! failed-commit-stays-retryable: the turns of a failed commit still wait for one. An agent that hides its provider's exceptions turns a
//! failure into a loss. Source: #2461 (guarantee 3 of the lifecycle module), `scenarios/README.md` row AL-01.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::commits::Commission;
use crate::history::reading::commits::sessions::Counted;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "failed-commit-stays-retryable",
    part: Part::WebUi,
    rule: "what a failed commit covered does not count as committed until another one has succeeded",
    // Which turns count as committed.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'f',
    words: "failure forgotten",
    counted: true,
    data: None,
    breaker: "webui-marks-early",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let commits = &evidence.reading.commits;
    for Commission { process, commit, session, turns, ended, .. } in &commits.all {
        let Some((ended, false)) = *ended else { continue };
        for turn in turns {
            let counts = |one: &&Counted| {
                one.process == *process
                    && one.session == *session
                    && one.at.place > ended.place
                    && one.turns.contains(turn)
            };
            let Some(counted) = commits.sessions.counted.iter().find(counts) else {
                findings.holds();
                continue;
            };
            let mut same = commits.all.iter().filter(|one| one.process == *process && one.turns.contains(turn));
            let retried = same.any(|one| matches!(one.ended, Some((at, true)) if at.place < counted.at.place));
            match retried {
                true => findings.holds(),
                false => {
                    let at_ms = counted.at.ms;
                    let told = format!("{turn} counts as committed at {at_ms} ms, though commit {commit} has failed");
                    findings.violated(Some(turn), counted.at, told);
                }
            }
        }
    }
    findings
}
