//! The WebUI: many sessions in one process, an agent for each in a cache, and request threads that work for them at once.
//!
//! This host adds commits of the memories of its sessions. It records completed turns, and calls its [`Commits`] at every boundary that the
//! real one knows: a new session, an eviction, compression, a stop.
//!
//! - `cache`: when an agent is built, evicted and closed. - `run`: a turn. - `agent`: an agent, and its commits.
//!
//! Deliberately absent: profiles, streams to the browser, and a stop by itself. At the end of the plan the process is gone.

mod agent;
mod cache;
mod run;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use self::agent::{Real, Scripted};
use self::cache::Cache;
use super::{Departure, Program, Properties, Settings, answer};
use crate::contracts::Loaded;
use crate::contracts::commits::{self, Commits, Completes, Habits, Heirs, Leaving, OnNew};
use crate::contracts::memory::{Memory, Unsure};
use crate::facts::commits::Observation;
use crate::machine::Machine;
use crate::machine::signal::Signal;
use crate::words::command::{Answer, Command, Wait, WebUiRequest};
use crate::words::session::SessionId;
use crate::words::thread;
use crate::words::turn::TurnId;

/// How long `ctl.sh stop` waits between SIGTERM and SIGKILL: fifty times a tenth of a second.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A stop is a step of the plan: when the plan ends without one the process is gone, and the next one makes its commits. Its cache keeps 25
/// agents since #3506 (`HERMES_WEBUI_AGENT_CACHE_MAX`).
pub(super) const PROPERTIES: Properties = Properties {
    name: "webui",
    agent_cache: 25,
    commits: true,
    ends: false,
    serves: true,
    beside: true,
    recovers: true,
    finishes: false,
    ..Properties::USUAL
};

/// The WebUI.
pub(super) struct WebUi {
    inner: Rc<Inner>,
}

/// The state that its threads share.
struct Inner {
    machine: Machine,
    memory: Rc<dyn Memory>,
    commits: Rc<dyn Commits>,
    habits: Habits,
    settings: Settings,
    cache: Cache,
    /// `ACTIVE_RUNS`: the session of each turn that is under way.
    active: RefCell<Vec<SessionId>>,
    /// Agents that exist only in the plan, by name.
    scripted: RefCell<BTreeMap<String, Rc<dyn commits::AgentHandle>>>,
    /// Every agent that was built, by name.
    built: RefCell<BTreeMap<String, Rc<Real>>>,
    /// How many agents were built for each session.
    of_session: RefCell<BTreeMap<SessionId, u32>>,
    session: RefCell<SessionId>,
    /// How many drains there were.
    drains: Cell<u32>,
}

impl WebUi {
    /// Starts without agents: the first message of a session builds its own.
    pub(super) async fn start(machine: Machine, loaded: Loaded, settings: &Settings, session: &SessionId) -> Self {
        let commits = loaded.commits.expect("a WebUI is handed its session lifecycle");
        let inner = Rc::new(Inner {
            habits: commits.habits(),
            cache: Cache::default(),
            active: RefCell::default(),
            scripted: RefCell::default(),
            built: RefCell::default(),
            of_session: RefCell::default(),
            session: RefCell::new(session.clone()),
            drains: Cell::new(0),
            settings: settings.clone(),
            machine,
            memory: loaded.memory,
            commits,
        });
        let heirs: Rc<dyn Heirs> = Rc::new(Builder { inner: Rc::clone(&inner) });
        inner.commits.recover(heirs).await;
        Self { inner }
    }
}

/// Builds agents for sessions that a former process left.
struct Builder {
    inner: Rc<Inner>,
}

#[async_trait(?Send)]
impl Heirs for Builder {
    async fn heir(&self, session: &SessionId) -> Rc<dyn commits::AgentHandle> {
        self.inner.build(session).await
    }
}

impl Inner {
    /// The agent of this name: a real one that was built, or one of the plan.
    fn named(&self, name: &str) -> Rc<dyn commits::AgentHandle> {
        if let Some(real) = self.built.borrow().get(name) {
            return Rc::<Real>::clone(real);
        }
        let mut scripted = self.scripted.borrow_mut();
        let agent = scripted.entry(name.to_owned()).or_insert_with(|| {
            let faults = self.settings.commits.get(name).cloned().unwrap_or_default();
            Rc::new(Scripted::new(self.machine.clone(), name, faults))
        });
        Rc::clone(agent)
    }

    fn maybe_named(&self, name: Option<String>) -> Option<Rc<dyn commits::AgentHandle>> {
        name.map(|name| self.named(&name))
    }

