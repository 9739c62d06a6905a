//! prompt-delivery: a turn that is due arrives soon, while nothing holds its memory up. Source: a memory that delivers nothing before the process
//! that recovers passed every other invariant, and its users would have recalled nothing for as long as they lived with it.
//!
//! A turn is due when its batch is full, when its session came to a boundary, or when a process takes up what a former one has left. From then on the
//! next turn of its session must arrive within the limit, in calm time ([`Calm`]) in which the memory is open. An end of the memory, or a wait for it, that has half of its
//! budget left leaves nothing behind. A turn arrives with the first request that brings it and meets no fault, or when it is stored.
//!
//! What never arrives is no-loss's and convergence's. Judged are the ends and boundaries that a host is sure to announce ([`Delivery`]); processes with
//! several agents are judged by full batches and by SIGTERM.

#[cfg(test)]
mod tests;
mod turns;

use std::cell::LazyCell;
use std::collections::BTreeMap;

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::thread;
use model::words::turn::TurnId;

use crate::history::reading::At;
use crate::history::reading::calls::Held;
use crate::history::reading::lives::Life;
use crate::history::reading::stations::Turn;
use crate::history::{Call, Event, Fact, Grade, Happening, Parent, Who, Word};
use crate::judging::calm::Calm;
use crate::judging::{Delivery, Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "prompt-delivery",
    part: Part::Memory,
    rule: "a turn that is due arrives within the delivery limit, and the end of a memory that has budget left leaves none behind",
    needs: Grade::Seen,
    severity: 55,
    letter: 'p',
    words: "delivered late",
    counted: true,
    data: None,
    breaker: "no-stop",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let Some(delivery) = evidence.limits.delivery else { return findings };
    let delivers = |held: &&Held| closes(delivery, &held.call) || is_flush(held);
    let delivering: Vec<&Held> = evidence.reading.calls.over().iter().filter(delivers).collect();
    // Most runs need no scene.
    let scene = LazyCell::new(|| Scene::of(evidence, delivery, &delivering));
    for (record, turn) in
        evidence.ledger.turns.iter().filter_map(|record| Some((record, turns::judged(evidence, record)?)))
    {
        let Some(arrived) = turns::arrived(evidence, turn) else { continue };
        if is_prompt(&delivering, delivery, turn, arrived) {
            findings.holds();
            continue;
        }
        match scene.left_behind(turn, arrived).or_else(|| scene.late(turn, arrived)) {
            Some((at, told)) => findings.violated(Some(&record.id), at, told),
            None => findings.holds(),
        }
    }
    findings
}

/// Calls that follow each other within this time share a budget.
const HEELS_MS: u64 = 1_000;

/// Whether it arrived too soon to be late, and before any call was over that may end its memory or waits for it.
fn is_prompt(delivering: &[&Held], delivery: Delivery, turn: &Turn, arrived: At) -> bool {
    let Some((acknowledged, process)) = turn.acknowledged().next() else { return true };
    let behind = |held: &&Held| held.from.place > acknowledged.place && held.to.place <= arrived.place;
    let ends = |held: &&Held| held.process == process && behind(held);
    arrived.ms <= acknowledged.ms + delivery.limit_ms && !delivering.iter().any(ends)
}

/// Whether a memory may be closed after this call.
fn closes(delivery: Delivery, call: &Call) -> bool {
    let Call::Command { word, .. } = call else { return false };
    match word {
        Word::Shutdown | Word::CliExit | Word::SigShutdown | Word::SigStop | Word::Exit | Word::Expire => true,
        Word::New | Word::Evict => !delivery.boundaries.contains(word),
        Word::Switch
        | Word::Compress
        | Word::Undo
        | Word::End
        | Word::Flush
        | Word::Prefetch
        | Word::Reinit
        | Word::Idle => false,
    }
}

/// A time in which a process's memory is open.
#[derive(Clone, Copy)]
struct Open {
    from: At,
    to: At,
}

