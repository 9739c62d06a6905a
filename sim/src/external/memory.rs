//! The contracts as calls of a child. A process of the plan has one child, from its first agent on.

use std::cell::{Cell, OnceCell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use model::agents::outside::{Berth, Left};
use model::contracts::memory::{Config, Habits, Lifecycle, Memory, Unsure};
use model::machine::Machine;
use model::words::command::Adoption;
use model::words::session::SessionId;
use model::words::turn::{Turn, TurnId};

use super::broken::Broken;
use super::child::{Answer, Child};
use super::driver;
use super::run::Run;

/// What a scenario can ask for that an agent may not have. The other calls are hooks: without them nothing happens.
pub(super) const ABILITIES: &[&str] =
    &["switch", "new_session", "compress", "undo", "prefetch", "reinitialize", "wedge"];

/// The session that is open in the process after all others, and how long that lives: an agent that left work behind takes it up.
const NEXT_SESSION: &str = "S0";
const NEXT_LIFE: Duration = Duration::from_secs(30);

/// The memory of a real agent in one process.
pub(super) struct Real {
    run: Rc<Run>,
    machine: Machine,
    config: Config,
    berth: Rc<dyn Berth>,
    child: OnceCell<Rc<Child>>,
    agents: Cell<u32>,
}

impl Real {
    /// The memory of a process that has no child yet.
    pub(super) fn new(run: Rc<Run>, machine: Machine, config: Config, berth: Rc<dyn Berth>) -> Self {
        Self { run, machine, config, berth, child: OnceCell::new(), agents: Cell::new(0) }
    }

    /// The child. A run that has failed has none, and the process ends.
    async fn child(&self) -> Rc<Child> {
        if let Some(child) = self.child.get() {
            return Rc::clone(child);
        }
        if !self.run.has_failed() {
            match Child::start(&self.run, &self.machine, &self.berth, &self.options()) {
                Ok(child) => {
                    driver::launch(&child);
                    return Rc::clone(self.child.get_or_init(|| child));
                }
                Err(broken) => self.run.fails(&broken),
            }
        }
        self.berth.left(Left::Killed);
        pending().await
    }

    /// The settings of a scenario, by their names there, and those of the agent.
    fn options(&self) -> Vec<(String, String)> {
        let config = &self.config;
        let of_the_scenario = [
            ("bank", config.bank.to_string()),
            ("timeout", config.timeout.as_secs_f64().to_string()),
            ("retain_every_n_turns", config.retain_every_n_turns.to_string()),
            ("auto_recall", config.auto_recall.to_string()),
            ("retain_async", config.retain_async.to_string()),
            ("cold_client_import", config.cold_client_import.to_string()),
        ];
        let of_the_scenario = of_the_scenario.into_iter().map(|(name, value)| (name.to_owned(), value));
        of_the_scenario.chain(self.run.options().iter().cloned()).collect()
    }
}

#[async_trait(?Send)]
impl Memory for Real {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        let child = self.child().await;
        self.agents.set(self.agents.get() + 1);
        let agent = OneAgent { name: self.agents.get().to_string(), child, session: RefCell::new(session.clone()) };
        if let Answer::Raised(why) = agent.call("initialize", vec![("session", session.to_string())]).await {
            agent.child.breaks(&Broken::NotInitialized(why)).await;
        }
        Rc::new(agent)
    }

    async fn stop(&self, _: &[Rc<dyn Lifecycle>]) {
        if let Some(child) = self.child.get() {
            child.call("", "stop", &[]).await;
        }
    }

    async fn exit(&self) {
        if let Some(child) = self.child.get() {
            child.exit().await;
        }
    }

    /// The next process of the agent: it begins, lives a while, and is shut down. It is spared if no turn is missing.
    async fn drained(&self) {
        if self.berth.all_arrived() {
            return;
        }
        let session = SessionId::from(NEXT_SESSION);
        let agent = self.initialize(&session).await;
        self.machine.sleep(NEXT_LIFE).await;
        agent.end().await;
        agent.shutdown().await;
        self.exit().await;
    }

    fn wedge(&self, duration: Duration) {
        let Some(child) = self.child.get() else { return };
        for agent in 1..=self.agents.get() {
            child.cast(&agent.to_string(), "wedge", &[("seconds", duration.as_secs_f64().to_string())]);
        }
    }

    /// The hosts stay the simulated ones: those that shipped with the last releases of Hermes.
    fn habits(&self) -> Habits {
        Habits {
            one_shot_warms_up: true,
            request_warms_up: true,
            hands_over_ephemeral_turns: true,
            reviews_have_memory: false,
            announces_undo_in_gateway: false,
            ends_idle_sessions: false,
        }
    }
}