    /// Reports that a session has come to a boundary.
    fn boundary(&self, session: &SessionId) {
        commits::report(&self.machine, Observation::Boundary { session: session.clone() });
    }

    /// A call on the session lifecycle, or an update. Before #2461 there is no lifecycle, and no answer.
    async fn ask(&self, request: WebUiRequest) -> Answer {
        let commits = &self.commits;
        let exists = self.habits.completes != Completes::Never;
        match request {
            WebUiRequest::SelfUpdate if self.habits.drains_before_update => self.drain(None).await,
            WebUiRequest::SelfUpdate => {}
            _ if !exists => {}
            WebUiRequest::Register(session, _) | WebUiRequest::Unregister(session) if session.is_empty() => {}
            WebUiRequest::Mark(turn, _) if turn.session.is_empty() => return Answer::Number(0),
            WebUiRequest::Commit(session, ..) if session.is_empty() => return Answer::Bool(false),
            WebUiRequest::Discard(session) if session.is_empty() => {
                return maybe(commits.discard(&session).await.map(|_| false));
            }
            WebUiRequest::Register(session, agent) => commits.register(&session, &self.named(&agent)).await,
            WebUiRequest::Unregister(session) => commits.unregister(&session).await,
            WebUiRequest::Drain(deadline) => self.drain(deadline).await,
            WebUiRequest::Mark(turn, agent) => {
                let agent = self.maybe_named(agent);
                return Answer::Number(commits.complete(&turn.session, agent.as_ref(), &turn).await);
            }
            WebUiRequest::Commit(session, agent, wait) => {
                self.boundary(&session);
                let agent = self.maybe_named(agent);
                return maybe(commits.commit(&session, agent.as_ref(), wait).await);
            }
            WebUiRequest::CommitInBackground(session, agent) => {
                self.boundary(&session);
                let agent = self.maybe_named(agent);
                return maybe(commits.commit_in_background(&session, agent.as_ref()).await);
            }
            WebUiRequest::Discard(session) => return maybe(commits.discard(&session).await),
            WebUiRequest::Dirty(session) => return Answer::Bool(commits.is_dirty(&session).await),
        }
        Answer::Nothing
    }

    /// `POST /api/session/new`: the user leaves `from`.
    async fn new_session(&self, from: &SessionId, to: &SessionId) {
        if from == to {
            return;
        }
        self.boundary(from);
        let agent = self.cache.find(from).map(|agent| -> Rc<dyn commits::AgentHandle> { agent });
        match self.habits.on_new {
            OnNew::Nothing => {}
            OnNew::Inline => _ = self.commits.commit(from, agent.as_ref(), Wait::No).await,
            OnNew::Background => _ = self.commits.commit_in_background(from, agent.as_ref()).await,
        }
    }

    /// Compression. The core ends the compressed session. If the id changes, its agent goes on under the new one, and turns that
    /// wait under the old id stay there. A release that knows better keeps the agent for them, and builds another.
    async fn compress(&self, from: &SessionId, to: &SessionId) {
        self.boundary(from);
        let agent = self.agent(from).await;
        let handle: Rc<dyn commits::AgentHandle> = Rc::<Real>::clone(&agent);
        if !self.habits.rotation_builds_an_agent {
            let (name, session) = (commits::AgentHandle::name(&*agent).to_owned(), from.clone());
            commits::report(&self.machine, Observation::SessionEnded { agent: name.clone(), session });
            agent.lifecycle.compress(from, to).await;
            agent.enter(to);
            if from != to {
                self.cache.rename(from, to);
                commits::report(&self.machine, Observation::Left { agent: name, session: from.clone() });
            }
            return;
        }
        if from == to {
            self.commits.commit(from, Some(&handle), Wait::No).await;
            agent.lifecycle.compress(from, to).await;
            return;
        }
        self.evict(from, Leaving::Asked).await;
        let heir = self.build(from).await;
        heir.lifecycle.compress(from, to).await;
        heir.enter(to);
        if self.cache.find(to).is_some() {
            self.evict(to, Leaving::Asked).await;
        }
        self.cache.insert(to, &heir);
    }

    /// The transcript now ends before `turn`, so the agent that knows the turn goes.
    async fn undo(&self, turn: &TurnId) -> Result<(), Unsure> {
        let announces = self.memory.habits().announces_undo_in_gateway;
        let undone = if announces { self.agent(&turn.session).await.lifecycle.undo(turn).await } else { Ok(()) };
        self.evict(&turn.session, Leaving::Asked).await;
        undone
    }
}

