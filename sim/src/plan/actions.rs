//! From steps to actions: the actions of each process, with every turn named. All of it follows from the lanes of a plan.
//!
//! A session of a profile has the profile in its name: `work_S1`. A lane is cut into lives at each `restart`. The n-th turn of session S is `S#n`, counted over all lives of a lane; of lanes that
//! run beside each other the second counts from 101, the third from 201, or from the first such number that no lane before has reached.

use std::collections::BTreeMap;
use std::time::Duration;

use model::words::command::WebUiRequest;
use model::words::course::{Completion, Course};
use model::words::echo;
use model::words::profile;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::steps::{
    AgentStep, BesideStep, EndingStep, GatewayStep, Saying, SessionStep, StartingStep, Step, SurroundingStep, TurnStep,
    WebUiStep,
};

/// The session that is open by default.
pub(super) const FIRST: &str = "S1";

/// How far apart the turns of lanes are numbered.
const APART: u32 = 100;

/// One process: the session it opens with, and its actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The session that is open at the start.
    pub session: SessionId,
    /// How long its start is delayed.
    pub after: Duration,
    /// Its actions, in order. At the end the interpreter exits normally.
    pub actions: Vec<Action>,
    /// For each action the step of the list that it comes from, from 0.
    pub from: Vec<usize>,
    /// What makes it the hook of a coding agent, if it is one.
    pub hook: Option<Hook>,
}

impl Process {
    /// A process without actions.
    pub(super) fn opening(session: SessionId, after: Duration) -> Self {
        Self { session, after, actions: Vec::new(), from: Vec::new(), hook: None }
    }
}

/// What makes a process the hook of a coding agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Whether its agent has just started.
    pub is_first: bool,
    /// How long after its start it is killed.
    pub budget: Duration,
    /// What its agent does beside it, until the next hook.
    pub meanwhile: Vec<Action>,
}

/// The next action of a process: a step whose turn has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The agent's turn ends.
    Turn(TurnId, Completion),
    /// An agent of the runtime reviews the session in this turn, beside the following actions.
    Review(TurnId),
    /// A turn begins, and ends after a while, beside the following actions.
    Run(TurnId, Course),
    /// The agent completes a turn with exactly this text.
    Say(TurnId, Saying),
    /// This turn is undone, if there is one.
    Undo(Option<TurnId>),
    /// The next turn begins: the process reads the recall made for it.
    Prefetch,
    /// A step on a session.
    Session(SessionStep),
    /// A step on the agent at work. For another agent it names the session to continue with.
    Agent(AgentStep),
    /// The process ends.
    Ending(EndingStep),
    /// A step around the agents.
    Around(SurroundingStep),
    /// The action is taken on its own thread, beside the following actions.
    Start(Box<Action>),
    /// Waits for all started actions.
    Join,
    /// A step of a WebUI, and the request that it makes.
    WebUi(WebUiStep, WebUiRequest),
    /// A step of a gateway.
    Gateway(GatewayStep),
}

impl Action {
    /// The turn that this action gives to the agent's memory.
    pub(super) fn turn(&self) -> Option<&TurnId> {
        match self {
            Self::Turn(turn, _) | Self::Review(turn) | Self::Run(turn, _) | Self::Say(turn, _) => Some(turn),
            Self::Start(action) => action.turn(),
            Self::Undo(_)
            | Self::Prefetch
            | Self::Session(_)
            | Self::Agent(_)
            | Self::Ending(_)
            | Self::Around(_)
            | Self::Join
            | Self::WebUi(..)
            | Self::Gateway(_) => None,
        }
    }
}

/// The lives of each lane.
pub(super) fn lives(lanes: &[Vec<Step>]) -> Vec<Vec<Process>> {
    let (mut echoed, mut offset) = (Vec::new(), 0);
    let lives = lanes.iter().map(|lane| {
        let mut naming = Naming::new(offset, &mut echoed);
        for (place, step) in lane.iter().enumerate() {
            naming.place = place;
            naming.take(step);
        }
        let most = naming.counted.values().copied().max().unwrap_or(0);
        offset = most.next_multiple_of(APART).max(offset + APART);
        naming.lives
    });
    lives.collect()
}

