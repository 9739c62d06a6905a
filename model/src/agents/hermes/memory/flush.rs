//! The retains that the plugin sends at a boundary: when the session is switched, and (proposed, #55936, #34859) when it ends.
//!
//! A flush carries the identity of the session that it belongs to. It joins the writer's queue behind the jobs there.

use std::rc::Rc;

use super::behaviors::{Flush, OnEnd, OnSwitch};
use super::job::{Identity, Job, Payload, ids};
use super::plugin::{Buffered, Plugin};
use super::writer::Writer;
use crate::facts::Place;

impl Plugin {
    /// `on_session_end`. No release that shipped has it.
    pub(super) async fn on_session_end(self: &Rc<Self>) {
        if let OnEnd::Flush(flush) = self.behaviors.on_end {
            self.machine.step("on_session_end").await;
            if let Some(job) = self.flush_job(flush).await {
                Writer::enqueue(self, job).await;
            }
        }
    }

    /// The first half of `on_session_switch`: sends the buffer under the session that is about to be left, unless the plugin
    /// is shutting down.
    pub(super) async fn flush_before_switch(self: &Rc<Self>) {
        let flush = match self.behaviors.on_switch {
            OnSwitch::Flush(flush) => flush,
            OnSwitch::Unheard | OnSwitch::Clear | OnSwitch::FlushOnThread => Flush::Whole,
        };
        let Some(job) = self.flush_job(flush).await else { return };
        self.machine.step("flush built").await;
        if self.is_shutting_down() {
            self.machine.moved(ids(&job.turns()), Place::ClearedBySwitch);
            return;
        }
        match self.behaviors.on_switch {
            OnSwitch::FlushOnThread => Writer::send_beside(self, job).await,
            OnSwitch::Unheard | OnSwitch::Clear | OnSwitch::Flush(_) => Writer::enqueue(self, job).await,
        }
    }

    /// The retain that the flush sends, if there is anything to send. It looks for turns first, and takes them only once the
    /// server has answered where they belong.
    async fn flush_job(&self, flush: Flush) -> Option<Job> {
        self.machine.step("flush").await;
        let (id, parent, document, counter, seen) = {
            let session = self.session.borrow();
            let seen = session.turns.borrow().len() > session.flushed(flush);
            (session.id.clone(), session.parent.clone(), session.document.clone(), session.counter, seen)
        };
        if !seen {
            return None;
        }
        let target = self.resolve(Some(id.clone()), document).await;
        self.machine.step("flush target resolved").await;
        let session = self.session.borrow();
        let payload = match flush {
            Flush::Unconfirmed => session.unconfirmed(),
            Flush::Whole => Payload::Frozen(session.turns.borrow().clone()),
            Flush::Tail => {
                let from = if target.appends() { session.flushed(flush) } else { 0 };
                let tail: Vec<Buffered> = session.turns.borrow().iter().skip(from).cloned().collect();
                Payload::Frozen(tail)
            }
        };
        let identity = Identity { target, session: id, parent, turn_index: counter };
        Some(Job { identity, payload, tracked: false })
    }
}
