//! Faults that are not steps: faults of requests and commits, an outage, kills. Faults that are steps (of the network, of the disk, of the clock)
//! are here as well. Each family has a file.
//!
//! A fault is tied to the n-th request of a kind, a kill to the k-th step of a process: never to a probability at run time.

pub(in crate::plan) mod clock;
pub(in crate::plan) mod commit;
pub(in crate::plan) mod disk;
mod disk_operation;
mod hearing;
pub(in crate::plan) mod kill;
pub(in crate::plan) mod network;
mod occurrence;
mod read_back;
pub(in crate::plan) mod request;
mod standing;
pub(in crate::plan) mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use model::protocols::hindsight;
use model::words::command;
use model::words::endpoint::{Endpoint, Protocol};
use model::words::turn::TurnId;

pub use clock::Jump;
pub use commit::CommitFault;
pub use disk::DiskFault;
pub use disk_operation::DiskOperation;
pub use hearing::Heard;
pub use kill::{Ending, Kill, Moment};
pub use network::Weather;
pub use occurrence::{Occurrence, Which};
pub use request::{Fault, FaultFamily};
pub use standing::RequestFault;

/// The protocol of the provider that every scenario meets. A file plans faults for its endpoints, by their names.
pub static PROTOCOL: &Protocol = &hindsight::endpoints::PROTOCOL;

/// All faults that are not steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Faults of requests, by their endpoint. None is empty.
    requests: BTreeMap<Endpoint, Occurrence<RequestFault>>,
    /// Faults of an agent's commits, by its name. None is empty.
    commits: BTreeMap<String, Occurrence<CommitFault>>,
    /// How long the provider refuses connections from the start.
    pub down: Duration,
    /// Where processes are killed.
    pub kills: Vec<Kill>,
}

/// A planned fault of a request or a commit: its target, and the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedFault {
    /// Of requests to an endpoint.
    Request(Endpoint, Which, RequestFault),
    /// Of the commits of an agent.
    Commit(String, Which, CommitFault),
}

impl Faults {
    /// The fault of the `number`-th request to an endpoint, which brings these turns and arrives at this time, if it has one.
    pub fn of(&self, endpoint: Endpoint, number: u32, turns: &[TurnId], at: Duration) -> Option<RequestFault> {
        self.requests.get(&endpoint)?.of(number, turns).filter(|planned| planned.stands(at))
    }

    /// The fault that such a request meets even when faults have stopped: what is wrong with a turn itself does not pass.
    pub fn for_ever(&self, endpoint: Endpoint, turns: &[TurnId]) -> Option<RequestFault> {
        let planned = self.requests.get(&endpoint)?.of_turns(turns)?;
        (planned.until.is_none() && planned.fault.is_final()).then_some(planned)
    }

    /// The turns that have faults.
    pub(in crate::plan) fn turns(&self) -> impl Iterator<Item = &TurnId> {
        let all = self.requests.values().flat_map(Occurrence::iter);
        all.filter_map(|(which, _)| match which {
            Which::Turn(turn) => Some(turn),
            Which::Number(_) | Which::Every => None,
        })
    }

    /// How many turns meet a fault for ever.
    pub(in crate::plan) fn of_turns_for_ever(&self) -> u32 {
        let planned = self.requests.values().flat_map(Occurrence::iter);
        let for_ever = planned.filter(|(which, planned)| {
            matches!(which, Which::Turn(_)) && planned.until.is_none() && planned.fault.is_final()
        });
        u32::try_from(for_ever.count()).unwrap_or(u32::MAX)
    }

    /// Whether the provider has work to do that no request waits for.
    pub fn leave_work(&self) -> bool {
        let mut planned = self.requests.values().flat_map(Occurrence::iter).map(|(_, planned)| planned);
        planned.any(|planned| match planned.fault {
            Fault::WorkerCrash | Fault::AckLose(_) => true,
            Fault::AcceptStall => planned.until.is_some(),
            Fault::Refuse(_)
            | Fault::RetryAfter { .. }
            | Fault::Drop
            | Fault::ApplyDrop
            | Fault::Delay(_)
            | Fault::DelayIfAlive(_)
            | Fault::Hang
            | Fault::Restart(_)
            | Fault::AcceptFail
            | Fault::Garbled
            | Fault::AckDrop
            | Fault::Html
            | Fault::Unsuccessful
            | Fault::Partial { .. }
            | Fault::Foreign { .. }
            | Fault::Redirect { .. } => false,
        })
    }

    /// All faults of requests and commits, in the order of their names.
    pub fn planned(&self) -> impl Iterator<Item = PlannedFault> {
        let commits = self.commits.iter().flat_map(|(agent, occurrence)| {
            occurrence.iter().map(|(which, fault)| PlannedFault::Commit(agent.clone(), which.clone(), fault))
        });
        let requests = self.requests.iter().flat_map(|(endpoint, occurrence)| {
            occurrence.iter().map(|(which, fault)| PlannedFault::Request(*endpoint, which.clone(), fault))
        });
        commits.chain(requests)
    }

