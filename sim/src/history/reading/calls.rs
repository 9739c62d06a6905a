//! Calls: when each was made, when it returned or was cut off, and how long its caller was held.
//!
//! A return ends the oldest open call of its process that equals it. The end of a process cuts off every call that is still open.

use std::time::Duration;

use model::words::command::Answer;
use model::words::turn::TurnId;

use super::At;
use crate::history::{Call, Event};

/// A call that is over.
#[derive(Clone, Debug)]
pub struct Held {
    /// The process that made it.
    pub process: u32,
    /// The call.
    pub call: Call,
    /// When it was made.
    pub from: At,
    /// When it returned, or its process ended.
    pub to: At,
    /// Whether it returned.
    pub returned: bool,
    /// How long the machine slept meanwhile, in milliseconds.
    pub asleep_ms: u64,
}

impl Held {
    /// How long the caller was held, in milliseconds. Nobody waits at a machine that sleeps.
    pub fn duration_ms(&self) -> u64 {
        (self.to.ms - self.from.ms).saturating_sub(self.asleep_ms)
    }
}

/// A step of the host's own kind, and the host's answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The process.
    pub process: u32,
    /// The plan's step.
    pub step: String,
    /// When it was asked.
    pub from: At,
    /// The answer, and when it came. `None` if it never did.
    pub answer: Option<(Answer, At)>,
}

/// A turn that a user asked for.
#[derive(Clone, Debug)]
pub struct Awaited {
    /// The process.
    pub process: u32,
    /// The turn.
    pub turn: TurnId,
    /// When it was asked for.
    pub from: At,
    /// When its host had done its work and handed it to the memory, if it did.
    pub handed_over: Option<At>,
}

/// The calls of a run.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// The turns that users asked for, in order.
    pub turns: Vec<Awaited>,
    /// The places of those that no memory has got yet.
    waiting: Vec<usize>,
    over: Vec<Held>,
    open: Vec<Open>,
    answered: Vec<Asked>,
    unanswered: Vec<Asked>,
}

#[derive(Clone, Debug)]
struct Open {
    process: u32,
    call: Call,
    from: At,
    asleep_ms: u64,
}

impl Calls {
    /// The calls that are over, in the order in which they ended.
    pub fn over(&self) -> &[Held] {
        &self.over
    }

    /// All calls, each with its process and the time at which it was made, in no particular order.
    pub fn made(&self) -> impl Iterator<Item = (u32, &Call, At)> {
        let over = self.over.iter().map(|held| (held.process, &held.call, held.from));
        over.chain(self.open.iter().map(|open| (open.process, &open.call, open.from)))
    }

    /// The host's own steps: those with an answer, in the order of the answers, then those without.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.answered.iter().chain(&self.unanswered)
    }

    /// Whether a call of the process is under way at this place.
    pub fn under_way(&self, process: u32, place: usize) -> bool {
        let over =
            self.over.iter().any(|held| held.process == process && held.from.place < place && held.to.place >= place);
        over || self.open.iter().any(|open| open.process == process && open.from.place < place)
    }

    /// Whether the process ended in its handler of SIGTERM: its supervisor waits for that one only so long.
    pub fn ended_in_a_stop(&self, process: u32) -> bool {
        let mut cut_off = self.over.iter().filter(|held| held.process == process && !held.returned);
        cut_off.any(|held| held.call.is_a_stop())
    }

    pub(super) fn turn_asked(&mut self, at: At, process: u32, turn: &TurnId) {
        self.waiting.push(self.turns.len());
        self.turns.push(Awaited { process, turn: turn.clone(), from: at, handed_over: None });
    }

    pub(super) fn called(&mut self, at: At, process: u32, call: &Call) {
        if let Call::Turn(turn) = call {
            let is_it = |place: &usize| self.turns[*place].process == process && self.turns[*place].turn == *turn;
            if let Some(nth) = self.waiting.iter().position(is_it) {
                let place = self.waiting.remove(nth);
                self.turns[place].handed_over = Some(at);
            }
        }
        self.open.push(Open { process, call: call.clone(), from: at, asleep_ms: 0 });
    }

    /// The machine sleeps for so long, and so do all processes.
    pub(super) fn slept(&mut self, lasts: Duration) {
        self.open.iter_mut().for_each(|open| open.asleep_ms += Event::ms(lasts));
    }

    /// When the process made this call, if it is under way.
    pub(super) fn since(&self, process: u32, call: &Call) -> Option<At> {
        self.open.iter().find(|open| open.process == process && open.call == *call).map(|open| open.from)
    }

    pub(super) fn returned(&mut self, at: At, process: u32, call: &Call) {
        let place = self.open.iter().position(|open| open.process == process && open.call == *call);
        if let Some(place) = place {
            let Open { process, call, from, asleep_ms } = self.open.remove(place);
            self.over.push(Held { process, call, from, to: at, returned: true, asleep_ms });
        }
    }

    pub(super) fn asks(&mut self, at: At, process: u32, step: &str) {
        self.unanswered.push(Asked { process, step: step.to_owned(), from: at, answer: None });
    }

    pub(super) fn answers(&mut self, at: At, process: u32, step: &str, asked_ms: u64, answer: &Answer) {
        let asked = |one: &Asked| one.process == process && one.from.ms == asked_ms && one.step == step;
        let place = self.unanswered.iter().position(asked).expect("what is answered was asked");
        let asked = self.unanswered.remove(place);
        self.answered.push(Asked { answer: Some((answer.clone(), at)), ..asked });
    }

    pub(super) fn process_ended(&mut self, at: At, process: u32) {
        let cut_off = self.open.extract_if(.., |open| open.process == process);
        self.over.extend(cut_off.map(|Open { process, call, from, asleep_ms }| Held {
            process,
            call,
            from,
            to: at,
            returned: false,
            asleep_ms,
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::history::reading::tests::{Log, call};

    /// The calls of a history: from, to, and whether each returned.
    fn check(log: Log, expected: &[(u64, u64, bool)]) {
        let reading = log.read();
        let calls: Vec<_> = reading.calls.over().iter().map(|held| (held.from.ms, held.to.ms, held.returned)).collect();
        assert_eq!(calls, expected);
    }

    #[test]
    fn a_call_lasts_until_it_returns() {
        check(Log::default().called(1, 10, "S1#1").returned(1, 30, "S1#1"), &[(10, 30, true)]);
    }

    #[test]
    fn the_end_of_its_process_cuts_a_call_off() {
        let log = Log::default().called(1, 10, "S1#1").called(2, 11, "S2#1").killed(1, 50);
        check(log, &[(10, 50, false)]);
    }

    #[test]
    fn of_two_equal_calls_the_first_return_ends_the_older() {
        let twice =
            Log::default().called(1, 10, "S1#1").called(1, 20, "S1#1").returned(1, 30, "S1#1").returned(1, 40, "S1#1");
        check(twice, &[(10, 30, true), (20, 40, true)]);
    }

    #[test]
    fn a_call_is_under_way_between_its_two_events() {
        let reading = Log::default().called(1, 10, "S1#1").killed(1, 10).read();
        let under_way: Vec<bool> = (0..3).map(|place| reading.calls.under_way(1, place)).collect();
        assert_eq!(under_way, [false, true, false]);
        assert_eq!(reading.calls.over()[0].call, call("S1#1"));
    }
}
