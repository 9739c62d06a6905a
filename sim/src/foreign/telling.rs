//! From lines to a history: what the world would have recorded, had it seen the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use model::facts::Observation;
use model::words::endpoint::{Endpoint, Role};
use model::words::session::{DocumentId, SessionId, session_tag};
use model::words::spelling::{did_you_mean, shortened};
use model::words::turn::TurnId;

use super::finding::{Finder, MENTIONS_MAX};
use super::line::{self, Document, Line, Replied, Request};
use super::mistake::Mistake;
use super::naming::Names;
use super::reading::{Place, Placed};
use super::values::{self, Mode, Reply};
use super::{Log, Said};
use crate::history::{Call, Entry, Fact, Happening, History, Origin, Parent, Recalled, ReceivedItem, Who, Word};
use crate::plan::PROTOCOL;

/// The process that says everything: a log does not tell processes apart.
const SPEAKER: Who = Who::Process(1);

/// A document: its bank, and its id.
type Key = (Option<String>, String);

/// The history as far as it is told.
pub(super) struct Telling<'a> {
    paths: &'a [PathBuf],
    names: &'a Names<'a>,
    finder: Finder,
    history: History,
    log: Log,
    documents: BTreeMap<Key, Vec<Entry>>,
    several_banks: bool,
    requests: Requests,
    moment: Moment,
    /// Whether `serve` wrote the log, and whether it came to its end.
    served: bool,
    ended: bool,
}

/// The turns of one time.
#[derive(Default)]
struct Moment {
    at_ms: u64,
    /// The file of the first.
    file: usize,
    /// Whether another one stands in another file.
    tied: bool,
    /// Those of which that is not noted.
    turns: Vec<TurnId>,
}

/// The requests so far.
#[derive(Default)]
struct Requests {
    counts: BTreeMap<Endpoint, u32>,
    /// What the log calls a request: its file, its method and its number.
    known: BTreeMap<(usize, String, u32), Known>,
    /// The deliveries whose texts are in their documents, by file and number.
    applied: BTreeSet<(usize, u32)>,
    /// The accepted deliveries of a server that may not be in their documents yet.
    unapplied: BTreeMap<(usize, u32), Vec<TurnId>>,
}

struct Known {
    endpoint: Option<Endpoint>,
    number: u32,
    /// Where its turns have their note of it.
    notes: Vec<(TurnId, usize)>,
    fails: bool,
    turns: Vec<TurnId>,
}

impl<'a> Telling<'a> {
    pub(super) fn new(paths: &'a [PathBuf], names: &'a Names<'a>, lines: &[Placed]) -> Result<Self, Mistake> {
        let (mut banks, mut searched) = (BTreeSet::new(), false);
        for placed in lines {
            match &placed.line {
                Line::Document(document) => {
                    banks.insert(&document.bank);
                    searched |= document.entries.iter().any(|entry| entry.turns.is_none());
                }
                Line::Request(request) => searched |= request.turns.is_none() && request.text.is_some(),
                Line::Turn(_)
                | Line::Deleted(_)
                | Line::Reply(_)
                | Line::Recalled(_)
                | Line::Serve(_)
                | Line::Down(_)
                | Line::Up(_)
                | Line::End(_) => {}
            }
        }
        Ok(Self {
            paths,
            names,
            finder: if searched { names.finder(paths)? } else { Finder::of_nothing() },
            history: History::default(),
            log: Log::default(),
            documents: BTreeMap::new(),
            several_banks: banks.len() > 1,
            requests: Requests::default(),
            moment: Moment::default(),
            served: false,
            ended: false,
        })
    }

    /// Tells all lines.
    pub(super) fn tell(mut self, lines: &[Placed]) -> Result<Log, Mistake> {
        for placed in lines {
            self.line(placed)?;
        }
        let at_ms = lines.last().map_or(0, |placed| placed.at_ms);
        self.record(at_ms, Who::World, Fact::FaultsStopped);
        let pending: Vec<TurnId> = std::mem::take(&mut self.requests.unapplied).into_values().flatten().collect();
        if !pending.is_empty() && !self.ended {
            self.log.unapplied = pending.len();
            self.record(at_ms, SPEAKER, Fact::Told(Observation::Pending { turns: pending }));
        }
        self.record(at_ms, Who::World, Fact::Converged { in_time: true });
        for (key, entries) in std::mem::take(&mut self.documents) {
            let container = self.container(&key);
            self.log.documents.insert(container.clone());
            self.record(at_ms, Who::World, Fact::Stored { container, entries });
        }
        (self.log.events, _) = self.history.take();
        Ok(self.log)
    }

    fn record(&self, at_ms: u64, who: Who, fact: Fact) {
        self.history.record(Duration::from_millis(at_ms), who, fact, Origin::default());
    }

    fn happened(&self, at_ms: u64, happening: Happening) {
        self.record(at_ms, Who::Provider, Fact::Provider(happening));
    }

