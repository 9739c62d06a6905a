//! The runs of a replay: those of a model one after the other, those of a real agent on all cores before the first is told.
//!
//! A real agent takes a hundred times as long as a model, and a worker has a template of its own.

use std::collections::VecDeque;
use std::io::Write;
use std::num::NonZeroUsize;

use model::agents::Subject;
use model::words::server::Server;

use super::progress::Runs;
use crate::parallel;
use crate::plan::Scenario;
use crate::search::replay::{self, Replayed, Selection};

/// The runs, in the order of the scenarios.
pub(super) enum Ahead<'a> {
    /// They were made; none where the user interrupted.
    Made(VecDeque<Option<Replayed>>),
    /// Each is made when it is asked for, until `stop`.
    Later {
        /// Whether each is made twice.
        twice: bool,
        /// Whether the user has interrupted.
        stop: &'a (dyn Fn() -> bool + Sync),
    },
}

impl Ahead<'_> {
    /// Makes all runs on all cores, or one after the other if they are traced.
    pub(super) fn all(
        scenarios: &[Scenario],
        selection: &Selection,
        traced: bool,
        stop: &(dyn Fn() -> bool + Sync),
        err: &mut dyn Write,
    ) -> Self {
        let of_one = |scenario| replay::pairs(scenario, selection).into_iter().map(move |pair| (scenario, pair));
        let items: Vec<(&Scenario, (Subject, Server, u64))> = scenarios.iter().flat_map(of_one).collect();
        let jobs = if traced { NonZeroUsize::MIN } else { super::jobs(None, err) };
        let mut progress = Runs::new(items.len());
        let work = |(scenario, (release, server, seed)): &(&Scenario, (Subject, Server, u64))| {
            let mut replayed = replay::replay(scenario, *release, *server, *seed, selection.twice);
            replayed.run.forget_history();
            replayed
        };
        let made = parallel::map_telling(&items, jobs, stop, work, |done| progress.print(done, err));
        progress.end();
        Self::Made(made.into())
    }

    /// The next run, which is that of this scenario. `None` if the user has interrupted.
    pub(super) fn next(
        &mut self,
        scenario: &Scenario,
        release: Subject,
        server: Server,
        seed: u64,
    ) -> Option<Replayed> {
        match self {
            Self::Made(made) => made.pop_front().flatten(),
            Self::Later { twice, stop } => (!stop()).then(|| replay::replay(scenario, release, server, seed, *twice)),
        }
    }
}