/// The state at one point of a lane.
struct Naming<'a> {
    lives: Vec<Process>,
    /// The step that is being taken.
    place: usize,
    session: SessionId,
    /// The agent at work, and the sessions of all agents.
    agent: String,
    /// The profile at work, and the agent that each other has.
    profile: String,
    agents: BTreeMap<String, String>,
    sessions: BTreeMap<String, SessionId>,
    /// The turns of each session, in order, without the undone ones.
    turns: BTreeMap<SessionId, Vec<TurnId>>,
    counted: BTreeMap<SessionId, u32>,
    said: BTreeMap<(SessionId, String), TurnId>,
    /// The texts that are echoed in any lane, in the order of the file.
    echoed: &'a mut Vec<String>,
    offset: u32,
}

impl<'a> Naming<'a> {
    fn new(offset: u32, echoed: &'a mut Vec<String>) -> Self {
        let session = SessionId::from(FIRST);
        Self {
            lives: vec![Process::opening(session.clone(), Duration::ZERO)],
            place: 0,
            session,
            agent: model::hosts::FIRST.to_owned(),
            profile: profile::HOME.to_owned(),
            agents: BTreeMap::new(),
            sessions: BTreeMap::new(),
            turns: BTreeMap::new(),
            counted: BTreeMap::new(),
            said: BTreeMap::new(),
            echoed,
            offset,
        }
    }

    fn take(&mut self, step: &Step) {
        let action = match step {
            Step::Starting(step) => return self.start(step),
            Step::Turn(TurnStep::Completed(times)) => {
                for _ in 0..*times {
                    let turn = self.next_turn(&self.session.clone());
                    self.does(Action::Turn(turn, Completion::Completed));
                }
                return;
            }
            Step::Turn(step) => self.turn(step),
            Step::Session(step) => self.session(step),
            Step::Agent(step) => Action::Agent(self.agent(step)),
            Step::Ending(step) => Action::Ending(*step),
            Step::Around(step) => Action::Around(step.clone()),
            Step::Beside(BesideStep::Start(step)) => {
                self.take(step);
                self.life().from.pop();
                let started = self.life().actions.pop().expect("what can be started is one action");
                Action::Start(Box::new(started))
            }
            Step::Beside(BesideStep::Join) => Action::Join,
            Step::WebUi(step) => Action::WebUi(step.clone(), step.request(|session| self.next_turn(session))),
            Step::Gateway(step) => Action::Gateway(step.about(|session| self.own(session))),
        };
        self.does(action);
    }

    fn life(&mut self) -> &mut Process {
        self.lives.last_mut().expect("there is a first process")
    }

    fn does(&mut self, action: Action) {
        let place = self.place;
        self.life().actions.push(action);
        self.life().from.push(place);
    }

    fn start(&mut self, step: &StartingStep) {
        match step {
            StartingStep::Restart(session, after) => {
                self.session = session.clone().unwrap_or_else(|| SessionId::from(FIRST));
                self.agent = model::hosts::FIRST.to_owned();
                profile::HOME.clone_into(&mut self.profile);
                self.agents.clear();
                self.sessions.clear();
                self.lives.push(Process::opening(self.session.clone(), *after));
            }
            StartingStep::StartAfter(after) => self.life().after = *after,
        }
    }

