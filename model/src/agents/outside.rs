//! Code that runs outside of the simulated machine: a real process stands for each simulated one.
//!
//! A model is as deterministic as its machine and leaves nothing behind, so it needs to know nothing of its run. Real code needs a place for
//! its files, tells its world how its process ended, and may fail in ways that are no behavior of the agent. Absent here: how such code is
//! run.

use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;

use crate::contracts::memory::{Config, Memory};
use crate::facts::KeptText;
use crate::machine::{LocalFuture, Machine};

/// One run of code from outside.
#[async_trait(?Send)]
pub trait Outside {
    /// Loads the memory into a process.
    async fn memory(&self, machine: Machine, config: Config, berth: Rc<dyn Berth>) -> Rc<dyn Memory>;

    /// The steps that a process has taken. `None` if it never started.
    fn steps(&self, process: u32) -> Option<u64>;

    /// The scenario asks for what no code from outside can do.
    fn cannot(&self, what: &str);

    /// The texts that the agent keeps in files of its own, at the end of the run.
    fn kept(&self) -> Vec<KeptText>;

    /// Why the run has no result, if it has none.
    fn failure(&self) -> Option<Failure>;

    /// What it said aside.
    fn aside(&self) -> Aside;
}

/// What code from outside said, and what no history holds, because it changes nothing in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// What was logged as a warning or worse, in order.
    pub warnings: Vec<Warning>,
    /// The turns that the code under test had, by name and in its order, whatever its host had acknowledged. `None` if it does not say.
    pub taken: Option<Vec<String>>,
}

/// A record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// When.
    pub at_ms: u64,
    /// The process.
    pub process: u32,
    /// Its level, its logger and the template of its message.
    pub text: String,
}

/// What the runs of a real agent depend on, besides the scenario and its seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Making {
    /// As `--agent` names it.
    pub spec: String,
    /// The options of the command line that name it.
    pub options: Vec<String>,
    /// The version of each part: the interpreter, the adapter's file, installed packages.
    pub versions: BTreeMap<String, String>,
    /// The name and the version of the description of its provider. `None` for one that needs no description.
    pub provider: Option<(String, String)>,
    /// The names of the invariants that nobody can judge by what its provider shows.
    pub unseen: Vec<&'static str>,
}

/// Why a run has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The code broke, or the simulation of it did.
    Broken(String),
    /// It does not have what the scenario asks for.
    Lacks(String),
}

/// The simulated process for which a real one stands.
pub trait Berth {
    /// Its number in the run, from 1.
    fn number(&self) -> u32;

    /// The seed of the run.
    fn seed(&self) -> u64;

    /// How its threads are scheduled.
    fn threads(&self) -> Threads;

    /// The choices of its schedule, when it has ended.
    fn chose(&self, choices: &[Choice]);

    /// The steps at which a signal is planned, with the signal's number.
    fn strikes(&self) -> Vec<(u64, u8)>;

    /// Runs a future as long as the process lives. It is no thread of the process.
    fn drive(&self, driver: LocalFuture);

    /// A thread of the process began.
    fn thread_started(&self, name: &str);

    /// A thread of the process ended, while the process went on.
    fn thread_ended(&self, name: &str);

    /// Whether the host handles SIGTERM now.
    fn handles_sigterm(&self) -> bool;

    /// Whether the provider holds every turn that was acknowledged so far.
    fn all_arrived(&self) -> bool;

    /// A planned signal struck at this step.
    fn struck(&self, step: u64, signal: u8);

    /// The process has ended by itself.
    fn left(&self, how: Left);
}

/// How the threads of a real process are scheduled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    /// The seed of the choices that are drawn.
    pub seed: u64,
    /// Whether a choice is drawn that is neither on the tape nor forced. It is 0 otherwise.
    pub draws: bool,
    /// How often the running thread is preempted where nothing blocks, in millionths of all such places.
    pub point_odds: u32,
    /// The same before statements of the agent's own files.
    pub line_odds: u32,
    /// The depth of a schedule by priorities; 0 for none.
    pub depth: u32,
    /// The choices of an earlier run.
    pub tape: Vec<Choice>,
    /// The choices at single steps.
    pub forced: Vec<(u64, u32)>,
}

/// A choice of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What was chosen.
    pub track: Track,
    /// The number of choices of 0 on this track since the one before.
    pub gap: u32,
    /// `Next`: the number of threads that could go on and have waited longer. `Step`: 1 gives way, 1 + n stands still for n ms.
    pub choice: u32,
}

/// A kind of choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// Which thread goes on.
    Next,
    /// What happens to the running one at a step.
    Step,
}

/// How a process ends that was not asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Its interpreter ended.
    Exit,
    /// By `os._exit`.
    OsExit,
    /// By SIGTERM.
    Sigterm,
    /// By another signal, or because it is broken.
    Killed,
}
