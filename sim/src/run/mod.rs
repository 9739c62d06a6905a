//! One scenario, one release, one server: runs it, judges it, and reports how it ended.

mod cause;
mod delivery;
mod missed_faults;
mod missed_steps;

use std::collections::{BTreeMap, BTreeSet};

use model::agents::Subject;
use model::agents::outside::{Aside, Failure};
use model::machine::marks::Marks;
use model::words::part::Part;
use model::words::session::DocumentId;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::reading::calls::Held;
use crate::history::reading::observed::{self, Answered, Identical, Prefetched, Retained, requests};
use crate::history::reading::observed_commits::{self, Committed};
use crate::history::reading::observed_runs::{self, Ran};
use crate::history::reading::{Allowance, Reading};
use crate::history::{self, Call, CutShort, Entry, Event, Origin};
use crate::judging;
use crate::judging::ledger::{Fate, Ledger, TurnRecord};
use crate::judging::{Evidence, Invariant, Judgment, Testimony, Violation};
use crate::plan::{Damage, Scenario, Sending, Tapes};
use crate::world::{self, Engine, Note, Record, Redraw, Taken};
use model::words::server::Server;

use cause::Origins;
use missed_faults::{missed_faults, missed_kills};
pub use missed_steps::MissedStep;

/// A run that has been judged. Serializes to the object that `replay --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The release.
    pub release: Subject,
    /// The server.
    pub server: Server,
    /// The seed of every random stream.
    pub seed: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict as the process's exit code.
    pub exit_code: u8,
    /// The number of turns handed over.
    pub turns: usize,
    /// Acknowledged turns that no document holds.
    pub lost: Vec<TurnId>,
    /// Turns with fewer copies in the documents than were handed over, whether they were to be kept or not: losses were measured this way.
    pub absent: Vec<TurnId>,
    /// Turns whose call failed because the disk did: their user knows.
    pub refused: Vec<TurnId>,
    /// Turns that the provider does not take and does not hold in the end, as their user was told.
    pub set_aside: Vec<TurnId>,
    /// Turns that the provider confirmed, and dropped or lost.
    pub lost_by_provider: Vec<TurnId>,
    /// Turns with more copies than were said, and their number.
    pub duplicated: BTreeMap<TurnId, u32>,
    /// Turns in another session's document.
    pub misattributed: Vec<TurnId>,
    /// Turns that were not to be kept, and are stored.
    pub polluted: Vec<TurnId>,
    /// Whether a document's turns are out of order.
    pub order_broken: bool,
    /// Turns whose recall another session read.
    pub stale_recall: Vec<TurnId>,
    /// The longest that a turn's end held the caller.
    pub turn_call_max_ms: u64,
    /// The longest shutdown, if there was one.
    pub shutdown_ms: Option<u64>,
    /// The longest call of each kind but turns, in milliseconds.
    pub op_max_ms: BTreeMap<&'static str, u64>,
    /// How the planned processes ended, as `subprocess.returncode` shows it.
    pub exit_codes: Vec<i32>,
    /// Every retain, in order of arrival.
    pub requests: Vec<Retained>,
    /// The recalls that were read at the beginning of turns.
    pub prefetches: Vec<Prefetched>,
    /// The host's answers to its own steps, in the order of the answers.
    pub answers: Vec<Answered>,
    /// A WebUI's commits.
    #[serde(flatten)]
    pub committed: Option<Committed>,
    /// The turns of a gateway as it ran them, in the order in which they began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ran: Vec<Ran>,
    /// Turns that were said more than once.
    pub identical: BTreeMap<TurnId, Identical>,
    /// The content of each document: a list of turns for each retain that is part of it.
    pub documents: BTreeMap<DocumentId, Vec<Vec<TurnId>>>,
    /// The violations, with their evidence.
    pub violations: Vec<Violation>,
    /// Planned kills that missed: the process had fewer steps.
    pub missed_kills: Vec<String>,
    /// Planned faults of requests and commits that missed: there was no such request or commit.
    pub missed_faults: Vec<String>,
    /// Steps that their process never began.
    pub missed_steps: Vec<MissedStep>,
    /// Whether the run came to its end. It does not if a process waits for what never comes: then the fate of its turns is not known.
    pub ended: bool,
    /// Why it has no result, if a real agent broke or lacks something: then it proves nothing.
    #[serde(skip)]
    pub failure: Option<Failure>,
    /// What a real agent said aside: what it logged, and which turns it had.
    #[serde(skip)]
    pub aside: Aside,
    /// The bound at which the run was cut short, if it passed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<CutShort>,
    /// How often each invariant was really judged.
    pub judged: BTreeMap<&'static str, u64>,
    /// The invariants that were not judged, because the subject does not testify to their evidence.
    pub not_judged: Vec<&'static str>,
    /// Hash of the history.
    pub digest: String,
    /// Simulated time.
    pub simulated_ms: u64,
    /// Steps taken by the agent's processes.
    pub steps: u64,
    /// What the plan says of a memory's sending.
    #[serde(skip)]
    pub sending: Sending,
    /// The marks that the code has reached; those that only a history shows are not among them.
    #[serde(skip)]
    pub marks: Marks,
    /// The history itself.
    #[serde(skip)]
    pub events: Vec<Event>,
    /// Where each of its events came from.
    #[serde(skip)]
    pub origins: Vec<Origin>,
    /// Its reading.
    #[serde(skip)]
    pub reading: Reading,
    /// The fates of the turns.
    #[serde(skip)]
    pub ledger: Ledger,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every invariant held.
    Pass,
    /// Nothing was judged: no turn was acknowledged, or the run did not end.
    Vacuous,
    /// Turns are still pending although the faults have stopped.
    NotConverged,
    /// An invariant was violated.
    Violation,
}

