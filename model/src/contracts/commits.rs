//! The calls that a WebUI makes on its session lifecycle: which turns wait for a commit, who owns them, and when they are
//! committed.
//!
//! A provider that extracts in batches does so only when an agent's `commit_memory_session` reaches its `on_session_end`. The
//! WebUI's sessions stay open for days, so a lifecycle must remember which turns were completed and not committed, and by which agent. The
//! five guarantees come from hermes-webui's `api/session_lifecycle.py` (#2461, #3506, #5543).
//!
//! [`Commits`] is that lifecycle, [`AgentHandle`] is the agent that it commits with, and both report [`Observation`]s. The ids of turns appear
//! in reports only: an implementation may use them only to report which turns a commit covers.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;

use crate::facts::commits::{Closing, Observation};
use crate::machine::Machine;
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// An agent as the session lifecycle knows it: a handle to commit and to close.
#[async_trait(?Send)]
pub trait AgentHandle {
    /// Its name. No two agents of a process share one.
    fn name(&self) -> &str;

    /// The session in which the agent works. `None` for an agent of the plan, which works in none.
    fn session(&self) -> Option<SessionId>;

    /// Begins the agent's next commit, of these turns of `session`. Returns its number, from 1. The agent's owner records it.
    fn begin(&self, session: &SessionId, turns: Vec<TurnId>) -> u32;

    /// `commit_memory_session()`: makes the commit that began as number `call`. The agent's owner records how it ended.
    ///
    /// # Errors
    /// The provider raised, and nothing is committed.
    async fn commit(&self, call: u32) -> Result<(), Raised>;

    /// Whether the agent swallows exceptions of its provider, so the lifecycle takes the commit for done.
    fn swallows(&self) -> bool;

    /// Closes the agent for good.
    async fn close(&self, closing: Closing);
}

/// Builds agents for sessions whose own agents died with a former process.
#[async_trait(?Send)]
pub trait Heirs {
    /// A new agent that works in `session`.
    async fn heir(&self, session: &SessionId) -> Rc<dyn AgentHandle>;
}

/// Whether two handles are one agent.
pub fn same(one: &Rc<dyn AgentHandle>, other: &Rc<dyn AgentHandle>) -> bool {
    one.name() == other.name()
}

/// The exception of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// An `Exception`.
    Exception,
    /// No `Exception`, such as `SystemExit`. Code that catches exceptions does not catch it.
    NoException,
}

/// Why an agent has left the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// The cache was full.
    CacheFull,
    /// Its session was deleted, cleared or truncated, or continues with another model.
    Asked,
}

/// The behavior of a release's WebUI. It ships together with its session lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether the real agent swallows exceptions of its provider.
    pub agent_swallows: bool,
    /// When a turn counts as completed.
    pub completes: Completes,
    /// How `/api/session/new` commits the session that the user leaves.
    pub on_new: OnNew,
    /// Which agent goes when the cache is full.
    pub cache_full: CacheFull,
    /// Whether an eviction on request spares an agent at work (#5096).
    pub spares_live_agents: bool,
    /// Whether the WebUI handles SIGTERM (#5543).
    pub handles_sigterm: bool,
    /// How long a drain may take when the WebUI stops within the 5 s of its usual supervisor; less, if its supervisor waits less. `None`
    /// leaves that to the lifecycle.
    pub drain: Option<Duration>,
    /// Whether a self-update drains before it replaces the process.
    pub drains_before_update: bool,
    /// Whether compression under another id leaves the agent in its old session, and builds a new agent for the new one.
    pub rotation_builds_an_agent: bool,
}

/// When a turn counts as completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Completes {
    /// Never: there is no lifecycle yet (before #2461).
    Never,
    /// When it begins, however it ends.
    AtTheBeginning,
    /// When the assistant has answered, unless the runtime made the turn up.
    WhenCompleted,
    /// The same, and the WebUI commits it at once.
    AndCommits,
}

/// How `/api/session/new` commits the session that the user leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnNew {
    /// Not at all.
    Nothing,
    /// On the request's own thread.
    Inline,
    /// In the background (#5543).
    Background,
}

/// Which agent goes when the cache is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheFull {
    /// The least recently used one, at work or not.
    Blind,
    /// The least recently used one that was not at work before the cache was locked (#3506).
    Snapshot,
    /// The least recently used one that is not at work. The turn that needed the room does not wait for it.
    Exact,
}

/// The session lifecycle of one process.
///
/// All calls except `commit` and `drain` return at once. How long those two take is judged.
#[async_trait(?Send)]
pub trait Commits {
    /// Makes `agent` the owner of turns of `session` that are completed from now on.
    async fn register(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>);

    /// Leaves turns of `session` that are completed from now on without an owner.
    async fn unregister(&self, session: &SessionId);

    /// Records that `agent`, or the registered agent, completed a turn of `session`. Returns how many turns were completed.
    async fn complete(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, turn: &TurnId) -> u64;

    /// Whether a turn of `session` is completed and not committed.
    async fn is_dirty(&self, session: &SessionId) -> bool;

    /// Commits the oldest turns, with their owner, or with `agent` if they have none. Returns whether anything was committed.
    /// `None` if the commit raised an exception that nothing caught.
    async fn commit(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, wait: Wait) -> Option<bool>;

    /// Commits in the background. Returns whether the commit will begin. `None` if the release has no such call.
    async fn commit_in_background(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>) -> Option<bool>;

    /// Forgets `session` if none of its turns is left. Returns whether it is forgotten. `None` if the release has no such call.
    async fn discard(&self, session: &SessionId) -> Option<bool>;

    /// The process is about to end. Commits as much as it can before `deadline`, or for as long as the release sees fit.
    async fn drain(&self, deadline: Option<Duration>);

    /// `agent` has left the cache. Commits the rest of `session`, and then closes the agent if the release does that.
    async fn let_go(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>, why: Leaving);

    /// The process begins. Commits what former processes left, each session with an agent built for it.
    async fn recover(&self, _heirs: Rc<dyn Heirs>) {}

    /// Returns when no turn that former processes left waits for a commit.
    async fn settled(&self) {}

    /// `agent` begins a turn of `session`.
    fn begin_run(&self, _session: &SessionId, _agent: &Rc<dyn AgentHandle>) {}

    /// `agent` has ended a turn of `session`.
    fn end_run(&self, _session: &SessionId, _agent: &Rc<dyn AgentHandle>) {}

    /// The behavior of the release's WebUI.
    fn habits(&self) -> Habits;
}

/// Commits `turns` of `session` with `agent`.
///
/// # Errors
/// The provider raised, and the agent does not swallow it.
pub async fn call(agent: &dyn AgentHandle, session: &SessionId, turns: Vec<TurnId>) -> Result<(), Raised> {
    let number = agent.begin(session, turns);
    match agent.commit(number).await {
        Err(Raised::Exception) if agent.swallows() => Ok(()),
        result => result,
    }
}

/// Reports a fact about commits.
pub fn report(machine: &Machine, observation: Observation) {
    machine.saw(crate::facts::Observation::Commits(observation));
}
