//! What an explanation is about: one promise that a run has broken, and whether another run keeps it.

use model::words::turn::TurnId;

use crate::history::Event;
use crate::judging::{Invariant, Violation};
use crate::plan::Data;
use crate::run::Run;

/// An invariant, and the turn to which it was violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The invariant.
    pub invariant: &'static str,
    /// The turn, if it is about one.
    pub turn: Option<TurnId>,
}

/// The violations that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of this invariant; of any if `None`.
    pub invariant: Option<&'static str>,
    /// Those about this turn; about any, or none, if `None`.
    pub turn: Option<TurnId>,
}

impl Wanted {
    /// Whether a violation is asked for.
    pub fn is(&self, violation: &Violation) -> bool {
        self.invariant.is_none_or(|wanted| wanted == violation.invariant)
            && self.turn.as_ref().is_none_or(|wanted| violation.turn.as_ref() == Some(wanted))
    }
}

/// What became of a promise in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was made, and kept.
    Kept,
    /// It was broken in the same way: the same invariant, the same turn.
    Broken,
    /// It was not made, or the run does not show what became of it.
    Open,
}

impl Promise {
    /// The worst that the run has broken of what is `wanted`, the earliest of those.
    pub fn worst<'a>(run: &'a Run, wanted: &Wanted) -> Option<(Self, &'a Violation)> {
        let asked = run.violations.iter().filter(|one| wanted.is(one));
        let severity = |one: &&Violation| Invariant::named(one.invariant).map_or(u8::MAX, |row| row.severity);
        let rank = |name: &str| Invariant::all().position(|row| row.name == name);
        let worst = asked.min_by_key(|one| (severity(one), rank(one.invariant), one.place))?;
        Some((Self { invariant: worst.invariant, turn: worst.turn.clone() }, worst))
    }

    /// The rule that was broken.
    pub fn rule(&self) -> &'static str {
        Invariant::named(self.invariant).map_or("", |row| row.rule)
    }

    /// What became of it in another run of the scenario.
    pub fn became(&self, run: &Run) -> Became {
        if run.failure.is_some() {
            return Became::Open;
        }
        let is_it = |one: &Violation| one.invariant == self.invariant && one.turn == self.turn;
        if run.violations.iter().any(is_it) {
            return Became::Broken;
        }
        let judged = run.judged.get(self.invariant).is_some_and(|count| *count > 0);
        match run.ended && judged && self.was_made(run) {
            true => Became::Kept,
            false => Became::Open,
        }
    }

    fn was_made(&self, run: &Run) -> bool {
        let Some(turn) = &self.turn else { return true };
        let record = run.ledger.turns.iter().find(|record| record.id == *turn);
        match Invariant::named(self.invariant).and_then(|row| row.data) {
            Some(Data::Lost) => record.is_some_and(|record| record.acknowledged > 0),
            Some(Data::Duplicated | Data::Misattributed | Data::OrderBroken) => {
                record.is_some_and(|record| record.copies > 0)
            }
            Some(Data::Polluted | Data::StaleRecall) | None => {
                run.events.iter().any(|event: &Event| event.fact.turns().contains(&turn))
            }
        }
    }
}
