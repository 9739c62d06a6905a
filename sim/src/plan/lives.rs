//! From lines to lives: the steps of each process, with every turn named.
//!
//! The n-th turn of session S is `S#n`, counted over all processes that follow each other; of processes that run beside each
//! other the second counts from 101, the third from 201.

use std::collections::BTreeMap;
use std::time::Duration;

use model::hosts::Kind;
use model::words::command::WebUiRequest;
use model::words::session::SessionId;
use model::words::turn::TurnId;
use toml::Spanned;

use super::{Mistake, Process, SLEEP_MAX, STEPS_MAX, Step, WAITS_MAX};

/// The lines of a plan.
pub(super) type Lines = Vec<Spanned<String>>;

/// The session that is open when nothing else is said.
const FIRST: &str = "S1";

/// The processes of each list of steps: those of one list follow each other, split at `restart`.
pub(super) fn lives(lists: &[Spanned<Lines>], host: Kind) -> Result<Vec<Vec<Process>>, Mistake> {
    let mut budget = Budget { steps: 0, waits: 0, asleep: Duration::ZERO };
    let mut lives = Vec::with_capacity(lists.len());
    for (lane, list) in (0..).zip(lists) {
        if list.get_ref().is_empty() {
            return Err((list.span(), "a scenario needs at least one step".into()));
        }
        let mut naming = Naming::new(lane * 100);
        for text in list.get_ref() {
            let parsed = Step::parse(text.get_ref()).map_err(|message| (text.span(), message))?;
            parsed.step.check_host(host, text.get_ref()).map_err(|message| (text.span(), message))?;
            budget.spend(&parsed.step, parsed.times).map_err(|message| (text.span(), message))?;
            for _ in 0..parsed.times {
                naming.take(parsed.step.clone()).map_err(|message| (text.span(), message))?;
            }
        }
        lives.push(naming.processes);
    }
    Ok(lives)
}

/// How much a scenario has asked for.
struct Budget {
    steps: usize,
    waits: usize,
    asleep: Duration,
}

impl Budget {
    fn spend(&mut self, step: &Step, times: usize) -> Result<(), String> {
        self.steps = times.saturating_add(self.steps);
        if self.steps > STEPS_MAX {
            return Err(format!("a scenario has at most {STEPS_MAX} steps; this one has more"));
        }
        match step {
            Step::Sleep(duration) | Step::Restart(_, duration) | Step::StartAfter(duration) => self.asleep += *duration,
            Step::WaitRetain(_) | Step::Barrier(_) | Step::Join => self.waits += times,
            _ => {}
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

/// What is known of the plan so far.
struct Naming {
    processes: Vec<Process>,
    session: SessionId,
    /// The agent at work, and the sessions of all of them.
    agent: String,
    sessions: BTreeMap<String, SessionId>,
    /// The turns of each session, in order, that were not undone.
    turns: BTreeMap<SessionId, Vec<TurnId>>,
    counted: BTreeMap<SessionId, u32>,
    said: BTreeMap<(SessionId, String), TurnId>,
    offset: u32,
}

impl Naming {
    fn new(offset: u32) -> Self {
        let session = SessionId::from(FIRST);
        Self {
            processes: vec![Process { session: session.clone(), after: Duration::ZERO, steps: Vec::new() }],
            session,
            agent: model::hosts::FIRST.to_owned(),
            sessions: BTreeMap::new(),
            turns: BTreeMap::new(),
            counted: BTreeMap::new(),
            said: BTreeMap::new(),
            offset,
        }
    }

    fn take(&mut self, mut step: Step) -> Result<(), String> {
        match step {
            Step::Restart(with, after) => {
                self.session = with.unwrap_or_else(|| SessionId::from(FIRST));
                self.agent = model::hosts::FIRST.to_owned();
                self.sessions.clear();
                self.processes.push(Process { session: self.session.clone(), after, steps: Vec::new() });
            }
            Step::StartAfter(after) => {
                let begun = self.processes.len() > 1 || !self.processes[0].steps.is_empty();
                let before = std::mem::replace(&mut self.processes[0].after, after);
                if begun || !before.is_zero() {
                    return Err("\"start_after\" is the first step of a list, or none; write \"restart after 70s\" further down".into());
                }
            }
            _ => {
                self.name(&mut step);
                self.processes.last_mut().expect("there is a first process").steps.push(step);
            }
        }
        Ok(())
    }

    /// Gives every turn of a step its name, and notes which session is open after it.
    fn name(&mut self, step: &mut Step) {
        match step {
            Step::Turn(turn, _) | Step::Run(turn, _) => *turn = self.next_turn(&self.session.clone()),
            Step::WebUi(WebUiRequest::Mark(turn, _)) => *turn = self.next_turn(&turn.session.clone()),
            Step::Start(started) => self.name(started),
            Step::Say(turn, text) => {
                let key = (self.session.clone(), text.clone());
                *turn = match self.said.get(&key) {
                    Some(known) => known.clone(),
                    None => {
                        let fresh = self.next_turn(&self.session.clone());
                        self.said.insert(key, fresh.clone());
                        fresh
                    }
                };
            }
            Step::Undo(undone) => *undone = self.turns.entry(self.session.clone()).or_default().pop(),
            Step::Agent(name, with) => {
                self.sessions.insert(self.agent.clone(), self.session.clone());
                let known = self.sessions.get(name).cloned();
                self.session = with.clone().or(known).unwrap_or_else(|| SessionId::from(FIRST));
                *with = Some(self.session.clone());
                self.agent.clone_from(name);
            }
            Step::Use(to)
            | Step::Switch(to)
            | Step::Resume(to)
            | Step::Branch(to)
            | Step::New(to)
            | Step::Compress(to) => self.session = to.clone(),
            _ => {}
        }
    }

    fn next_turn(&mut self, session: &SessionId) -> TurnId {
        let number = self.counted.entry(session.clone()).or_insert(self.offset);
        *number += 1;
        let turn = TurnId { session: session.clone(), number: *number };
        self.turns.entry(session.clone()).or_default().push(turn.clone());
        turn
    }
}
