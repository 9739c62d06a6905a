//! `state.db`: the rows of sessions, their transcripts, and the answers that are owed. The model keeps it as a file of lines.

use serde::{Deserialize, Serialize};

use super::files::{DATABASE, Files};
use crate::contracts::chats::Message;
use crate::facts::chats::End;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// A line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Row {
    /// A session was created for a chat.
    Created { session: SessionId, chat: SessionId },
    /// A session's row has ended.
    Ended { session: SessionId },
    /// A session's row was opened again.
    Reopened { session: SessionId },
    /// A user's message.
    Asked { session: SessionId, message: Message, at_ms: i64 },
    /// A turn ended. A turn that was cut short leaves no line.
    Ran { session: SessionId, turn: TurnId, end: End },
    /// An answer has to be sent (`delivery_obligations`).
    Owed { turn: TurnId },
    /// An answer was sent.
    Sent { turn: TurnId },
}

/// A message in a transcript.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub message: Message,
    pub at_ms: i64,
    /// How its turn ended, if it did.
    pub end: Option<End>,
}

/// The lines of the file when it was read.
pub(super) struct Database {
    rows: Vec<Row>,
}

impl Database {
    pub(super) async fn read(files: &Files) -> Self {
        Self { rows: files.lines(DATABASE).await }
    }

    /// The transcript of a session, in the order in which its messages came.
    pub(super) fn transcript(&self, of: &SessionId) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for row in &self.rows {
            match row {
                Row::Asked { session, message, at_ms } if session == of => {
                    lines.push(Line { message: message.clone(), at_ms: *at_ms, end: None });
                }
                Row::Ran { session, turn, end } if session == of => {
                    if let Some(line) = lines.iter_mut().rfind(|line| line.message.turn == *turn) {
                        line.end = Some(*end);
                    }
                }
                Row::Created { .. }
                | Row::Ended { .. }
                | Row::Reopened { .. }
                | Row::Asked { .. }
                | Row::Ran { .. }
                | Row::Owed { .. }
                | Row::Sent { .. } => {}
            }
        }
        lines
    }

    /// Whether the row of a session has ended.
    pub(super) fn has_ended(&self, of: &SessionId) -> bool {
        let mut ended = false;
        for row in &self.rows {
            if let Row::Ended { session } | Row::Reopened { session } = row
                && session == of
            {
                ended = matches!(row, Row::Ended { .. });
            }
        }
        ended
    }

    /// The sessions that a chat has had, the oldest first.
    pub(super) fn sessions(&self, of: &SessionId) -> Vec<SessionId> {
        let mut sessions = Vec::new();
        for row in &self.rows {
            if let Row::Created { session, chat } = row
                && chat == of
            {
                sessions.push(session.clone());
            }
        }
        sessions
    }

    /// All chats, in the order of their first sessions.
    pub(super) fn chats(&self) -> Vec<SessionId> {
        let mut chats: Vec<SessionId> = Vec::new();
        for row in &self.rows {
            if let Row::Created { chat, .. } = row
                && !chats.contains(chat)
            {
                chats.push(chat.clone());
            }
        }
        chats
    }

    /// The name of the chat's next session: its own at first, then `S1.2`, `S1.3`.
    pub(super) fn next_session(&self, of: &SessionId) -> SessionId {
        match self.sessions(of).len() {
            0 => of.clone(),
            known => SessionId::from(format!("{of}.{}", known + 1)),
        }
    }

    /// The answers that were perhaps never sent.
    pub(super) fn owed(&self) -> Vec<TurnId> {
        let mut owed: Vec<TurnId> = Vec::new();
        for row in &self.rows {
            match row {
                Row::Owed { turn } => owed.push(turn.clone()),
                Row::Sent { turn } => owed.retain(|known| known != turn),
                Row::Created { .. }
                | Row::Ended { .. }
                | Row::Reopened { .. }
                | Row::Asked { .. }
                | Row::Ran { .. } => {}
            }
        }
        owed
    }
}
