//! What a run says about a memory.
//!
//! Hermes acknowledges a turn before it hands it to its plugin, on a worker. A turn that was lost in between is the host's loss: no plugin
//! could have kept it. And a turn that the server refuses for good is no lost turn; whether anybody was told is another guarantee.

use std::collections::BTreeSet;

use model::agents::outside::Failure;
use model::words::turn::TurnId;

use crate::judging::Violation;
use crate::judging::ledger::TurnRecord;
use crate::run::Run;
use crate::search::campaign::Class;

/// The turns of programs beside each other are numbered in hundreds: from 1, from 101.
const IN_A_PROGRAM: u32 = 100;

/// The part of a run that a card is made of.
pub(super) struct Seen {
    /// The guarantees that were judged.
    pub judged: BTreeSet<&'static str>,
    /// The violations for which the memory answers, each class once.
    pub classes: BTreeSet<Class>,
    /// Whether nothing was logged as a warning or worse.
    pub silent: bool,
    /// The turns that the host lost before the memory had them.
    pub never_had: u64,
    /// Why there is no result.
    pub failure: Option<Failure>,
    /// The hash of the history.
    pub digest: String,
}

impl Seen {
    pub(super) fn of(run: &Run) -> Self {
        let judged = run.judged.iter().filter(|(_, count)| **count > 0).map(|(name, _)| *name);
        Self {
            judged: judged.collect(),
            classes: classes(run),
            silent: is_silent(run),
            never_had: run.lost.iter().filter(|turn| !had(run, turn)).count() as u64,
            failure: run.failure.clone(),
            digest: run.digest.clone(),
        }
    }
}

/// Whether nothing was logged as a warning or worse.
pub(super) fn is_silent(run: &Run) -> bool {
    run.aside.warnings.is_empty()
}

/// The classes of the violations for which the memory answers.
pub(super) fn classes(run: &Run) -> BTreeSet<Class> {
    if run.failure.is_some() {
        return BTreeSet::new();
    }
    Class::of_each(run).filter(|(_, violation)| answers_for(run, violation)).map(|(class, _)| class).collect()
}

/// The evidence of the first violation of a class for which the memory answers.
pub(super) fn evidence(run: &Run, class: &Class) -> Option<String> {
    let mut of_it = Class::of_each(run).filter(|(of, violation)| of == class && answers_for(run, violation));
    of_it.next().map(|(_, violation)| violation.evidence.clone())
}

/// Whether the memory had a turn as often as it was said. One that does not say so had everything that was acknowledged.
fn had(run: &Run, turn: &TurnId) -> bool {
    let Some(taken) = &run.aside.taken else { return true };
    let name = turn.to_string();
    let said = run.ledger.turns.iter().find(|record| record.id == *turn).map_or(1, |record| record.said as usize);
    taken.iter().filter(|one| **one == name).count() >= said
}

/// Whether the memory got a session's turns from one program at a time, and in the order in which they were completed. Each agent hands its own
/// turns over when its worker can, and no plugin can keep apart what two programs say at the same time.
fn had_in_order(run: &Run, turn: &TurnId) -> bool {
    let Some(taken) = &run.aside.taken else { return true };
    let mut session: Vec<&TurnRecord> = run.ledger.turns.iter().filter(|one| one.id.session == turn.session).collect();
    session.sort_by_key(|record| record.called.place);
    let programs: BTreeSet<u32> = session.iter().map(|one| one.id.number.saturating_sub(1) / IN_A_PROGRAM).collect();
    let names = session.iter().map(|record| record.id.to_string());
    let places: Vec<usize> = names.filter_map(|name| taken.iter().position(|one| *one == name)).collect();
    programs.len() < 2 && places.is_sorted()
}

fn answers_for(run: &Run, violation: &Violation) -> bool {
    let turn = violation.turn.as_ref();
    let record = || turn.and_then(|turn| run.ledger.turns.iter().find(|record| record.id == *turn));
    match violation.invariant {
        "no-loss" => {
            turn.is_none_or(|turn| had(run, turn)) && record().is_none_or(|record| record.turned_down.is_none())
        }
        "order" => turn.is_none_or(|turn| had_in_order(run, turn)),
        "prompt-delivery" => turn.is_none_or(|turn| had(run, turn)),
        "refusal-is-reported" => record().is_none_or(|record| !was_logged(run, record)),
        _ => true,
    }
}

/// Whether a warning was logged when a turn had been refused for good.
fn was_logged(run: &Run, turn: &TurnRecord) -> bool {
    turn.turned_down.is_some_and(|refused| run.aside.warnings.iter().any(|warning| warning.at_ms >= refused.ms))
}