    fn line(&mut self, placed: &Placed) -> Result<(), Mistake> {
        let Placed { place, at_ms, line } = placed;
        match line {
            Line::Turn(turn) => self.turn(place, *at_ms, turn),
            Line::Document(document) => return self.document(place, *at_ms, document),
            Line::Deleted(deleted) => {
                let key = (deleted.bank.clone(), deleted.id.clone());
                self.happened(*at_ms, Happening::Deleted { container: self.container(&key) });
                self.documents.remove(&key);
            }
            Line::Request(request) => return self.request(place, *at_ms, request),
            Line::Reply(Replied { method, number, reply, .. }) => {
                self.reply(*at_ms, (place.file, method.clone(), *number), *reply);
            }
            Line::Recalled(recalled) => {
                let about = self.turns(place, "about", std::slice::from_ref(&recalled.about))?;
                let text = Recalled::text_about(&about[0]);
                self.log.proof.recalls = true;
                self.record(
                    *at_ms,
                    SPEAKER,
                    Fact::Recalled { session: SessionId::from(&recalled.session), text: Some(text) },
                );
            }
            Line::Serve(_) => (self.served, self.log.proof.documents) = (true, true),
            Line::Down(_) => self.happened(*at_ms, Happening::Down { duration_ms: 0 }),
            Line::Up(_) => self.happened(*at_ms, Happening::Up),
            Line::End(_) => self.ended = true,
        }
        Ok(())
    }

    /// Notes that a turn was said at the same time as the turns before it, if one of them stands in another file.
    fn tie(&mut self, place: &Place, at_ms: u64, id: &TurnId) {
        if self.moment.at_ms != at_ms {
            self.moment = Moment { at_ms, file: place.file, tied: false, turns: Vec::new() };
        }
        self.moment.tied |= self.moment.file != place.file;
        self.moment.turns.push(id.clone());
        if self.moment.tied {
            self.log.tied.extend(self.moment.turns.drain(..));
        }
    }

    /// A turn: handed over, acknowledged, and taken back at once if it is not to be kept.
    fn turn(&mut self, place: &Place, at_ms: u64, turn: &line::Turn) {
        let Some(id) = self.names.get(&turn.id).cloned() else { return };
        let said = Said { id: turn.id.clone(), place: place.shown(self.paths) };
        self.log.said.entry(id.clone()).or_default().push(said);
        self.log.turns += 1;
        self.tie(place, at_ms, &id);
        let proof = &mut self.log.proof;
        proof.unwanted |= turn.kind != line::Kind::Ordinary;
        proof.parents |= turn.parent.is_some();
        proof.untimed += usize::from(turn.acknowledged && turn.took_ms.is_none());
        if let Some(parent) = &turn.parent {
            let parent = parent.as_ref().map_or(Parent::Nobody, |session| Parent::Session(session.into()));
            self.record(at_ms, SPEAKER, Fact::Lineage { session: id.session.clone(), parent });
        }
        let call = Call::Turn(id.clone());
        self.record(at_ms, SPEAKER, Fact::Called(call.clone()));
        let returned_ms = at_ms.saturating_add(turn.took_ms.unwrap_or(0)).min(u64::MAX / 4);
        if turn.acknowledged {
            self.record(returned_ms, SPEAKER, Fact::Returned(call));
        }
        if let Some(why) = turn.kind.exclusion() {
            // Under this name the reading finds the turn that was handed over last.
            let planned = TurnId { session: SessionId::from(id.session.chat()), number: id.number };
            self.record(returned_ms, SPEAKER, Fact::Excluded { turn: planned, why });
            let undo = Call::Command { word: Word::Undo, session: id.session };
            self.record(returned_ms, SPEAKER, Fact::Returned(undo));
        }
    }

    fn document(&mut self, place: &Place, at_ms: u64, document: &Document) -> Result<(), Mistake> {
        let key = (document.bank.clone(), document.id.clone());
        let mode = match (document.mode, self.documents.contains_key(&key)) {
            (Some(mode), _) => mode,
            (None, false) => Mode::Replace,
            (None, true) => {
                let message = format!(
                    "document \"{}\" was there before; say with \"mode\" whether these entries \"append\" to it or \"replace\" it",
                    shortened(&document.id)
                );
                return Err(place.mistake(self.paths, "id", &message));
            }
        };
        self.log.proof.documents = true;
        let entries =
            document.entries.iter().map(|entry| self.entry(place, document, entry)).collect::<Result<Vec<_>, _>>()?;
        if document.at_ms.is_some() {
            let (container, number) = (self.container(&key), document.request.unwrap_or(0));
            let turns = entries.iter().flat_map(|entry| &entry.turns).cloned().collect();
            self.happened(at_ms, Happening::Applied { number, container, turns, mode: mode.into() });
        }
        if let Some(number) = document.request {
            self.requests.applied.insert((place.file, number));
            self.requests.unapplied.remove(&(place.file, number));
        }
        let held = self.documents.entry(key).or_default();
        if mode == Mode::Replace {
            held.clear();
        }
        held.extend(entries);
        Ok(())
    }

