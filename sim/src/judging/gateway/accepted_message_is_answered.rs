//! accepted-message-is-answered: a message that a gateway does not refuse gets its turn, however often its process ends meanwhile. Source: #82381,
//! a message that is acknowledged while a restart waits and then dropped, and #113233, a receipt for a message that nothing has stored.
//!
//! A message is accepted when it came and its user was not turned away: what the gateway has stored is not asked. It waits as long as its chat
//! is busy, and must run once the chat has been free for ten seconds in a process that takes messages. A turn that began is judged by
//! interrupted-turn-is-answered, and a message for a session that has ended by session-continuity.

use std::collections::BTreeMap;

use model::contracts::chats::{ATTEMPTS_MAX, FRESHNESS};
use model::facts::Observation as Told;
use model::facts::chats::Observation;
use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::reading::At;
use crate::history::reading::lives::Life;
use crate::history::reading::stations::What;
use crate::history::{Event, Exclusion, Fact, Grade, Who};
use crate::judging::noting::NOTING_MS;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "accepted-message-is-answered",
    part: Part::Gateway,
    rule: "a message that its gateway does not refuse gets its turn, unless its user stops it or its process ends at once",
    needs: Grade::ToldByHost,
    severity: 20,
    letter: 'H',
    words: "message dropped",
    counted: true,
    data: None,
    breaker: "E4",
    not_drawn: &[],
    judge,
};

/// How long a chat must be free in a process before its message must have begun there: longer than any start takes.
const FREE_MS: u64 = 10_000;
/// How precisely the time of a kill can be known.
const UNCERTAIN_MS: u64 = 70_000;

/// A message: when it first came, to which process, and whether anything became of it.
struct Message {
    at: At,
    process: u32,
    settled: bool,
    swallowed: bool,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for (turn, message) in messages(evidence) {
        if message.settled {
            findings.holds();
        } else if !message.swallowed && !is_excused(evidence, turn, &message) {
            let Some((from_ms, to_ms)) = chance(evidence, turn, &message) else { continue };
            let told = format!(
                "{turn} came at {} ms, was not refused and never ran, though its chat was free from {from_ms} to {to_ms} ms",
                message.at.ms
            );
            findings.violated(Some(turn), message.at, told);
        }
    }
    findings
}

/// The messages of a run. The same text said again is the same message.
fn messages<'a>(evidence: &Evidence<'a>) -> BTreeMap<&'a TurnId, Message> {
    let mut messages: BTreeMap<&TurnId, Message> = BTreeMap::new();
    for &place in &evidence.reading.runs.told {
        let Event { who: Who::Process(process), fact: Fact::Told(Told::Continuity(told)), .. } =
            &evidence.events[place]
        else {
            continue;
        };
        let mut settles = |turn| messages.get_mut(turn).into_iter().for_each(|message| message.settled = true);
        match told {
            Observation::Asked { turn } => {
                let (at, process) = (evidence.at(place), *process);
                messages.entry(turn).or_insert(Message { at, process, settled: false, swallowed: false });
            }
            Observation::Refused { turn } | Observation::Began { turn, .. } | Observation::Replied { turn } => {
                settles(turn)
            }
            Observation::Swallowed { turn, .. } => {
                messages.get_mut(turn).into_iter().for_each(|message| message.swallowed = true);
            }
            Observation::Finished { .. }
            | Observation::StopAsked { .. }
            | Observation::StoppedByUser { .. }
            | Observation::AskedForRestart { .. }
            | Observation::StopBegan
            | Observation::Drained { .. }
            | Observation::Noted { .. }
            | Observation::Found { .. } => {}
        }
    }
    messages
}

