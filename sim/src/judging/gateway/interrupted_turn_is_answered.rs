//! interrupted-turn-is-answered: a user who asked before a restart gets an answer after it. Source: #11852, #21192, #27856, #58818, and the
//! maintainers' answer to #11099; rows B-02, B-03 and B-27 of `scenarios/README.md`.
//!
//! Judged once a later process has lived for ten seconds, which is longer than any start takes. A turn need not be resumed if it was tried
//! three times, stopped by its user, or cut short an hour before that process started. A turn that finished unseen counts as answered when
//! its answer arrives.

use model::contracts::chats::{ATTEMPTS_MAX, FRESHNESS};
use model::facts::chats::{End, How};
use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::lives::Life;
use crate::history::reading::runs::Begun;
use crate::judging::noting::could_note;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "interrupted-turn-is-answered",
    part: Part::Gateway,
    rule: "a turn that a restart cut short is taken up again, and an answer that was made reaches its user",
    // Which turns were given up as stuck.
    needs: Grade::ToldByImplementation,
    severity: 20,
    letter: 'N',
    words: "never answered",
    counted: true,
    data: None,
    breaker: "E0",
    not_drawn: &[],
    judge,
};

/// How long a process must live before it must have resumed interrupted turns.
const LIFE_MS: u64 = 10_000;
/// How precisely the time of a kill can be known.
const UNCERTAIN_MS: u64 = 70_000;

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for (place, one) in evidence.reading.runs.begun.iter().enumerate() {
        match (one.end, one.cut_short_ms) {
            (Some((End::Completed, at)), _) => answered(evidence, one, at, &mut findings),
            (_, Some(cut_ms)) => taken_up(evidence, place, cut_ms, &mut findings),
            _ => {}
        }
    }
    findings
}

/// A process that lived long enough, with its first and last time.
struct Later {
    from_ms: u64,
    to_ms: u64,
}

/// The first process after that time that lives long enough before its stop begins: a stopping process starts no turn.
fn later_life(evidence: &Evidence<'_>, at_ms: u64) -> Option<Later> {
    let seen_ms = evidence.events.last().map_or(0, |event| event.at_ms);
    let lived = |life: &Life| {
        let stopped = [life.stop_began, life.ended.as_ref().map(|end| end.at)].into_iter().flatten().map(|at| at.ms);
        Some(Later { from_ms: life.started?.ms, to_ms: stopped.min().unwrap_or(seen_ms) })
    };
    let mut lives = evidence.reading.lives.planned().filter_map(lived);
    // What a faulty disk, a nap of the machine and the schedule held up was no time to resume anything.
    let Evidence { reading, limits, .. } = evidence;
    let held_up_ms = |&Later { from_ms, to_ms }: &Later| {
        reading.disk.faulty_ms(from_ms, to_ms) + reading.machine.asleep_ms(from_ms, to_ms) + limits.held_up_ms
    };
    let long = |life: &Later| life.to_ms.saturating_sub(life.from_ms + held_up_ms(life)) >= LIFE_MS;
    lives.find(|life| life.from_ms >= at_ms && long(life))
}

/// Whether the user of that turn got an answer.
fn replied(evidence: &Evidence<'_>, one: &Begun) -> bool {
    evidence.reading.runs.replied(&one.turn, one.at.place).is_some()
}

/// Whether the turn was given up as stuck, after three processes had ended since its user asked. An attempt that was counted and then
/// killed before it was seen to begin counts too. Only the implementation reports a turn as given up, and its report acquits it.
fn is_stuck(evidence: &Evidence<'_>, one: &Begun) -> bool {
    let Evidence { reading, .. } = evidence;
    let asked = reading.runs.asked(&one.turn).first();
    let stuck = reading.runs.stuck(&one.turn.session, one.at.place);
    let (Some(from), Some(to)) = (asked, stuck) else { return false };
    let ends = reading.lives.ends().filter(|(_, end)| (from.place..to.place).contains(&end.at.place)).count();
    ends >= ATTEMPTS_MAX as usize
}

