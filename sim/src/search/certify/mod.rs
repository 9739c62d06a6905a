//! `certify`: a report card for a memory, one line for each guarantee.
//!
//! A memory meets the corpus, each kill and each answer that goes wrong of it, and scenarios drawn from seeds. Each run is judged, and what is
//! broken is shrunk. Deliberately absent: time budgets, so that two runs give one card.
//!
//! - `guarantee`: the guarantees, in plain words. - `corpus`, `fitting`: what is run. - `seen`: what a run says. - `baseline`: known defects.

pub mod baseline;
mod corpus;
mod fitting;
mod guarantee;
mod seen;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use model::agents::Subject;
use model::agents::outside::Failure;
use model::words::server::Server;

use super::campaign::{self, Class};
use super::shrink::{Shrunk, shrink_as};
use crate::draw::Drawn;
use crate::parallel;
use crate::run::Verdict;
use baseline::Known;
pub use guarantee::{ALL, Guarantee};
use seen::Seen;

/// One run in so many is made twice.
const TWICE: usize = 20;
/// A scenario with more steps is too long for a card: another way to break the guarantee is looked at, too.
const LONG: usize = 6;
/// The most ways to break a guarantee that are shrunk.
const WAYS: usize = 3;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many scenarios are drawn from seeds.
    pub seeds: usize,
    /// How many runs may go into shrinking one way to break a guarantee.
    pub shrinking: u32,
    /// How many threads there are.
    pub jobs: NonZeroUsize,
}

/// A scenario that a memory meets.
#[derive(Clone, Debug)]
struct Situation {
    /// What happens, in a few words.
    title: String,
    drawn: Drawn,
}

/// A report card.
pub struct Card {
    /// The memory.
    pub memory: Subject,
    /// A line for each guarantee, in the order of [`ALL`].
    pub lines: Vec<Line>,
    /// How many runs were scenarios of the corpus, kills, answers, and drawn.
    pub runs: [usize; 4],
    /// How many turns the host lost before the memory had them, and in how many runs.
    pub never_had: (u64, usize),
    /// The runs without a result: why, and how many.
    pub without_result: BTreeMap<String, usize>,
    /// Those that could not be made because the memory lacks what they need.
    pub skipped: BTreeMap<String, usize>,
    /// The titles of the runs that had another history the second time.
    pub diverged: Vec<String>,
    /// Whether the user ended it.
    pub interrupted: bool,
}

/// A line of a card.
pub struct Line {
    /// The guarantee.
    pub guarantee: &'static Guarantee,
    /// In how many runs it was judged.
    pub judged: usize,
    /// What is known of it.
    pub standing: Standing,
}

/// What is known of a guarantee.
pub enum Standing {
    /// It held wherever it was judged.
    Kept,
    /// It was broken.
    Broken(Box<Broken>),
    /// It was not judged, and why.
    NotJudged(&'static str),
}

/// How a guarantee was broken.
pub struct Broken {
    /// In how many runs.
    pub runs: usize,
    /// In how many of them nothing was logged as a warning or worse.
    pub silent: usize,
    /// The ways, the most frequent first, and in how many runs each was seen.
    pub ways: Vec<(Class, usize)>,
    /// The title of a run that showed it: the first one of the corpus, if there is one.
    pub title: String,
    /// The smallest scenario that was found. `None` if the user ended it before.
    pub smallest: Option<Smallest>,
    /// Whether it was known.
    pub known: bool,
}

/// The smallest scenario in which a guarantee is broken.
pub struct Smallest {
    /// The scenario and its run.
    pub shrunk: Shrunk,
    /// What proves it.
    pub evidence: String,
    /// Whether nothing was logged as a warning or worse in this run.
    pub silent: bool,
}

impl Card {
    /// The lines of broken guarantees.
    pub fn broken(&self) -> impl Iterator<Item = (&Line, &Broken)> {
        self.lines.iter().filter_map(|line| match &line.standing {
            Standing::Broken(broken) => Some((line, &**broken)),
            Standing::Kept | Standing::NotJudged(_) => None,
        })
    }

    /// The lines of guarantees that were kept.
    pub fn kept(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.standing, Standing::Kept))
    }

    /// What is known to be broken does not fail the card.
    pub fn excuse(&mut self, known: &Known) {
        for line in &mut self.lines {
            if let Standing::Broken(broken) = &mut line.standing {
                broken.known = known.has(line.guarantee.name);
            }
        }
    }

    /// The guarantees that are broken, as known defects.
    pub fn known(&self) -> Known {
        Known::of(self.broken().map(|(line, _)| line.guarantee.name))
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match () {
            () if self.broken().any(|(_, broken)| !broken.known) => Verdict::Violation.exit_code(),
            () if !self.diverged.is_empty() => 4,
            () if !self.without_result.is_empty() => 1,
            () if self.interrupted || self.lines.iter().all(|line| line.judged == 0) => Verdict::Vacuous.exit_code(),
            () => 0,
        }
    }
}