/// Whether its user took the message back, or its process ended before the gateway could make it safe.
fn is_excused(evidence: &Evidence<'_>, turn: &TurnId, message: &Message) -> bool {
    let Evidence { reading, limits, .. } = evidence;
    let undone = |what: &What| matches!(what, What::Excluded { why: Exclusion::Undone });
    let stations = reading.turns.get(turn).map_or(&[][..], |turn| &turn.stations);
    let (came_ms, end) = (message.at.ms, reading.lives.end_of(message.process));
    let held_up_ms = |end_ms| reading.disk.faulty_ms(came_ms, end_ms) + reading.machine.asleep_ms(came_ms, end_ms);
    let too_soon_ms = |end_ms| came_ms + NOTING_MS + limits.held_up_ms + held_up_ms(end_ms);
    reading.runs.asked_to_stop(&turn.session, message.at.place).is_some()
        || stations.iter().any(|station| undone(&station.what))
        || end.is_some_and(|end| end.at.ms <= too_soon_ms(end.at.ms))
}

/// A time in which a process could have run the message: its chat was free, and the process took messages.
fn chance(evidence: &Evidence<'_>, turn: &TurnId, message: &Message) -> Option<(u64, u64)> {
    let lives = evidence.reading.lives.planned();
    let own =
        |life: &&Life| life.process == message.process || life.started.is_some_and(|at| at.place > message.at.place);
    let could = |life: &Life| {
        let (from_ms, to_ms) = working(evidence, life, message)?;
        evidence.reading.runs.free(turn.session.chat(), (from_ms, to_ms)).into_iter().find(|(from_ms, to_ms)| {
            let Evidence { reading, limits, .. } = evidence;
            let asleep_ms = reading.machine.asleep_ms(*from_ms, *to_ms);
            let held_up_ms = reading.disk.faulty_ms(*from_ms, *to_ms) + asleep_ms + limits.held_up_ms;
            to_ms.saturating_sub(from_ms + held_up_ms) >= FREE_MS
        })
    };
    lives.filter(own).find_map(could)
}

