//! Continuations: a run up to a cut point, and from there on something else.
//!
//! A continuation is the same plan up to the cut. Behind it every choice of the schedule is drawn from another seed; the faults that have not
//! struck may be left out or come later; and the user may go on otherwise. Whatever the change does to the events before the cut makes it
//! no continuation, and it does not count.

use std::collections::BTreeMap;
use std::time::Duration;

use model::agents::Subject;
use model::facts::{Observation, commits};
use model::words::session::SessionId;

use super::change::{is_a_fault, wait, waits_for_memory};
use super::promise::{Became, Promise};
use crate::draw::Drawn;
use crate::history::{Fact, Happening, Who};
use crate::plan::{
    Ending, Kill, Moment, PlannedFault, Scenario, SessionStep, StartingStep, Step, TurnStep, Whence, Which,
};
use crate::run::{self, Run};
use crate::world::Redraw;

/// What is redrawn behind a cut point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freedom {
    /// The schedule.
    Schedule,
    /// The schedule, and the faults that have not struck: left out, or later.
    Faults,
    /// The same without these faults, and the user goes on otherwise.
    Steps,
}

impl Freedom {
    /// Each, from the least.
    pub const ALL: [Self; 3] = [Self::Schedule, Self::Faults, Self::Steps];
}

/// How many continuations broke the promise, of those that show what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odds {
    /// Those that broke it.
    pub broken: u32,
    /// All of them.
    pub of: u32,
}

/// The odds at a cut point, by what is redrawn. What could not be tried is missing.
pub type OddsBy = BTreeMap<Freedom, Odds>;

/// A continuation that keeps the promise.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What was redrawn.
    pub freedom: Freedom,
    /// How its plan goes on behind the cut, if otherwise than the run's.
    pub otherwise: Option<String>,
    /// The plan, with everything before the cut.
    pub drawn: Drawn,
    /// The cut and the seed behind it.
    pub redraw: Redraw,
}

/// The run that is continued.
pub(super) struct Trunk<'a> {
    pub drawn: &'a Drawn,
    pub release: Subject,
    pub run: &'a Run,
    pub promise: &'a Promise,
    /// How many schedules are drawn for each freedom.
    pub schedules: u64,
}

/// A plan that agrees with the run's up to the cut.
struct Tail {
    freedom: Freedom,
    otherwise: Option<String>,
    drawn: Drawn,
    /// Whether it is the plan of the run, which changes nothing.
    is_the_run: bool,
}

/// Other steps behind a cut: the first of them, and how many of the plan's they take the place of.
struct Other {
    first: Vec<Step>,
    without: usize,
}

impl Other {
    /// `before` names the next step of the plan.
    fn in_words(&self, before: &str) -> String {
        let first: Vec<String> = self.first.iter().map(|step| format!("\"{step}\"")).collect();
        match (self.without, &first[..]) {
            (_, []) => format!("without {before}"),
            (0, _) => format!("with {} before {before}", first.join(", ")),
            (_, _) => format!("with {} in the place of {before} and what follows", first.join(", ")),
        }
    }
}

