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
use serde::{Deserialize, Serialize};

use crate::host::{self, Host};
use crate::session::SessionId;
use crate::turn::TurnId;

/// An agent, as its session's lifecycle knows it: a handle that can be committed, and closed.
#[async_trait(?Send)]
pub trait Agent {
    /// Its name: two agents of one process never share one.
    fn name(&self) -> &str;

    /// The session in which it is at work, if it is at work in one.
    fn session(&self) -> Option<SessionId>;

    /// Its next commit begins: which one it is, from 1, and what the plan has in store for it.
    fn begin(&self) -> (u32, String);

    /// `commit_memory_session()`: what was begun as commit `call`.
    ///
    /// # Errors
    /// The provider has raised, and nothing is committed.
    async fn commit(&self, call: u32) -> Result<(), Raised>;

    /// Whether it keeps to itself what its provider raises, so that nobody learns of it.
    fn swallows(&self) -> bool;

    /// It is closed for good.
    async fn close(&self, closing: Closing);
}

/// What of an agent is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closing {
    /// Its session's database, and its memory is left as it is.
    Database,
    /// That, and its memory is told the transcript and shut down: the session ends once more.
    MemoryWithTranscript,
    /// That, and its memory is shut down.
    Memory,
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

/// What whoever commits does about a commit of the same session that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Gives up at once.
    No,
    /// Waits until it is over, or for that long.
    Until(Option<Duration>),
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

/// What an observer is told of a process's commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {
    /// The lifecycle has an entry for a session from now on.
    Entered {
        /// The session.
        session: SessionId,
    },
    /// It has none any more.
    Dropped {
        /// The session.
        session: SessionId,
    },
    /// A turn was completed, and waits for a commit.
    Marked {
        /// Its session.
        session: SessionId,
        /// The turn.
        turn: TurnId,
        /// The agent that it belongs to, if it belongs to one.
        owner: Option<String>,
    },
    /// A former process had left turns that wait for a commit, and this one knows of them.
    Restored {
        /// Their session.
        session: SessionId,
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// A session has come to a boundary: what was completed in it is to be committed.
    Boundary {
        /// The session.
        session: SessionId,
    },
    /// A commit began.
    Began {
        /// Which one.
        commit: Call,
        /// What the plan has in store for it: `ok`, `fail`, `hang`, or how many seconds it takes.
        plan: String,
        /// Of which session.
        session: SessionId,
        /// The session in which the agent is at work, if it is a real one.
        at_work_in: Option<SessionId>,
        /// The turns that are committed with it.
        turns: Vec<TurnId>,
    },
    /// A commit came to its end.
    Ended {
        /// Which one.
        commit: Call,
        /// Whether its turns are committed: what the provider did, whatever the agent said.
        done: bool,
    },
    /// The lifecycle counts turns as committed from now on.
    Counted {
        /// Their session.
        session: SessionId,
        /// The turns.
        turns: Vec<TurnId>,
    },
    /// A turn was asked for, and its agent is found.
    RunBegan {
        /// The agent.
        agent: String,
        /// The turn.
        turn: TurnId,
    },
    /// Nothing is in the way of a turn any more: its agent works.
    RunWorks {
        /// The turn.
        turn: TurnId,
    },
    /// An agent's turn is over, however it ended.
    RunEnded {
        /// The agent.
        agent: String,
        /// The turn.
        turn: TurnId,
    },
    /// An agent left the cache.
    Evicted {
        /// The agent.
        agent: String,
        /// Its session.
        session: SessionId,
    },
    /// An agent goes on in another session.
    Left {
        /// The agent.
        agent: String,
        /// The session in which it is not at work any more.
        session: SessionId,
    },
    /// An agent was closed.
    Closed {
        /// The agent.
        agent: String,
        /// What of it.
        closing: Closing,
    },
    /// A session's end reached its provider by another way than a commit of the lifecycle.
    SessionEnded {
        /// The agent.
        agent: String,
        /// The session.
        session: SessionId,
    },
    /// A drain began.
    DrainBegan {
        /// Which one of this process, from 1.
        drain: u32,
        /// The sessions of which something waits for a commit.
        dirty: Vec<SessionId>,
        /// How long it may take, if it was told.
        within: Option<Duration>,
    },
    /// A drain came to its end.
    DrainEnded {
        /// Which one.
        drain: u32,
    },
}

/// The n-th commit of an agent: `a#1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// The agent's name.
    pub agent: String,
    /// Which of its commits, from 1.
    pub number: u32,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.agent, self.number)
    }
}

/// Commits `turns` of `session` with `agent`, and tells the observer when that begins and how it ends.
///
/// # Errors
/// The provider has raised, and the agent does not keep that to itself.
pub async fn call(host: &Host, agent: &dyn Agent, session: &SessionId, turns: Vec<TurnId>) -> Result<(), Raised> {
    let (number, plan) = agent.begin();
    let commit = Call { agent: agent.name().to_owned(), number };
    let (session, at_work_in) = (session.clone(), agent.session());
    tell(host, Observation::Began { commit: commit.clone(), plan, session, at_work_in, turns });
    let result = agent.commit(number).await;
    tell(host, Observation::Ended { commit, done: result.is_ok() });
    match result {
        Err(Raised::Exception) if agent.swallows() => Ok(()),
        result => result,
    }
}

/// Tells the observer.
pub fn tell(host: &Host, observation: Observation) {
    host.saw(host::Observation::Commits(observation));
}

#[cfg(test)]
pub(crate) mod tests;
