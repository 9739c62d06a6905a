//! The eviction of one agent: commit its session, and close the agent if nothing is left.
//!
//! Nothing locks the session meanwhile: a turn that is completed between two of these steps goes unnoticed by the next.

use std::rc::Rc;

use super::sessions::Inner;
use crate::contracts::commits::{AgentHandle, Leaving};
use crate::facts::commits::Closing;
use crate::words::command::Wait;
use crate::words::session::SessionId;

impl Inner {
    pub(super) async fn let_go(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>, why: Leaving) {
        match why {
            Leaving::CacheFull => self.close_evicted_agent(session, agent).await,
            Leaving::Asked => self.evict_session_agent(session, agent).await,
        }
    }

    /// `_close_evicted_agent_at_session_boundary`: a commit with an unbounded wait. The commit ends the session, and the memory's
    /// shutdown ends it again.
    async fn close_evicted_agent(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>) {
        let committed = self.commit(session, Some(Rc::clone(agent)), Wait::Until(None)).await;
        if committed.is_none() || self.is_dirty(session).await {
            return;
        }
        self.unregister(session).await;
        if self.behaviors.tears_down {
            self.discard(session).await;
            self.machine.step("shutdown_memory_provider").await;
            agent.close(Closing::MemoryWithTranscript).await;
        }
    }

    /// `_evict_session_agent`: closes the session's database, but not the memory.
    async fn evict_session_agent(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>) {
        if self.is_dirty(session).await {
            self.commit(session, Some(Rc::clone(agent)), Wait::Until(None)).await;
        }
        if self.is_dirty(session).await {
            return;
        }
        self.unregister(session).await;
        self.discard(session).await;
        self.machine.step("close the session's database").await;
        agent.close(Closing::Database).await;
    }
}
