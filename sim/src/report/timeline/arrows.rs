//! The messages of a picture: requests and their answers, starts of tasks, and the short ways to the user and to the disk.

use super::lanes::{Kind, Lanes, is_to_the_user};
use crate::history::reading::requests::{Done, Exchange, Over};
use crate::history::{Fact, Who};
use crate::run::Run;

/// The end of an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The event at whose height it is.
    pub event: usize,
    pub lane: usize,
}

/// What an arrow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A request arrives.
    Request,
    /// An answer, of a status below 400.
    Answer,
    /// An answer that refuses.
    Refusal,
    /// A request or an answer that does not arrive.
    Lost,
    /// A task starts another.
    Start,
    /// The user asks.
    Ask,
    /// The user is told.
    Tell,
    /// Something is written to the disk, or waits for it.
    Write,
}

/// An arrow.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    pub from: End,
    pub to: End,
    pub message: Message,
    /// What travels, as `retain 2` or `503`; empty for the short ones.
    pub label: String,
}

/// All arrows of a run, in the order of their starts.
pub(super) fn of(run: &Run, lanes: &Lanes) -> Vec<Arrow> {
    let tracks = Tracks::of(run, lanes);
    let mut arrows: Vec<Arrow> =
        run.reading.requests.all.iter().flat_map(|one| exchange(one, lanes, &tracks)).collect();
    for (place, event) in run.events.iter().enumerate() {
        let (lane, task) = (lanes.of[place], lanes.task[place]);
        if let (Fact::TaskStarted { name }, Who::Process(process)) = (&event.fact, event.who) {
            let (first, end) = lanes.of_process.get(&process).copied().unwrap_or((0, 0));
            let started = (first..end).find(|lane| lanes.all[*lane].name == *name);
            let begun = started.and_then(|lane| Some(End { event: tracks.next(lane, process, place)?, lane }));
            let from = End { event: place, lane };
            arrows.extend(begun.map(|to| Arrow { from, to, message: Message::Start, label: String::new() }));
        }
        if lane == task || matches!(event.who, Who::World | Who::Provider) {
            continue;
        }
        let (own, there) = (End { event: place, lane: task }, End { event: place, lane });
        let (from, to, message) = match lanes.all[lane].kind {
            Kind::User if is_to_the_user(&event.fact) => (own, there, Message::Tell),
            Kind::User => (there, own, Message::Ask),
            Kind::Disk => (own, there, Message::Write),
            Kind::Host | Kind::Task | Kind::Wire | Kind::Provider => continue,
        };
        arrows.push(Arrow { from, to, message, label: String::new() });
    }
    arrows.sort_by_key(|arrow| (arrow.from.event, arrow.to.event, arrow.from.lane));
    arrows
}

/// A request's way there and back.
fn exchange(one: &Exchange, lanes: &Lanes, tracks: &Tracks) -> Vec<Arrow> {
    let (wire, provider) = (lanes.seat(Kind::Wire), lanes.seat(Kind::Provider));
    let sent = one.sent.map(|(process, at)| (process, End { event: at.place, lane: lanes.task[at.place] }));
    let over = one.over.as_ref().map(|(at, over)| (at.place, over));
    let name = |number: Option<u32>| {
        number.map_or_else(|| one.endpoint.to_string(), |number| format!("{} {number}", one.endpoint))
    };
    let mut arrows = Vec::new();
    let mut arrow = |from, to, message, label| arrows.push(Arrow { from, to, message, label });
    let Some(arrived) = one.arrived else {
        if let Some((_, from)) = sent {
            let event = over.map_or(from.event, |(place, _)| place);
            arrow(from, End { event, lane: wire }, Message::Lost, name(None));
        }
        return arrows;
    };
    let there = End { event: arrived.at.place, lane: provider };
    let from = sent.map_or(End { lane: wire, ..there }, |(_, end)| end);
    arrow(from, there, Message::Request, name(Some(arrived.number)));
    let Some((done, how)) = one.done.as_ref().map(|(at, how)| (at.place, *how)) else { return arrows };
    let gone = over.is_some_and(|(place, over)| place < done && !matches!(over, Over::Answered));
    let (back, message, label) = match how {
        Done::Answered(status) if status < 400 => {
            (End { event: done, lane: provider }, Message::Answer, status.to_string())
        }
        Done::Answered(status) => (End { event: done, lane: provider }, Message::Refusal, status.to_string()),
        Done::HungUp | Done::Abandoned => {
            arrow(there, End { event: done, lane: wire }, Message::Lost, how.to_string());
            return arrows;
        }
    };
    let heard = sent.filter(|_| !gone).and_then(|(process, sender)| match over {
        Some((place, Over::Failed(_))) => Some(End { event: place, lane: sender.lane }),
        Some((_, Over::Gone)) => None,
        Some((_, Over::Answered)) | None => {
            Some(End { event: tracks.next(sender.lane, process, done)?, lane: sender.lane })
        }
    });
    match heard {
        Some(to) => arrow(back, to, message, label),
        None => {
            arrow(back, End { event: done, lane: wire }, if sent.is_some() { Message::Lost } else { message }, label)
        }
    }
    arrows
}

/// The events of each lane, by the task that they came from.
struct Tracks {
    lanes: Vec<Vec<(usize, u32)>>,
}

impl Tracks {
    fn of(run: &Run, lanes: &Lanes) -> Self {
        let mut tracks = vec![Vec::new(); lanes.all.len()];
        for (place, event) in run.events.iter().enumerate() {
            if let Who::Process(process) = event.who {
                tracks[lanes.task[place]].push((place, process));
            }
        }
        Self { lanes: tracks }
    }

    /// The next event of a lane behind this place, if it is the same process's.
    fn next(&self, lane: usize, process: u32, place: usize) -> Option<usize> {
        let events = self.lanes.get(lane)?;
        let next = events.get(events.partition_point(|(event, _)| *event <= place))?;
        (next.1 == process).then_some(next.0)
    }
}
