//! Judges mutants: each is switched on and shown to one judge after another, until one notices it.

pub(crate) mod choosing;
mod group;
pub(crate) mod judges;
pub(crate) mod likeness;
pub(crate) mod outcome;
mod process;
pub(crate) mod results;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::failure::Failure;
use crate::interrupts::interrupted;
use crate::mutant::Mutant;
use crate::stopwatch::Stopwatch;
use judges::Judge;
use outcome::How;
use results::{Kill, Outcome, Results};

/// How much longer than without a mutant a judge may take.
const PATIENCE: u32 = 8;
/// How long it may take in any case.
const PATIENCE_MIN: Duration = Duration::from_secs(5);
/// How long it may take without a mutant.
const UNMUTATED_MAX: Duration = Duration::from_secs(1_800);

/// How to judge.
pub(crate) struct Session<'a> {
    /// The judges, in order.
    pub(crate) judges: &'a [Judge],
    /// How many mutants are judged at the same time.
    pub(crate) jobs: NonZeroUsize,
    /// A folder for what the judges write.
    pub(crate) scratch: &'a Path,
    /// When it began, and how long it may take. What is not begun by then is not judged.
    pub(crate) limit: Option<(Stopwatch, Duration)>,
}

/// How long each judge may take with a mutant, once it is known.
type Patience = [Mutex<Option<Duration>>];

impl Session<'_> {
    /// How long a judge may take with a mutant. It has to pass without one, and that is tried when it is first needed. `None` if the user
    /// wants an end.
    fn patience(&self, place: usize, known: &Patience) -> Result<Option<Duration>, Failure> {
        let mut known = known[place].lock();
        if known.is_none() {
            let judge = &self.judges[place];
            let ended = judge.task.run(0, UNMUTATED_MAX, &self.scratch.join("none"))?;
            let Some(ended) = ended else { return Ok(None) };
            if let Some((how, what)) = outcome::read(&ended, judge.prints) {
                let what = what.join(", ");
                return Err(Failure(format!("{} fails without a mutant: {} {what}", judge.name, how.name())));
            }
            *known = Some(PATIENCE_MIN.max(PATIENCE * ended.used));
        }
        Ok(*known)
    }

    fn is_over(&self) -> bool {
        interrupted() || self.limit.is_some_and(|(watch, limit)| watch.elapsed() >= limit)
    }

    /// Judges the mutants in their order, and keeps each result as soon as it is there.
    ///
    /// # Errors
    ///
    /// If a judge cannot be run, or if a result cannot be kept.
    pub(crate) fn judge(
        &self,
        mutants: &[&Mutant],
        results: &mut Results,
        tell: &mut dyn FnMut(usize, &Outcome),
    ) -> Result<(), Failure> {
        let next = AtomicUsize::new(0);
        let patience: Vec<Mutex<Option<Duration>>> = self.judges.iter().map(|_| Mutex::new(None)).collect();
        let (sender, receiver) = mpsc::channel();
        std::thread::scope(|scope| {
            for job in 0..self.jobs.get().min(mutants.len()) {
                let (sender, next, patience) = (sender.clone(), &next, &patience);
                scope.spawn(move || {
                    let scratch = self.scratch.join(job.to_string());
                    while !self.is_over() {
                        let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                        let result = self.one(mutant, patience, &scratch).transpose();
                        if result.is_some_and(|result| sender.send(result).is_err()) {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (before, result) in receiver.into_iter().enumerate() {
                let result = result?;
                tell(before + 1, &result);
                results.keep(result)?;
            }
            Ok(())
        })
    }

    /// Shows a mutant to one judge after another. `None` if the user wants an end.
    fn one(&self, mutant: &Mutant, known: &Patience, scratch: &Path) -> Result<Option<Outcome>, Failure> {
        let (mut killed, mut used) = (None, Duration::ZERO);
        for (place, judge) in self.judges.iter().enumerate() {
            let Some(patience) = self.patience(place, known)? else { return Ok(None) };
            let Some(ended) = judge.task.run(mutant.number, patience, scratch)? else { return Ok(None) };
            used += ended.used;
            if let Some((how, what)) = outcome::read(&ended, judge.prints) {
                killed = Some(Kill { by: judge.name.clone(), how, what });
                break;
            }
        }
        let (file, function, what) = (mutant.file.clone(), mutant.function.clone(), mutant.what.clone());
        let seconds = (used.as_secs_f64() * 10.0).round() / 10.0;
        Ok(Some(Outcome { number: mutant.number, file, line: mutant.line, function, what, killed, seconds }))
    }
}

/// How many mutants were killed, by several views of the first notice.
#[derive(Default)]
pub(crate) struct Killers {
    /// By its kind.
    pub(crate) kinds: BTreeMap<String, usize>,
    /// By the judge.
    pub(crate) judges: BTreeMap<String, usize>,
    /// By the invariants that were violated: often more than one.
    pub(crate) invariants: BTreeMap<String, usize>,
}

impl Killers {
    /// Counts them.
    pub(crate) fn of<'a>(results: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut killers = Self::default();
        for kill in results.filter_map(|result| result.killed.as_ref()) {
            *killers.kinds.entry(kill.how.name()).or_default() += 1;
            *killers.judges.entry(kill.by.clone()).or_default() += 1;
            for invariant in kill.what.iter().filter(|_| kill.how == How::Invariant) {
                *killers.invariants.entry(invariant.clone()).or_default() += 1;
            }
        }
        killers
    }
}
