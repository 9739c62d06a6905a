//! From a scenario that violates an invariant to the smallest that violates it in the same way.
//!
//! A candidate leaves something out or makes it simpler: a lane, steps, faults, kills, keys of the configuration, numbers. It replaces its
//! origin if the same class of violation occurs under its schedule or one of a few others, because a schedule that shows a race in a long
//! plan rarely shows it in a short one. The result comes with notes about the details that did not matter.

mod candidates;
mod notes;

use std::collections::BTreeSet;

use model::agents::Subject;
use model::words::server::Server;

use crate::draw::Drawn;
use crate::run::Run;
use crate::search::campaign::{self, Class};
use crate::search::explain::{self, Wanted};

/// About how many runs it takes to find the point of no return.
const FOR_THE_POINT: u32 = 500;
/// The number of other schedules that a candidate gets.
const SCHEDULES: u64 = 8;

/// A run with at least this many events is too long to repeat for each note.
const LONG: usize = 5_000;

/// The smallest scenario found.
pub struct Shrunk {
    /// The scenario, and the server it runs against.
    pub drawn: Drawn,
    /// Its run.
    pub run: Run,
    /// The class of the violation.
    pub class: Class,
    /// The number of runs it took, long ones counted as several.
    pub runs: u32,
    /// The details that did not matter, each in a sentence.
    pub notes: Vec<String>,
    /// The point of no return: the place of its event in the history, if it was looked for and found.
    pub no_return: Option<usize>,
}

/// The smallest scenario that shows `class`, found with at most that many runs (long ones count as several) and before it is `over`; `None`
/// if not even `drawn` shows it.
pub fn shrink(drawn: &Drawn, release: Subject, class: &Class, budget: u32, over: &dyn Fn() -> bool) -> Option<Shrunk> {
    shrink_as(&Class::of, drawn, release, class, budget, over)
}

/// The same, where not every violation of a run counts: `classes` are those that do.
pub fn shrink_as(
    classes: &dyn Fn(&Run) -> BTreeSet<Class>,
    drawn: &Drawn,
    release: Subject,
    class: &Class,
    budget: u32,
    over: &dyn Fn() -> bool,
) -> Option<Shrunk> {
    let mut search = Search { classes, release, class, in_vain: BTreeSet::new(), runs: 0, budget, over };
    let mut smallest = search.shows(drawn.clone())?;
    loop {
        let before = smallest.clone();
        for pass in candidates::PASSES {
            search.pass(&mut smallest, pass);
        }
        search.plain_schedule(&mut smallest);
        if smallest == before || search.is_over() {
            break;
        }
    }
    let run = campaign::run(&smallest, release);
    let notes = match () {
        () if over() => vec!["not shrunk to the end".to_owned()],
        () if run.events.len() > LONG => vec!["a long run: what does not matter was not tried".to_owned()],
        () => notes::notes(&smallest, &mut |candidate| search.shows_as_it_is(&candidate)),
    };
    let may_look = !over() && search.runs + FOR_THE_POINT <= budget;
    let no_return = if may_look { no_return(&smallest, &run, class) } else { None };
    Some(Shrunk { drawn: smallest, run, class: class.clone(), runs: search.runs, notes, no_return })
}

/// The point of no return of the class's first violation. A real agent's runs take too long for that.
fn no_return(smallest: &Drawn, run: &Run, class: &Class) -> Option<usize> {
    let (_, violation) = Class::of_each(run).find(|(of, _)| of == class)?;
    let wanted = Wanted { invariant: Some(violation.invariant), turn: violation.turn.clone() };
    let is_short = run.release.making().is_none() && run.events.len() <= LONG;
    if is_short { explain::shown_point_of_no_return(smallest, run, &wanted) } else { None }
}

struct Search<'a> {
    classes: &'a dyn Fn(&Run) -> BTreeSet<Class>,
    release: Subject,
    class: &'a Class,
    /// The candidates, as files, that did not show the class. A pass proposes many of them again.
    in_vain: BTreeSet<(Server, String)>,
    runs: u32,
    budget: u32,
    over: &'a dyn Fn() -> bool,
}

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.runs >= self.budget || (self.over)()
    }

    /// Tries the proposals of a pass, again and again from the first proposal that still shows the class.
    fn pass(&mut self, smallest: &mut Drawn, pass: candidates::Pass) {
        let mut from = 0;
        loop {
            let proposals = pass(smallest);
            let Some((place, better)) = proposals.into_iter().enumerate().skip(from).find_map(|(place, candidate)| {
                if self.is_over() {
                    return None;
                }
                self.shows(candidate).map(|better| (place, better))
            }) else {
                return;
            };
            *smallest = better;
            from = place;
        }
    }

    /// The first schedule that shows the class: the file then needs no other.
    fn plain_schedule(&mut self, smallest: &mut Drawn) {
        let plainer = (0..SCHEDULES).take_while(|&seed| seed != smallest.scenario.seed);
        let plainer: Vec<Drawn> = plainer.map(|seed| smallest.changed(|scenario| scenario.seed = seed)).collect();
        if let Some(plain) = plainer.into_iter().find(|plain| !self.is_over() && self.shows_as_it_is(plain)) {
            *smallest = plain;
        }
    }

    /// The candidate with a schedule under which it shows the class, if there is one.
    fn shows(&mut self, mut candidate: Drawn) -> Option<Drawn> {
        let own = candidate.scenario.seed;
        let others = (0..SCHEDULES).filter(|&seed| seed != own);
        for seed in std::iter::once(own).chain(others) {
            candidate.scenario.seed = seed;
            if self.shows_as_it_is(&candidate) {
                return Some(candidate);
            }
        }
        None
    }

    /// Whether the candidate shows the class under its own schedule. A candidate that cannot run shows nothing.
    fn shows_as_it_is(&mut self, candidate: &Drawn) -> bool {
        let file = (candidate.server, candidate.scenario.to_string());
        if self.in_vain.contains(&file) || candidate.scenario.check().is_err() {
            return false;
        }
        let run = campaign::run(candidate, self.release);
        // A run of ten thousand events takes as long as ten others.
        self.runs += 1 + u32::try_from(run.events.len() / 1_000).unwrap_or(u32::MAX);
        let shows = (self.classes)(&run).contains(self.class);
        if !shows {
            self.in_vain.insert(file);
        }
        shows
    }
}