fn answered(evidence: &Evidence<'_>, one: &Begun, at: At, findings: &mut Findings) {
    let at_ms = at.ms;
    let asked = evidence.reading.runs.asked(&one.turn).first().copied().unwrap_or(one.at);
    let stopped = evidence.reading.runs.asked_to_stop(&one.turn.session, asked.place);
    if replied(evidence, one) {
        findings.holds();
    } else if stopped.is_some_and(|stop| stop.place < evidence.end_of(one.process).place) {
        // Its user stopped it as it ended, and waits for no answer.
    } else if !could_be_known(evidence, one) {
        // No later process can know of it.
    } else if let Some(life) = later_life(evidence, at_ms) {
        let told = format!(
            "{} was answered at {at_ms} ms, and the answer never reached its user, though a process lived from {} to {} ms",
            one.turn, life.from_ms, life.to_ms
        );
        findings.violated(Some(&one.turn), at, told);
    }
}

/// Whether the process in which the turn ran could keep that it was asked for. What an earlier process kept stays.
fn could_be_known(evidence: &Evidence<'_>, one: &Begun) -> bool {
    let asked = evidence.reading.runs.asked(&one.turn).first().copied().unwrap_or(one.at);
    let started = evidence.reading.lives.of(one.process).and_then(|life| life.started);
    started.is_some_and(|started| asked.place < started.place) || could_note(evidence, one.process, asked.ms)
}

/// Whether another turn of its chat, asked for earlier, was taken up first and ran until the end of that life: messages of a chat take turns.
fn is_behind_another(evidence: &Evidence<'_>, one: &Begun, life: &Later) -> bool {
    let machine = &evidence.reading.machine;
    evidence.reading.runs.begun.iter().any(|other| {
        let asked = |turn| evidence.reading.runs.asked(turn).first().map(|at| at.place);
        other.turn.session.chat() == one.turn.session.chat()
            && matches!(other.how, How::Resumed)
            && asked(&other.turn) < asked(&one.turn)
            && other.at.ms >= life.from_ms
            && machine.awake_ms(life.from_ms, other.at.ms) < LIFE_MS
            && other.end.is_none_or(|(_, at)| machine.awake_ms(at.ms, life.to_ms) < LIFE_MS)
    })
}

fn taken_up(evidence: &Evidence<'_>, place: usize, cut_ms: u64, findings: &mut Findings) {
    let turns = &evidence.reading.runs.begun;
    let one = &turns[place];
    let attempts = turns[..=place].iter().filter(|other| other.attempt_at() == one.attempt_at()).count();
    let again = |other: &Begun| {
        other.turn == one.turn || matches!(&other.how, How::Continued(continued) if *continued == one.turn)
    };
    if turns[place + 1..].iter().any(again) || replied(evidence, one) {
        return findings.holds();
    }
    let Some(life) = later_life(evidence, cut_ms) else { return };
    let fresh_ms = u64::try_from(FRESHNESS.as_millis()).expect("an hour") - UNCERTAIN_MS;
    // Its user may have waited for the disk before it began, and its heartbeats afterwards. Behind a nap of the machine the last one is old.
    let asked = evidence.reading.runs.asked(&one.turn).first().copied().unwrap_or(one.at);
    let napped_ms = evidence.reading.machine.napped_ms(asked.ms, cut_ms, UNCERTAIN_MS);
    let unwritten_ms = evidence.reading.disk.faulty_ms(asked.ms.min(cut_ms), cut_ms) + napped_ms;
    let silent_ms = life.from_ms - cut_ms + unwritten_ms;
    let excused = attempts >= ATTEMPTS_MAX as usize
        || is_stuck(evidence, one)
        || silent_ms > fresh_ms
        || !could_be_known(evidence, one)
        || is_behind_another(evidence, one, &life)
        || evidence.reading.runs.asked_to_stop(&one.turn.session, asked.place).is_some();
    if !excused {
        let told = format!(
            "{} began at {} ms, was cut short at {cut_ms} ms and never taken up again, though a process lived from {} to {} ms",
            one.turn, one.at.ms, life.from_ms, life.to_ms
        );
        let at = one.end.map_or_else(|| evidence.end_of(one.process), |(_, at)| at);
        findings.violated(Some(&one.turn), at, told);
    }
}
