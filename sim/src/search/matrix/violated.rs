//! Damage as one set, by which two runs are compared.

use std::collections::BTreeMap;

use model::words::turn::TurnId;

use crate::judging::Invariant;
use crate::run::Run;

/// The violated invariants, each with its turn if it has one, and the number of copies stored of the turn if there are too many, otherwise
/// 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violated(pub(super) BTreeMap<(&'static str, Option<TurnId>), u32>);

impl Violated {
    /// All violations of a run, and the turns that its damage names.
    pub(super) fn of(run: &Run) -> Self {
        let damage = run.damage();
        let mut violated: BTreeMap<_, _> =
            run.violations.iter().map(|violation| ((violation.invariant, violation.turn.clone()), 1)).collect();
        for row in Invariant::all() {
            let turns = row.data.map_or_else(Vec::new, |data| damage.turns(data));
            violated.extend(turns.into_iter().map(|(turn, copies)| ((row.name, Some(turn.clone())), copies)));
        }
        Self(violated)
    }

    /// Whether no invariant was violated.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The turns that violate an invariant, each with its copies. `None` if it was not violated.
    pub fn turns(&self, invariant: &Invariant) -> Option<Vec<(&TurnId, u32)>> {
        let mut own = self.0.iter().filter(|((name, _), _)| *name == invariant.name).peekable();
        own.peek()?;
        Some(own.filter_map(|((_, turn), copies)| Some((turn.as_ref()?, *copies))).collect())
    }

    /// Whether `other` includes all of these violations, with as many copies.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|(one, copies)| other.0.get(one).is_some_and(|others| copies <= others))
    }
}
