//! The plan as data: the content of one scenario file, which alone decides a run. It is a typed value that reads and writes itself.
//!
//! A scenario is a story (title, reports), a configuration, lanes of steps for the processes that own the agent, the faults it meets, and
//! the known behavior of each release. Reading one either succeeds or reports the place of a mistake and a correction; see
//! [`ScenarioError`].
//!
//! - `check`: all mistakes of a file at once; `pruning`: a file without the part that has one.
//! - `formatting`: the canonical layout of a file. - `schema`: the format for editors; `patterns`: the forms of words as regular expressions.
//! - `steps`, `faults`, `settings`: the language, one family a file; `rows`, `argument`, `span`: code that the families share.
//! - `config`: all settings together. - `expect`: the behavior of each release, `damage`: what a run did; `agent_run`: the run of a real agent. - `sound`: whether a plan can run; `reach`: whether each step can happen.
//! - `actions`: the actions of each process, with every turn named; `whence`: the step of each; `hooks`: those of a coding agent, a process each. - `file`, `writing`: a scenario as its file; `error`,
//!   `wording`: error messages. - `schedule`, `tape`, `pace`: how threads take turns. - `known_turns`: expectations and faults
//!   name only turns of the plan; `misplaced`: a fault among the steps, or a step among the faults.

mod actions;
mod agent_run;
mod argument;
mod check;
mod config;
mod damage;
mod error;
mod expect;
mod fault_table;
mod faults;
mod file;
mod formatting;
mod hooks;
mod keys;
mod known_turns;
mod misplaced;
mod pace;
mod patterns;
mod pruning;
mod reach;
mod rows;
mod schedule;
mod schema;
mod server_file;
mod settings;
mod sound;
mod span;
mod steps;
mod tail;
mod tape;
#[cfg(test)]
mod tests;
mod whence;
mod wording;
mod writing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use model::contracts::memory;
use model::hosts;
use model::words::part::Part;
use model::words::profile::{self, Banks};

pub use actions::{Action, Hook, Process};
pub use agent_run::AgentRun;
pub use check::MISTAKES_MAX;
pub use config::Config;
pub use damage::{Damage, Data};
pub use error::{Place, ScenarioError};
pub use expect::{Expectation, Expectations, Outcome};
pub use faults::{
    CommitFault, DiskFault, DiskOperation, Ending, Fault, FaultFamily, Faults, Heard, Jump, Kill, Moment, Occurrence,
    PROTOCOL, PlannedFault, RequestFault, Weather, Which,
};
use file::File;
pub use formatting::formatted;
pub use keys::{KEYS, Key};
pub(crate) use known_turns::planned;
pub use pace::Pace;
pub use rows::Form;
pub use schedule::{Forced, Schedule, Strategy};
pub use schema::schema;
pub use server_file::ServerPlan;
pub use settings::Setting;
pub use sound::Flaw;
pub use span::{Span, parse_duration, parse_real_time};
pub use steps::{
    AgentStep, BesideStep, EndingStep, GatewayStep, Saying, SessionStep, StartingStep, Step, SurroundingStep, TurnStep,
    WebUiStep,
};
pub use tail::Tail;
pub use tape::{Side, Tape, Tapes, Track};
pub use whence::Whence;

/// The longest plan. A release that sends the whole session again with every turn takes a gigabyte for this many.
pub const STEPS_MAX: usize = 5_000;
/// How often a plan may wait for other processes. Each wait may take ten minutes, with a look every few milliseconds.
const WAITS_MAX: usize = 100;
/// The longest total of all sleeps: nothing in a lifecycle takes days.
const SLEEP_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The largest file that is read.
const BYTES_MAX: u64 = 16 << 20;

/// One scenario. Displays as its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The file's name without its extension.
    pub name: String,
    /// Where it was read from, as the user named it.
    pub path: PathBuf,
    /// The defect, in one sentence.
    pub title: String,
    /// Public reports of it, as `owner/repository#number`.
    pub reports: Vec<String>,
    /// Seed of every random stream of the run.
    pub seed: u64,
    /// How the threads of its processes are scheduled.
    pub schedule: Schedule,
    /// Configuration of the memory and of its surroundings.
    pub config: Config,
    /// The steps: lanes run beside each other, the steps of a lane in sequence.
    pub lanes: Vec<Vec<Step>>,
    /// The faults of the provider, and the kills of processes.
    pub faults: Faults,
    /// The run of a real agent that showed what it is about, if one did.
    pub agent: Option<AgentRun>,
    /// Whether a run that is expected to pass may miss steps that the plan does not cut off.
    pub may_miss_steps: bool,
    /// The known behavior of each release.
    pub expect: Expectations,
}

