//! commit-coverage: every turn that was completed is committed in the end, by this process or a later one. And
//! nothing else is committed: neither a turn that is still under way nor one that is not to be remembered. Source: #2461 (guarantee
//! 1 of the lifecycle module), #5543, `scenarios/README.md` rows AL-06 to AL-09.

use model::facts::commits::Observation;
use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::{Event, Fact, Grade, Who};
use crate::judging::webui::commissions::{Commission, commissions, end_of, is_acknowledged, told};
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
    let all = commissions(evidence.events);
    judge_covered(evidence.events, &all, &mut findings);
    if !evidence.events.iter().any(|event| matches!(event.fact, Fact::Converged { .. })) {
        return findings;
    }
    for (place, at_ms, process, turn) in completed(evidence.events) {
        let committed = all.iter().any(|one| one.is_done() && one.began > place && one.turns.contains(turn));
        let (_, end_ms) = end_of(evidence.events, process);
        match committed {
            true => findings.holds(),
            false => {
                let told = format!("{turn} was completed at {at_ms} ms and is in no commit that has succeeded");
                findings.violated(Some(turn), at_ms, format!("{told}; its process was gone at {end_ms} ms"));
            }
        }
    }
    findings
}

/// The turns that were completed, each once: marked as such, or run to their end in a WebUI that marks nothing.
fn completed(events: &[Event]) -> Vec<(usize, u64, Who, &TurnId)> {
    let mut completed: Vec<(usize, u64, Who, &TurnId)> = Vec::new();
    for told in told(events) {
        let turn = match told.fact {
            Observation::Marked { turn, .. } if !is_unfinished(events, told.process, turn, events.len()) => turn,
            Observation::RunEnded { turn, .. } if is_acknowledged(events, told.process, turn, told.place) => turn,
            _ => continue,
        };
        let known = completed.iter().any(|(.., known)| *known == turn);
        if !known && !is_excluded(events, turn) {
            completed.push((told.place, told.at_ms, told.process, turn));
        }
    }
    completed
}

/// What a commit covers was completed before it began.
fn judge_covered(events: &[Event], all: &[Commission<'_>], findings: &mut Findings) {
    for Commission { process, commit, turns, began, began_ms, .. } in all {
        for turn in *turns {
            let told = match () {
                () if is_excluded(events, turn) => {
                    format!("commit {commit} covers {turn}, which is not to be remembered")
                }
                () if is_unfinished(events, *process, turn, *began) => {
                    format!("commit {commit} began at {began_ms} ms and covers {turn}, which was not completed")
                }
                () => {
                    findings.holds();
                    continue;
                }
            };
            findings.violated(Some(turn), *began_ms, told);
        }
    }
}

fn is_excluded(events: &[Event], turn: &TurnId) -> bool {
    events.iter().any(|event| matches!(&event.fact, Fact::Excluded { turn: of, .. } if of == turn))
}

/// Whether the process had begun to run the turn, and its memory did not have it yet, at this place in the history.
fn is_unfinished(events: &[Event], process: Who, turn: &TurnId, place: usize) -> bool {
    let began = |event: &Event| {
        let fact = &event.fact;
        let began = |fact: &Observation| matches!(fact, Observation::RunBegan { turn: of, .. } if of == turn);
        event.who == process && matches!(fact, Fact::Told(model::facts::Observation::Commits(fact)) if began(fact))
    };
    events[..place].iter().any(began) && !is_acknowledged(events, process, turn, place)
}
