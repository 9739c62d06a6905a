//! The names of turns: a foreign turn has an id and a session, and the judges know it as the n-th turn of its session.
//!
//! Turns of one session with the same words cannot be told apart in a text, so they share a name, as in a simulated run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::finding::{Finder, Words};
use super::line::{Line, Turn};
use super::mistake::Mistake;
use super::reading::{Place, Placed};

/// The most turns of a log.
pub const TURNS_MAX: usize = 20_000;
/// The words of all turns together, in bytes.
pub const WORDS_MAX: usize = 4 << 20;
/// The longest id of a turn or session, in bytes.
pub const NAME_MAX: usize = 500;
/// The shortest text that is looked for: a shorter one may stand anywhere.
const TEXT_MIN: usize = 8;

/// The turns by their ids.
pub(super) struct Names<'a> {
    turns: BTreeMap<&'a str, TurnId>,
    /// Where the words of each are said for the first time.
    words: BTreeMap<&'a str, (TurnId, &'a Place)>,
    lines: Vec<(&'a Place, &'a Turn)>,
}

impl<'a> Names<'a> {
    pub(super) fn of(paths: &[PathBuf], lines: &'a [Placed]) -> Result<Self, Mistake> {
        let said = lines.iter().filter_map(|placed| match &placed.line {
            Line::Turn(turn) => Some((&placed.place, turn)),
            Line::Document(_)
            | Line::Deleted(_)
            | Line::Request(_)
            | Line::Reply(_)
            | Line::Recalled(_)
            | Line::Serve(_)
            | Line::Down(_)
            | Line::Up(_)
            | Line::End(_) => None,
        });
        let lines: Vec<(&Place, &Turn)> = said.collect();
        let mut names = Self { turns: BTreeMap::new(), words: BTreeMap::new(), lines: Vec::new() };
        let numbers = Numbers::of(&lines);
        for (place, turn) in lines {
            names.add(paths, place, turn, &numbers)?;
        }
        Ok(names)
    }

    fn add(
        &mut self,
        paths: &[PathBuf],
        place: &'a Place,
        turn: &'a Turn,
        numbers: &Numbers<'a>,
    ) -> Result<(), Mistake> {
        for (key, name) in [("id", &turn.id), ("session", &turn.session)] {
            is_a_name(name).map_err(|message| place.mistake(paths, key, &message))?;
        }
        if self.lines.len() == TURNS_MAX {
            return Err(place.mistake(
                paths,
                "what",
                &format!("this is one turn too many; a log has at most {TURNS_MAX}"),
            ));
        }
        if self.turns.contains_key(&*turn.id) {
            let first = self.lines.iter().find(|(_, known)| known.id == turn.id).map(|(first, _)| first.shown(paths));
            let message = format!(
                "turn \"{}\" was said before, at {}; each turn has an id of its own",
                turn.id,
                first.unwrap_or_default()
            );
            return Err(place.mistake(paths, "id", &message));
        }
        if turn.mentions == 0 {
            return Err(place.mistake(paths, "mentions", "a copy of a turn mentions it at least once"));
        }
        let same = self.words.get(words(turn)).filter(|(known, _)| known.session.as_str() == turn.session);
        let id = same.map_or_else(|| numbers.name(turn), |(known, _)| known.clone());
        self.words.entry(words(turn)).or_insert_with(|| (id.clone(), place));
        self.turns.insert(&turn.id, id);
        self.lines.push((place, turn));
        Ok(())
    }

    /// The turn of that id.
    pub(super) fn get(&self, id: &str) -> Option<&TurnId> {
        self.turns.get(id)
    }