impl Scenario {
    /// Reads a scenario file, in which expectations may name these invariants as violated.
    pub fn read(path: &Path, invariants: &[&str]) -> Result<Self, ScenarioError> {
        Self::parse_knowing(path, &read_text(path)?, invariants)
    }

    /// Reads a scenario from its text, in which expectations may name these invariants as violated. `path` names it.
    pub fn parse_knowing(path: &Path, text: &str, invariants: &[&str]) -> Result<Self, ScenarioError> {
        let scenario = Self::parse(path, text)?;
        match scenario.expect.unknown_names(invariants).into_iter().next() {
            None => Ok(scenario),
            Some((bytes, message)) => Err(ScenarioError::over(path, text, bytes, &message)),
        }
    }

    /// Reads a scenario from its text, without checking the names of invariants, which a plan does not know. `path` names it.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ScenarioError> {
        if text.trim().is_empty() {
            return Err(ScenarioError::at(path, text, 0, "the file is empty; a scenario needs a title and steps"));
        }
        let file: File = toml::from_str(text).map_err(|error| ScenarioError::from_toml(path, text, &error))?;
        let sound =
            file.into_scenario(path).and_then(|scenario| match known_turns::unknown(&scenario).into_iter().next() {
                None => Ok(scenario),
                Some(mistake) => Err(mistake),
            });
        sound.map_err(|(bytes, message)| ScenarioError::over(path, text, bytes, &message))
    }
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, ScenarioError> {
    let fail = |message: String| ScenarioError::whole_file(path, message);
    let found = std::fs::metadata(path).map_err(|error| fail(error::io_message(&error)))?;
    if !found.is_file() {
        return Err(fail("is neither a file nor a folder".into()));
    }
    if found.len() > BYTES_MAX {
        return Err(fail(format!("is {} MiB large; a scenario has at most {STEPS_MAX} steps", found.len() >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|error| fail(error::io_message(&error)))?;
    String::from_utf8(bytes).map_err(|error| {
        let (bytes, valid) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let text = String::from_utf8_lossy(&bytes[..valid]);
        ScenarioError::at(path, &text, valid, "this is not text in UTF-8; a scenario is written in TOML")
    })
}

/// All forms of steps and of faults of requests and commits.
pub fn forms() -> Vec<Form> {
    [step_forms(), request_fault_forms(), commit_fault_forms()].concat()
}

/// All forms of steps.
pub fn step_forms() -> Vec<Form> {
    steps::forms().chain(rows::forms(faults::network::ROWS)).chain(rows::forms(faults::disk::ROWS)).collect()
}

/// All forms of faults of requests.
pub fn request_fault_forms() -> Vec<Form> {
    let refusals = [faults::words::REFUSE].into_iter().chain(faults::words::RETRIES).chain(faults::words::REDIRECTS);
    refusals.chain(rows::forms(faults::words::ROWS)).collect()
}

/// All forms of faults of commits.
pub fn commit_fault_forms() -> Vec<Form> {
    rows::forms(faults::commit::ROWS).chain([faults::commit::TAKES]).collect()
}

/// How long an implementation may try to deliver a turn that the provider does not take, or wait for an operation that does not end.
const IN_VAIN: Duration = Duration::from_secs(300);
/// And how many timeouts its requests may take.
const IN_VAIN_TIMEOUTS: u32 = 16;
/// How often an exchange crosses the network at most: a handshake, the request and its answer.
const CROSSINGS: u32 = 6;
/// An exchange that takes longer on the network alone is a slow one.
const SLOW: Duration = Duration::from_secs(1);

/// What a plan says of a memory's sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// A retain is meant to carry several turns.
    pub batches: bool,
    /// Something other than a request's own fault may hold it up: an outage, a slow or faulty network, the disk, a wedge.
    pub may_wait: bool,
    /// A process has one memory: who shuts it down has nothing left that keeps a later turn.
    pub one_memory: bool,
}

impl Scenario {
    /// The same, under another schedule.
    pub fn seeded(&self, seed: u64) -> Self {
        Self { seed, ..self.clone() }
    }

    /// The lives of each lane: processes that follow each other. All lanes one after the other, the n-th is process n of the
    /// history.
    pub fn lives(&self) -> Vec<Vec<Rc<Process>>> {
        let of_agents = actions::lives(&self.lanes).into_iter();
        let end_budget = self.config.end_hook_budget.unwrap_or(hooks::END_BUDGET);
        let lives = of_agents.map(|lives| match self.config.host.properties().hooks {
            true => lives.into_iter().flat_map(|life| hooks::of(life, end_budget)).collect(),
            false => lives,
        });
        lives.map(|lives| lives.into_iter().map(Rc::new).collect()).collect()
    }

    /// The number of processes.
    pub fn process_count(&self) -> usize {
        if self.config.host.properties().hooks {
            return self.lives().iter().map(Vec::len).sum();
        }
        self.lanes.len() + self.steps().filter(|step| matches!(step, Step::Starting(StartingStep::Restart(..)))).count()
    }

    /// The part of an agent it tests: the WebUI's commits or the gateway's restarts if it is about them, else the memory.
    pub fn part(&self) -> Part {
        let host = self.config.host.properties();
        match (host.commits, host.chats) {
            (true, _) => Part::WebUi,
            (false, true) if self.steps().any(Step::is_of_a_running_gateway) => Part::Gateway,
            (false, _) => Part::Memory,
        }
    }

    /// All steps of all lanes, as they are written.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.lanes.iter().flatten()
    }

    /// The number of actions of all processes.
    pub fn action_count(&self) -> usize {
        self.steps().map(Step::times).sum()
    }

    /// Its size: the number of steps, and of faults.
    pub fn size(&self) -> (usize, usize) {
        let wrong = self.faults.planned().count() + self.faults.kills.len() + usize::from(!self.faults.down.is_zero());
        (self.steps().count(), wrong)
    }

    /// What it says of a memory's sending.
    pub fn sending(&self) -> Sending {
        Sending {
            batches: self.config.memory.retain_every_n_turns > 1,
            may_wait: !self.faults.down.is_zero()
                || CROSSINGS * self.config.latency > SLOW
                || self.holds_up_the_memory(),
            one_memory: matches!(self.config.host, hosts::Kind::Cli | hosts::Kind::ChatQ | hosts::Kind::Oneshot),
        }
    }

    /// The profiles that it names besides the first.
    pub fn profiles(&self) -> Vec<String> {
        let named = self.steps().filter_map(|step| {
            let Step::Agent(AgentStep::Profile(name)) = step else { return None };
            (name != profile::HOME).then(|| name.clone())
        });
        named.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The configuration of a process's memory.
    pub fn memory(&self) -> memory::Config {
        let banks = Banks { profiles: self.profiles(), ..self.config.memory.banks };
        memory::Config { banks, ..self.config.memory.clone() }
    }

    /// Whether a step makes a memory's work take longer.
    fn holds_up_the_memory(&self) -> bool {
        self.steps().any(|step| match step {
            Step::Around(around) => around.holds_up_the_memory(),
            Step::Turn(_) | Step::Session(_) | Step::Agent(_) | Step::Ending(_) | Step::Starting(_) => false,
            Step::Beside(_) | Step::WebUi(_) | Step::Gateway(_) => false,
        })
    }

    /// Whether the provider, the network, the disk or the machine is in a memory's way, or a slow network or operation is.
    pub fn is_disturbed(&self) -> bool {
        let has_faults = self.faults.planned().next().is_some() || !self.faults.down.is_zero();
        has_faults || CROSSINGS * self.config.latency > SLOW || self.holds_up_the_memory()
    }

    /// The settings of the host.
    pub fn hosting(&self) -> hosts::Settings {
        self.config.hosting_with(self.faults.commits())
    }

    /// How long the run waits for the next pending turn after the faults have stopped: the limit, and some minutes for each turn that the
    /// provider does not take, until an implementation sees that.
    pub fn patience(&self) -> Duration {
        let each = IN_VAIN + IN_VAIN_TIMEOUTS * self.config.memory.timeout;
        self.config.patience() + self.faults.of_turns_for_ever() * each
    }

    /// How long after it was sent a request may be applied, in milliseconds, until its client is sure that it is over: twice its timeout.
    pub fn patience_with_a_request_ms(&self) -> u64 {
        u64::try_from(2 * self.config.memory.timeout.as_millis()).unwrap_or(u64::MAX)
    }

    /// How long a request may still take to be applied after its sender is gone.
    pub fn longest_journey(&self) -> Duration {
        let latencies = self.steps().filter_map(|step| {
            let Step::Around(SurroundingStep::Network(Weather::Latency(latency))) = step else { return None };
            Some(*latency)
        });
        let latency = latencies.max().unwrap_or_default().max(self.config.latency);
        // On a link that may have become slower and faster again.
        CROSSINGS * latency + self.faults.longest_delay() + self.config.operation_lag + self.config.append_lag
    }
}

/// A mistake in a file that is well-formed TOML: its place, and the message.
type Mistake = (std::ops::Range<usize>, String);
