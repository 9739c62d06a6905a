//! no-false-resume: a gateway resumes by itself, or has its agent resume, only interrupted turns. Source: #20776, #46934, #85709; rows
//! B-05, B-06, B-08 and BL-03 of `scenarios/README.md`.

use model::contracts::chats::FRESHNESS;
use model::facts::chats::{End, How};
use model::words::part::Part;
use model::words::turn::TurnId;

use super::noting::could_be_noted;
use crate::history::Grade;
use crate::history::reading::runs::Begun;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-false-resume",
    part: Part::Gateway,
    rule: "nothing that was answered, stopped by its user, or over for more than an hour is run again",
    // Only the implementation reports which turn its agent is asked to resume. Without that report only the turns that the gateway runs are
    // judged.
    needs: Grade::ToldByHost,
    severity: 20,
    letter: 'F',
    words: "falsely resumed",
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
        let resumed = match &one.how {
            How::Asked => continue,
            How::Resumed => &one.turn,
            How::Continued(turn) => turn,
        };
        match wrong(evidence, &turns[..place], resumed, one) {
            None => findings.holds(),
            Some(wrong) => {
                let told = match one.how {
                    How::Continued(_) => {
                        format!("{} went on with {resumed} at {} ms, and {wrong}", one.turn, one.at.ms)
                    }
                    How::Asked | How::Resumed => format!("{resumed} was run again at {} ms, and {wrong}", one.at.ms),
                };
                findings.violated(Some(resumed), one.at, told);
            }
        }
    }
    findings
}

/// The reason why `turn` must not run again now, if there is one.
fn wrong(evidence: &Evidence<'_>, before: &[Begun], turn: &TurnId, again: &Begun) -> Option<String> {
    let runs = &evidence.reading.runs;
    let mut ran = before.iter().filter(|one| one.turn == *turn);
    // If the user sends the same text again, it is the same turn, asked for again.
    let asked = runs.asked(turn);
    let asked = &asked[..asked.partition_point(|at| at.place < again.at.place)];
    let (asked_place, asked_ms) = asked.last().map(|at| (at.place, at.ms)).unwrap_or_default();
    // What the process before it could not keep, a process does not know.
    let is_known = |place: usize| {
        evidence.events[place].who == evidence.events[again.at.place].who || could_be_noted(evidence, place)
    };
    let ends = ran.clone().filter_map(|one| one.end.filter(|(end, _)| *end == End::Completed));
    let mut completed = ends.filter(|(_, at)| is_known(at.place));
    if let Some((_, at)) = completed.nth(asked.len().max(1) - 1) {
        return Some(format!("it had been answered at {} ms", at.ms));
    }
    let last = ran.next_back()?;
    // A stop that was asked for before the turn began may be over when it begins.
    let since = last.at.place.max(asked_place);
    let wanted = runs.asked_to_stop(&turn.session, since);
    let stopped = wanted.and_then(|wanted| runs.stopped_by_user(&turn.session, wanted.place));
    if let Some(at) = stopped.filter(|at| at.place < again.at.place && is_known(at.place)) {
        return Some(format!("its user had stopped it at {} ms", at.ms));
    }
    let over_ms = last.cut_short_ms.or(last.end.map(|(_, at)| at.ms))?;
    let over_ms = over_ms.max(asked_ms);
    // An hour on the clock of the machine, which stands still while it sleeps: a user whose machine slept has not waited.
    let Evidence { reading, limits, .. } = evidence;
    let asleep_ms = reading.machine.asleep_ms(over_ms, again.at.ms);
    let excused_ms = reading.disk.faulty_ms(over_ms, again.at.ms) + asleep_ms + limits.held_up_ms;
    let stale = u128::from(again.at.ms.saturating_sub(over_ms + excused_ms)) > FRESHNESS.as_millis();
    stale.then(|| format!("nothing had been heard of it since {over_ms} ms"))
}