/// Makes the card of a memory. `stop` says whether the user has ended it, and `tell` gets the number of runs that are done, and of all.
pub fn certify(
    memory: Subject,
    effort: Effort,
    stop: &(dyn Fn() -> bool + Sync),
    mut tell: impl FnMut(usize, usize),
) -> Card {
    let append = memory.servers().contains(&Server::Append);
    let server = if append { Server::Append } else { memory.servers()[0] };
    let corpus::Planned { situations, counts: [scenarios, kills, answers] } = corpus::planned(server);
    let drawn = fitting::drawn(effort.seeds, server);
    let runs = [scenarios, kills, answers, drawn.len()];
    let all: Vec<(usize, Situation)> = situations.into_iter().chain(drawn).enumerate().collect();
    let work = |(place, situation): &(usize, Situation)| seen(memory, situation, place.is_multiple_of(TWICE));
    let made = parallel::map_telling(&all, effort.jobs, stop, work, |done| tell(done, all.len()));
    let mut card = Card {
        memory,
        lines: Vec::new(),
        runs,
        never_had: (0, 0),
        without_result: BTreeMap::new(),
        skipped: BTreeMap::new(),
        diverged: Vec::new(),
        interrupted: made.iter().any(Option::is_none),
    };
    let mut judged: Vec<(&Situation, Seen)> = Vec::new();
    for ((_, situation), made) in all.iter().zip(made) {
        let Some((seen, again)) = made else { continue };
        match &seen.failure {
            Some(Failure::Broken(why)) => *card.without_result.entry(last_line(why)).or_default() += 1,
            Some(Failure::Lacks(why)) => *card.skipped.entry(last_line(why)).or_default() += 1,
            None => {
                card.diverged.extend(again.filter(|again| *again != seen.digest).map(|_| situation.title.clone()));
                card.never_had.0 += seen.never_had;
                card.never_had.1 += usize::from(seen.never_had > 0);
                judged.push((situation, seen));
            }
        }
    }
    let guarantees: Vec<&'static Guarantee> = ALL.iter().collect();
    card.lines = parallel::map(&guarantees, effort.jobs, |one| line(memory, one, &judged, effort, stop));
    card
}

/// What a run says, and the hash of its second history, if there is one.
fn seen(memory: Subject, situation: &Situation, twice: bool) -> (Seen, Option<String>) {
    let run = || Seen::of(&campaign::run(&situation.drawn, memory));
    let first = run();
    let again = (twice && first.failure.is_none()).then(run);
    (first, again.filter(|again| again.failure.is_none()).map(|again| again.digest))
}

fn line(
    memory: Subject,
    guarantee: &'static Guarantee,
    all: &[(&Situation, Seen)],
    effort: Effort,
    stop: &(dyn Fn() -> bool + Sync),
) -> Line {
    let judged = all.iter().filter(|(_, seen)| seen.judged.contains(guarantee.name)).count();
    let breaks = |(_, seen): &&(&Situation, Seen)| seen.classes.iter().any(|class| class.invariant == guarantee.name);
    let breaking: Vec<&(&Situation, Seen)> = all.iter().filter(breaks).collect();
    let standing = match (breaking.first(), guarantee.obstacle(memory.unseen())) {
        (_, Some(why)) => Standing::NotJudged(why),
        (None, None) if judged == 0 => Standing::NotJudged("no run came to a situation in which it can be judged"),
        (None, None) => Standing::Kept,
        (Some((first, _)), None) => {
            let ways = ways(guarantee, &breaking);
            Standing::Broken(Box::new(Broken {
                runs: breaking.len(),
                silent: breaking.iter().filter(|(_, seen)| seen.silent).count(),
                title: first.title.clone(),
                smallest: smallest(memory, &ways, &breaking, effort, stop),
                ways,
                known: false,
            }))
        }
    };
    Line { guarantee, judged, standing }
}

/// The ways in which a guarantee was broken, the most frequent first.
fn ways(guarantee: &Guarantee, breaking: &[&(&Situation, Seen)]) -> Vec<(Class, usize)> {
    let mut counts: BTreeMap<&Class, usize> = BTreeMap::new();
    let classes = breaking.iter().flat_map(|(_, seen)| &seen.classes);
    classes.filter(|class| class.invariant == guarantee.name).for_each(|class| *counts.entry(class).or_default() += 1);
    let mut ways: Vec<(Class, usize)> = counts.into_iter().map(|(class, count)| (class.clone(), count)).collect();
    ways.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ways
}

/// The smallest scenario of the most frequent way, or of another if that one takes many steps.
fn smallest(
    memory: Subject,
    ways: &[(Class, usize)],
    breaking: &[&(&Situation, Seen)],
    effort: Effort,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Smallest> {
    let steps = |found: &Smallest| found.shrunk.drawn.scenario.size().0;
    let mut best: Option<Smallest> = None;
    for (class, _) in ways.iter().take(WAYS) {
        let shows = breaking.iter().filter(|(_, seen)| seen.classes.contains(class));
        let first = shows.min_by_key(|(situation, _)| situation.drawn.scenario.size())?;
        let shrunk = shrink_as(&seen::classes, &first.0.drawn, memory, class, effort.shrinking, stop);
        let found = shrunk.and_then(|shrunk| {
            let evidence = seen::evidence(&shrunk.run, class)?;
            let silent = seen::is_silent(&shrunk.run);
            Some(Smallest { shrunk, evidence, silent })
        });
        if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| steps(found) < steps(best))) {
            best = Some(found);
        }
        if stop() || best.as_ref().is_some_and(|best| steps(best) <= LONG) {
            break;
        }
    }
    best
}

fn last_line(text: &str) -> String {
    text.trim_end().lines().last().unwrap_or_default().trim().to_owned()
}
