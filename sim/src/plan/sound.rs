//! Whether a plan can run: the rules beyond its types. They are the same for a plan from a file and for a generated one.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use model::hosts::Kind;
use model::words::profile::{self, Template};
use model::words::turn::TurnId;

use super::error::did_you_mean;
use super::steps::{AgentStep, BesideStep, StartingStep, Step, SurroundingStep, TurnStep};
use super::{Config, SLEEP_MAX, STEPS_MAX, Scenario, WAITS_MAX, Weather, actions, known_turns, reach};

/// A mistake in a plan, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub(super) place: Place,
    pub(super) message: String,
}

/// A place in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The whole plan.
    Whole,
    /// The setting with this key.
    Setting(&'static str),
    /// A lane, by its number from 0.
    Lane(usize),
    /// A step of a lane, by their numbers from 0.
    Step(usize, usize),
    /// The faults of this agent's commits.
    Commits(String),
    /// The fault of this turn.
    Turn(TurnId),
    /// A kill, by its number from 0.
    Kill(usize),
    /// How the threads are scheduled.
    Schedule,
}

impl Flaw {
    fn at(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What of a plan is not known, because a mistake stands in its place. What depends on it is not checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Doubts {
    /// The steps.
    pub(super) steps: bool,
    /// The host.
    pub(super) host: bool,
    /// Any setting.
    pub(super) settings: bool,
    /// The seed.
    pub(super) seed: bool,
}

impl Scenario {
    /// The first mistake, if there is one.
    pub fn check(&self) -> Result<(), Flaw> {
        self.flaws(Doubts::default()).into_iter().next().map_or(Ok(()), Err)
    }

    /// All mistakes, as far as one is not only the consequence of what is not known.
    pub(super) fn flaws(&self, doubts: Doubts) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if !doubts.settings {
            let contradiction = self.config.check().err();
            flaws.extend(contradiction.map(|(key, message)| Flaw::at(Place::Setting(key), message)));
        }
        let mut budget = Budget { steps: 0, waits: 0, asleep: Duration::ZERO, is_over: false };
        self.check_lanes(doubts, &mut budget, &mut flaws);
        if budget.is_over {
            // So many steps are not gone through.
            return flaws;
        }
        self.check_agents(&mut flaws);
        if !doubts.host && !doubts.steps {
            self.check_commits(&mut flaws);
        }
        self.check_profiles(doubts, &mut flaws);
        if !doubts.steps {
            let unknown = known_turns::unknown_in_faults(self).into_iter();
            flaws.extend(unknown.map(|(turn, message)| Flaw::at(Place::Turn(turn), message)));
        }
        if let Some(release) = self.expect.told_twice(self.seed).filter(|_| !doubts.seed) {
            let message = format!(
                "two outcomes of {release} have seed {}, which is the scenario's own; each of several outcomes needs a seed of its own",
                self.seed
            );
            flaws.push(Flaw::at(Place::Whole, message));
        }
        if !doubts.steps && !doubts.host {
            self.check_processes(&mut flaws);
        }
        flaws
    }

    /// Refuses a schedule and kills of processes that the steps do not make.
    fn check_processes(&self, flaws: &mut Vec<Flaw>) {
        let processes = self.process_count();
        let misplaced = self.schedule.check(processes).err();
        flaws.extend(misplaced.map(|message| Flaw::at(Place::Schedule, message)));
        let missing = self.faults.kills.iter().enumerate().filter(|(_, kill)| kill.process as usize > processes);
        flaws.extend(missing.map(|(place, kill)| {
            let message = format!("there is no process {}; the steps make {processes}", kill.process);
            Flaw::at(Place::Kill(place), message)
        }));
    }

    fn check_lanes(&self, doubts: Doubts, budget: &mut Budget, flaws: &mut Vec<Flaw>) {
        let said = self.steps().map(said).sum();
        for (number, lane) in self.lanes.iter().enumerate() {
            if lane.is_empty() && !doubts.steps {
                flaws.push(Flaw::at(Place::Lane(number), "a scenario needs at least one step"));
            }
            for (place, step) in lane.iter().enumerate() {
                let of_host = if doubts.host { Ok(()) } else { check_host(step, self.config.host) };
                let of_latency = || if doubts.settings { Ok(()) } else { check_latency(step, &self.config, said) };
                let checked = of_host
                    .and_then(|()| of_latency())
                    .and_then(|()| budget.spend(step))
                    .and_then(|()| check_place(step, place));
                flaws.extend(checked.err().map(|message| Flaw::at(Place::Step(number, place), message)));
                if budget.is_over {
                    return;
                }
            }
            if !doubts.steps && !doubts.host {
                let unreached = reach::check_lane(lane, self.config.host).err();
                flaws.extend(unreached.map(|(place, message)| Flaw::at(Place::Step(number, place), message)));
            }
        }
        if doubts.steps {
            return;
        }
        let unmet = reach::check_barriers(&self.lanes).err();
        flaws.extend(unmet.map(|((lane, place), message)| Flaw::at(Place::Step(lane, place), message)));
        if self.lanes.is_empty() {
            let message = "a scenario needs steps; or parallel, a list of them for each process";
            flaws.push(Flaw::at(Place::Whole, message));
        }
    }

    /// Refuses names that a profile gives to its own sessions and agents, and what is not modeled beside a template of banks.
    fn check_profiles(&self, doubts: Doubts, flaws: &mut Vec<Flaw>) {
        let profiles = self.profiles();
        flaws.extend(self.placed().filter_map(|(at, step)| {
            let of = |name: &str| profiles.iter().find(|of| profile::is_of(of, name));
            let (name, profile) = step.names().find_map(|name| Some((name, of(name)?)))?;
            let message = format!(
                "\"{step}\" names what profile {profile} calls its own: the sessions behind \"profile {profile}\" are {profile}_S1 and the like; choose another name than {name}"
            );
            Some(Flaw::at(at, message))
        }));
        let template = self.config.memory.banks.template;
        if doubts.settings || template == Template::default() {
            return;
        }
        let again = self.placed().filter(|(_, step)| matches!(step, Step::Agent(AgentStep::Reinit)));
        flaws.extend(again.map(|(at, step)| {
            let message = format!(
                "\"{step}\" is not modeled beside bank_id_template = \"{}\": no source says in which bank the agent's queued turns stay; leave one of them out",
                template.text()
            );
            Flaw::at(at, message)
        }));
    }

    /// All steps, each with its place.
    fn placed(&self) -> impl Iterator<Item = (Place, &Step)> {
        let lanes = (0..).zip(&self.lanes);
        lanes.flat_map(|(lane, steps)| steps.iter().enumerate().map(move |(at, step)| (Place::Step(lane, at), step)))
    }

    /// Refuses calls with the agent of a session: the host builds it and gives it its work, and an agent of the same name would be another.
    fn check_agents(&self, flaws: &mut Vec<Flaw>) {
        let sessions = self.sessions();
        flaws.extend(self.placed().filter_map(|(at, step)| {
            let agent = step.agent_of_a_call()?;
            let owner = sessions.get(agent)?;
            let message = format!(
                "\"{step}\" names the agent that the host itself builds for session {owner}; leave the name out to call the registered agent, or write the name of no session, as \"a\""
            );
            Some(Flaw::at(at, message))
        }));
    }

    /// Refuses faults of commits that never happen: on another host, or of an agent that the plan does not have.
    fn check_commits(&self, flaws: &mut Vec<Flaw>) {
        let Some(first) = self.faults.agents().next() else { return };
        let flaw = |agent: &str, message| Flaw::at(Place::Commits(agent.to_owned()), message);
        if !self.config.host.properties().commits {
            let host = self.config.host.name();
            let message = format!(
                "commit.{first} means nothing to the host \"{host}\"; write config = {{ host = \"webui\" }}, or leave it out"
            );
            flaws.push(flaw(first, message));
            return;
        }
        let known = self.names();
        let built = |agent: &str| known.contains(agent.split_once('.').map_or(agent, |(session, _)| session));
        flaws.extend(self.faults.agents().filter(|agent| !built(agent)).map(|agent| {
            let known: Vec<&str> = known.iter().copied().collect();
            let hint = did_you_mean(agent, &known);
            let known = known.join(", ");
            flaw(agent, format!("the steps have no agent \"{agent}\"{hint} agents and sessions: {known}"))
        }));
    }

    /// The agents that the steps name, and the sessions, whose own agents are called like them.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let mut names = self.sessions();
        names.extend(self.steps().filter_map(Step::agent_of_a_call));
        names
    }

