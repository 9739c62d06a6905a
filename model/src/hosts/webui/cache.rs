//! The agent cache: the agents it keeps, and the agent that goes when there are too many.
//!
//! Like the real one it is only a cache: an agent that has left it lives on as long as a task holds it.

use std::cell::RefCell;
use std::rc::Rc;

use super::Inner;
use super::agent::Real;
use crate::contracts::commits::{self, CacheFull, Leaving, report};
use crate::facts::commits::Observation;
use crate::machine::marks::Mark;
use crate::words::command::Wait;
use crate::words::session::SessionId;

/// Agents by session, the least recently used first.
#[derive(Default)]
pub(super) struct Cache {
    agents: RefCell<Vec<(SessionId, Rc<Real>)>>,
}

impl Cache {
    /// The session's agent.
    pub(super) fn find(&self, session: &SessionId) -> Option<Rc<Real>> {
        let agents = self.agents.borrow();
        agents.iter().find(|(of, _)| of == session).map(|(_, agent)| Rc::clone(agent))
    }

    /// The session's agent, which counts as used now.
    fn touch(&self, session: &SessionId) -> Option<Rc<Real>> {
        let agent = self.remove(session)?;
        self.insert(session, &agent);
        Some(agent)
    }

    /// Makes `agent` the session's agent, in place of its former one.
    pub(super) fn insert(&self, session: &SessionId, agent: &Rc<Real>) {
        self.remove(session);
        self.agents.borrow_mut().push((session.clone(), Rc::clone(agent)));
    }

    fn remove(&self, session: &SessionId) -> Option<Rc<Real>> {
        let mut agents = self.agents.borrow_mut();
        let place = agents.iter().position(|(of, _)| of == session)?;
        Some(agents.remove(place).1)
    }

    /// Makes the agent of `from` the agent of `to`.
    pub(super) fn rename(&self, from: &SessionId, to: &SessionId) {
        if let Some(agent) = self.remove(from) {
            self.insert(to, &agent);
        }
    }

    /// Removes the least recently used agent that is not spared, if there are more than `limit`.
    fn beyond(&self, limit: usize, spared: impl Fn(&SessionId) -> bool) -> Option<(SessionId, Rc<Real>)> {
        let mut agents = self.agents.borrow_mut();
        let (_, oldest) = agents.split_last().filter(|_| agents.len() > limit)?;
        let place = oldest.iter().position(|(session, _)| !spared(session))?;
        Some(agents.remove(place))
    }
}

impl Inner {
    /// Builds an agent for the session. The first is called `S1`, the second `S1.2`.
    pub(super) async fn build(&self, session: &SessionId) -> Rc<Real> {
        let number = {
            let mut of_session = self.of_session.borrow_mut();
            let number = of_session.entry(session.clone()).or_insert(0);
            *number += 1;
            *number
        };
        let name = if number == 1 { session.to_string() } else { format!("{session}.{number}") };
        let lifecycle = self.memory.initialize(session).await;
        let faults = self.settings.commits.get(&name).cloned().unwrap_or_default();
        let swallows = self.habits.agent_swallows && !self.settings.agent_raises;
        let agent = Rc::new(Real::new(self.machine.clone(), name.clone(), lifecycle, session, (faults, swallows)));
        self.built.borrow_mut().insert(name, Rc::clone(&agent));
        agent
    }

    /// The session's agent, from the cache or new.
    pub(super) async fn agent(&self, session: &SessionId) -> Rc<Real> {
        if let Some(agent) = self.cache.touch(session) {
            return agent;
        }
        let agent = self.build(session).await;
        self.cache.insert(session, &agent);
        agent
    }

    /// The session's agent for a turn that is registered already. The agent counts as at work once it is looked up. The thread of
    /// the turn commits the agents that it evicts to make room.
    pub(super) async fn agent_for_a_turn(&self, session: &SessionId, begin: impl Fn(&Rc<Real>)) -> Rc<Real> {
        let before = self.active.borrow().clone();
        self.machine.step("agent cache").await;
        let agent = match self.cache.touch(session) {
            Some(agent) => agent,
            None => {
                let agent = self.build(session).await;
                match self.cache.touch(session) {
                    Some(faster) => faster,
                    None => {
                        self.cache.insert(session, &agent);
                        agent
                    }
                }
            }
        };
        begin(&agent);
        let mut evicted = Vec::new();
        while let Some(victim) = self.victim(&before) {
            evicted.push(victim);
        }
        let handle: Rc<dyn commits::AgentHandle> = Rc::<Real>::clone(&agent);
        self.commits.register(session, &handle).await;
        for (session, victim) in evicted {
            self.machine.step("evicted").await;
            let victim: Rc<dyn commits::AgentHandle> = victim;
            self.commits.let_go(&session, &victim, Leaving::CacheFull).await;
        }
        agent
    }

    /// Removes the next agent from a cache that is too full.
    fn victim(&self, before: &[SessionId]) -> Option<(SessionId, Rc<Real>)> {
        let active = self.active.borrow();
        let victim = self.cache.beyond(self.settings.agent_cache, |session| {
            let spared = match self.habits.cache_full {
                CacheFull::Blind => false,
                CacheFull::Snapshot => before.contains(session),
                CacheFull::Exact => active.contains(session),
            };
            if spared {
                self.machine.reached(Mark::BusyAgentSpared);
            }
            spared
        });
        if let Some((session, agent)) = &victim {
            self.report_evicted(session, agent);
        }
        victim
    }

    fn report_evicted(&self, session: &SessionId, agent: &Rc<Real>) {
        self.boundary(session);
        let (agent, session) = (commits::AgentHandle::name(&**agent).to_owned(), session.clone());
        report(&self.machine, Observation::Evicted { agent, session });
    }

    /// `_evict_session_agent`: removes the agent from the cache first. A release that spares live agents then stops if a turn
    /// runs in the session.
    pub(super) async fn evict(&self, session: &SessionId, why: Leaving) {
        self.machine.step("evict").await;
        let agent = self.cache.remove(session);
        if let Some(agent) = &agent {
            self.report_evicted(session, agent);
        }
        self.machine.step("evict looks for runs").await;
        if self.habits.spares_live_agents && self.active.borrow().contains(session) {
            return;
        }
        match agent {
            Some(agent) => {
                let agent: Rc<dyn commits::AgentHandle> = agent;
                self.commits.let_go(session, &agent, why).await;
            }
            None if self.commits.is_dirty(session).await => {
                self.boundary(session);
                self.commits.commit(session, None, Wait::Until(None)).await;
            }
            None => {}
        }
    }
}
