//! The agents of a WebUI: their turns, and how each left its session and was closed. The host reports all of it.

use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::reading::At;

/// A turn of an agent.
#[derive(Clone, Debug)]
pub struct AgentTurn {
    /// The process.
    pub process: u32,
    /// The agent.
    pub agent: String,
    /// The turn.
    pub turn: TurnId,
    /// When the user asked for it, and the WebUI had found its agent.
    pub began: At,
    /// When its agent could begin to work.
    pub works: Option<At>,
    /// When it ended.
    pub ended: Option<At>,
}

impl AgentTurn {
    /// Whether its agent was in it at this place in the history.
    pub fn is_open_at(&self, place: usize) -> bool {
        self.began.place < place && self.ended.is_none_or(|ended| ended.place >= place)
    }
}

/// An agent that left its session.
#[derive(Clone, Debug)]
pub struct Departure {
    /// The process.
    pub process: u32,
    /// The agent.
    pub agent: String,
    /// The session.
    pub session: SessionId,
    /// When.
    pub at: At,
    /// Whether it continues in another session. If not, it left the cache.
    pub works_on: bool,
}

/// An agent that was closed.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The process.
    pub process: u32,
    /// The agent.
    pub agent: String,
    /// When.
    pub at: At,
}

/// The agents of a run.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    /// Their turns, in the order in which they began.
    pub turns: Vec<AgentTurn>,
    /// The agents that left a session, in order.
    pub departures: Vec<Departure>,
    /// The agents that were closed, in order.
    pub closed: Vec<Closed>,
}

impl Agents {
    /// The agents of the process that are in a turn at this place, in the order in which they began it.
    pub fn at_work(&self, process: u32, place: usize) -> impl Iterator<Item = &AgentTurn> {
        self.turns.iter().filter(move |turn| turn.process == process && turn.is_open_at(place))
    }

    pub(super) fn begins(&mut self, at: At, process: u32, agent: &str, turn: &TurnId) {
        let (agent, turn) = (agent.to_owned(), turn.clone());
        self.turns.push(AgentTurn { process, agent, turn, began: at, works: None, ended: None });
    }

    /// The first `RunWorks` of a turn concerns each of its runs that has begun.
    pub(super) fn works(&mut self, at: At, process: u32, turn: &TurnId) {
        for one in self.turns.iter_mut().filter(|one| one.process == process && one.turn == *turn) {
            one.works.get_or_insert(at);
        }
    }

    pub(super) fn ends(&mut self, at: At, process: u32, agent: &str, turn: &TurnId) {
        let open = self.turns.iter_mut().filter(|one| one.process == process && one.ended.is_none());
        for one in open.filter(|one| one.agent == agent && one.turn == *turn) {
            one.ended = Some(at);
        }
    }

    pub(super) fn departs(&mut self, at: At, process: u32, (agent, session): (&str, &SessionId), works_on: bool) {
        let (agent, session) = (agent.to_owned(), session.clone());
        self.departures.push(Departure { process, agent, session, at, works_on });
    }

    pub(super) fn closes(&mut self, at: At, process: u32, agent: &str) {
        self.closed.push(Closed { process, agent: agent.to_owned(), at });
    }
}

#[cfg(test)]
mod tests {
    use model::facts::commits::Observation;

    use crate::history::reading::tests::{Log, turn};

    #[test]
    fn an_agent_is_at_work_until_its_turn_is_over() {
        let began = Observation::RunBegan { agent: "a".into(), turn: turn("S1#1") };
        let works = Observation::RunWorks { turn: turn("S1#1") };
        let over = Observation::RunEnded { agent: "a".into(), turn: turn("S1#1") };
        let agents = Log::default().commits(1, began).commits(1, works).commits(1, over).read().commits.agents;
        let at_work: Vec<usize> = (0..4).map(|place| agents.at_work(1, place).count()).collect();
        assert_eq!(at_work, [0, 1, 1, 0]);
        assert_eq!(agents.turns[0].works.map(|at| at.place), Some(1));
    }
}
