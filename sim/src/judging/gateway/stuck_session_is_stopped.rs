//! stuck-session-is-stopped: a turn that never ends is not retried forever, however its process ends. Source: #7536, #96204, #20030, and
//! the maintainers' answer to #11099; rows B-01, B-14 and B-15 of `scenarios/README.md`. What no disk could keep does not count as an attempt.

use model::contracts::chats::ATTEMPTS_MAX;
use model::words::part::Part;

use crate::history::Grade;
use crate::judging::noting::could_note;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "stuck-session-is-stopped",
    part: Part::Gateway,
    rule: "a turn that was cut short by three ends of its process is not tried again",
    // Only the implementation reports which hang a turn ran into. Without that report only a turn that runs again is judged.
    needs: Grade::ToldByHost,
    severity: 20,
    letter: 'K',
    words: "stuck",
    counted: true,
    data: None,
    breaker: "E3",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let turns = &evidence.reading.runs.begun;
    for (place, one) in turns.iter().enumerate() {
        let tried = turns[..place].iter().filter(|other| other.attempt_at() == one.attempt_at());
        let counted = tried.filter(|other| could_note(evidence, other.process, other.at.ms));
        let cut: Vec<u64> = counted.filter_map(|other| other.cut_short_ms).filter(|ms| *ms <= one.at.ms).collect();
        match cut.len() {
            0 => {}
            n if n < ATTEMPTS_MAX as usize => findings.holds(),
            n => {
                let times: Vec<String> = cut.iter().map(ToString::to_string).collect();
                let told = format!(
                    "{} was tried at {} ms, for the {}th time; it had been cut short at {} ms",
                    one.attempt_at(),
                    one.at.ms,
                    n + 1,
                    times.join(", ")
                );
                findings.violated(Some(one.attempt_at()), one.at, told);
            }
        }
    }
    findings
}