    fn turn(&mut self, step: &TurnStep) -> Action {
        let session = self.session.clone();
        match step {
            TurnStep::Completed(_) => Action::Turn(self.next_turn(&session), Completion::Completed),
            TurnStep::Interrupted => Action::Turn(self.next_turn(&session), Completion::Interrupted),
            TurnStep::Ephemeral => Action::Turn(self.next_turn(&session), Completion::Ephemeral),
            TurnStep::Review => Action::Review(self.next_turn_of_the_runtime(&session)),
            TurnStep::Run(course) => Action::Run(self.next_turn(&session), *course),
            TurnStep::Say(saying) => {
                let turn = if saying.echoed { self.echo(&saying.text) } else { self.say(&saying.text) };
                Action::Say(turn, saying.clone())
            }
            TurnStep::Undo => Action::Undo(self.turns.entry(session).or_default().pop()),
            TurnStep::Prefetch => Action::Prefetch,
        }
    }

    fn say(&mut self, text: &str) -> TurnId {
        let said = (self.session.clone(), text.to_owned());
        let known = self.said.get(&said).cloned();
        let turn = known.unwrap_or_else(|| self.next_turn(&said.0));
        self.said.insert(said, turn.clone());
        turn
    }

    /// The turn of the open session with a text that others may say, too. The text decides its number.
    fn echo(&mut self, text: &str) -> TurnId {
        let place = self.echoed.iter().position(|known| known == text).unwrap_or_else(|| {
            self.echoed.push(text.to_owned());
            self.echoed.len() - 1
        });
        let number = echo::FIRST + u32::try_from(place).expect("a plan has a few thousand steps");
        let turn = TurnId { session: self.session.clone(), number };
        self.turns.entry(turn.session.clone()).or_default().push(turn.clone());
        turn
    }

    /// The session as its profile calls it.
    fn own(&self, session: &SessionId) -> SessionId {
        SessionId::from(profile::named(&self.profile, session.as_str()))
    }

    /// Records which session is open afterwards.
    fn session(&mut self, step: &SessionStep) -> Action {
        let step = step.about(|session| self.own(session));
        match &step {
            SessionStep::Switch(to)
            | SessionStep::Resume(to)
            | SessionStep::Branch(to)
            | SessionStep::New(to)
            | SessionStep::Compress(to)
            | SessionStep::Use(to) => self.session = to.clone(),
            SessionStep::Evict(_) | SessionStep::Idle(_) | SessionStep::Expire(_) => {}
        }
        Action::Session(step)
    }

    /// Another agent continues with the named session, or with its own.
    fn agent(&mut self, step: &AgentStep) -> AgentStep {
        match step {
            AgentStep::Agent(name, with) => {
                let with = with.as_ref().map(|session| self.own(session));
                self.take_over(profile::named(&self.profile, name), with)
            }
            AgentStep::Profile(name) => {
                let left = std::mem::replace(&mut self.profile, name.clone());
                self.agents.insert(left, self.agent.clone());
                let first = || profile::named(name, model::hosts::FIRST);
                let agent = self.agents.get(name).cloned().unwrap_or_else(first);
                self.take_over(agent, None)
            }
            AgentStep::End | AgentStep::Flush | AgentStep::Shutdown | AgentStep::CliExit | AgentStep::Reinit => {
                step.clone()
            }
        }
    }

    fn take_over(&mut self, agent: String, with: Option<SessionId>) -> AgentStep {
        self.sessions.insert(self.agent.clone(), self.session.clone());
        let own = self.sessions.get(&agent).cloned();
        self.session = with.or(own).unwrap_or_else(|| self.own(&SessionId::from(FIRST)));
        self.agent.clone_from(&agent);
        AgentStep::Agent(agent, Some(self.session.clone()))
    }

    fn next_turn(&mut self, session: &SessionId) -> TurnId {
        let turn = self.next_turn_of_the_runtime(session);
        self.turns.entry(session.clone()).or_default().push(turn.clone());
        turn
    }

    /// A turn that stands in no transcript, so that no undo reaches it.
    fn next_turn_of_the_runtime(&mut self, session: &SessionId) -> TurnId {
        let number = self.counted.entry(session.clone()).or_insert(self.offset);
        *number += 1;
        TurnId { session: session.clone(), number: *number }
    }
}