impl Verdict {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Violation => 2,
            Self::NotConverged => 3,
            Self::Vacuous => 5,
        }
    }

    /// A run that never ended has shown what it violated, and nothing else.
    pub(crate) fn of(judgment: &Judgment, ledger: &Ledger, ended: bool) -> Self {
        let answered = |turn: &TurnRecord| turn.acknowledged_ms.is_some() || turn.fate == Fate::Refused;
        let acknowledged = ledger.turns.iter().any(|turn| answered(turn) && turn.fate != Fate::Unjudged);
        match &judgment.violations[..] {
            [] if ended && (acknowledged || judgment.hosts_judged > 0) => Self::Pass,
            [] => Self::Vacuous,
            violations if violations.iter().all(|violation| violation.invariant == judging::CONVERGENCE) => {
                Self::NotConverged
            }
            _ => Self::Violation,
        }
    }
}

impl Run {
    /// Drops the history and its reading: neither is needed when only the outcome is kept.
    pub fn forget_history(&mut self) {
        (self.events, self.origins, self.reading, self.ledger) = Default::default();
    }

    /// Whether it missed a step that its plan does not cut off. A run without a result was never asked to do one.
    pub fn misses_a_step(&self) -> bool {
        self.failure.is_none() && self.missed_steps.iter().any(|missed| missed.cut_off_by.is_none())
    }

    /// The damage, as a scenario states it. A run without a result has done none.
    pub fn damage(&self) -> Damage {
        if self.failure.is_some() {
            return Damage::default();
        }
        let violated = |row: &&Invariant| self.violations.iter().any(|violation| violation.invariant == row.name);
        let violates = Invariant::by_name().filter(violated).map(|row| row.name.to_owned()).collect();
        Damage {
            lost: self.lost.clone(),
            duplicated: self.duplicated.clone(),
            misattributed: self.misattributed.clone(),
            polluted: self.polluted.clone(),
            order_broken: self.order_broken,
            stale_recall: self.stale_recall.clone(),
            violates,
        }
    }
}

/// Runs a scenario with one release against one server, and judges the run.
pub fn run(scenario: &Scenario, release: Subject, server: Server, engine: Engine) -> Run {
    let _here = tracing::error_span!(target: world::PLACE, "run", scenario = scenario.name, %release, %server, seed = scenario.seed).entered();
    judged(scenario, release, server, world::run(scenario, release, server, engine))
}

