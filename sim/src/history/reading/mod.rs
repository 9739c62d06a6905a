//! The reading: one pass over a history. All code that asks about a history uses its result.
//!
//! The reading is in the words of the log: each call, request, commit, run and life, and for each turn its stations. Each question is
//! answered once, so two readers cannot disagree. Absent: any judgment. `judging` uses the reading, never the reverse.
//!
//! - [`calls`], [`requests`], [`commits`], [`runs`], [`lives`], [`recalls`]: all of each kind, in order. [`disk`], [`machine`]: when they failed, or slept. - [`stations`]: the
//!   way of each turn. - [`outcome`]: how the run ended. - [`observed`], `observed_commits`, [`observed_runs`]: the same in
//!   the words of the measurements of the real releases.

pub mod calls;
pub mod commits;
pub mod disk;
pub mod lives;
pub mod machine;
pub mod observed;
pub(crate) mod observed_commits;
pub mod observed_runs;
pub mod outcome;
pub mod recalls;
pub mod requests;
pub mod runs;
pub mod stations;
#[cfg(test)]
pub(crate) mod tests;

use model::facts::Observation;
use model::words::profile::Banks;
use model::words::session::{DocumentId, SessionId};

use crate::history::{Call, Event, Fact, Happening, Who, Word};
use crate::plan::Ending;

use self::calls::Calls;
use self::commits::Commits;
use self::disk::Disk;
use self::lives::{End, Lives, Stop};
use self::machine::Machine;
use self::outcome::Outcome;
use self::recalls::Recall;
use self::requests::Requests;
use self::runs::Runs;
use self::stations::{Turns, What};

/// When something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// Its index in the history: many events may share a millisecond.
    pub place: usize,
    /// Simulated time since the start, in milliseconds.
    pub ms: u64,
}

/// The reading of a history.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The calls that processes made.
    pub calls: Calls,
    /// The requests that clients made.
    pub requests: Requests,
    /// A WebUI's commits.
    pub commits: Commits,
    /// A gateway's turns.
    pub runs: Runs,
    /// The processes.
    pub lives: Lives,
    /// The recalls, in order.
    pub recalls: Vec<Recall>,
    /// The turns, and their ways.
    pub turns: Turns,
    /// How the run ended.
    pub outcome: Outcome,
    /// The agent's disk.
    pub disk: Disk,
    /// The agent's machine.
    pub machine: Machine,
    /// The user's banks.
    pub banks: Banks,
    /// What the plan excuses.
    pub allowance: Allowance,
}

/// What a plan excuses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowance {
    /// How long its schedule holds threads up, all together, in milliseconds.
    pub held_up_ms: u64,
    /// How long after it was sent a request may be applied, in milliseconds: whoever takes a turn back waits for it no longer.
    pub patience_ms: Option<u64>,
}

impl Reading {
    /// Reads a history.
    pub fn of(events: &[Event]) -> Self {
        Self::allowing(events, Allowance::default())
    }

    /// Reads the history of a run whose plan excuses this.
    pub fn allowing(events: &[Event], allowance: Allowance) -> Self {
        let mut reading = Self { allowance, ..Self::default() };
        for (place, event) in events.iter().enumerate() {
            let at = At { place, ms: event.at_ms };
            match event.who {
                Who::Process(process) => reading.read_of_process(at, process, &event.fact),
                Who::World | Who::Provider => reading.read_of_world(at, &event.fact),
            }
        }
        reading.runs.finish();
        reading
    }

    /// Whether a document is one of this session's, in its bank.
    pub fn belongs_to(&self, document: &DocumentId, session: &SessionId) -> bool {
        if self.banks.is_one() {
            return document.belongs_to(session);
        }
        let (bank, id) = Happening::bank_and_id(document);
        bank == self.banks.of(session) && id.belongs_to(session)
    }