    /// An entry as a provider keeps it. Its session is that of its document if it names none; if the two differ, no turn is at home in it.
    fn entry(&mut self, place: &Place, document: &Document, entry: &values::Entry) -> Result<Entry, Mistake> {
        let turns = self.held(place, entry.turns.as_deref(), entry.text.as_deref())?;
        let named = [&document.session, &entry.session].into_iter().flatten();
        let named: Vec<SessionId> = named.map(SessionId::from).collect();
        let tagged = entry.tags.iter().any(|tag| tag.starts_with("session:"));
        self.log.proof.sessions |= !turns.is_empty() && (tagged || !named.is_empty());
        let contradicts = named.first() != named.last();
        let mut tags = entry.tags.clone();
        if contradicts {
            tags.retain(|tag| !tag.starts_with("session:"));
        } else if !tagged {
            tags.extend(turns.iter().map(|turn| session_tag(&turn.session)));
        }
        Ok(Entry { turns, tags, session: named.into_iter().next_back() })
    }

    fn request(&mut self, place: &Place, at_ms: u64, request: &Request) -> Result<(), Mistake> {
        let turns = self.held(place, request.turns.as_deref(), request.text.as_deref())?;
        let deliver = || PROTOCOL.with(Role::Deliver).next().filter(|_| !turns.is_empty());
        let endpoint = PROTOCOL.endpoint(&request.method).or_else(deliver);
        let count = endpoint.map(|endpoint| self.requests.counts.entry(endpoint).or_default());
        let number = count.map_or(0, |count| {
            *count += 1;
            *count
        });
        let fault = request.fault.as_deref().and_then(|fault| fault.parse().ok());
        if let Some(endpoint) = endpoint {
            let container = request.document.as_ref().map(DocumentId::from);
            let items = vec![ReceivedItem { container, mode: None, turns: turns.clone(), messages: None }];
            let items = if endpoint.delivers() { items } else { Vec::new() };
            self.happened(at_ms, Happening::Received { endpoint, number, items, fault });
        }
        self.log.requests += 1;
        let named = request.number.map_or_else(String::new, |number| format!(" {number}"));
        let met = request.fault.as_ref().map_or_else(String::new, |fault| format!(", fault {fault}"));
        let note = format!("{}{named} at {at_ms} ms ({}){met}", request.method, place.shown(self.paths));
        let mut notes = Vec::new();
        for turn in &turns {
            let all = self.log.notes.entry(turn.clone()).or_default();
            notes.push((turn.clone(), all.len()));
            all.push(note.clone());
        }
        let fails = request.fault.as_deref() == Some("accept_fail");
        let key = (place.file, request.method.clone(), request.number.unwrap_or(0));
        self.requests.known.insert(key.clone(), Known { endpoint, number, notes, fails, turns });
        if let Some(reply) = request.reply {
            self.reply(at_ms, key, reply);
        }
        Ok(())
    }

    fn reply(&mut self, at_ms: u64, key: (usize, String, u32), reply: Reply) {
        let Some(known) = self.requests.known.get(&key) else { return };
        for (turn, place) in &known.notes {
            if let Some(note) = self.log.notes.get_mut(turn).and_then(|notes| notes.get_mut(*place)) {
                *note += &format!(", {reply}");
            }
        }
        let accepted = matches!(reply, Reply::Status(..400)) && !known.fails;
        if accepted && self.served && !self.requests.applied.contains(&(key.0, key.2)) {
            self.requests.unapplied.insert((key.0, key.2), known.turns.clone());
        }
        let Some(endpoint) = known.endpoint else { return };
        let number = known.number;
        self.happened(
            at_ms,
            match reply {
                Reply::Status(status) => Happening::Answered { endpoint, number, status },
                Reply::Lost => Happening::HungUp { endpoint, number },
                Reply::Abandoned => Happening::Abandoned { endpoint, number },
            },
        );
    }

    /// The turns that a list names, or that a text holds.
    fn held(&mut self, place: &Place, ids: Option<&[String]>, text: Option<&str>) -> Result<Vec<TurnId>, Mistake> {
        match (ids, text) {
            (Some(ids), _) => self.turns(place, "turns", ids),
            (None, text) => self.finder.turns_in(text.unwrap_or_default()).map_err(|_| {
                let message = format!("turns are mentioned more than {MENTIONS_MAX} times up to here; list the turns of each entry instead of its text");
                place.mistake(self.paths, "what", &message)
            }),
        }
    }

    fn turns(&self, place: &Place, key: &str, ids: &[String]) -> Result<Vec<TurnId>, Mistake> {
        let one = |id: &String| {
            self.names.get(id).cloned().ok_or_else(|| {
                let hint = did_you_mean(id, &self.names.ids());
                let message =
                    format!("no line says a turn \"{}\"{hint} a list names turns that the log has", shortened(id));
                place.mistake(self.paths, key, &message)
            })
        };
        ids.iter().map(one).collect()
    }

    fn container(&self, (bank, id): &Key) -> DocumentId {
        match bank {
            Some(bank) if self.several_banks => DocumentId::from(format!("{bank}/{id}")),
            _ => DocumentId::from(id),
        }
    }
}
