//! Code that runs outside of the simulated machine: a real process stands for each simulated one.
//!
//! A model is as deterministic as its machine and leaves nothing behind, so it needs to know nothing of its run. Real code needs a place for
//! its files, tells its world how its process ended, and may fail in ways that are no behavior of the agent. Absent here: how such code is
//! run.

use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;

use crate::contracts::memory::{Config, Memory};
use crate::machine::{LocalFuture, Machine};

/// One run of code from outside.
#[async_trait(?Send)]
pub trait Outside {
    /// Loads the memory into a process.
    async fn memory(&self, machine: Machine, config: Config, berth: Rc<dyn Berth>) -> Rc<dyn Memory>;

    /// The steps that a process has taken. `None` if it never started.
    fn steps(&self, process: u32) -> Option<u64>;

    /// Why the run has no result, if it has none.
    fn failure(&self) -> Option<Failure>;
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

    /// The steps at which a signal is planned, with the signal's number.
    fn strikes(&self) -> Vec<(u64, u8)>;

    /// Runs a future as long as the process lives. It is no thread of the process.
    fn drive(&self, driver: LocalFuture);

    /// A thread of the process began.
    fn thread_started(&self, name: &str);

    /// Whether the host handles SIGTERM now.
    fn handles_sigterm(&self) -> bool;

    /// A planned signal struck at this step.
    fn struck(&self, step: u64, signal: u8);

    /// The process has ended by itself.
    fn left(&self, how: Left);
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
