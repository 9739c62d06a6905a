//! no-late-clear: a turn counts as committed only after a commit that covers it has ended. A commit that comes to its end late must
//! not clear what was completed meanwhile. Source: #2461 (guarantee 2 of the lifecycle module).

use model::facts::commits::Observation;
use model::words::part::Part;

use crate::history::Grade;
use crate::judging::webui::commissions::{Told, commissions, told};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-late-clear",
    part: Part::WebUi,
    rule: "a turn counts as committed only if a commit that covers it has ended",
    // What counts as committed.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'k',
    words: "cleared uncommitted",
    counted: true,
    data: None,
    breaker: "webui-dirty-flag",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let all = commissions(evidence.events);
    for Told { place, at_ms, process, fact } in told(evidence.events) {
        let Observation::Counted { session, turns } = fact else { continue };
        for turn in turns {
            let mut covering = all.iter().filter(|one| one.process == process && one.session == session);
            let covered =
                covering.any(|one| one.turns.contains(turn) && one.ended.is_some_and(|(ended, _)| ended < place));
            match covered {
                true => findings.holds(),
                false => {
                    let told = format!("{turn} counts as committed at {at_ms} ms, and no commit had covered it");
                    findings.violated(Some(turn), at_ms, told);
                }
            }
        }
    }
    findings
}
