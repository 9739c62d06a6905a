//! Waiting by asking: a client that asks again and again whether an operation is over is told in one line.
//!
//! Only requests that follow an operation, meet no fault and are answered are folded, and only where nothing else happens between them.

use std::collections::BTreeMap;

use model::words::endpoint::Role;

use super::wait::lasts;
use crate::history::reading::requests::{Done, Exchange};
use crate::report::layout::counted;
use crate::run::Run;

/// A stretch is folded from so many events on.
const LONG: usize = 12;
/// So many events at both ends of it stay.
const ENDS: usize = 3;

/// The events that are folded.
#[derive(Clone, Debug)]
pub(super) struct Folds {
    hidden: Vec<bool>,
}

impl Folds {
    /// The folds of a run. An event at which something `stands` is never folded.
    pub(super) fn of(run: &Run, stands: impl Fn(usize) -> bool) -> Self {
        let mut asking = vec![false; run.events.len()];
        for one in run.reading.requests.all.iter().filter(|one| only_asks(one)) {
            let ends = [one.sent.map(|(_, at)| at), one.arrived.map(|arrived| arrived.at), one.done.map(|(at, _)| at)];
            ends.into_iter().flatten().for_each(|at| asking[at.place] = !stands(at.place));
        }
        let mut hidden = vec![false; run.events.len()];
        let mut from = 0;
        for stretch in asking.chunk_by(|one, next| one == next) {
            let end = from + stretch.len();
            if stretch[0] && stretch.len() >= LONG {
                hidden[from + ENDS..end - ENDS].fill(true);
            }
            from = end;
        }
        Self { hidden }
    }

    /// Whether an event is folded.
    pub(super) fn hide(&self, event: usize) -> bool {
        self.hidden[event]
    }

    /// The folds by their first events, each in words.
    pub(super) fn told(&self, run: &Run) -> BTreeMap<usize, String> {
        let mut told = BTreeMap::new();
        let mut from = 0;
        for stretch in self.hidden.chunk_by(|one, next| one == next) {
            if stretch[0] {
                let [began, ended] = [from, from + stretch.len() - 1].map(|event| run.events[event].at_ms);
                told.insert(from, words(stretch.len(), ended - began));
            }
            from += stretch.len();
        }
        told
    }
}

/// A fold in words.
pub(super) fn words(events: usize, ms: u64) -> String {
    format!("{}, {} of asking whether operations are over", counted(events as u64, "event"), lasts(ms))
}

fn only_asks(one: &Exchange) -> bool {
    let answered = matches!(one.done, Some((_, Done::Answered(status))) if status < 400);
    one.endpoint.role() == Role::Follow && one.fault().is_none() && answered
}
