//! The start: it believes the receipt or not, marks chats, and decides which to resume.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Gateway;
use super::behaviors::{Counts, EndedRow, Sweep};
use super::database::{Database, Row};
use super::entry::{Index, SessionEntry};
use super::files::{COUNTS, RECEIPT, SESSIONS};
use crate::contracts::chats::{ATTEMPTS_MAX, Message, Resumption};
use crate::facts::chats::{End, Finding, Note};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// How recent a message must be for its chat to be swept (`suspend_recently_active`).
const RECENT: Duration = Duration::from_secs(120);

impl Gateway {
    pub(super) async fn start(&self) -> Resumption {
        self.load_index().await;
        match self.files.exists(RECEIPT).await {
            true => self.believe_receipt().await,
            false => self.recover().await,
        }
        self.suspend_stuck().await;
        let owed = self.owed().await;
        let messages = if self.behaviors.auto_resume { self.schedule(&[]).await } else { Vec::new() };
        Resumption { messages, owed }
    }

    async fn load_index(&self) {
        let known: Option<Index> = self.files.read(SESSIONS).await;
        let mut index = known.unwrap_or_default();
        let now_ms = self.now_ms();
        if self.behaviors.durable_routing {
            let database = Database::read(&self.files).await;
            for chat in database.chats() {
                let newest = database.sessions(&chat).pop();
                if let Some(session) = newest.filter(|session| !database.has_ended(session)) {
                    index.entry(chat).or_insert_with(|| SessionEntry::new(session, now_ms));
                }
            }
            if self.behaviors.ended_row == EndedRow::ReopensAsActive {
                self.repoint(&mut index, &database).await;
            }
        }
        self.index.replace(index);
    }

    /// Reopens the rows that have ended, which counts as activity (#85709).
    async fn repoint(&self, index: &mut Index, database: &Database) {
        for entry in index.values_mut().filter(|entry| !entry.suspended && database.has_ended(&entry.session)) {
            entry.updated_at_ms = self.now_ms();
            self.append(Row::Reopened { session: entry.session.clone() }).await;
        }
    }

    /// The last process stopped in order, so every mark of a running turn is discarded.
    async fn believe_receipt(&self) {
        self.found(Finding::ReceiptBelieved);
        for chat in self.active() {
            self.change(&chat, |entry| entry.active = None);
            self.noted(&chat, Note::MarkerDiscarded);
        }
        if self.behaviors.turn_markers {
            self.save().await;
        }
        self.files.remove(RECEIPT).await;
    }

    fn active(&self) -> Vec<SessionId> {
        self.select(|entry| entry.active.is_some())
    }

    fn select(&self, wanted: impl Fn(&SessionEntry) -> bool) -> Vec<SessionId> {
        self.index.borrow().iter().filter(|(_, entry)| wanted(entry)).map(|(chat, _)| chat.clone()).collect()
    }

    /// The last process did not stop in order.
    async fn recover(&self) {
        self.found(Finding::NoReceipt);
        let database = Database::read(&self.files).await;
        for chat in self.active() {
            self.recover_marked(&chat, &database);
        }
        let recent_ms = i64::try_from(RECENT.as_millis()).expect("two minutes");
        let now_ms = self.now_ms();
        for chat in self.select(|entry| now_ms - entry.updated_at_ms <= recent_ms) {
            let pending = self.look(&chat, |entry| entry.pending_since_ms.is_some()) == Some(true);
            match self.behaviors.sweep {
                Sweep::Suspends => self.suspend(&chat),
                Sweep::SuspendsUnlessPending if !pending => self.suspend(&chat),
                Sweep::MarksPending if !pending => _ = self.mark_pending(&chat),
                Sweep::SuspendsUnlessPending | Sweep::MarksPending | Sweep::Nothing => {}
            }
        }
        self.save().await;
    }