/// The same, with the choices of its schedule: with them as its recorded schedule, the scenario has the same history.
pub fn run_recorded(scenario: &Scenario, release: Subject, server: Server, engine: Engine) -> (Run, Tapes) {
    let (record, tapes) = world::run_recorded(scenario, release, server, engine);
    (judged(scenario, release, server, record), tapes)
}

/// The same, with another schedule from a point of the history on.
pub fn run_redrawn(scenario: &Scenario, release: Subject, server: Server, redraw: Redraw) -> Run {
    judged(scenario, release, server, world::run_redrawn(scenario, release, server, Engine::Events, redraw))
}

/// The same, with every step of the agent's processes, in order.
pub fn run_noting_steps(scenario: &Scenario, release: Subject, server: Server, engine: Engine) -> (Run, Vec<Taken>) {
    let (record, taken) = world::run_noting_steps(scenario, release, server, engine);
    (judged(scenario, release, server, record), taken)
}

/// The same, with what the threads of the agent's processes did.
pub fn run_noting_threads(scenario: &Scenario, release: Subject, server: Server) -> (Run, Vec<Note>) {
    let (record, notes) = world::run_noting_threads(scenario, release, server);
    (judged(scenario, release, server, record), notes)
}

/// A run without a result violates nothing: what a broken child did not do is no defect of the agent.
fn judged(scenario: &Scenario, release: Subject, server: Server, record: Record) -> Run {
    let (events, limits) = (record.events, limits(scenario, release));
    let patience_ms = Some(scenario.patience_with_a_request_ms());
    let reading = Reading::allowing(&events, Allowance { held_up_ms: limits.held_up_ms, patience_ms });
    let ledger = Ledger::of(&events, &reading);
    let testimony = Testimony { about: scenario.part(), testifies: release.testifies() };
    let mut judgment =
        judging::judge(&Evidence { events: &events, reading: &reading, ledger: &ledger, limits, testimony });
    leave_out(&mut judgment, release);
    judgment.violations.retain(|_| record.failure.is_none());
    if !judgment.violations.is_empty() {
        Origins::of(scenario, &events, &record.origins, &reading).explain(&mut judgment.violations);
    }
    let requests = requests(&events, &reading, &record.origins);
    let ended = reading.outcome.converged.is_some() && record.cut_short.is_none();
    let verdict = Verdict::of(&judgment, &ledger, ended && record.failure.is_none());
    let copied = ledger.turns.iter().filter(|turn| turn.copies > turn.said);
    Run {
        scenario: scenario.name.clone(),
        release,
        server,
        seed: scenario.seed,
        verdict,
        exit_code: verdict.exit_code(),
        turns: ledger.turns.iter().map(|turn| turn.said as usize).sum(),
        lost: turns(&ledger, |turn| turn.is_lost()),
        absent: turns(&ledger, |turn| turn.copies < turn.said),
        refused: turns(&ledger, |turn| turn.refused > 0),
        set_aside: turns(&ledger, |turn| turn.fate == Fate::SetAside),
        lost_by_provider: turns(&ledger, |turn| turn.fate == Fate::LostByProvider),
        duplicated: copied.map(|turn| (turn.id.clone(), turn.copies)).collect(),
        misattributed: turns(&ledger, |turn| turn.is_misattributed() && !release.unseen().contains(&ATTRIBUTION)),
        polluted: polluted(&ledger, &judgment),
        order_broken: judgment.violations.iter().any(|violation| violation.invariant == "order"),
        stale_recall: reading.recalls.iter().filter_map(|recall| recall.stale().cloned()).collect(),
        turn_call_max_ms: longest(&reading, |call| matches!(call, Call::Turn(_))).unwrap_or(0),
        shutdown_ms: longest(&reading, Call::is_shutdown),
        op_max_ms: observed::op_max_ms(&reading),
        exit_codes: observed::exit_codes(&reading, scenario.process_count()),
        committed: (scenario.part() == Part::WebUi)
            .then(|| observed_commits::committed(&reading, scenario.process_count(), requests.len())),
        requests,
        prefetches: observed::prefetches(&reading),
        answers: observed::answers(&reading),
        ran: observed_runs::ran(&reading),
        identical: observed::identical(&reading),
        documents: documents(&ledger),
        violations: judgment.violations,
        missed_kills: missed_kills(scenario, &reading.lives),
        missed_faults: missed_faults(scenario, &reading),
        missed_steps: missed_steps::missed_steps(scenario, &reading.lives, (&record.begun, &record.planned)),
        ended,
        failure: record.failure,
        aside: record.aside,
        cut_short: record.cut_short,
        judged: judgment.judged.into_iter().collect(),
        not_judged: judgment.not_judged,
        digest: history::digest(&events),
        simulated_ms: u64::try_from(record.simulated.as_millis()).unwrap_or(u64::MAX),
        steps: record.steps,
        sending: scenario.sending(),
        marks: record.marks,
        events,
        origins: record.origins,
        reading,
        ledger,
    }
}

