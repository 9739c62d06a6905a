//! What a WebUI asks of its session lifecycle: which turns wait for a commit, whose they are, and when they are committed.
//!
//! A provider that extracts in batches does so only when an agent's `commit_memory_session` reaches its `on_session_end`. The
//! WebUI's sessions stay open for days, so something has to remember what was completed and not committed, and by which
//! agent. Seed of the five guarantees: hermes-webui `api/session_lifecycle.py` (#2461, #3506, #5543).
//!
//! [`Commits`] is that something, [`Agent`] is what it commits with, and [`Observation`] is what an observer is told of both.
//! Turns are named in observations only: no implementation may decide anything by them but which turns a commit covers.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;

use crate::facts::commits::{Closing, Observation};
use crate::machine::Machine;
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// An agent, as its session's lifecycle knows it: a handle that can be committed, and closed.
#[async_trait(?Send)]
pub trait Agent {
    /// Its name: two agents of one process never share one.
    fn name(&self) -> &str;

    /// The session in which it is at work, if it is at work in one.
    fn session(&self) -> Option<SessionId>;

    /// Its next commit begins, of these turns of `session`. Returns which one it is, from 1. The agent's owner records it.
    fn begin(&self, session: &SessionId, turns: Vec<TurnId>) -> u32;

    /// `commit_memory_session()`: what was begun as commit `call`. The agent's owner records how it ended.
    ///
    /// # Errors
    /// The provider has raised, and nothing is committed.
    async fn commit(&self, call: u32) -> Result<(), Raised>;

    /// Whether it keeps to itself what its provider raises, so that nobody learns of it.
    fn swallows(&self) -> bool;

    /// It is closed for good.
    async fn close(&self, closing: Closing);
}

/// Builds agents for sessions whose own have died with a former process.
#[async_trait(?Send)]
pub trait Heirs {
    /// A new agent, at work in `session`.
    async fn heir(&self, session: &SessionId) -> Rc<dyn Agent>;
}

/// Whether two handles are one agent.
pub fn same(one: &Rc<dyn Agent>, other: &Rc<dyn Agent>) -> bool {
    one.name() == other.name()
}

/// The provider has raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// An `Exception`.
    Exception,
    /// What is none, like `SystemExit`: whoever catches exceptions does not catch it.
    NoException,
}

/// Why an agent has left the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// The cache was full.
    CacheFull,
    /// Its session was deleted, cleared or truncated, or it goes on with another model.
    Asked,
}

/// What the WebUI of a release does: it ships together with its lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether the real agent keeps to itself what its provider raises.
    pub agent_swallows: bool,
    /// When a turn is marked as completed.
    pub marks: Marks,
    /// How `/api/session/new` commits the session that is left.
    pub on_new: OnNew,
    /// Which agent goes when the cache is full.
    pub cache_full: CacheFull,
    /// Whether an agent at work survives that it is evicted on request (#5096).
    pub spares_live_agents: bool,
    /// Whether it has a handler of SIGTERM (#5543).
    pub handles_sigterm: bool,
    /// How long it lets a drain take when it is stopped; nothing if that is the lifecycle's business.
    pub drain: Option<Duration>,
    /// Whether a self-update drains before it replaces the process.
    pub drains_before_update: bool,
    /// Whether compression under another id leaves the agent with its old session, and the new one gets an agent of its own.
    pub rotation_builds_an_agent: bool,
}

/// When a turn is marked as completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Marks {
    /// Never: there is no lifecycle yet (before #2461).
    Never,
    /// When it begins, whatever becomes of it.
    AtTheBeginning,
    /// When it is completed, unless the runtime made it up.
    WhenCompleted,
    /// The same, and it is committed at once.
    AndCommits,
}

/// How `/api/session/new` commits the session that is left.
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
    /// The one that was used least recently, at work or not.
    Blind,
    /// The same, but for those that were at work before the cache was locked (#3506).
    Snapshot,
    /// The same, but for those that are at work; and whoever needed the room does not wait for it.
    Exact,
}

/// The session lifecycle of one process.
///
/// Everything but `commit` and `drain` returns at once; how long those two take is judged.
#[async_trait(?Send)]
pub trait Commits {
    /// Turns of `session` that are completed from now on are `agent`'s.
    async fn register(&self, session: &SessionId, agent: &Rc<dyn Agent>);

    /// Turns of `session` that are completed from now on are nobody's.
    async fn unregister(&self, session: &SessionId);

    /// A turn of `session` is completed: by `agent`, or by the one that is registered. Says how many there were.
    async fn mark(&self, session: &SessionId, agent: Option<&Rc<dyn Agent>>, turn: &TurnId) -> u64;

    /// Whether something of `session` is completed and not committed.
    async fn is_dirty(&self, session: &SessionId) -> bool;

    /// Commits what is oldest; what belongs to nobody with `agent`. Says whether something was committed; nothing if it does
    /// not come to saying anything, because the commit raised what nobody caught.
    async fn commit(&self, session: &SessionId, agent: Option<&Rc<dyn Agent>>, wait: Wait) -> Option<bool>;

    /// The same behind the caller's back. Says whether it will be begun; nothing if the release knows no such thing.
    async fn commit_in_background(&self, session: &SessionId, agent: Option<&Rc<dyn Agent>>) -> Option<bool>;

    /// Forgets `session`, unless something of it is left. Says whether it is forgotten; nothing if the release knows no such thing.
    async fn discard(&self, session: &SessionId) -> Option<bool>;

    /// The sessions of which it says that something waits for a commit, in its own order. It changes nothing.
    fn dirty(&self) -> Vec<SessionId>;

    /// The process is about to end: commits what it can, for as long as it may: `deadline` if there is one, or whatever the
    /// release holds right.
    async fn drain(&self, deadline: Option<Duration>);

    /// `agent` has left the cache: what is left of `session` is committed, and then the agent is closed, if that is what the
    /// release does.
    async fn release(&self, session: &SessionId, agent: &Rc<dyn Agent>, why: Leaving);

    /// The process begins: what former ones have left is committed, each session by an agent that is built for it.
    async fn recover(&self, _heirs: Rc<dyn Heirs>) {}

    /// Returns when nothing that former processes have left waits for a commit any more.
    async fn settled(&self) {}

    /// `agent` begins a turn of `session`.
    fn begin_run(&self, _session: &SessionId, _agent: &Rc<dyn Agent>) {}

    /// `agent` has ended a turn of `session`.
    fn end_run(&self, _session: &SessionId, _agent: &Rc<dyn Agent>) {}

    /// What the release's WebUI does.
    fn habits(&self) -> Habits;
}

/// Commits `turns` of `session` with `agent`.
///
/// # Errors
/// The provider has raised, and the agent does not keep that to itself.
pub async fn call(agent: &dyn Agent, session: &SessionId, turns: Vec<TurnId>) -> Result<(), Raised> {
    let number = agent.begin(session, turns);
    match agent.commit(number).await {
        Err(Raised::Exception) if agent.swallows() => Ok(()),
        result => result,
    }
}

/// Tells the observer.
pub fn tell(machine: &Machine, observation: Observation) {
    machine.saw(crate::facts::Observation::Commits(observation));
}
