//! Where a message runs (`get_or_create_session`), and whether its agent gets a note to continue a turn.

use super::Gateway;
use super::behaviors::{EndedRow, StalePending};
use super::database::{Database, Line, Row};
use super::entry::SessionEntry;
use crate::contracts::chats::{FRESHNESS, Message, Route, Routed};
use crate::facts::chats::{How, Note};
use crate::words::session::SessionId;

impl Gateway {
    pub(super) async fn find_route(&self, message: &Message, resumed: bool) -> Routed {
        let chat = message.chat();
        let database = Database::read(&self.files).await;
        let known = self.index.borrow().get(chat).cloned();
        let session = match known {
            None => self.adopt_or_create(chat, &database).await,
            Some(entry) if entry.suspended => {
                self.append(Row::Ended { session: entry.session }).await;
                self.create(chat, &database).await
            }
            Some(entry) if self.has_expired(&entry) => {
                self.noted(chat, Note::Expired);
                self.append(Row::Ended { session: entry.session }).await;
                self.create(chat, &database).await
            }
            Some(entry) if database.has_ended(&entry.session) => {
                if self.behaviors.ended_row == EndedRow::Swallows {
                    return Routed::Swallowed(entry.session);
                }
                self.append(Row::Reopened { session: entry.session.clone() }).await;
                entry.session
            }
            Some(entry) => entry.session,
        };
        let transcript = database.transcript(&session);
        if resumed && transcript.is_empty() {
            return Routed::Nothing;
        }
        let how = self.how(chat, &transcript, resumed);
        let now_ms = self.now_ms();
        self.change(chat, |entry| entry.updated_at_ms = now_ms);
        self.save().await;
        let hang = hang(&transcript).filter(|_| !resumed);
        let (course, into) = match hang {
            Some(hang) => (hang.course, Some(hang.turn.clone())),
            None => (message.course, None),
        };
        let sees = transcript.into_iter().map(|line| line.message.turn).collect();
        Routed::Runs(Route { session, sees, how, course, into })
    }

    /// Whether the chat has been pending for so long that the era gives up its session (`resume_pending_expired`).
    fn has_expired(&self, entry: &SessionEntry) -> bool {
        let expired = entry.pending_since_ms.is_some_and(|since| !self.is_fresh(since));
        expired && self.behaviors.on_stale_pending == StalePending::Resets
    }

    /// Whether an interruption is fresh. The bound is inclusive, and what the clock says is still to come is fresh.
    pub(super) fn is_fresh(&self, since_ms: i64) -> bool {
        i128::from(self.now_ms() - since_ms) <= i128::try_from(FRESHNESS.as_millis()).expect("an hour")
    }

    /// Whether the agent gets a note to continue a turn: the chat is pending, and its last message is recent.
    fn how(&self, chat: &SessionId, transcript: &[Line], resumed: bool) -> How {
        if resumed {
            return How::Resumed;
        }
        let pending = self.look(chat, |entry| entry.pending_since_ms.is_some()) == Some(true);
        let Some(last) = transcript.last().filter(|_| pending) else { return How::Asked };
        let gated = self.behaviors.on_stale_pending != StalePending::Continues;
        match gated && !self.is_fresh(last.at_ms) {
            true => How::Asked,
            false => How::Continued(last.message.turn.clone()),
        }
    }

    /// The chat's newest session, reopened, if the era can find it without its index. Otherwise a new one.
    async fn adopt_or_create(&self, chat: &SessionId, database: &Database) -> SessionId {
        let newest = database.sessions(chat).pop().filter(|_| self.behaviors.durable_routing);
        let Some(session) = newest else { return self.create(chat, database).await };
        if database.has_ended(&session) {
            self.append(Row::Reopened { session: session.clone() }).await;
        }
        let entry = SessionEntry::new(session.clone(), self.now_ms());
        self.index.borrow_mut().insert(chat.clone(), entry);
        session
    }

    async fn create(&self, chat: &SessionId, database: &Database) -> SessionId {
        let session = database.next_session(chat);
        if session != *chat {
            self.noted(chat, Note::NewSession);
        }
        let entry = SessionEntry::new(session.clone(), self.now_ms());
        self.index.borrow_mut().insert(chat.clone(), entry);
        self.append(Row::Created { session: session.clone(), chat: chat.clone() }).await;
        session
    }
}

/// The hanging message at the end of a transcript, if no later turn finished. An agent that reads on there hangs as well
/// (#7536).
fn hang(transcript: &[Line]) -> Option<&Message> {
    let unfinished = transcript.iter().rev().take_while(|line| line.end.is_none());
    unfinished.map(|line| &line.message).find(|message| message.course.hangs())
}
