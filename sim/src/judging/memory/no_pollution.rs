//! no-pollution: turns that were interrupted, undone or made up by the runtime are not remembered. Source: #15218 (interrupted), #36229 and
//! #37051 (undone), #117487 (made up). Nor is what a disk has made of a turn.

use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::reading::At;
use crate::history::reading::stations::What;
use crate::history::{Fact, Grade, Happening};
use crate::judging::ledger::{Fate, TurnRecord};
use crate::judging::{Evidence, Findings, Invariant, copies};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "no-pollution",
    part: Part::Memory,
    rule: "no document holds a turn that was interrupted, undone or made up, and no request brings bytes that nobody wrote",
    needs: Grade::Seen,
    severity: 10,
    letter: 'Q',
    words: "polluted",
    counted: true,
    data: Some(Data::Polluted),
    breaker: "D",
    // No gateway turn is unwanted.
    not_drawn: &[Part::Gateway],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for turn in &evidence.ledger.turns {
        match turn.excluded {
            Some(why) if turn.pollutes() => {
                let told = format!("{} was {why} and is stored all the same", turn.id);
                let stored = copies::exceeded(evidence, &turn.id, turn.allowed());
                let times = [stored, excluded(evidence, turn)].into_iter().flatten();
                let at = times.max_by_key(|at| at.place).unwrap_or(turn.called);
                findings.violated(Some(&turn.id), at, told);
            }
            Some(_) if turn.fate != Fate::Unjudged => findings.holds(),
            _ => {}
        }
    }
    for (place, event) in evidence.events.iter().enumerate() {
        if let Fact::Provider(Happening::StrayBytes { number }) = event.fact {
            let told = format!("retain {number} brought bytes that nobody wrote, at {} ms", event.at_ms);
            findings.violated(first_turn(evidence, number), evidence.at(place), told);
        }
    }
    findings
}

/// The first turn in the texts of this retain.
fn first_turn<'a>(evidence: &'a Evidence<'_>, retain: u32) -> Option<&'a TurnId> {
    let items = evidence.events.iter().find_map(|event| {
        let Fact::Provider(Happening::Received { number, items, .. }) = &event.fact else { return None };
        (*number == retain && !items.is_empty()).then_some(items)
    });
    items?.iter().flat_map(|item| &item.turns).next()
}

/// When it was last said that the turn is not to be kept.
fn excluded(evidence: &Evidence<'_>, turn: &TurnRecord) -> Option<At> {
    let stations = &evidence.reading.turns.get(&turn.id)?.stations;
    stations.iter().rfind(|station| matches!(station.what, What::Excluded { .. })).map(|station| station.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Event, Who};
    use crate::judging::memory::tests::{Story, violations_in};

    #[test]
    fn bytes_that_nobody_wrote_trip() {
        let mut events = Story::of_one_turn().retain(1, &["S1#1"], None, 200).stored("S1", &["S1#1"]).events();
        assert_eq!(violations_in(&events), []);
        let fact = Fact::Provider(Happening::StrayBytes { number: 1 });
        events.push(Event { at_ms: 900, who: Who::Provider, fact });
        let told = "retain 1 brought bytes that nobody wrote, at 900 ms".to_owned();
        assert_eq!(violations_in(&events), [(ROW.name, told)]);
    }
}
