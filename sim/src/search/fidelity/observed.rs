//! The model's behavior, in the shape of the measurements of the real releases.

use std::collections::BTreeSet;

use model::words::turn::TurnId;

use super::measured::{Documents, Identical, Item, Outcome, Request};
use crate::history::WriteMode;
use crate::history::reading::observed::{Prefetched, Retained, RetainedItem};
use crate::run::Run;

pub(super) fn outcome(run: &Run) -> Outcome {
    let mut documents = Documents::new();
    for (id, entries) in &run.documents {
        documents.entry(name(id.as_str())).or_default().push(entries.clone());
    }
    let identical = run
        .identical
        .iter()
        .map(|(turn, known)| (turn.clone(), Identical { expected: known.expected, stored: known.stored }));
    sorted(Outcome {
        lost: run.absent.clone(),
        duplicated: run.duplicated.clone(),
        misattributed: run.misattributed.clone(),
        order_broken: run.order_broken,
        turns: run.turns,
        identical: identical.collect(),
        documents,
    })
}

/// Sorts every list whose order means nothing.
pub(super) fn sorted(mut outcome: Outcome) -> Outcome {
    outcome.lost.sort();
    outcome.misattributed.sort();
    outcome.documents.values_mut().for_each(|documents| documents.sort());
    outcome
}

pub(super) fn requests(run: &Run) -> Vec<Request> {
    let request = |retained: &Retained| Request {
        fault: retained.fault.clone(),
        applied: retained.applied,
        items: retained.items.iter().map(item).collect(),
    };
    run.requests.iter().map(request).collect()
}

fn item(item: &RetainedItem) -> Item {
    let mode = |mode| match mode {
        WriteMode::Append => "append".to_owned(),
        WriteMode::Replace => "replace".to_owned(),
    };
    Item {
        document: item.document.as_ref().map_or_else(String::new, |id| name(id.as_str())),
        update_mode: item.update_mode.map(mode),
        turns: item.turns.clone(),
    }
}

/// The turn of each recall, and the turns that the recall saw.
pub(super) fn prefetches(run: &Run) -> Vec<(Option<TurnId>, BTreeSet<TurnId>)> {
    let prefetch = |read: &Prefetched| {
        let visible: BTreeSet<TurnId> = read.visible.iter().cloned().collect();
        (read.recalled_for.clone(), visible)
    };
    run.prefetches.iter().map(prefetch).collect()
}

/// `S1-20260101_000000_000000` is `S1-<opened>`.
fn name(id: &str) -> String {
    match id.split_once('-') {
        Some((session, _)) => format!("{session}-<opened>"),
        None => id.to_owned(),
    }
}
