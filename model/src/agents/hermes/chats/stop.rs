//! The stop: its writes before the drain, after the drain, and at its end.

use std::collections::BTreeMap;

use super::Gateway;
use super::behaviors::{Counts, MarksPending, Receipt};
use super::files::{COUNTS, RECEIPT};
use crate::facts::chats::Finding;
use crate::words::session::SessionId;

impl Gateway {
    pub(super) async fn begin_stop(&self) {
        if self.behaviors.receipt == Receipt::BeforeDrain {
            self.write_receipt().await;
        }
    }

    /// `running` are the chats whose agent is up. A chat whose agent is still being set up gets no mark.
    pub(super) async fn mark_before_drain(&self, running: &[SessionId]) {
        if self.behaviors.marks_pending == MarksPending::BeforeDrain {
            self.mark_all(running).await;
            self.premarked.replace(running.to_vec());
        }
    }

    async fn mark_all(&self, chats: &[SessionId]) {
        let marked = chats.iter().filter(|chat| self.mark_pending(chat)).count();
        if marked > 0 {
            self.save().await;
        }
    }

    pub(super) async fn note_drain(&self, timed_out: bool, running: &[SessionId]) {
        match self.behaviors.marks_pending {
            MarksPending::Never => {}
            MarksPending::OnTimeout | MarksPending::BeforeDrain if timed_out => self.mark_all(running).await,
            MarksPending::OnTimeout => {}
            MarksPending::BeforeDrain => {
                let marked = self.premarked.take();
                marked.iter().for_each(|chat| self.clear_pending(chat));
                if !marked.is_empty() {
                    self.save().await;
                }
            }
        }
    }

    /// Writes a receipt, unless the drain timed out. Counts every chat that ran when the stop began, even one that has finished
    /// since. The new counts replace the old map.
    pub(super) async fn finish_stop(&self, timed_out: bool, active: &[SessionId]) {
        if !timed_out {
            self.write_receipt().await;
        }
        if active.is_empty() || self.behaviors.counts != Counts::OrderlyStops {
            return;
        }
        let known = self.counts().await.unwrap_or_default();
        let count = |chat: &SessionId| known.get(chat).copied().unwrap_or(0) + 1;
        let counts: BTreeMap<SessionId, u32> = active.iter().map(|chat| (chat.clone(), count(chat))).collect();
        self.files.write(COUNTS, || counts).await;
    }

    async fn write_receipt(&self) {
        self.files.write(RECEIPT, || ()).await;
        self.found(Finding::ReceiptWritten);
    }
}
