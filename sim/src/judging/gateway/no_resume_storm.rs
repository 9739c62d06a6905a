//! no-resume-storm: a resumed turn does not multiply. Source: #45682 (two turns of one chat), #49201 and #30719 (a turn that restarts its
//! own gateway), #81642 (a breaker that never trips); rows B-10 to B-12 of `scenarios/README.md`.

use model::contracts::chats::ATTEMPTS_MAX;
use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::runs::Begun;
use crate::judging::noting::could_be_noted;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-resume-storm",
    part: Part::Gateway,
    rule: "a chat runs one turn at a time, and a turn that restarts its gateway is run at most three times",
    needs: Grade::ToldByHost,
    severity: 20,
    letter: 'R',
    words: "resume storm",
    counted: true,
    data: None,
    breaker: "E2",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let turns = &evidence.reading.runs.begun;
    for (place, one) in turns.iter().enumerate() {
        let same_chat = |other: &&Begun| other.turn.session == one.turn.session;
        match turns[..place].iter().filter(same_chat).find(|other| other.runs_at(one.at.ms)) {
            None => findings.holds(),
            Some(other) => {
                let told = format!(
                    "{} began at {} ms while {} was running, since {} ms",
                    one.turn, one.at.ms, other.turn, other.at.ms
                );
                findings.violated(Some(&one.turn), one.at, told);
            }
        }
    }
    let restarts = &evidence.reading.runs.restarts;
    for (place, (turn, at)) in restarts.iter().enumerate() {
        // An attempt that no disk could keep does not count.
        let counts =
            |(known, tried): &&(TurnId, At)| known == turn && (tried == at || could_be_noted(evidence, tried.place));
        let times = restarts[..=place].iter().filter(counts).count();
        if times <= ATTEMPTS_MAX as usize {
            findings.holds();
        } else if times == ATTEMPTS_MAX as usize + 1 {
            let told = format!("{turn} restarted its gateway at {} ms, for the {times}th time", at.ms);
            findings.violated(Some(turn), *at, told);
        }
    }
    findings
}