/// The time in which this process takes messages and knows of this one. `None` if the message is too old for it by then, was perhaps tried too
/// often, or belongs to a process beside it.
fn working(evidence: &Evidence<'_>, life: &Life, message: &Message) -> Option<(u64, u64)> {
    let Evidence { reading, .. } = evidence;
    let started = life.started?;
    let from_ms = if life.process == message.process {
        message.at.ms
    } else {
        let lost_ms = evidence.end_of(message.process).ms;
        let fresh_ms = u64::try_from(FRESHNESS.as_millis()).expect("an hour") - UNCERTAIN_MS;
        let ends = reading.lives.ends().filter(|(_, end)| (message.at.place..started.place).contains(&end.at.place));
        // What a faulty disk held up was written late, and says when the message came. Behind a nap of the machine the last sign of life is old.
        let napped_ms = reading.machine.napped_ms(message.at.ms, lost_ms, UNCERTAIN_MS);
        let unwritten_ms = reading.disk.faulty_ms(message.at.ms, lost_ms) + napped_ms;
        let silent_ms = started.ms.saturating_sub(lost_ms) + unwritten_ms;
        let hopeless = silent_ms > fresh_ms || ends.count() >= ATTEMPTS_MAX as usize;
        let beside =
            reading.lives.planned().any(|other| other.process != life.process && other.is_alive_at(started.place));
        (!hopeless && !beside).then_some(started.ms)?
    };
    let restarts = |step: &str| step == "request_restart";
    let asked = reading.calls.asked().filter(|asked| asked.process == life.process && restarts(&asked.step));
    let stops = [life.stop_began.map(|at| at.ms), asked.map(|asked| asked.from.ms).min()];
    let to_ms = stops.into_iter().flatten().chain([evidence.end_of(life.process).ms]).min()?;
    (from_ms < to_ms).then_some((from_ms, to_ms))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::facts::chats::End;
    use model::words::command::Answer;

    use super::super::tests::{Gateway, id};
    use super::*;
    use crate::plan::DiskFault;

    const NEVER_RAN: &str =
        "S1#2 came at 2000 ms, was not refused and never ran, though its chat was free from 10000 to 60000 ms";

    fn came(gateway: Gateway, at_ms: u64, turn: &str) -> Gateway {
        gateway.told(at_ms, Observation::Asked { turn: id(turn) })
    }

    /// A process whose turn `S1#1` runs until the process is killed, at 9 s. Meanwhile `S1#2` comes.
    fn waits() -> Gateway {
        came(came(Gateway::default().start(0), 0, "S1#1").asked(0, "S1#1"), 2_000, "S1#2")
    }

    /// The next process answers `S1#1` at once and lives from 10 to 60 s.
    fn next(gateway: Gateway) -> Gateway {
        gateway.killed(9_000).start(10_000).resumed(10_000, "S1#1").answered(10_000, "S1#1")
    }

    #[test]
    fn a_message_that_never_runs_trips() {
        next(waits()).killed(60_000).violates(ROW.name, NEVER_RAN);
        next(waits()).asked(10_500, "S1#2").answered(12_000, "S1#2").killed(60_000).holds();
        next(waits().told(2_000, Observation::Refused { turn: id("S1#2") })).killed(60_000).holds();
        let told = "S1#1 came at 0 ms, was not refused and never ran, though its chat was free from 0 to 60000 ms";
        came(Gateway::default().start(0), 0, "S1#1").killed(60_000).violates(ROW.name, told);
    }

    #[test]
    fn a_message_waits_for_its_chat_and_for_a_process_that_takes_messages() {
        next(waits()).killed(19_000).holds();
        let busy = waits().killed(9_000).start(10_000).resumed(10_000, "S1#1");
        busy.answered(55_000, "S1#1").killed(60_000).holds();
        next(waits()).told(15_000, Observation::StopBegan).killed(60_000).holds();
        let step = || "request_restart".to_owned();
        let asks = |gateway: Gateway| gateway.at(15_000, Fact::Asked { step: step() });
        let answered = Fact::Answered { step: step(), asked_ms: 15_000, answer: Answer::Nothing };
        asks(next(waits())).at(60_000, answered).killed(60_000).holds();
        let answered = Fact::Answered { step: step(), asked_ms: 30_000, answer: Answer::Nothing };
        let again = asks(next(waits())).at(30_000, Fact::Asked { step: step() });
        again.at(60_000, answered).killed(60_000).holds();
    }

    #[test]
    fn what_its_user_takes_back_need_not_run() {
        let stopped = |at_ms| next(waits()).told(at_ms, Observation::StopAsked { chat: "S1".into() });
        stopped(30_000).killed(60_000).holds();
        next(waits().at(3_000, Fact::Excluded { turn: id("S1#2"), why: Exclusion::Undone })).killed(60_000).holds();
        let earlier = came(Gateway::default().start(0), 0, "S1#1").asked(0, "S1#1").finished(500, "S1#1", End::Failed);
        let stopped = earlier.told(600, Observation::StopAsked { chat: "S1".into() });
        let told =
            "S1#2 came at 2000 ms, was not refused and never ran, though its chat was free from 2000 to 60000 ms";
        came(stopped, 2_000, "S1#2").killed(60_000).violates(ROW.name, told);
    }

    #[test]
    fn a_process_that_ends_at_once_could_not_keep_it() {
        let ended = |at_ms| waits().killed(at_ms).start(10_000).resumed(10_000, "S1#1").answered(10_000, "S1#1");
        ended(3_000).killed(60_000).holds();
        ended(3_001).killed(60_000).violates(ROW.name, NEVER_RAN);
        let late = waits().killed(9_000).start(3_600_000).resumed(3_600_000, "S1#1").answered(3_600_000, "S1#1");
        late.killed(3_700_000).holds();
    }

    #[test]
    fn what_a_faulty_disk_holds_up_is_as_old_as_its_record() {
        let fails = |seconds| Fact::Disk { fault: DiskFault::Fails(Duration::from_secs(seconds)) };
        let next = |seconds| {
            let life = waits().at(2_500, fails(seconds)).killed(7_000_000).start(7_000_100);
            life.resumed(7_000_100, "S1#1").answered(7_000_100, "S1#1").killed(7_060_000)
        };
        next(3_600).holds();
        let told =
            "S1#2 came at 2000 ms, was not refused and never ran, though its chat was free from 7000100 to 7060000 ms";
        next(60).violates(ROW.name, told);
    }
}
