//! no-late-clear: a turn counts as committed only after a commit that covers it has ended. A commit that comes to its end late must
//! not clear what was completed meanwhile. Source: #2461 (guarantee 2 of the lifecycle module).

use model::commits::Observation;
use model::release::Part;

use super::commissions::{Told, commissions, told};
use super::{Check, Evidence, Findings};

pub(super) const CHECK: Check = Check {
    part: Part::WebUi,
    name: "no-late-clear",
    rule: "a turn counts as committed only if a commit that covers it has ended",
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let all = commissions(evidence.events);
    for Told { place, at_ms, process, what } in told(evidence.events) {
        let Observation::Counted { session, turns } = what else { continue };
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