fn maybe(answer: Option<bool>) -> Answer {
    answer.map_or(Answer::Nothing, Answer::Bool)
}

impl Inner {
    /// Handles a command on a request thread.
    async fn serve(self: Rc<Self>, command: Command) -> Answer {
        let open = self.session.borrow().clone();
        match command {
            Command::Turn(turn, completion) => self.turn(turn, completion).await,
            Command::New(to) => {
                self.session.replace(to.clone());
                self.new_session(&open, &to).await;
            }
            Command::Compress(to) => {
                self.session.replace(to.clone());
                self.compress(&open, &to).await;
            }
            Command::Undo(turn) => return answer(self.undo(&turn).await),
            Command::Evict(session) | Command::Expire(session) => self.evict(&session, Leaving::Asked).await,
            Command::End => self.agent(&open).await.lifecycle.end().await,
            Command::Prefetch => return Answer::Text(self.agent(&open).await.lifecycle.prefetch(&open).await),
            Command::Reinitialize => self.agent(&open).await.lifecycle.reinitialize(&open).await,
            Command::Shutdown => self.drain(self.patience()).await,
            Command::WebUi(request) => return self.ask(request).await,
            Command::Use(_)
            | Command::Agent(..)
            | Command::Switch(..)
            | Command::Flush
            | Command::CliExit
            | Command::Idle(_)
            | Command::Run(..)
            | Command::Gateway(_) => {}
        }
        Answer::Nothing
    }

    /// How long a drain may take when the server stops. `None` leaves that to the lifecycle. A supervisor who waits less than usual gets as
    /// much of a reserve as the usual one.
    fn patience(&self) -> Option<Duration> {
        let cut = STOP_TIMEOUT.saturating_sub(self.settings.stop_timeout.unwrap_or(STOP_TIMEOUT));
        self.settings.drain_timeout.or_else(|| self.habits.drain.map(|drain| drain.saturating_sub(cut)))
    }

    /// Drains, and records that.
    async fn drain(&self, within: Option<Duration>) {
        let drain = self.drains.get() + 1;
        self.drains.set(drain);
        commits::report(&self.machine, Observation::DrainBegan { drain, within });
        self.commits.drain(within).await;
        commits::report(&self.machine, Observation::DrainEnded { drain });
    }
}

#[async_trait(?Send)]
impl Program for WebUi {
    /// A request thread handles the command. A signal does not suspend it.
    fn passes_over(&self, command: &Command) -> bool {
        matches!(command, Command::Agent(_, None) | Command::Flush | Command::CliExit | Command::Idle(_))
    }

    async fn take(&self, command: Command) -> Answer {
        let inner = &self.inner;
        match command {
            Command::Run(turn, course) => {
                let running = Rc::clone(inner);
                inner.machine.spawn(thread::RUN, async move { running.run(turn, course).await });
            }
            Command::Use(to) | Command::Agent(_, Some(to)) | Command::Switch(to, _) => _ = inner.session.replace(to),
            Command::Agent(_, None) | Command::Flush | Command::CliExit | Command::Idle(_) | Command::Gateway(_) => {}
            command @ (Command::Turn(..)
            | Command::New(_)
            | Command::Compress(_)
            | Command::Undo(_)
            | Command::End
            | Command::Prefetch
            | Command::Shutdown
            | Command::Reinitialize
            | Command::Evict(_)
            | Command::Expire(_)
            | Command::WebUi(_)) => {
                let (answered, answer) = (Signal::default(), Rc::new(RefCell::new(Answer::Nothing)));
                let (raised, given, serving) = (answered.clone(), Rc::clone(&answer), Rc::clone(inner));
                inner.machine.spawn(thread::REQUEST, async move {
                    let served = serving.serve(command).await;
                    given.replace(served);
                    raised.raise();
                });
                answered.wait().await;
                return answer.replace(Answer::Nothing);
            }
        }
        Answer::Nothing
    }

    fn handles_sigterm(&self) -> bool {
        self.inner.habits.handles_sigterm
    }

    fn stop_timeout(&self) -> Option<Duration> {
        Some(STOP_TIMEOUT)
    }

    /// The server stops, and then drains. Its request threads keep running.
    async fn sigterm(&self) -> Departure {
        self.inner.drain(self.inner.patience()).await;
        Departure::Return
    }

    async fn settled(&self) {
        self.inner.commits.settled().await;
    }

    /// Leaves without a drain: a stop is a command of the plan.
    async fn finish(&self) -> Departure {
        Departure::OsExit
    }
}