/// The turns that were not to be kept and are stored, and those of which no-pollution says more.
fn polluted(ledger: &Ledger, judgment: &Judgment) -> Vec<TurnId> {
    let convicts = |turn: &TurnRecord| {
        let mut violations = judgment.violations.iter();
        violations.any(|one| one.invariant == "no-pollution" && one.turn.as_ref() == Some(&turn.id))
    };
    turns(ledger, |turn| turn.pollutes() || convicts(turn))
}

/// The invariant that says in which turns are misattributed.
const ATTRIBUTION: &str = "attribution";

/// What nobody can judge by what the provider shows is not judged.
fn leave_out(judgment: &mut Judgment, release: Subject) {
    let unseen = release.unseen();
    judgment.violations.retain(|violation| !unseen.contains(&violation.invariant));
    judgment.judged.retain(|(name, _)| !unseen.contains(name));
    judgment.not_judged.extend(unseen);
}

/// The content of each document: a list of turns for each retain.
fn documents(ledger: &Ledger) -> BTreeMap<DocumentId, Vec<Vec<TurnId>>> {
    let texts = |entries: &[Entry]| entries.iter().map(|entry| entry.turns.clone()).collect();
    ledger.documents.iter().map(|(id, entries)| (id.clone(), texts(entries))).collect()
}

/// How long the end of a memory takes that has nothing left to do.
const IDLE_END: std::time::Duration = std::time::Duration::from_secs(1);

fn limits(scenario: &Scenario, release: Subject) -> judging::Limits {
    let (config, own) = (&scenario.config, scenario.schedule.holds_up());
    let host = config.host.properties();
    let ms = |limit: std::time::Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    judging::Limits {
        turn_ms: ms(config.turn_limit + own),
        command_ms: ms(config.command_patience() + own),
        shutdown_ms: ms(config.shutdown_patience() + own),
        memory: config.memory_limit,
        recalls_ahead: if config.host.properties().drops_agents { 0 } else { u64::MAX },
        held_up_ms: ms(own),
        delivery: delivery::delivery(scenario),
        // A host that serves drains before, and a gateway interrupts its turns.
        end_ms: (release.is_of_reference() && !host.serves && !host.chats).then(|| judging::EndMs {
            budget: ms(config.memory.stop_budget + own),
            idle: (!scenario.is_disturbed()).then(|| ms(IDLE_END + own)),
        }),
    }
}

/// The longest of these calls, in milliseconds.
fn longest(reading: &Reading, wanted: fn(&Call) -> bool) -> Option<u64> {
    let calls = reading.calls.over().iter().filter(|held| wanted(&held.call));
    calls.map(Held::duration_ms).max()
}

pub(crate) fn turns(ledger: &Ledger, which: impl Fn(&TurnRecord) -> bool) -> Vec<TurnId> {
    let chosen: BTreeSet<TurnId> = ledger.turns.iter().filter(|turn| which(turn)).map(|turn| turn.id.clone()).collect();
    chosen.into_iter().collect()
}