    /// The sessions that the steps name, and the one that is open at the start.
    fn sessions(&self) -> BTreeSet<&str> {
        let mut sessions = BTreeSet::from([actions::FIRST]);
        self.steps().for_each(|step| step.add_sessions(&mut sessions));
        sessions
    }
}

/// Refuses a step that has no meaning on this host.
fn check_host(step: &Step, host: Kind) -> Result<(), String> {
    if step.is_for(host.properties()) {
        return Ok(());
    }
    Err(format!(
        "\"{step}\" means nothing to the host \"{}\"; write config = {{ host = {} }}, or leave it out",
        host.name(),
        Kind::quoted(|host| step.is_for(host)).join(" } or { host = ")
    ))
}

/// What crosses the network at once, in bytes: half of what a receiver takes before it answers.
const WINDOW: usize = 32 << 10;

/// Refuses a network on which no request is ever answered, for ever: what holds packets for some time is another step. `all_said` is the
/// length of all texts that the plan says, which may have to travel in one request.
fn check_latency(step: &Step, config: &Config, all_said: usize) -> Result<(), String> {
    let (timeout, kib) = (config.memory.timeout, all_said >> 10);
    let crossings = u32::try_from(4 + 2 * (all_said / WINDOW)).unwrap_or(u32::MAX);
    if let Step::Around(SurroundingStep::Network(Weather::Latency(latency))) = step
        && timeout <= latency.saturating_mul(crossings)
    {
        let times =
            if crossings == 4 { "four times".into() } else { format!("{crossings} times, for texts of {kib} KiB,") };
        return Err(format!(
            "timeout ({timeout:?}) must be longer than {times} the latency ({latency:?}), or no request is ever answered; write \"network hold\" and \"network release\" for a while without answers"
        ));
    }
    let latency = config.latency;
    if said(step) > 0 && timeout <= latency.saturating_mul(crossings) {
        return Err(format!(
            "the plan says {kib} KiB, which may travel in one request: timeout ({timeout:?}) must be longer than {crossings} times the latency ({latency:?}), or it is never answered; say less, or write a longer timeout"
        ));
    }
    Ok(())
}

