//! Where it was decided: the point of no return, and the nearest run that keeps the promise.

use std::fmt::Write;

use model::words::turn::TurnId;

use super::line;
use crate::draw::Drawn;
use crate::judging::Invariant;
use crate::plan::Whence;
use crate::report::moment::Moment;
use crate::run::Run;
use crate::search::explain::{Explanation, Freedom, Odds, OddsBy};

/// How many events of the life are told behind the point of no return.
const THEN: usize = 2;

pub(super) fn point_of_no_return(text: &mut String, drawn: &Drawn, explanation: &Explanation) {
    let Explanation { run, promise, turning, violation, .. } = explanation;
    _ = writeln!(text, "\nTHE POINT OF NO RETURN");
    let steps = Whence::of(&drawn.scenario);
    let moment = |place| Moment::of(run, &steps, place, promise.turn.as_ref());
    let all = run.events.len();
    match (turning.event, explanation.shown) {
        (Some(event), Some(shown)) => {
            if let Some(moment) = moment(shown) {
                line(text, 2, &format!("{} ms, {}: {}", moment.at_ms, moment.place(), moment.what));
            }
            let last = violation.place.max(shown);
            let then = explanation.life.iter().copied().filter(|place| (shown + 1..=last).contains(place));
            for moment in then.take(THEN).filter_map(moment) {
                line(text, 4, &format!("then, at {} ms: {}", moment.at_ms, moment.what));
            }
            let before = event.checked_sub(1).and_then(|before| run.events.get(before));
            let since = before.map_or(0, |event| event.at_ms);
            let at_ms = run.events[event].at_ms;
            if at_ms > since {
                line(
                    text,
                    4,
                    &format!(
                        "decided behind event {event} at {since} ms, and with event {} of {all} at {at_ms} ms",
                        event + 1
                    ),
                );
            } else {
                line(text, 4, &format!("decided with event {} of {all}", event + 1));
            }
        }
        (None | Some(_), _) => line(
            text,
            2,
            "there is none: from the start on every continuation that was tried breaks the promise, whatever the schedule, the faults \
             and the user do",
        ),
    }
    odds(text, explanation);
}

/// A row for each cut point: how many continuations from there break the promise.
fn odds(text: &mut String, explanation: &Explanation) {
    let turning = &explanation.turning;
    let head = ["as planned", "other faults", "other steps"];
    _ = writeln!(text, "  {:<34}{:<16}{:<16}{}", "continuations that break it", head[0], head[1], head[2]);
    let rows = [
        ("from the start", &turning.at_the_start, true),
        ("just before the point", &turning.before, turning.event.is_some()),
        ("from the point on", &turning.after, turning.event.is_some()),
    ];
    for (words, odds, _) in rows.iter().filter(|(_, _, told)| *told) {
        let [schedule, faults, steps] = Freedom::ALL.map(|freedom| share(odds, freedom));
        _ = writeln!(text, "    {}", format!("{words:<32}{schedule:<16}{faults:<16}{steps}").trim_end());
    }
    if let Some(saved) = &turning.saved {
        let otherwise = saved.otherwise.clone().unwrap_or_else(|| "another schedule".to_owned());
        line(text, 2, &format!("what still helps just before it: {otherwise}"));
    }
}

fn share(odds: &OddsBy, freedom: Freedom) -> String {
    odds.get(&freedom).map_or_else(|| "-".to_owned(), |Odds { broken, of }| format!("{broken} of {of}"))
}

pub(super) fn critical_pair(text: &mut String, drawn: &Drawn, explanation: &Explanation) {
    let Explanation { run, promise, pair, .. } = explanation;
    _ = writeln!(text, "\nTHE CRITICAL PAIR");
    let Some(pair) = pair else {
        line(text, 2, "no run that is one fault, one step or one decision of the schedule away keeps the promise");
        return;
    };
    line(text, 2, &format!("the nearest run that keeps the promise is the one {}", pair.difference));
    if !pair.run.violations.is_empty() {
        line(text, 4, &format!("it breaks other promises: {}", pair.run.damage().summary()));
    }
    let (here, there) = (Whence::of(&drawn.scenario), Whence::of(&pair.drawn.scenario));
    let about = promise.turn.as_ref();
    _ = writeln!(text, "  the two part at event {}:", pair.parts + 1);
    let sides = [("here", run, here), ("there", &pair.run, there)];
    for (words, run, steps) in sides {
        match Moment::of(run, &steps, pair.parts, about) {
            Some(moment) => {
                let Moment { at_ms, what, .. } = &moment;
                line(text, 4, &format!("{words:<5} {at_ms} ms  {what}  [{}]", moment.place()));
            }
            None => line(text, 4, &format!("{words:<5} the history is over")),
        }
    }
    let of_documents = Invariant::named(promise.invariant).is_some_and(|row| row.data.is_some());
    let about = about.filter(|_| of_documents);
    let ends = [end(run, about), end(&pair.run, about)];
    if ends[0] != ends[1] {
        line(text, 4, &format!("in the end, here: {}; there: {}", ends[0], ends[1]));
    }
}

/// What became of the turn, or of the run if its memory does not know the turn.
fn end(run: &Run, turn: Option<&TurnId>) -> String {
    let record = turn.and_then(|turn| run.ledger.turns.iter().find(|record| record.id == *turn));
    let Some(record) = record else { return run.damage().summary() };
    let documents = run.ledger.documents.iter();
    let holding = documents.filter(|(_, entries)| entries.iter().any(|entry| entry.turns.contains(&record.id)));
    let names: Vec<String> = holding.map(|(document, _)| document.to_string()).collect();
    let stored = match record.copies {
        0 => return format!("{} is in no document", record.id),
        1 => "once".to_owned(),
        copies => format!("{copies} times"),
    };
    format!("{} is stored {stored}, in {}", record.id, names.join(", "))
}
