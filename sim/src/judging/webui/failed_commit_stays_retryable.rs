//! failed-commit-stays-retryable: what a failed commit covered still waits for one. An agent that keeps to itself what its provider
//! raises turns a failure into a loss. Source: #2461 (guarantee 3 of the lifecycle module), `scenarios/README.md` row AL-01.

use model::facts::commits::Observation;
use model::words::part::Part;

use crate::history::Grade;
use crate::judging::webui::commissions::{Commission, commissions, told};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "failed-commit-stays-retryable",
    part: Part::WebUi,
    rule: "what a failed commit covered does not count as committed until another one has succeeded",
    // What counts as committed.
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
    let all = commissions(evidence.events);
    for Commission { process, commit, session, turns, ended, .. } in &all {
        let Some((ended, false)) = *ended else { continue };
        for turn in *turns {
            let counted = told(evidence.events).find(|told| {
                let counts = |of, turns: &[_]| of == *session && turns.contains(turn);
                let counted = matches!(told.fact, Observation::Counted { session, turns } if counts(session, turns));
                told.process == *process && told.place > ended && counted
            });
            let Some(counted) = counted else {
                findings.holds();
                continue;
            };
            let mut same = all.iter().filter(|one| one.process == *process && one.turns.contains(turn));
            let retried = same.any(|one| matches!(one.ended, Some((at, true)) if at < counted.place));
            match retried {
                true => findings.holds(),
                false => {
                    let at_ms = counted.at_ms;
                    let told = format!("{turn} counts as committed at {at_ms} ms, though commit {commit} has failed");
                    findings.violated(Some(turn), at_ms, told);
                }
            }
        }
    }
    findings
}