/// The length of the text that a step says.
fn said(step: &Step) -> usize {
    let said = if let Step::Beside(BesideStep::Start(started)) = step { started } else { step };
    if let Step::Turn(TurnStep::Say(saying)) = said { saying.text.len() } else { 0 }
}

fn check_place(step: &Step, place: usize) -> Result<(), String> {
    match step {
        Step::Starting(StartingStep::StartAfter(_)) if place > 0 => {
            Err("\"start_after\" is the first step of a list, or none; write \"restart after 70s\" further down".into())
        }
        Step::Starting(_)
        | Step::Turn(_)
        | Step::Session(_)
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Around(_)
        | Step::Beside(_)
        | Step::WebUi(_)
        | Step::Gateway(_) => Ok(()),
    }
}

/// The requested totals of a scenario.
struct Budget {
    steps: usize,
    waits: usize,
    asleep: Duration,
    /// Whether a total is beyond its bound. Each further step would be, too.
    is_over: bool,
}

impl Budget {
    fn spend(&mut self, step: &Step) -> Result<(), String> {
        let spent = self.add(step);
        self.is_over |= spent.is_err();
        spent
    }

    fn add(&mut self, step: &Step) -> Result<(), String> {
        self.steps = self.steps.saturating_add(step.times().max(1));
        if self.steps > STEPS_MAX {
            return Err(format!("a scenario has at most {STEPS_MAX} steps; this one has more"));
        }
        match step {
            Step::Around(SurroundingStep::Sleep(duration) | SurroundingStep::Suspend(duration))
            | Step::Starting(StartingStep::Restart(_, duration) | StartingStep::StartAfter(duration)) => {
                self.asleep += *duration;
            }
            Step::Around(SurroundingStep::WaitRetain(_) | SurroundingStep::Barrier(_))
            | Step::Beside(BesideStep::Join) => self.waits += 1,
            Step::Turn(_)
            | Step::Session(_)
            | Step::Agent(_)
            | Step::Ending(_)
            | Step::Around(_)
            | Step::Beside(BesideStep::Start(_))
            | Step::WebUi(_)
            | Step::Gateway(_) => {}
        }
        if self.waits > WAITS_MAX {
            return Err(format!(
                "a scenario waits for others (wait_retain, barrier) at most {WAITS_MAX} times; this one does more often"
            ));
        }
        match self.asleep > SLEEP_MAX {
            true => Err("the sleeps of a scenario may add up to 7 days; these add up to more".into()),
            false => Ok(()),
        }
    }
}
