//! The picture as the data of its page: numbers of lanes and events, as short as they can be.

use std::collections::{BTreeMap, BTreeSet};

use model::words::turn::TurnId;
use serde::Serialize;

use crate::plan::Ending;
use crate::report::timeline::arrows::Message;
use crate::report::timeline::bands::Lasting;
use crate::report::timeline::lanes::Kind;
use crate::report::timeline::picture::{Note, Picture};
use crate::search::explain::is_around;

/// The data of a page, of one run or two.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    /// The names of the turns. Everything else names them by their numbers here.
    pub turns: Vec<String>,
    pub runs: Vec<Side<'a>>,
}

/// One run.
#[derive(Serialize)]
pub(super) struct Side<'a> {
    /// The name of its release.
    name: &'a str,
    /// The name, the group and the letter of each lane.
    lanes: Vec<(&'a str, &'a str, char)>,
    /// The lane of each event.
    lane: Vec<usize>,
    /// The process of each event, or 0.
    who: Vec<u32>,
    /// The events that may decide about turns that they do not name.
    around: Vec<usize>,
    /// The turns of each event that names any.
    turns: BTreeMap<usize, Vec<usize>>,
    /// The events of each request: sent, arrived, done, over; -1 if it has none.
    requests: Vec<[i64; 4]>,
    /// From an event and a lane to another, the letter of the message, and its label.
    arrows: Vec<(usize, usize, usize, usize, char, &'a str)>,
    /// The first and the last lane, the first and the last event, the letter of the kind, and its label.
    bands: Vec<(usize, usize, usize, usize, char, &'a str)>,
    /// The first and the last lane, the event, whether it is a kill, and its label.
    cuts: Vec<(usize, usize, usize, u8, &'a str)>,
    /// The events with a violation, and the point of no return.
    violated: Vec<usize>,
    no_return: Option<usize>,
    /// The fate of each turn: its letter, or a space for none.
    fates: String,
}

impl<'a> Data<'a> {
    pub(super) fn of(pictures: &[&'a Picture<'a>]) -> Self {
        let turns = turns(pictures);
        let numbers = turns.iter().enumerate().map(|(number, turn)| (*turn, number)).collect();
        let runs = pictures.iter().map(|picture| side(picture, &numbers, turns.len())).collect();
        Self { turns: turns.iter().map(ToString::to_string).collect(), runs }
    }
}

/// The turns of all runs, each once, in the order in which the first run names them.
pub(super) fn turns<'a>(pictures: &[&'a Picture<'_>]) -> Vec<&'a TurnId> {
    let mut known = BTreeSet::new();
    let all = pictures.iter().flat_map(|picture| &picture.turns).map(|told| &told.turn);
    all.filter(|turn| known.insert(*turn)).collect()
}

fn side<'a>(picture: &'a Picture<'a>, numbers: &BTreeMap<&TurnId, usize>, all: usize) -> Side<'a> {
    use crate::history::Who;
    let run = picture.run;
    let lanes = picture.lanes.all.iter().map(|lane| (&*lane.name, &*lane.group, letter(lane.kind))).collect();
    let who = |who: Who| match who {
        Who::Process(process) => process,
        Who::World | Who::Provider => 0,
    };
    let named = |(place, event): (usize, &crate::history::Event)| {
        let turns: Vec<usize> = event.fact.turns().iter().filter_map(|turn| numbers.get(turn).copied()).collect();
        (!turns.is_empty()).then_some((place, turns))
    };
    let place = |place: Option<usize>| place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1);
    let requests = run.reading.requests.all.iter().map(|one| {
        let [sent, arrived] = [one.sent.map(|(_, at)| at.place), one.arrived.map(|arrived| arrived.at.place)];
        let [done, over] = [one.done.map(|(at, _)| at.place), one.over.as_ref().map(|(at, _)| at.place)];
        [sent, arrived, done, over]
    });
    let shown = |event: usize| !picture.folds.hide(event);
    let requests = requests.filter(|ends| ends.iter().flatten().any(|event| shown(*event))).map(|ends| ends.map(place));
    let arrows = picture.arrows.iter().filter(|arrow| shown(arrow.from.event) || shown(arrow.to.event)).map(|arrow| {
        let (from, to) = (arrow.from, arrow.to);
        (from.event, from.lane, to.event, to.lane, message(arrow.message), &*arrow.label)
    });
    let bands = picture
        .bands
        .iter()
        .map(|band| (band.lanes.0, band.lanes.1, band.events.0, band.events.1, lasting(band.lasting), &*band.label));
    let cuts = picture.cuts.iter().map(|cut| {
        let is_a_kill = cut.ending != Ending::Exit;
        (cut.lanes.0, cut.lanes.1, cut.event, u8::from(is_a_kill), &*cut.label)
    });
    let with = |is: fn(&Note<'_>) -> bool| {
        picture.notes.iter().filter(move |(_, notes)| notes.iter().any(is)).map(|(place, _)| *place)
    };
    let mut fates = vec![' '; all];
    for told in &picture.turns {
        if let Some(number) = numbers.get(&told.turn) {
            fates[*number] = super::letter_of(told.grade);
        }
    }
    Side {
        name: run.release.name(),
        lanes,
        lane: picture.lanes.of.clone(),
        who: run.events.iter().map(|event| who(event.who)).collect(),
        around: (0..run.events.len()).filter(|place| is_around(run, *place) && shown(*place)).collect(),
        turns: run.events.iter().enumerate().filter_map(named).collect(),
        requests: requests.collect(),
        arrows: arrows.collect(),
        bands: bands.collect(),
        cuts: cuts.collect(),
        violated: with(|note| matches!(note, Note::Violated(_))).collect(),
        no_return: with(|note| matches!(note, Note::NoReturn)).next(),
        fates: fates.into_iter().collect(),
    }
}

/// The letter of a lane, by which the page colors it.
pub(super) fn letter(kind: Kind) -> char {
    match kind {
        Kind::User => 'u',
        Kind::Host => 'h',
        Kind::Task => 't',
        Kind::Disk => 'd',
        Kind::Wire => 'w',
        Kind::Provider => 'p',
    }
}

fn message(message: Message) -> char {
    match message {
        Message::Request => 'q',
        Message::Answer => 'a',
        Message::Refusal => 'r',
        Message::Lost => 'x',
        Message::Start => 's',
        Message::Ask | Message::Tell => 'u',
        Message::Write => 'd',
    }
}

fn lasting(lasting: Lasting) -> char {
    match lasting {
        Lasting::Process => 'P',
        Lasting::Task => 'T',
        Lasting::Call => 'C',
        Lasting::Fault => 'F',
        Lasting::Down => 'D',
        Lasting::Disk => 'K',
        Lasting::Asleep => 'Z',
    }
}