/// What the turns of a run are judged by.
struct Scene<'a> {
    evidence: &'a Evidence<'a>,
    delivery: Delivery,
    calm: Calm,
    /// When requests without a fault arrived that brought turns of a session.
    arrivals: BTreeMap<&'a SessionId, Vec<u64>>,
    /// The turns that a process had acknowledged and that are to be kept, by session, in order: when each was handed over, and acknowledged.
    batches: BTreeMap<(u32, &'a SessionId), Vec<(At, At)>>,
    /// The calls of each process that end a memory, or may end one, in order.
    ends: BTreeMap<u32, Vec<&'a Held>>,
    /// The calls that wait for a memory, in the order in which they ended.
    flushes: Vec<&'a Held>,
    /// The times in which the memory of each process was open.
    open: BTreeMap<u32, Vec<Open>>,
}

impl<'a> Scene<'a> {
    fn of(evidence: &'a Evidence<'a>, delivery: Delivery, delivering: &[&'a Held]) -> Self {
        let mut arrivals: BTreeMap<&SessionId, Vec<u64>> = BTreeMap::new();
        for event in evidence.events {
            let Fact::Provider(Happening::Received { items, fault: None, .. }) = &event.fact else { continue };
            for turn in items.iter().flat_map(|item| &item.turns) {
                let of_session = arrivals.entry(&turn.session).or_default();
                if of_session.last() != Some(&event.at_ms) {
                    of_session.push(event.at_ms);
                }
            }
        }
        let mut batches: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let kept = evidence.ledger.turns.iter().filter(|record| record.excluded.is_none());
        for turn in kept.filter_map(|record| evidence.reading.turns.get(&record.id)) {
            for ((acknowledged, process), (called, _)) in turn.acknowledged().zip(turn.handed_over()) {
                batches.entry((process, &turn.id.session)).or_default().push((called, acknowledged));
            }
        }
        batches.values_mut().for_each(|batch: &mut Vec<(At, At)>| batch.sort_by_key(|(_, at)| at.place));
        let calm = Calm::of(evidence, &delivery);
        let (ends, open) = <(BTreeMap<u32, Vec<&Held>>, _)>::default();
        let flushes = delivering.iter().copied().filter(|held| is_flush(held)).collect();
        let mut scene = Self { evidence, delivery, calm, arrivals, batches, ends, flushes, open };
        for held in delivering.iter().filter(|held| closes(delivery, &held.call)) {
            scene.ends.entry(held.process).or_default().push(held);
        }
        scene.ends.values_mut().for_each(|ends| ends.sort_by_key(|held| held.from.place));
        scene.open = evidence.reading.lives.planned().map(|life| (life.process, scene.times(life))).collect();
        scene
    }

    /// The first call of a process behind this place that ends a memory, or may end one.
    fn end(&self, process: u32, behind: usize) -> Option<&'a Held> {
        let ends = self.ends.get(&process)?;
        ends.get(ends.partition_point(|held| held.from.place <= behind)).copied()
    }

    /// Whether it ends the memory of all agents of its process.
    fn ends_all(&self, end: &Held) -> bool {
        let Call::Command { word, .. } = end.call else { return false };
        let has_others = self.life(end.process).is_some_and(|life| life.has_other_agents);
        self.delivery.ends.contains(&word) && (word == Word::SigShutdown || !has_others)
    }

    /// The first end of its memory left the turn behind, or the first wait for it, though it had half of its budget left.
    fn left_behind(&self, turn: &Turn, arrived: At) -> Option<(At, String)> {
        let (acknowledged, process) = turn.acknowledged().next()?;
        let end = self.end(process, acknowledged.place).filter(|end| self.ends_all(end));
        let end = end.filter(|end| self.open(process).any(|open| open.to.place == end.from.place));
        let flush = self.flush(process, acknowledged.place);
        // A host that announces each switch has one agent, whose former sessions are its own.
        let own = |flush: &&Held| self.stays(&turn.id.session, acknowledged, flush) && is_of(flush, turn);
        let flush = flush.filter(|flush| self.delivery.boundaries.contains(&Word::Switch) || own(flush));
        let calls = flush.into_iter().chain(end);
        calls.into_iter().find_map(|held| self.left_behind_by(held, turn, (acknowledged, arrived)))
    }