    /// Plans a fault, and replaces one that is already planned there.
    pub fn plan(&mut self, fault: PlannedFault) {
        match fault {
            PlannedFault::Request(endpoint, which, fault) => {
                self.requests.entry(endpoint).or_default().insert(which, fault);
            }
            PlannedFault::Commit(agent, which, fault) => self.commits.entry(agent).or_default().insert(which, fault),
        }
    }

    /// Leaves out the fault that is planned there.
    pub fn leave_out(&mut self, fault: &PlannedFault) {
        match fault {
            PlannedFault::Request(endpoint, which, _) => {
                if let Some(occurrence) = self.requests.get_mut(endpoint) {
                    occurrence.remove(which);
                }
                self.requests.retain(|_, occurrence| !occurrence.is_empty());
            }
            PlannedFault::Commit(agent, which, _) => {
                if let Some(occurrence) = self.commits.get_mut(agent) {
                    occurrence.remove(which);
                }
                self.commits.retain(|_, occurrence| !occurrence.is_empty());
            }
        }
    }

    /// The agents whose commits have faults.
    pub(in crate::plan) fn agents(&self) -> impl Iterator<Item = &str> {
        self.commits.keys().map(String::as_str)
    }

    /// The faults of commits, as a host reads them.
    pub fn commits(&self) -> BTreeMap<String, command::CommitFaults> {
        let of_an_agent = |(agent, occurrence): (&String, &Occurrence<CommitFault>)| {
            let mut faults = command::CommitFaults::default();
            for (which, CommitFault(fault)) in occurrence.iter() {
                match which {
                    Which::Number(number) => _ = faults.by_number.insert(*number, fault),
                    Which::Every => faults.every = Some(fault),
                    Which::Turn(turn) => unreachable!("no commit is planned for {turn}; a file that does is refused"),
                }
            }
            (agent.clone(), faults)
        };
        self.commits.iter().map(of_an_agent).collect()
    }

    /// How many faults there are around the memory: a measure of how much there is to read in a scenario.
    pub fn count(&self) -> usize {
        let requests: usize = self.requests.values().map(Occurrence::len).sum();
        requests + self.kills.len() + usize::from(!self.down.is_zero())
    }

    /// How long after the last process is gone a delayed request may still be applied.
    pub fn longest_delay(&self) -> Duration {
        let faults = self.requests.values().flat_map(Occurrence::iter);
        faults.map(|(_, planned)| planned.fault.delay()).max().unwrap_or_default()
    }
}

impl PlannedFault {
    /// The fault, as a file writes it.
    pub fn fault(&self) -> String {
        match self {
            Self::Request(_, _, fault) => fault.to_string(),
            Self::Commit(_, _, fault) => fault.to_string(),
        }
    }

    /// Its kind in a count of faults.
    pub fn kind(&self) -> String {
        match self {
            Self::Request(endpoint, _, planned) => format!("{endpoint} {}", planned.fault.word()),
            Self::Commit(_, _, fault) => format!("commit {}", fault.word()),
        }
    }

    /// How long the fault lets a client wait before it strikes, if it names a pause.
    pub fn pause(&self) -> Option<Duration> {
        match self {
            Self::Request(_, _, planned) => planned.fault.duration(),
            Self::Commit(_, _, CommitFault(fault)) => match fault {
                command::CommitFault::Fail(after) => Some(*after).filter(|after| !after.is_zero()),
                command::CommitFault::Takes(_) | command::CommitFault::Panic | command::CommitFault::Hang => None,
            },
        }
    }

    /// The same with another pause, if it has one.
    pub fn with_pause(&self, pause: Duration) -> Self {
        match self {
            Self::Request(endpoint, which, planned) => {
                Self::Request(*endpoint, which.clone(), planned.of(planned.fault.lasting(pause)))
            }
            Self::Commit(agent, which, CommitFault(fault)) => {
                let fault = match fault {
                    command::CommitFault::Fail(_) => command::CommitFault::Fail(pause),
                    command::CommitFault::Takes(_) | command::CommitFault::Panic | command::CommitFault::Hang => *fault,
                };
                Self::Commit(agent.clone(), which.clone(), CommitFault(fault))
            }
        }
    }
}

/// `retain 3: drop`, `commit.S1 1: fail`.
impl fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(endpoint, which, fault) => write!(f, "{endpoint} {which}: {fault}"),
            Self::Commit(agent, which, fault) => write!(f, "commit.{agent} {which}: {fault}"),
        }
    }
}
