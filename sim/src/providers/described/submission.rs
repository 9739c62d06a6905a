//! The messages of a write, document by document, and the turns in them.

use std::collections::BTreeMap;

use model::words::echo::{Echoes, Place};
use model::words::mentions::{mentions, turns_in};
use model::words::session::{DocumentId, SessionId, session_tag};
use model::words::turn::TurnId;
use serde_json::Value;

use super::asked::Asked;
use crate::description::{Again, Description, Write};
use crate::history::{ReceivedItem, WriteMode};

/// A write.
pub(super) struct Submission {
    pub(super) pieces: Vec<Piece>,
    /// Whether it is answered before it is kept.
    pub(super) queued: bool,
    /// By what it is known again: the scope of its key, and the key.
    pub(super) key: Option<(String, String)>,
}

/// The messages for one document.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) document: DocumentId,
    pub(super) again: Again,
    pub(super) messages: Vec<Message>,
    /// Its labels. `None` if the protocol has none.
    pub(super) tags: Option<Vec<String>>,
    pub(super) session: Option<SessionId>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::providers) struct Message {
    /// Who says it. `None` if it may hold several turns.
    pub(in crate::providers) role: Option<String>,
    pub(in crate::providers) text: String,
    /// The turns that it names, as far as they count: its first, if somebody says it.
    pub(in crate::providers) turns: Vec<TurnId>,
}

impl Submission {
    /// Reads a write, or says what it lacks. Of a text that several sessions say its place tells whose it is.
    pub(super) fn read(description: &Description, asked: &Asked, echoes: &Echoes) -> Result<Self, String> {
        let write = asked.route.write.as_ref().ok_or("the route is no write")?;
        let messages: Vec<&Value> = match &write.messages {
            None => vec![&asked.body],
            Some(path) => match path.first(&asked.body) {
                Some(Value::Array(list)) if !list.is_empty() => list.iter().collect(),
                _ => return Err("the list of messages is missing or empty".to_owned()),
            },
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for message in messages {
            let mut piece = Piece::read(description, write, asked, message)?;
            piece.resolve(echoes);
            match pieces.iter_mut().find(|known| known.goes_on_with(&piece)) {
                Some(known) => known.messages.append(&mut piece.messages),
                None => pieces.push(piece),
            }
        }
        let mut of_the_request = |source: &_| asked.value(source, None);
        let queued = write.queued.as_ref().is_some_and(|queued| queued.fill(&mut of_the_request) == Value::Bool(true));
        let key = description.store.once.as_ref().and_then(|(key, scope)| {
            let scope = scope.as_ref().map(|scope| scope.name(&mut of_the_request)).unwrap_or_default();
            Some((scope.unwrap_or_default(), key.name(&mut of_the_request)?))
        });
        Ok(Self { pieces, queued, key })
    }

    /// The items that an observer sees.
    pub(super) fn received(&self, description: &Description) -> Vec<ReceivedItem> {
        let item = |piece: &Piece| ReceivedItem {
            container: description.shows.session.then(|| piece.document.clone()),
            mode: Some(piece.mode()),
            turns: turns_of(&piece.messages),
            messages: None,
        };
        self.pieces.iter().map(item).collect()
    }

    /// How many messages it has.
    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.messages.len()).sum()
    }

    /// Leaves out all turns but the first ones, and says whether it left any out.
    pub(super) fn keep_first(&mut self, keeps: u32) -> bool {
        let mut left = usize::try_from(keeps).unwrap_or(usize::MAX);
        let mut cut = false;
        for piece in &mut self.pieces {
            let kept = (0..=piece.messages.len()).rev().find(|count| turns_of(&piece.messages[..*count]).len() <= left);
            let kept = kept.unwrap_or(0);
            cut |= kept < piece.messages.len();
            piece.messages.truncate(kept);
            left -= turns_of(&piece.messages).len();
        }
        self.pieces.retain(|piece| !piece.messages.is_empty());
        cut
    }
}

impl Piece {
    fn read(description: &Description, write: &Write, asked: &Asked, message: &Value) -> Result<Self, String> {
        let mut of = |source: &_| asked.value(source, Some(message));
        let document = asked.route.document.as_ref().and_then(|document| document.name(&mut of));
        // A slash would name a bank.
        let document = document.ok_or("the name of the document is missing")?.replace('/', "_");
        let role = write.role.as_ref().map(|path| path.text(message));
        let text = write.text.text(message);
        if text.is_empty() {
            return Err("a message has no text".to_owned());
        }
        let again = write.again.as_ref().and_then(|again| again.name(&mut of)).and_then(|again| again.parse().ok());
        let labels = |path: &crate::description::JsonPath| {
            path.all(message).into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let turns = match role {
            Some(_) => mentions(&text).take(1).collect(),
            None => turns_in(&text),
        };
        Ok(Self {
            document: DocumentId::from(document),
            again: again.unwrap_or(description.store.again),
            messages: vec![Message { role, text, turns }],
            tags: write.tags.as_ref().map(labels),
            session: write.session.as_ref().and_then(|session| session.name(&mut of)).map(SessionId::from),
        })
    }

    /// Whether both are parts of one text: a message that nobody in particular says is a text of its own.
    fn goes_on_with(&self, other: &Self) -> bool {
        let same = |one: &Self| (one.document.clone(), one.again, one.tags.clone(), one.session.clone());
        other.messages.iter().all(|message| message.role.is_some()) && same(self) == same(other)
    }

    fn resolve(&mut self, echoes: &Echoes) {
        let tags = self.tags.clone().unwrap_or_default();
        let place = Place { document: Some(&self.document), session: self.session.as_ref(), tags: &tags };
        for message in &mut self.messages {
            let turns = std::mem::take(&mut message.turns);
            message.turns = turns.into_iter().map(|turn| echoes.resolve(turn, place)).collect();
        }
    }

    /// How it treats the document's earlier texts.
    pub(super) fn mode(&self) -> WriteMode {
        match self.again {
            Again::Append | Again::SkipPrefix => WriteMode::Append,
            Again::Replace => WriteMode::Replace,
        }
    }
}

/// The turns in messages, in order. A turn has a message of each who speaks, so a copy begins where one speaks it once more than it has copies.
/// A message that nobody in particular says holds whole turns.
pub(in crate::providers) fn turns_of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<TurnId> {
    let (mut spoken, mut copies) = (BTreeMap::<(&TurnId, &str), u32>::new(), BTreeMap::<&TurnId, u32>::new());
    let mut turns = Vec::new();
    for message in messages {
        let Some(role) = &message.role else {
            turns.extend(message.turns.iter().cloned());
            continue;
        };
        for turn in &message.turns {
            let times = spoken.entry((turn, role)).or_default();
            *times += 1;
            let held = copies.entry(turn).or_default();
            if *times > *held {
                *held += 1;
                turns.push(turn.clone());
            }
        }
    }
    turns
}

/// The labels of turns in a document. A protocol without labels has the document's name, and one whose documents are no session's says nothing
/// about sessions: then each turn counts as where it belongs, and nobody judges that.
pub(in crate::providers) fn tags(shows_session: bool, document: &DocumentId, turns: &[TurnId]) -> Vec<String> {
    if shows_session {
        return vec![session_tag(&document.session())];
    }
    let mut tags: Vec<String> = turns.iter().map(|turn| session_tag(&turn.session)).collect();
    tags.sort();
    tags.dedup();
    tags
}
