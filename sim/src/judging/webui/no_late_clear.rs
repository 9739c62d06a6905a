//! no-late-clear: a turn counts as committed only after a commit that covers it has ended. A commit that ends late must not clear turns
//! completed meanwhile. Source: #2461 (guarantee 2 of the lifecycle module).

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::commits::sessions::Counted;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-late-clear",
    part: Part::WebUi,
    rule: "a turn counts as committed only if a commit that covers it has ended",
    // Which turns count as committed.
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
    let commits = &evidence.reading.commits;
    for Counted { process, session, turns, at } in &commits.sessions.counted {
        let at_ms = at.ms;
        for turn in turns {
            let mut covering = commits.all.iter().filter(|one| one.process == *process && one.session == *session);
            let covered = covering
                .any(|one| one.turns.contains(turn) && one.ended.is_some_and(|(ended, _)| ended.place < at.place));
            match covered {
                true => findings.holds(),
                false => {
                    let told = format!("{turn} counts as committed at {at_ms} ms, and no commit had covered it");
                    findings.violated(Some(turn), *at, told);
                }
            }
        }
    }
    findings
}
