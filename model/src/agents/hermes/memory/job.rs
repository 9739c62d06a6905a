//! The content of a retain: turns that were frozen at enqueue or, in #34859, are looked up when the writer reaches the job.

use std::cell::Cell;
use std::rc::Rc;

use uuid::Uuid;

use super::behaviors::OnFailure;
use super::plugin::{Buffer, Buffered, Plugin};
use super::target::Target;
use crate::protocols::hindsight::wire::{Item, Retain};
use crate::words::session::{SessionId, parent_tag, session_tag};
use crate::words::turn::{TurnId, content_of};

/// One retain in the writer's queue.
pub(super) struct Job {
    /// Where it belongs, decided at enqueue.
    pub identity: Identity,
    /// Its turns.
    pub payload: Payload,
    /// Whether a prefetch waits for its operation. No prefetch waits for a flush.
    pub tracked: bool,
}

/// Where a retain belongs.
pub(super) struct Identity {
    pub target: Target,
    pub session: SessionId,
    pub parent: Option<SessionId>,
    pub turn_index: u32,
}

/// The turns of a retain.
pub(super) enum Payload {
    /// These turns.
    Frozen(Vec<Buffered>),
    /// The turns of `list`, up to `length`, that no retain has confirmed by the time the job is sent.
    Unconfirmed {
        /// The list.
        list: Buffer,
        /// How many of its turns are confirmed.
        confirmed: Rc<Cell<usize>>,
        /// How many turns the list had at enqueue.
        length: usize,
    },
}

impl Job {
    /// The turns that the job would carry now.
    pub(super) fn turns(&self) -> Vec<Buffered> {
        match &self.payload {
            Payload::Frozen(turns) => turns.clone(),
            Payload::Unconfirmed { confirmed, length, .. } if confirmed.get() >= *length => Vec::new(),
            Payload::Unconfirmed { list, confirmed, length } => {
                let from = if self.identity.target.appends() { confirmed.get() } else { 0 };
                list.borrow()[from..*length].to_vec()
            }
        }
    }

    /// Whether no turn is left to send: other retains have confirmed all of them.
    pub(super) fn is_obsolete(&self) -> bool {
        matches!(&self.payload, Payload::Unconfirmed { confirmed, length, .. } if confirmed.get() >= *length)
    }

    /// Records that the server accepted the retain.
    pub(super) fn succeeded(&self) {
        if let Payload::Unconfirmed { confirmed, length, .. } = &self.payload {
            confirmed.set(confirmed.get().max(*length));
        }
    }

    /// The request that carries `turns`.
    pub(super) fn retain(&self, plugin: &Plugin, turns: &[Buffered]) -> Retain {
        let Identity { target, session, parent, turn_index } = &self.identity;
        let texts: Vec<&str> = turns.iter().map(|kept| &*kept.text).collect();
        let content = content_of(&texts);
        let metadata = [
            ("session_id", session.to_string()),
            ("message_count", (2 * turns.len()).to_string()),
            ("turn_index", turn_index.to_string()),
        ];
        let operation_id = (plugin.behaviors.on_failure == OnFailure::RetryUnderContentId).then(|| {
            let mode = if target.appends() { "append" } else { "replace" };
            let name = format!("{}|{}|{mode}|{content}", plugin.config.bank, target.document);
            Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
        });
        let item = Item {
            content,
            timestamp: Some(plugin.machine.wall().to_string()),
            context: Some("conversation".into()),
            metadata: metadata.map(|(key, value)| (key.to_owned(), value)).into(),
            document_id: Some(target.document.clone()),
            tags: std::iter::once(session_tag(session)).chain(parent.as_ref().map(parent_tag)).collect(),
            update_mode: target.update_mode,
        };
        Retain { items: vec![item], asynchronous: plugin.config.retain_async, operation_id }
    }
}

/// The ids of turns, for reports.
pub(super) fn ids(turns: &[Buffered]) -> Vec<TurnId> {
    turns.iter().map(|kept| kept.id.clone()).collect()
}