    /// A turn that is marked as running was cut short, unless the transcript holds its answer.
    fn recover_marked(&self, chat: &SessionId, database: &Database) {
        let found = self.look(chat, |entry| (entry.session.clone(), entry.active.clone(), entry.pending_since_ms));
        let Some((session, Some(active), pending)) = found else { return };
        self.change(chat, |entry| entry.active = None);
        let answered = database.transcript(&session).last().is_some_and(|line| line.end == Some(End::Completed));
        if answered {
            self.noted(chat, Note::MarkerOfAFinishedTurn);
        } else if !self.is_fresh(active.started_at_ms) {
            self.noted(chat, Note::Stale);
        } else {
            self.noted(chat, Note::MarkerRecovered);
            if pending.is_none() {
                self.mark_pending(chat);
            }
        }
    }

    /// `_suspend_stuck_loop_sessions`. It removes the file even if counts are below the threshold (#20030).
    async fn suspend_stuck(&self) {
        let Some(counts) = self.counts().await else { return };
        let stuck: Vec<&SessionId> = counts.iter().filter(|(_, n)| **n >= ATTEMPTS_MAX).map(|(chat, _)| chat).collect();
        for chat in &stuck {
            self.noted(chat, Note::Stuck);
            self.suspend(chat);
        }
        if !stuck.is_empty() {
            self.save().await;
        }
        if self.behaviors.keeps_counts {
            let kept: BTreeMap<_, _> = counts.iter().filter(|(_, n)| **n < ATTEMPTS_MAX).collect();
            self.files.write(COUNTS, || kept).await;
        } else {
            self.files.remove(COUNTS).await;
        }
    }

    pub(super) async fn counts(&self) -> Option<BTreeMap<SessionId, u32>> {
        self.files.read(COUNTS).await
    }

    /// Forgets the chat's count, because one of its turns has succeeded.
    pub(super) async fn forget_count(&self, chat: &SessionId) {
        if let Some(mut counts) = self.counts().await
            && counts.remove(chat).is_some()
        {
            self.files.write(COUNTS, || counts).await;
        }
    }

    /// Answers that were perhaps never sent. The start does not run their turns again.
    async fn owed(&self) -> Vec<TurnId> {
        if !self.behaviors.delivery_ledger {
            return Vec::new();
        }
        let owed = Database::read(&self.files).await.owed();
        for turn in &owed {
            self.clear_pending(&turn.session);
        }
        if !owed.is_empty() {
            self.save().await;
        }
        owed
    }

    /// `_schedule_resume_pending_sessions`: the last message of every pending chat. The breaker counts the start before it is
    /// known whether any of them is recent enough.
    pub(super) async fn schedule(&self, busy: &[SessionId]) -> Vec<Message> {
        let candidates = self.select(|entry| entry.pending_since_ms.is_some() && !entry.suspended);
        if candidates.is_empty() || self.breaker_trips().await {
            return Vec::new();
        }
        let database = Database::read(&self.files).await;
        let mut messages = Vec::with_capacity(candidates.len());
        for chat in candidates {
            let found = self.look(&chat, |entry| (entry.session.clone(), entry.pending_since_ms));
            let Some((session, Some(since_ms))) = found else { continue };
            if busy.contains(&chat) || !self.is_fresh(since_ms) {
                continue;
            }
            let Some(line) = database.transcript(&session).pop() else { continue };
            if self.counts_up_to_stuck(&chat).await {
                continue;
            }
            messages.push(line.message);
        }
        messages
    }

    /// Counts a resumption before it starts, if the era does that. Returns whether the chat is stuck.
    async fn counts_up_to_stuck(&self, chat: &SessionId) -> bool {
        if self.behaviors.counts != Counts::Resumptions {
            return false;
        }
        let mut counts = self.counts().await.unwrap_or_default();
        let count = counts.entry(chat.clone()).or_insert(0);
        *count += 1;
        let stuck = *count >= ATTEMPTS_MAX;
        self.files.write(COUNTS, || counts).await;
        if stuck {
            self.noted(chat, Note::Stuck);
            self.suspend(chat);
            self.save().await;
        }
        stuck
    }
}
