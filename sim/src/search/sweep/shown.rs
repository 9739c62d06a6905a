//! What the run of a swept fault shows: its violations, its outcome as a hash, and whether it proved anything.

use std::collections::BTreeSet;

use model::agents::Subject;
use model::agents::outside::Failure;
use model::words::turn::TurnId;
use serde::{Deserialize, Serialize};

use crate::draw::Drawn;
use crate::run::{self, Run, Verdict};
use crate::search::campaign::{self, Class};
use crate::world::{Engine, Taken};

/// A violation: its class, and the turn that it happened to, if it is about one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shown {
    /// Its class.
    pub class: Class,
    /// The turn.
    pub turn: Option<TurnId>,
}

impl Shown {
    /// The violations of a run, each once.
    pub(super) fn of(run: &Run) -> BTreeSet<Self> {
        Class::of_each(run).map(|(class, violation)| Self { class, turn: violation.turn.clone() }).collect()
    }

    /// Whether one of these is about the same: its invariant, violated for the same turn by whatever mechanism.
    pub(in crate::search) fn is_among(&self, known: &BTreeSet<Self>) -> bool {
        known.iter().any(|other| other.class.invariant == self.class.invariant && other.turn == self.turn)
    }
}

/// The run of a plan with one or two swept faults, or with preemptions.
pub(in crate::search) struct Tried {
    pub run: Run,
    pub taken: Vec<Taken>,
    pub shown: BTreeSet<Shown>,
}

impl Tried {
    /// Runs it. The steps of its processes are noted if `noting` is set.
    pub(super) fn run(drawn: &Drawn, release: Subject, noting: bool) -> Self {
        let (run, taken) = match noting {
            true => run::run_noting_steps(&drawn.scenario, release, drawn.server, Engine::Events),
            false => (campaign::run(drawn, release), Vec::new()),
        };
        Self { taken, ..Self::of(run) }
    }

    /// What a run shows. Its steps are not known.
    pub(in crate::search) fn of(run: Run) -> Self {
        let shown = Shown::of(&run);
        Self { run, taken: Vec::new(), shown }
    }

    /// Why it has no result, if a real agent broke or lacks something.
    pub(super) fn without_result(&self) -> Option<&str> {
        let (Failure::Lacks(why) | Failure::Broken(why)) = self.run.failure.as_ref()?;
        Some(why.trim_end())
    }

    /// Whether nothing could be judged: no turn was acknowledged, or the run did not end.
    pub(in crate::search) fn proves_nothing(&self) -> bool {
        self.run.verdict == Verdict::Vacuous
    }

    /// Adds the outcome of what the plan has more to a hash: what became of every turn, what every document holds, and what was violated. Times and steps are no
    /// part of it.
    pub(in crate::search) fn hash(&self, more: &[impl ToString], hasher: &mut blake3::Hasher) {
        let run = &self.run;
        let more: Vec<String> = more.iter().map(ToString::to_string).collect();
        let stood = (&run.lost, &run.absent, &run.refused, &run.set_aside, &run.lost_by_provider, &run.polluted);
        let outcome = (more, run.exit_code, stood, &run.duplicated, &run.documents, &self.shown);
        hasher.update(serde_json::to_string(&outcome).expect("texts and numbers always encode").as_bytes());
        hasher.update(b"\n");
    }
}