impl Trunk<'_> {
    /// The odds at the cut point behind so many events, and the first continuation that keeps the promise. With `only_one` the search ends there.
    pub(super) fn at(&self, events: usize, only_one: bool, spent: &mut u32) -> (OddsBy, Option<Saved>) {
        let (mut odds, mut saved) = (OddsBy::new(), None);
        for freedom in Freedom::ALL {
            // What comes before the cut does not depend on the seed behind it.
            let tails = self.tails(events, freedom).into_iter();
            let tails: Vec<Tail> =
                tails.filter(|tail| tail.is_the_run || self.continued(tail, events, 0, spent).is_some()).collect();
            for seed in 0..self.schedules {
                let Some(chosen) = usize::try_from(seed).ok().and_then(|seed| seed.checked_rem(tails.len())) else {
                    break;
                };
                let tail = &tails[chosen];
                let became =
                    self.continued(tail, events, seed, spent).map_or(Became::Open, |run| self.promise.became(&run));
                if became == Became::Open {
                    continue;
                }
                let count = odds.entry(freedom).or_insert_with(Odds::default);
                count.of += 1;
                count.broken += u32::from(became == Became::Broken);
                if became == Became::Kept && saved.is_none() {
                    let (otherwise, drawn) = (tail.otherwise.clone(), tail.drawn.clone());
                    saved = Some(Saved { freedom: tail.freedom, otherwise, drawn, redraw: Redraw { events, seed } });
                    if only_one {
                        return (odds, saved);
                    }
                }
            }
        }
        (odds, saved)
    }

    /// The run with this tail and another schedule behind the cut. `None` if the tail changes anything before the cut.
    fn continued(&self, tail: &Tail, events: usize, seed: u64, spent: &mut u32) -> Option<Run> {
        *spent += 1;
        let redraw = Redraw { events, seed };
        let run = run::run_redrawn(&tail.drawn.scenario, self.release, self.drawn.server, redraw);
        let same = run.events.len() >= events && run.events[..events] == self.run.events[..events];
        same.then_some(run)
    }

    /// The plans that are tried behind the cut. Empty if nothing is left to change.
    fn tails(&self, events: usize, freedom: Freedom) -> Vec<Tail> {
        match freedom {
            Freedom::Schedule => {
                vec![Tail { freedom, otherwise: None, drawn: self.drawn.clone(), is_the_run: true }]
            }
            Freedom::Faults => (0..4).filter_map(|by| self.with_other_faults(events, by)).collect(),
            Freedom::Steps => {
                let begun = self.begun(events);
                // A wait that has begun leaves no event.
                let waits = self.behind_waits(&begun);
                let mut all = self.with_other_steps(events, &begun);
                if waits != begun {
                    all.extend(self.with_other_steps(events, &waits));
                }
                all
            }
        }
    }

    /// The same places, behind the steps there that only wait.
    fn behind_waits(&self, begun: &[usize]) -> Vec<usize> {
        let lanes = self.drawn.scenario.lanes.iter().zip(begun);
        lanes.map(|(lane, begun)| begun + lane[*begun..].iter().take_while(|step| step.only_waits()).count()).collect()
    }

    /// The plan without the faults that have not struck, or, if `by` is odd, with them later.
    fn with_other_faults(&self, events: usize, by: u32) -> Option<Tail> {
        let mut otherwise = Vec::new();
        let drawn = self.drawn.changed(|scenario| {
            let later = by % 2 == 1;
            for kill in self.drawn.scenario.faults.kills.iter().filter(|kill| !self.has_struck(kill, events)) {
                scenario.faults.kills.retain(|own| own != kill);
                otherwise.push(format!("\"{kill}\""));
                if let (Moment::Step(step), true) = (&kill.at, later) {
                    scenario.faults.kills.push(Kill { at: Moment::Step(step + u64::from(by) * 3), ..kill.clone() });
                }
            }
            for fault in self.drawn.scenario.faults.planned().filter(|fault| !self.has_met(fault, events)) {
                scenario.faults.leave_out(&fault);
                otherwise.push(format!("\"{fault}\""));
                if let (PlannedFault::Request(endpoint, Which::Number(number), request), true) = (&fault, later) {
                    let number = Which::Number(number + by);
                    scenario.faults.plan(PlannedFault::Request(*endpoint, number, *request));
                }
            }
            for (list, behind) in self.begun(events).into_iter().enumerate() {
                let mut place = 0;
                scenario.lanes[list].retain(|step| {
                    place += 1;
                    let stays = place <= behind || !is_a_fault(step);
                    if !stays {
                        otherwise.push(format!("\"{step}\""));
                    }
                    stays
                });
            }
        });
        let is_sound = !otherwise.is_empty() && drawn.scenario.check().is_ok();
        let otherwise = Some(format!("without, or with a later, {}", otherwise.join(", ")));
        is_sound.then_some(Tail { freedom: Freedom::Faults, otherwise, drawn, is_the_run: false })
    }

    /// The plans in which the user goes on otherwise, and nothing fails any more.
    fn with_other_steps(&self, events: usize, begun: &[usize]) -> Vec<Tail> {
        let calm = self.with_other_faults(events, 0).map_or_else(|| self.drawn.clone(), |tail| tail.drawn);
        let lanes = &calm.scenario.lanes;
        let rest = |list: usize| lanes[list][begun[list].min(lanes[list].len())..].to_vec();
        let next = |list: usize| rest(list).first().map_or_else(|| "the end".to_owned(), |step| format!("\"{step}\""));
        let before = (0..begun.len()).map(next).collect::<Vec<_>>().join(" and ");
        let tail = |other: Other| {
            let with = |first: &[Step]| {
                calm.changed(|scenario| {
                    for (list, lane) in scenario.lanes.iter_mut().enumerate() {
                        lane.truncate(begun[list]);
                        lane.extend(first.iter().chain(&other.first).cloned());
                        lane.extend(rest(list).into_iter().skip(other.without));
                    }
                })
            };
            // Behind the end of a process only another one can go on.
            let plans = [with(&[]), with(&[StartingStep::Restart(None, Duration::ZERO).into()])];
            let drawn = plans.into_iter().find(|drawn| drawn.scenario.check().is_ok())?;
            let otherwise = Some(other.in_words(&before));
            Some(Tail { freedom: Freedom::Steps, otherwise, drawn, is_the_run: false })
        };
        self.others(&calm.scenario).into_iter().filter_map(tail).collect()
    }

    /// What a user may do otherwise than the plan says.
    fn others(&self, scenario: &Scenario) -> Vec<Other> {
        let batch = (scenario.config.memory.retain_every_n_turns as usize).max(1);
        let turns = || Step::from(TurnStep::Completed(batch));
        let host = scenario.config.host.properties();
        let session = self.promise.turn.as_ref().filter(|_| host.serves);
        let back = session.map(|turn| SessionStep::Use(SessionId::from(turn.session.chat())).into());
        let first = [
            (vec![wait()], 0),
            (vec![turns(), wait()], 0),
            (vec![turns(), wait()], usize::MAX),
            (Vec::new(), 1),
            (vec![waits_for_memory(scenario)], 0),
        ];
        let back = back.map(|back: Step| (vec![back, turns(), wait()], usize::MAX));
        first.into_iter().chain(back).map(|(first, without)| Other { first, without }).collect()
    }

    /// How many steps of each list had begun behind so many events.
    fn begun(&self, events: usize) -> Vec<usize> {
        let scenario: &Scenario = &self.drawn.scenario;
        let whence = Whence::of(scenario);
        let mut begun = vec![0; scenario.lanes.len()];
        let known = self.run.events[..events].iter().zip(&self.run.origins);
        for (event, origin) in known {
            let Who::Process(process) = event.who else { continue };
            if let Some((list, step)) = whence.place(process, origin.action) {
                begun[list] = begun[list].max(step + 1);
            }
        }
        begun
    }

    /// Whether a kill has struck among so many events.
    fn has_struck(&self, kill: &Kill, events: usize) -> bool {
        let known = self.run.events[..events].iter().filter(|event| event.who == Who::Process(kill.process));
        let mut struck = known.map(|event| match (&event.fact, kill.ending) {
            (Fact::Ended { ending, .. }, own) => *ending == own || *ending == Ending::PowerLoss,
            (fact, Ending::Sigterm) => matches!(fact, Fact::Signaled { .. }),
            (_, Ending::Exit | Ending::OsExit | Ending::Sigkill | Ending::PowerLoss) => false,
        });
        struck.any(|struck| struck)
    }

    /// Whether a fault has met a request or a commit among so many events.
    fn has_met(&self, fault: &PlannedFault, events: usize) -> bool {
        let mut known = self.run.events[..events].iter().map(|event| &event.fact);
        match fault {
            PlannedFault::Request(own, which, _) => known.any(|fact| {
                let Fact::Provider(Happening::Received { endpoint, number, items, fault: Some(_) }) = fact else {
                    return false;
                };
                let turns: Vec<_> = items.iter().flat_map(|item| item.turns.iter().cloned()).collect();
                own == endpoint && which.means(*number, &turns)
            }),
            PlannedFault::Commit(agent, which, _) => known.any(|fact| {
                let Fact::Told(Observation::Commits(commits::Observation::Began { commit, .. })) = fact else {
                    return false;
                };
                *agent == commit.agent && which.means(commit.number, &[])
            }),
        }
    }
}