/// The memory of one agent of the process.
struct OneAgent {
    name: String,
    child: Rc<Child>,
    /// The open session.
    session: RefCell<SessionId>,
}

impl OneAgent {
    /// Makes a call, and waits for its end.
    async fn call(&self, name: &'static str, arguments: Vec<(&str, String)>) -> Answer {
        if ABILITIES.contains(&name) && !self.child.has(name) {
            self.child.breaks(&Broken::Lacks(name)).await;
        }
        let answer = self.child.call(&self.name, name, &arguments).await;
        if let Answer::Raised(why) = &answer {
            tracing::warn!(name, why, "raised");
        }
        answer
    }

    /// A call whose caller shows the user whether it failed.
    async fn confirmed(&self, name: &'static str, arguments: Vec<(&str, String)>) -> Result<(), Unsure> {
        match self.call(name, arguments).await {
            Answer::Nothing | Answer::Text(_) => Ok(()),
            Answer::Raised(_) | Answer::Unsure => Err(Unsure),
        }
    }

    fn opens(&self, session: &SessionId) {
        self.session.borrow_mut().clone_from(session);
    }

    fn texts(turn: &Turn) -> Vec<(&'static str, String)> {
        let (identity, session) = (turn.id.to_string(), turn.id.session.to_string());
        vec![
            ("identity", identity),
            ("session", session),
            ("user", turn.user.clone()),
            ("assistant", turn.assistant.clone()),
        ]
    }
}

fn crossing(from: &SessionId, to: &SessionId) -> Vec<(&'static str, String)> {
    vec![("old", from.to_string()), ("new", to.to_string())]
}

#[async_trait(?Send)]
impl Lifecycle for OneAgent {
    async fn turn(&self, turn: Turn) -> Result<(), Unsure> {
        self.opens(&turn.id.session);
        self.confirmed("turn", Self::texts(&turn)).await
    }

    async fn warm_up(&self, turn: &Turn) {
        self.call("warm_up", Self::texts(turn)).await;
    }

    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption) {
        let word = match adoption {
            Adoption::Resume => "resume",
            Adoption::Branch => "branch",
        };
        let mut arguments = crossing(from, to);
        arguments.push(("adoption", word.to_owned()));
        self.call("switch", arguments).await;
        self.opens(to);
    }

    async fn new_session(&self, from: &SessionId, to: &SessionId) {
        self.call("new_session", crossing(from, to)).await;
        self.opens(to);
    }

    async fn compress(&self, from: &SessionId, to: &SessionId) {
        self.call("compress", crossing(from, to)).await;
        self.opens(to);
    }

    async fn undo(&self, undone: &TurnId) -> Result<(), Unsure> {
        let arguments = vec![("session", undone.session.to_string()), ("identity", undone.to_string())];
        self.confirmed("undo", arguments).await
    }

    async fn end(&self) {
        let session = self.session.borrow().to_string();
        self.call("end", vec![("session", session)]).await;
    }

    async fn prefetch(&self, session: &SessionId) -> Option<String> {
        match self.call("prefetch", vec![("session", session.to_string())]).await {
            Answer::Text(text) => Some(text),
            Answer::Nothing | Answer::Raised(_) | Answer::Unsure => None,
        }
    }

    async fn flush_pending(&self) {
        self.call("flush_pending", Vec::new()).await;
    }

    async fn shutdown(&self) {
        self.call("shutdown", Vec::new()).await;
    }

    async fn reinitialize(&self, session: &SessionId) {
        self.opens(session);
        self.call("reinitialize", vec![("session", session.to_string())]).await;
    }
}
