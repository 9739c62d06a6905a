//! no-false-resume: a gateway resumes by itself, or has its agent resume, only interrupted turns. A turn that is over for good does not
//! begin at all. Source: #20776, #46934, #85709; rows
//! B-05, B-06, B-08 and BL-03 of `scenarios/README.md`.

use model::contracts::chats::FRESHNESS;
use model::facts::chats::{End, How};
use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::runs::Begun;
use crate::judging::noting::could_be_noted;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-false-resume",
    part: Part::Gateway,
    rule: "nothing that was turned away, answered, stopped by its user, or over for more than an hour is run again",
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
        let (resumed, wrong) = match &one.how {
            How::Asked => (&one.turn, over(evidence, &turns[..place], &one.turn, one)),
            How::Resumed => (&one.turn, wrong(evidence, &turns[..place], &one.turn, one)),
            How::Continued(turn) => (turn, wrong(evidence, &turns[..place], turn, one)),
        };
        match wrong {
            None => findings.holds(),
            Some(wrong) => {
                let told = match one.how {
                    How::Continued(_) => {
                        format!("{} went on with {resumed} at {} ms, and {wrong}", one.turn, one.at.ms)
                    }
                    How::Resumed => format!("{resumed} was run again at {} ms, and {wrong}", one.at.ms),
                    How::Asked => format!("{resumed} ran at {} ms, and {wrong}", one.at.ms),
                };
                findings.violated(Some(resumed), one.at, told);
            }
        }
    }
    findings
}

/// What a gateway knows of a turn that is about to begin.
struct Known<'a> {
    /// How often and when it was asked for. If the user sends the same text again, it is the same turn, asked for again.
    asked: &'a [At],
    /// Whether the process knows what was told at this place: what the process before it could not keep, it does not know.
    is_known: Box<dyn Fn(usize) -> bool + 'a>,
}

impl<'a> Known<'a> {
    fn of(evidence: &'a Evidence<'_>, turn: &TurnId, again: At) -> Self {
        let asked = evidence.reading.runs.asked(turn);
        let asked = &asked[..asked.partition_point(|at| at.place < again.place)];
        let is_known = move |place: usize| {
            evidence.events[place].who == evidence.events[again.place].who || could_be_noted(evidence, place)
        };
        Self { asked, is_known: Box::new(is_known) }
    }
}

/// The reason why `turn` is over for good, if it is.
fn over(evidence: &Evidence<'_>, before: &[Begun], turn: &TurnId, again: &Begun) -> Option<String> {
    let runs = &evidence.reading.runs;
    let Known { asked, is_known } = Known::of(evidence, turn, again.at);
    let ran = before.iter().filter(|one| one.turn == *turn);
    let mut away = runs.turned_away(turn).iter().filter(|at| at.place < again.at.place && is_known(at.place));
    if let Some(at) = away.nth(asked.len().max(1) - 1) {
        return Some(format!("its user had been turned away at {} ms", at.ms));
    }
    let ends = ran.clone().filter_map(|one| one.end.filter(|(end, _)| *end == End::Completed));
    let mut completed = ends.filter(|(_, at)| is_known(at.place));
    if let Some((_, at)) = completed.nth(asked.len().max(1) - 1) {
        return Some(format!("it had been answered at {} ms", at.ms));
    }
    // A stop that was asked for before the turn began may be over when it begins.
    let since = ran.map(|one| one.at.place).chain(asked.last().map(|at| at.place)).max()?;
    let wanted = runs.asked_to_stop(&turn.session, since);
    let stopped = wanted.and_then(|wanted| runs.stopped_by_user(&turn.session, wanted.place));
    let stopped = stopped.filter(|at| at.place < again.at.place && is_known(at.place));
    stopped.map(|at| format!("its user had stopped it at {} ms", at.ms))
}

/// The reason why `turn` must not run again now, if there is one.
fn wrong(evidence: &Evidence<'_>, before: &[Begun], turn: &TurnId, again: &Begun) -> Option<String> {
    if let Some(over) = over(evidence, before, turn, again) {
        return Some(over);
    }
    let last = before.iter().rfind(|one| one.turn == *turn)?;
    let asked = Known::of(evidence, turn, again.at).asked;
    let asked_ms = asked.last().map_or(0, |at| at.ms);
    let over_ms = last.cut_short_ms.or(last.end.map(|(_, at)| at.ms))?;
    let over_ms = over_ms.max(asked_ms);
    // An hour on the clock of the machine, which stands still while it sleeps: a user whose machine slept has not waited.
    let Evidence { reading, limits, .. } = evidence;
    let asleep_ms = reading.machine.asleep_ms(over_ms, again.at.ms);
    let excused_ms = reading.disk.faulty_ms(over_ms, again.at.ms) + asleep_ms + limits.held_up_ms;
    let stale = u128::from(again.at.ms.saturating_sub(over_ms + excused_ms)) > FRESHNESS.as_millis();
    stale.then(|| format!("nothing had been heard of it since {over_ms} ms"))
}