    /// The ids, for a message about one that is unknown.
    pub(super) fn ids(&self) -> Vec<&'a str> {
        self.turns.keys().copied().collect()
    }

    /// What finds the turns in texts.
    pub(super) fn finder(&self, paths: &[PathBuf]) -> Result<Finder, Mistake> {
        let (mut all, mut bytes) = (BTreeMap::new(), 0);
        for (place, turn) in &self.lines {
            let (key, words) = (if turn.text.is_some() { "text" } else { "id" }, words(turn));
            let complain = |message: String| Err(place.mistake(paths, key, &message));
            let (first, said) = &self.words[words];
            if first.session.as_str() != turn.session {
                return complain(format!(
                    "these are also the words of a turn of session \"{}\", at {}, so a text cannot tell which of them it holds; \
                     put the ids of turns into the texts, or list the turns of each entry",
                    first.session,
                    said.shown(paths)
                ));
            }
            if !words.contains(char::is_alphabetic) {
                return complain("no text can be searched for words without a letter; begin the id with one, or list the turns of each entry".into());
            }
            if turn.text.is_some() && words.chars().count() < TEXT_MIN {
                return complain(format!(
                    "a text of less than {TEXT_MIN} characters may stand anywhere; put the ids of turns into the texts and leave \"text\" out, or list the turns of each entry"
                ));
            }
            bytes += words.len();
            if bytes > WORDS_MAX {
                return complain(format!(
                    "the words of the turns up to here are longer than {} MiB; use ids",
                    WORDS_MAX >> 20
                ));
            }
            let one = Words { turn: first.clone(), words: words.to_owned(), mentions: turn.mentions };
            all.entry(words).or_insert(one);
        }
        let too_large =
            || Mistake::whole_file(&paths[0], "the words of the turns are too many to be searched for; use ids");
        Finder::new(all.into_values().collect()).ok_or_else(too_large)
    }
}

/// The words by which a turn is found.
fn words(turn: &Turn) -> &str {
    turn.text.as_deref().unwrap_or(&turn.id)
}

/// Whether a turn or session may have that name.
fn is_a_name(name: &str) -> Result<(), String> {
    match name {
        "" => Err("a name is not empty".into()),
        _ if name.len() > NAME_MAX => Err(format!("a name has at most {NAME_MAX} bytes")),
        _ if name.contains(char::is_control) => Err("a name has no control characters".into()),
        _ => Ok(()),
    }
}

/// The numbers of turns. They are unique in all sessions of a chat (`S1`, `S1.2`), by which the judges find a turn that is undone.
struct Numbers<'a> {
    /// The chats whose turns are all called like `S1#2` themselves, each differently.
    own: BTreeSet<String>,
    counted: BTreeMap<&'a str, u32>,
}

impl<'a> Numbers<'a> {
    fn of(lines: &[(&'a Place, &'a Turn)]) -> Self {
        let (mut counts, mut counted) = (BTreeMap::<String, u32>::new(), BTreeMap::new());
        let (mut taken, mut foreign) = (BTreeSet::new(), BTreeSet::new());
        for (_, turn) in lines {
            let chat = SessionId::from(&turn.session).chat().to_owned();
            let number = counts.entry(chat.clone()).or_default();
            *number += 1;
            counted.entry(&*turn.id).or_insert(*number);
            let is_new = called(turn).is_some_and(|name| taken.insert((chat.clone(), name.number)));
            if !is_new {
                foreign.insert(chat);
            }
        }
        Self { own: counts.into_keys().filter(|chat| !foreign.contains(chat)).collect(), counted }
    }

    fn name(&self, turn: &Turn) -> TurnId {
        let session = SessionId::from(&turn.session);
        match called(turn).filter(|_| self.own.contains(session.chat())) {
            Some(name) => name,
            None => TurnId { number: self.counted.get(&*turn.id).copied().unwrap_or(1), session },
        }
    }
}

/// The name that the id of a turn is by itself.
fn called(turn: &Turn) -> Option<TurnId> {
    let name: TurnId = turn.id.parse().ok()?;
    (name.session.as_str() == turn.session && name.to_string() == turn.id).then_some(name)
}
