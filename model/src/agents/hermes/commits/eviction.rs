//! What is done about one agent that has left the cache: committed, and closed if nothing is left.
//!
//! Nothing holds the session meanwhile: whoever completes a turn between two of the steps below is not seen by the next.

use std::rc::Rc;

use super::sessions::Inner;
use crate::contracts::commits::{Agent, Leaving};
use crate::facts::commits::Closing;
use crate::words::command::Wait;
use crate::words::session::SessionId;

impl Inner {
    pub(super) async fn release(&self, session: &SessionId, agent: &Rc<dyn Agent>, why: Leaving) {
        match why {
            Leaving::CacheFull => self.close_evicted_agent(session, agent).await,
            Leaving::Asked => self.evict_session_agent(session, agent).await,
        }
    }

    /// `_close_evicted_agent_at_session_boundary`: a commit that waits for as long as it takes. Its session ends here, and once
    /// more when its memory is shut down.
    async fn close_evicted_agent(&self, session: &SessionId, agent: &Rc<dyn Agent>) {
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

    /// `_evict_session_agent`: only the session's database is closed, not the memory.
    async fn evict_session_agent(&self, session: &SessionId, agent: &Rc<dyn Agent>) {
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