    /// Reads an event of a process, or one that happened to it.
    fn read_of_process(&mut self, at: At, process: u32, fact: &Fact) {
        match fact {
            Fact::Started { .. } => self.lives.started(at, process),
            Fact::Called(call) => self.called(at, process, call),
            Fact::Returned(call) => self.returned(at, process, call),
            Fact::Failed(call) => self.failed(at, process, call),
            Fact::TurnAsked { turn } => self.calls.turn_asked(at, process, turn),
            Fact::AgentChanged { .. } => self.lives.life(process).has_other_agents = true,
            Fact::Excluded { turn, why } => {
                let waits = !self.runs.asked(turn).is_empty();
                self.turns.excluded(at, process, turn, (*why, waits));
            }
            Fact::Lineage { session, parent } => self.turns.lineage(process, session, parent),
            Fact::Signaled { steps, label } => {
                self.lives.life(process).signal = Some(Stop { steps: *steps, label: label.clone() });
            }
            Fact::Recalled { session, text } => self.recalls.push(Recall::of(at, session, text.as_deref())),
            Fact::TaskStarted { .. } => self.lives.life(process).tasks.push(at),
            Fact::TaskEnded { .. } => self.lives.life(process).tasks_ended.push(at),
            Fact::Told(observation) => self.told(at, process, observation),
            Fact::Ended { ending, steps, label } => self.ended(at, process, (*ending, *steps, label.as_deref())),
            Fact::Asked { step } => self.calls.asks(at, process, step),
            Fact::Answered { step, asked_ms, answer } => self.calls.answers(at, process, step, *asked_ms, answer),
            Fact::Provider(_)
            | Fact::FaultsStopped
            | Fact::Converged { .. }
            | Fact::Stored { .. }
            | Fact::Disk { .. }
            | Fact::Suspended { .. }
            | Fact::ClockSet { .. }
            | Fact::Banks(_) => {
                self.read_of_world(at, fact);
            }
        }
    }

    /// Reads an event that the world or the provider saw.
    fn read_of_world(&mut self, at: At, fact: &Fact) {
        match fact {
            Fact::Provider(happening) => self.happened(at, happening),
            Fact::Disk { fault } => self.disk.failed(at, fault),
            Fact::Suspended { lasts } => {
                self.machine.slept(at, *lasts);
                self.calls.slept(*lasts);
                self.disk.slept(at, *lasts);
            }
            Fact::FaultsStopped => _ = self.outcome.faults_stopped.get_or_insert(at.place),
            Fact::Converged { in_time } => self.outcome.converged = Some((at, *in_time)),
            Fact::Stored { container, entries } => {
                self.outcome.documents.insert(container.clone(), at.place);
                self.turns.stored(entries.iter().flat_map(|entry| &entry.turns));
            }
            Fact::Banks(banks) => self.banks.clone_from(banks),
            // Nobody is judged by the time of day.
            Fact::ClockSet { .. }
            | Fact::Started { .. }
            | Fact::Called(_)
            | Fact::Returned(_)
            | Fact::Failed(_)
            | Fact::TurnAsked { .. }
            | Fact::AgentChanged { .. }
            | Fact::Excluded { .. }
            | Fact::Recalled { .. }
            | Fact::Lineage { .. }
            | Fact::Signaled { .. }
            | Fact::TaskStarted { .. }
            | Fact::TaskEnded { .. }
            | Fact::Told(_)
            | Fact::Ended { .. }
            | Fact::Asked { .. }
            | Fact::Answered { .. } => {}
        }
    }

    fn called(&mut self, at: At, process: u32, call: &Call) {
        self.calls.called(at, process, call);
        match call {
            Call::Turn(turn) => self.turns.called(at, process, turn),
            Call::Command { word: Word::Reinit, .. } => self.lives.life(process).reopened.push(at),
            Call::Command { .. } => {}
        }
    }

