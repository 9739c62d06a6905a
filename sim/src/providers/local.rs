//! The store of a plugin that keeps turns in files of its own, as an observer reads it.
//!
//! A turn counts where it is found first: in the places that a description names, in their order, and of places that it does not tell apart in the
//! one that holds most turns. A copy in another table or file is another form of the same turn, not a duplicate. A digest names turns that it
//! sums up, and counts for those that are nowhere else. What waits counts last.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::KeptText;
use model::words::echo::{Echoes, Place};
use model::words::mentions::{mentions, turns_in};
use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;

use super::described::{Message, tags, turns_of};
use crate::description::{Description, Means};
use crate::history::{Container, Entry};

/// What the files hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The turns that are kept, document by document.
    pub containers: Vec<Container>,
    /// Those that wait.
    pub pending: Vec<TurnId>,
}

/// One place: what a record in it means, its number among the description's, and its name.
type PlaceKey<'a> = (u8, usize, &'a str);
/// The messages of a place, document by document.
type Documents = BTreeMap<DocumentId, Vec<Message>>;

/// What these texts hold of the turns that were said. Other names of turns are a chance likeness, or a plugin's own words.
pub fn held(description: &Description, texts: &[KeptText], said: &BTreeSet<TurnId>, echoes: &Echoes) -> Held {
    let mut places = BTreeMap::<PlaceKey<'_>, Documents>::new();
    for text in texts {
        let Some(rank) = rank(description.keeps[text.keep].means) else { continue };
        let mut message = read(text, echoes);
        message.turns.retain(|turn| said.contains(turn));
        let place = places.entry((rank, text.keep, &text.place)).or_default();
        for (document, message) in documents(description, text, message) {
            place.entry(document).or_default().push(message);
        }
    }
    let mut places: Vec<(PlaceKey<'_>, Documents)> = places.into_iter().collect();
    places.sort_by_key(|((rank, keep, name), documents)| (*rank, *keep, usize::MAX - count(documents), *name));
    let (mut seen, mut held) = (BTreeSet::new(), Held::default());
    let mut merged = BTreeMap::<DocumentId, Vec<Entry>>::new();
    for ((rank, ..), mut documents) in places {
        for messages in documents.values_mut() {
            messages.iter_mut().for_each(|message| message.turns.retain(|turn| !seen.contains(turn)));
        }
        for (document, messages) in documents {
            seen.extend(messages.iter().flat_map(|message| message.turns.iter().cloned()));
            if rank == PENDING {
                held.pending.extend(once(turns_of(&messages)));
            } else {
                let entries = entries(description, &document, &messages, rank == DIGEST);
                merged.entry(document).or_default().extend(entries);
            }
        }
    }
    held.containers = merged.into_iter().map(|(id, entries)| Container { id, entries }).collect();
    held.containers.retain(|container| !container.entries.is_empty());
    held
}

const DIGEST: u8 = 1;
const PENDING: u8 = 2;

fn rank(means: Means) -> Option<u8> {
    match means {
        Means::Turns => Some(0),
        Means::Digest => Some(DIGEST),
        Means::Pending => Some(PENDING),
        Means::Nothing => None,
    }
}

/// The name of a document. A slash would name a bank.
fn document(name: &str) -> DocumentId {
    DocumentId::from(name.replace('/', "_"))
}

/// The documents of a text, with its turns. Where sessions can be seen, but not here, each turn counts as where it belongs.
fn documents(description: &Description, text: &KeptText, message: Message) -> Vec<(DocumentId, Message)> {
    if message.turns.is_empty() {
        return Vec::new();
    }
    match (&text.session, description.shows.session) {
        (Some(session), true) => vec![(document(session), message)],
        (_, false) => vec![(document(&text.place), message)],
        (None, true) => {
            let sessions: BTreeSet<SessionId> = message.turns.iter().map(|turn| turn.session.clone()).collect();
            let of = |session: SessionId| {
                let turns = message.turns.iter().filter(|turn| turn.session == session).cloned().collect();
                (document(&format!("{session}:{}", text.place)), Message { turns, ..message.clone() })
            };
            sessions.into_iter().map(of).collect()
        }
    }
}

/// The turns in a text.
fn read(text: &KeptText, echoes: &Echoes) -> Message {
    let turns: Vec<TurnId> = match text.role {
        Some(_) => mentions(&text.text).take(1).collect(),
        None => turns_in(&text.text),
    };
    let session = text.session.as_deref().map(SessionId::from);
    let document = document(text.session.as_ref().unwrap_or(&text.place));
    let place = Place { document: Some(&document), session: session.as_ref(), tags: &[] };
    let turns = turns.into_iter().map(|turn| echoes.resolve(turn, place)).collect();
    Message { role: text.role.clone(), text: text.text.clone(), turns }
}

fn entries(description: &Description, document: &DocumentId, messages: &[Message], digest: bool) -> Vec<Entry> {
    // Messages of somebody belong together, and a text of nobody in particular stands for itself.
    let texts = messages.chunk_by(|one, other| one.role.is_some() && other.role.is_some());
    let turns = texts.map(turns_of).filter(|turns| !turns.is_empty());
    let turns: Vec<Vec<TurnId>> = if digest { vec![once(turns.flatten())] } else { turns.collect() };
    let entry = |turns: Vec<TurnId>| {
        let tags = tags(description.shows.session, document, &turns);
        Entry { turns, tags, session: None }
    };
    turns.into_iter().map(entry).collect()
}

/// Each turn once.
fn once(turns: impl IntoIterator<Item = TurnId>) -> Vec<TurnId> {
    let mut seen = BTreeSet::new();
    turns.into_iter().filter(|turn| seen.insert(turn.clone())).collect()
}

fn count(documents: &Documents) -> usize {
    let turns: BTreeSet<&TurnId> = documents.values().flatten().flat_map(|message| &message.turns).collect();
    turns.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description;

    fn text(keep: usize, place: &str, session: Option<&str>, role: Option<&str>, text: &str) -> KeptText {
        let own = |text: Option<&str>| text.map(str::to_owned);
        KeptText { keep, place: place.to_owned(), session: own(session), role: own(role), text: text.to_owned() }
    }

    /// What files hold of S1#1, S1#2 and S2#1, and what waits.
    fn check(keeps: &str, texts: &[KeptText], expected: &str) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/local");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{}.toml", &blake3::hash(keeps.as_bytes()).to_hex()[..8]));
        std::fs::write(&file, keeps).expect("a file");
        let description = description::read(&file.to_string_lossy()).unwrap_or_else(|error| panic!("{error}"));
        let said = ["S1#1", "S1#2", "S2#1"].map(|turn| turn.parse().expect("a turn")).into();
        let held = held(description, texts, &said, &Echoes::default());
        let turns = |turns: &[TurnId]| turns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let entries = |container: &Container| {
            let entries: Vec<String> = container.entries.iter().map(|entry| turns(&entry.turns)).collect();
            format!("{}: {}", container.id, entries.join(" | "))
        };
        let mut told: Vec<String> = held.containers.iter().map(entries).collect();
        told.extend((!held.pending.is_empty()).then(|| format!("waits: {}", turns(&held.pending))));
        assert_eq!(told.join("; "), expected);
    }

    const ROWS: &str = "[[keeps]]\nin = \"a.db\"\nsession = \"session_id\"\n";

    #[test]
    fn two_messages_are_a_turn_and_a_third_is_a_copy() {
        let row = |role, turn| text(0, "a.db:m", Some("S1"), Some(role), turn);
        let rows =
            [row("user", "S1#1 hi"), row("assistant", "S1#1 so"), row("user", "S1#2 hi"), row("assistant", "S1#2")];
        check(ROWS, &rows, "S1: S1#1 S1#2");
        check(ROWS, &[&rows[..], &[row("user", "S1#1 hi")]].concat(), "S1: S1#1 S1#2 S1#1");
    }

    #[test]
    fn another_table_holds_no_duplicate_and_what_only_it_holds_counts() {
        let row = |place, turn| text(0, place, Some("S1"), None, turn);
        let rows =
            [row("a.db:log", "S1#1"), row("a.db:log", "S1#2"), row("a.db:facts", "S1#1"), row("a.db:facts", "S2#1")];
        check(ROWS, &rows, "S1: S1#1 | S2#1 | S1#2");
        let again = [&rows[..], &[row("a.db:log", "S1#2")]].concat();
        check(ROWS, &again, "S1: S1#1 | S2#1 | S1#2 | S1#2");
    }

    #[test]
    fn a_digest_is_no_copy_and_what_waits_counts_if_it_is_nowhere_else() {
        let keeps = "shows = [\"order\"]\n[[keeps]]\nin = \"turns.jsonl\"\n[[keeps]]\nin = \"sum.md\"\nmeans = \"digest\"\n[[keeps]]\nin = \"queue.db\"\nmeans = \"pending\"\n";
        let rows = [
            text(0, "turns.jsonl", None, None, "S1#1 hi S1#1 so"),
            text(1, "sum.md", None, None, "S1#1, S1#2 and S1#1 again"),
            text(2, "queue.db:q", None, None, "S2#1 and S1#1"),
        ];
        check(keeps, &rows, "sum.md: S1#2; turns.jsonl: S1#1; waits: S2#1");
    }

    #[test]
    fn a_text_that_names_no_session_accuses_nobody() {
        let note = text(0, "n.md", None, None, "S1#1 a S1#1 b, S2#1 a S2#1 b, S1#2 a S1#2 b");
        check(ROWS, &[note], "S1:n.md: S1#1 S1#2; S2:n.md: S2#1");
    }

    #[test]
    fn what_nobody_said_is_no_turn() {
        check(ROWS, &[text(0, "a.db:m", Some("S1"), None, "see issue#7, s1#1 and S1#9")], "");
    }
}