    /// The first call of a process behind this place that waits for its memory, if that is open and the only one.
    fn flush(&self, process: u32, behind: usize) -> Option<&'a Held> {
        let is_one = |held: &&&Held| held.process == process && held.from.place > behind;
        let first = self.flushes.iter().filter(is_one).min_by_key(|held| held.from.place)?;
        let is_sure = self.delivery.boundaries.contains(&Word::Flush) && !self.life(process)?.has_other_agents;
        let was_open = |open: Open| (open.from.place..open.to.place).contains(&first.from.place);
        (is_sure && self.open(process).any(was_open)).then_some(first)
    }

    /// This call left the turn behind.
    fn left_behind_by(&self, call: &Held, turn: &Turn, (acknowledged, arrived): (At, At)) -> Option<(At, String)> {
        let Call::Command { word, .. } = call.call else { return None };
        // An end at the heels of a wait for the memory has what that has left of the budget.
        let waits = self.flushes.iter().filter(|held| held.process == call.process);
        let mut waits = waits.filter(|held| held.to.place < call.from.place);
        let before = waits.find(|held| call.from.ms - held.to.ms <= HEELS_MS).map_or(call.from, |held| held.from);
        let took_ms = self.evidence.reading.machine.awake_ms(before.ms, call.to.ms);
        // The history counts whole milliseconds: a call may have taken almost one more.
        let had_time = call.returned && 2 * (took_ms + 1) <= self.delivery.budget_ms;
        let judged = had_time && arrived.place >= call.to.place;
        (judged && self.calm.lasts(call.from.ms, call.to.ms)).then(|| {
            let told = format!(
                "{} was acknowledged at {} ms; {} from {} to {} ms left it behind, with {} of {} ms to spare, and it arrived at {} ms",
                turn.id,
                acknowledged.ms,
                word.name(),
                call.from.ms,
                call.to.ms,
                self.delivery.budget_ms - took_ms,
                self.delivery.budget_ms,
                arrived.ms
            );
            (call.to, told)
        })
    }

    /// The turn was due for longer than the limit, and nothing of its session arrived.
    fn late(&self, turn: &Turn, arrived: At) -> Option<(At, String)> {
        let (acknowledged, process) = turn.acknowledged().next()?;
        // A memory that was closed when it got the turn hears of no boundary, until the next process takes the turn up.
        let was_open = |open: Open| (open.from.place..=open.to.place).contains(&acknowledged.place);
        let heard = self.open(process).any(was_open);
        let own = self.due(turn, acknowledged, process).filter(|_| heard).map(|due| (process, due));
        let later = self
            .evidence
            .reading
            .lives
            .planned()
            .filter_map(|life| Some((life.process, self.taken_up(life, process)?)));
        own.into_iter()
            .chain(later)
            .find_map(|(process, due)| self.open(process).find_map(|open| self.waits(turn, (due, arrived), open)))
    }

    /// Whether the turn waits too long in this time, between the arrivals of its session's turns.
    fn waits(&self, turn: &Turn, (due, arrived): (At, At), open: Open) -> Option<(At, String)> {
        let from_ms = due.ms.max(open.from.ms);
        let to = if arrived.place < open.to.place { arrived } else { open.to };
        let between = self.arrivals.get(&turn.id.session).into_iter().flatten();
        let between = between.copied().filter(|at_ms| (from_ms..to.ms).contains(at_ms));
        let ends: Vec<u64> = std::iter::once(from_ms).chain(between).chain([to.ms]).collect();
        let (since_ms, until_ms) =
            ends.windows(2).find_map(|pair| self.calm.longer_than(self.delivery.limit_ms, (pair[0], pair[1])))?;
        let told = format!(
            "{} was due at {} ms, and nothing of {} arrived from {since_ms} to {until_ms} ms, limit {} ms; it arrived at {} ms",
            turn.id, due.ms, turn.id.session, self.delivery.limit_ms, arrived.ms
        );
        Some((to, told))
    }

    /// When the turn was due in the process that acknowledged it.
    fn due(&self, turn: &Turn, acknowledged: At, process: u32) -> Option<At> {
        let boundaries = [self.full(turn, acknowledged, process), self.boundary(turn, acknowledged, process)];
        let ended = self.end(process, acknowledged.place).filter(|held| self.ends_all(held));
        let ended = ended.map(|held| held.from);
        boundaries.into_iter().flatten().chain(ended).min_by_key(|at| at.place)
    }

    /// When its batch was full at the latest: as many turns of its session as are missing had been handed over behind it, and acknowledged. If they
    /// have other parents, no batch has them all, and what waited for more of the same had nothing to wait for.
    fn full(&self, turn: &Turn, acknowledged: At, process: u32) -> Option<At> {
        let Some(missing) = (self.delivery.batch as usize).checked_sub(2) else { return Some(acknowledged) };
        if self.life(process)?.has_other_agents {
            return None;
        }
        let behind = self.batches.get(&(process, &turn.id.session))?.iter();
        behind.filter(|(called, _)| called.place > acknowledged.place).nth(missing).map(|(_, at)| *at)
    }

    /// When its session came to a boundary, and no other session was open, or had a turn, before.
    fn boundary(&self, turn: &Turn, acknowledged: At, process: u32) -> Option<At> {
        if self.life(process)?.has_other_agents {
            return None;
        }
        let is_one =
            |call: &Call| matches!(call, Call::Command { word, .. } if self.delivery.boundaries.contains(word));
        let calls = self.evidence.reading.calls.over().iter();
        let later = calls.filter(|held| held.process == process && held.from.place > acknowledged.place);
        let first = later.filter(|held| held.returned && is_one(&held.call)).min_by_key(|held| held.from.place)?;
        self.stays(&turn.id.session, acknowledged, first).then_some(first.to)
    }

    /// Whether no other session was open, or had a turn, between this time and a call.
    fn stays(&self, session: &SessionId, since: At, call: &Held) -> bool {
        // The event before a call that opens another session says which one that is. A compression that keeps its session opens none: what was
        // said before it is that the session of another agent is shown.
        let before = call.from.place.saturating_sub(1);
        let opens = match (&call.call, &self.evidence.events[before].fact) {
            (Call::Command { word: Word::End | Word::Evict | Word::Flush, .. }, _) => false,
            (Call::Command { word: Word::Compress, .. }, Fact::Lineage { parent, .. }) => *parent != Parent::Unknown,
            _ => true,
        };
        let before = if opens { before } else { call.from.place }.max(since.place);
        let between = self.evidence.events[since.place..before].iter();
        let mut between = between.filter(|event| event.who == Who::Process(call.process));
        let elsewhere = |fact: &Fact| {
            let turned = matches!(fact, Fact::Called(Call::Turn(other)) if other.session != *session);
            turned || matches!(fact, Fact::Lineage { session: other, .. } if other != session)
        };
        !between.any(|event| elsewhere(&event.fact))
    }

    /// From when on this process should deliver what a former one had left.
    fn taken_up(&self, life: &Life, left_by: u32) -> Option<At> {
        if !self.delivery.follow {
            return None;
        }
        let (started, left) = (life.started?, self.evidence.reading.lives.end_of(left_by)?);
        let mut others = self.evidence.reading.lives.planned().filter(|other| other.process != life.process);
        let alone = !others.any(|other| other.is_alive_at(started.place));
        (alone && left.at.place < started.place).then_some(started)
    }

    /// The times in which the process's memory is open.
    fn open(&self, process: u32) -> impl Iterator<Item = Open> {
        self.open.get(&process).into_iter().flatten().copied()
    }

    /// The same, in order: from its start where the host has an agent then, else from its first turn on.
    fn times(&self, life: &Life) -> Vec<Open> {
        let (process, Some(started)) = (life.process, life.started) else { return Vec::new() };
        let (ended, mut times) = (self.evidence.end_of(process), Vec::new());
        let opened = |since: At| self.opened(process, since).filter(|at| !self.was_closed(process, since, *at));
        let mut from = if self.delivery.opens { Some(started) } else { opened(started) };
        while let Some(since) = from {
            let closed = self.end(process, since.place);
            times.push(Open { from: since, to: closed.map_or(ended, |held| held.from) });
            let opens_again = closed.filter(|held| self.delivery.opens || !is_for_good(held));
            from = opens_again.and_then(|held| opened(held.to));
        }
        times
    }

    /// Whether an agent that a command had made, or a turn that need not have completed, was shut down for good in this time: its session
    /// goes on with a closed memory.
    fn was_closed(&self, process: u32, since: At, until: At) -> bool {
        let makes = |held: &&Held| match held.call {
            Call::Command { word, .. } => {
                matches!(word, Word::End | Word::Prefetch | Word::Compress | Word::Undo | Word::Reinit | Word::Flush)
            }
            // A turn that was resumed.
            Call::Turn(_) => true,
        };
        let later = |held: &&Held| held.process == process && held.from.place >= since.place;
        let own = self.evidence.reading.calls.over().iter().filter(later);
        let runs = |event: &Event| {
            let begins = matches!(&event.fact, Fact::TaskStarted { name } if [thread::TURN, thread::RESUMPTION].contains(&&**name));
            begins && event.who == Who::Process(process)
        };
        let began = self.evidence.events[since.place..].iter().position(runs).map(|place| since.place + place);
        let Some(made) = own.filter(makes).map(|held| held.to.place).chain(began).min() else { return false };
        let mut ends = self.ends.get(&process).into_iter().flatten();
        ends.any(|end| is_for_good(end) && (made..until.place).contains(&end.from.place))
    }

    /// When an agent began to work, behind this place. A turn that was asked for before, or ran beside an end, may belong to an agent that has ended.
    fn opened(&self, process: u32, behind: At) -> Option<At> {
        let calls = &self.evidence.reading.calls;
        let later = |at: At| at.place > behind.place;
        let beside_an_end = |from: At, to: At| {
            let mut ends = self.ends.get(&process).into_iter().flatten();
            ends.any(|end| end.from.place < to.place && from.place < end.to.place)
        };
        let asked = |id: &TurnId, held: &Held| {
            calls.turns.iter().any(|one| {
                let handed_over = one.handed_over.is_some_and(|over| over.place == held.from.place);
                let own = handed_over && one.process == process && one.turn == *id;
                own && later(one.from) && !beside_an_end(one.from, held.to)
            })
        };
        let reopens = |held: &&Held| match &held.call {
            Call::Turn(turn) => !self.delivery.opens && asked(turn, held),
            Call::Command { word, .. } => self.delivery.opens && *word == Word::Reinit,
        };
        let own = calls.over().iter().filter(|held| held.process == process && held.returned && later(held.from));
        let mut own: Vec<&Held> = own.collect();
        own.sort_by_key(|held| held.to.place);
        own.into_iter().find(reopens).map(|held| held.to)
    }

    fn life(&self, process: u32) -> Option<&'a Life> {
        self.evidence.reading.lives.of(process)
    }
}

/// Whether the session of the turn was open at the call.
fn is_of(held: &Held, turn: &Turn) -> bool {
    matches!(&held.call, Call::Command { session, .. } if *session == turn.id.session)
}

/// Whether the host waits for its memory, and nothing else.
fn is_flush(held: &Held) -> bool {
    matches!(held.call, Call::Command { word: Word::Flush, .. })
}

/// Whether the memory of its process stays closed behind it, unless an agent is initialized again: a host that goes on all the same keeps what it
/// completes for the next process.
fn is_for_good(end: &Held) -> bool {
    matches!(end.call, Call::Command { word: Word::Shutdown, .. })
}