    fn returned(&mut self, at: At, process: u32, call: &Call) {
        let began = self.calls.since(process, call);
        self.calls.returned(at, process, call);
        if call.is_shutdown() {
            // A memory that was asked to begin again meanwhile is not closed.
            let life = self.lives.life(process);
            let again = |from: At| life.reopened.last().is_some_and(|again| again.place > from.place);
            if !began.is_some_and(again) {
                life.shut_down.push(at);
            }
        }
        match call {
            Call::Turn(turn) => self.turns.returned(at, process, turn),
            Call::Command { word: Word::Undo, .. } => self.turns.undo_returned(at, process),
            Call::Command { .. } => {}
        }
    }

    /// A call that failed promised nothing, if the disk explains the error, or if the schedule held threads up for at least half of its
    /// time: short holds, that every strategy draws, come on top. No other error excuses anybody.
    fn failed(&mut self, at: At, process: u32, call: &Call) {
        let waited_ms = self.calls.since(process, call).map_or(u64::MAX, |from| self.machine.awake_ms(from.ms, at.ms));
        let held_up = self.allowance.held_up_ms > 0 && waited_ms <= self.allowance.held_up_ms.saturating_mul(2);
        if !held_up && !self.disk.explains(at) {
            return self.returned(at, process, call);
        }
        self.calls.returned(at, process, call);
        match call {
            Call::Turn(turn) => self.turns.refused(at, process, turn),
            Call::Command { word: Word::Undo, .. } => self.turns.undo_failed(process),
            Call::Command { .. } => {}
        }
    }

    fn told(&mut self, at: At, process: u32, observation: &Observation) {
        match observation {
            Observation::Moved { turns, place } => self.turns.happened(at, turns, &What::Moved { place: *place }),
            Observation::RequestSent { endpoint } => self.requests.sent(at, process, *endpoint),
            Observation::RequestFailed { endpoint, reason } => self.requests.failed(at, process, *endpoint, reason),
            Observation::Abandoned { turns } => self.turns.happened(at, turns, &What::Abandoned),
            Observation::Declared { turns } => self.turns.happened(at, turns, &What::Declared),
            Observation::Holding { turns } => self.lives.holding.push(lives::Holding { process, at, turns: *turns }),
            Observation::ClientOpened => self.lives.life(process).clients_opened.push(at),
            Observation::ClientClosed => self.lives.life(process).clients_closed.push(at),
            Observation::Pending { turns } => self.outcome.looked(at, turns),
            Observation::Commits(told) => self.commits.read(at, process, told),
            Observation::Continuity(told) => {
                self.runs.read(at, process, told);
                if *told == model::facts::chats::Observation::StopBegan {
                    self.lives.life(process).stop_began.get_or_insert(at);
                }
            }
            Observation::OpenedAgain => self.lives.life(process).reopened.push(at),
            Observation::WaitsForLock { .. } => self.lives.locked_out.push(at),
            // The log has its own calls for these.
            Observation::TurnEnding { .. } | Observation::TurnAcknowledged { .. } | Observation::TurnUnsure { .. } => {}
        }
    }

    fn ended(&mut self, at: At, process: u32, (ending, steps, label): (Ending, u64, Option<&str>)) {
        self.calls.process_ended(at, process);
        self.requests.process_ended(at, process);
        self.runs.process_ended(at, process);
        self.lives.process_ended(process, End { at, ending, steps, label: label.map(str::to_owned) });
    }

    fn happened(&mut self, at: At, happening: &Happening) {
        self.requests.happened(at, happening);
        match happening {
            Happening::Received { endpoint, number, items, .. } if endpoint.delivers() => {
                items
                    .iter()
                    .for_each(|item| self.turns.happened(at, &item.turns, &What::Requested { number: *number }));
            }
            Happening::Applied { number, container, turns, .. } => self.turns.applied(at, *number, container, turns),
            Happening::Deleted { container } => self.turns.deleted(at, container),
            Happening::Lost { turns, .. } => self.turns.happened(at, turns, &What::Lost),
            Happening::Received { .. }
            | Happening::Accepted { .. }
            | Happening::StrayBytes { .. }
            | Happening::Answered { .. }
            | Happening::HungUp { .. }
            | Happening::Abandoned { .. }
            | Happening::Down { .. }
            | Happening::Up => {}
        }
    }
}
