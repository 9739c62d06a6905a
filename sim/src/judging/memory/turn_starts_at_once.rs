//! turn-starts-at-once: work on a turn begins soon after the user asked for it, whatever another session's provider or a disk does. Source:
//! `scenarios/README.md` row AL-12 (a full cache commits the agent that it evicts, on the thread of the turn that needs the room), and
//! hermes-agent#32805, a disk that is full.
//!
//! A turn waits from the user's request until its host hands it to the memory. A WebUI's and a gateway's turn takes time of its own, so these
//! hosts report its beginning; in a gateway it may wait as long as another turn of its chat runs. A message that never begins is
//! accepted-message-is-answered's.

use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::calls::Awaited;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "turn-starts-at-once",
    part: Part::Memory,
    rule: "a turn is worked on no later than the command limit after it was asked for",
    needs: Grade::ToldByHost,
    severity: 70,
    letter: 'r',
    words: "turn held",
    counted: true,
    data: None,
    breaker: "W1",
    not_drawn: &[],
    judge,
};

/// A turn that waited.
struct Wait<'a> {
    turn: &'a TurnId,
    asked: At,
    /// From when on it could have been worked on.
    from_ms: u64,
    to_ms: u64,
    /// When it was worked on, or its process ended.
    to: At,
    /// Whether it was worked on then.
    works: bool,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let limit_ms = evidence.limits.command_ms;
    for Wait { turn, asked, from_ms, to_ms, to, works } in
        in_webui(evidence).chain(in_gateway(evidence)).chain(elsewhere(evidence))
    {
        match (evidence.reading.machine.awake_ms(from_ms, to_ms) <= limit_ms, works) {
            (true, true) => findings.holds(),
            (true, false) => {}
            (false, _) => {
                let told =
                    format!("{turn} was asked for at {from_ms} ms and held until {to_ms} ms, limit {limit_ms} ms");
                findings.violated(Some(turn), if works { to } else { asked }, told);
            }
        }
    }
    findings
}

fn in_webui<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = Wait<'a>> {
    evidence.reading.commits.agents.turns.iter().map(|asked| {
        let to = asked.works.unwrap_or_else(|| evidence.end_of(asked.process));
        let (from_ms, works) = (asked.began.ms, asked.works.is_some());
        Wait { turn: &asked.turn, asked: asked.began, from_ms, to_ms: to.ms, to, works }
    })
}

/// A gateway's turns, each since its chat was free.
fn in_gateway<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = Wait<'a>> {
    let runs = &evidence.reading.runs;
    runs.begun.iter().filter_map(|begun| {
        let asked = runs.asked(&begun.turn).iter().rfind(|at| at.place < begun.at.place)?;
        let own = evidence.events[asked.place].who == evidence.events[begun.at.place].who;
        let free = runs.free(begun.turn.session.chat(), (asked.ms, begun.at.ms));
        // Another message may have overtaken it: the longest wait counts.
        let longest = free.into_iter().max_by_key(|(from_ms, to_ms)| to_ms - from_ms);
        let (from_ms, to_ms) = longest.unwrap_or((begun.at.ms, begun.at.ms));
        own.then_some(Wait { turn: &begun.turn, asked: *asked, from_ms, to_ms, to: begun.at, works: true })
    })
}

/// The turns of which the host reports no beginning.
fn elsewhere<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = Wait<'a>> {
    let reading = evidence.reading;
    let reported = |turn: &TurnId| {
        !reading.runs.asked(turn).is_empty() || reading.commits.agents.turns.iter().any(|one| one.turn == *turn)
    };
    let waits =
        move |asked: &&Awaited| !reported(&asked.turn) && (asked.handed_over.is_some() || is_held(evidence, asked));
    reading.calls.turns.iter().filter(waits).map(|asked| {
        let to = asked.handed_over.unwrap_or_else(|| evidence.end_of(asked.process));
        let (from_ms, works) = (asked.from.ms, asked.handed_over.is_some());
        Wait { turn: &asked.turn, asked: asked.from, from_ms, to_ms: to.ms, to, works }
    })
}

/// Whether its process has done nothing else since a turn was asked for: hosts may pass a turn over, and a signal that suspends its thread
/// takes it with it.
fn is_held(evidence: &Evidence<'_>, asked: &Awaited) -> bool {
    let Evidence { reading, .. } = evidence;
    let later = |process: u32, at: At| process == asked.process && at.place > asked.from.place;
    let signaled = reading.lives.of(asked.process).is_some_and(|life| life.signal.is_some());
    let made = reading.calls.made().any(|(process, _, at)| later(process, at));
    !signaled && !made && !reading.calls.turns.iter().any(|other| later(other.process, other.from))
}

#[cfg(test)]
mod tests {
    use model::facts::chats::{End, Observation};
    use model::words::command::Answer;

    use super::super::tests::{id, violations_in};
    use super::*;
    use crate::history::{Call, Event, Fact, Who, Word};
    use crate::judging::gateway::tests::Gateway;
    use crate::plan::Ending;

    fn asks(gateway: Gateway, at_ms: u64, turn: &str) -> Gateway {
        gateway.told(at_ms, Observation::Asked { turn: id(turn) })
    }

    #[test]
    fn a_chat_that_is_free_does_not_wait() {
        let began =
            |at_ms| asks(Gateway::default().start(0), 1_000, "S1#1").asked(at_ms, "S1#1").answered(at_ms, "S1#1");
        began(6_000).holds();
        began(6_001).violates(ROW.name, "S1#1 was asked for at 1000 ms and held until 6001 ms, limit 5000 ms");
    }

    #[test]
    fn a_message_waits_for_the_other_turns_of_its_chat() {
        let busy = |until_ms| {
            let first = asks(asks(Gateway::default().start(0), 0, "S1#1").asked(0, "S1#1"), 1_000, "S1#2");
            first.answered(until_ms, "S1#1").asked(60_000, "S1#2").answered(60_000, "S1#2")
        };
        busy(55_000).holds();
        busy(54_999).violates(ROW.name, "S1#2 was asked for at 54999 ms and held until 60000 ms, limit 5000 ms");
    }

    #[test]
    fn a_message_that_another_one_overtakes_was_held_before() {
        let asked = asks(asks(Gateway::default().start(0), 0, "S1#1"), 19_000, "S1#2");
        let overtaken = asked.asked(20_000, "S1#2").answered(30_000, "S1#2").asked(31_000, "S1#1");
        let told = "S1#1 was asked for at 0 ms and held until 20000 ms, limit 5000 ms";
        overtaken.answered(31_000, "S1#1").violates(ROW.name, told);
    }

    #[test]
    fn a_message_that_runs_in_the_next_process_was_not_held_by_it() {
        let killed = asks(Gateway::default().start(0), 0, "S1#1").killed(500);
        killed.start(40_000).resumed(40_000, "S1#1").finished(40_000, "S1#1", End::Failed).killed(41_000).holds();
    }

    fn event(at_ms: u64, fact: Fact) -> Event {
        Event { at_ms, who: Who::Process(1), fact }
    }

    /// A turn that was asked for at 1 s, what follows, and the end of the process at 20 s.
    fn check(follows: Vec<Event>, held: bool) {
        let asked = event(1_000, Fact::TurnAsked { turn: id("S1#1") });
        let ended = event(20_000, Fact::Ended { ending: Ending::Sigkill, steps: 1, label: None });
        let events: Vec<Event> = [vec![asked], follows, vec![ended]].concat();
        let found = violations_in(&events);
        assert_eq!(found.iter().any(|(name, _)| *name == ROW.name), held, "{found:?}");
    }

    #[test]
    fn a_turn_waits_until_its_host_hands_it_over() {
        check(vec![event(6_000, Fact::Called(Call::Turn(id("S1#1"))))], false);
        check(vec![event(6_001, Fact::Called(Call::Turn(id("S1#1"))))], true);
        check(vec![], true);
    }

    #[test]
    fn what_a_host_passes_over_or_a_signal_suspends_is_not_held() {
        let exit = Call::Command { word: Word::Exit, session: "S1".into() };
        check(vec![event(1_000, Fact::Called(exit))], false);
        check(
            vec![
                event(1_000, Fact::TurnAsked { turn: id("S1#2") }),
                event(2_000, Fact::Called(Call::Turn(id("S1#2")))),
            ],
            false,
        );
        check(vec![event(3_000, Fact::Signaled { steps: 1, label: "request".into() })], false);
        let answered = Fact::Answered { step: "stop".into(), asked_ms: 1_000, answer: Answer::Nothing };
        let asked = Fact::Asked { step: "stop".into() };
        check(vec![event(1_000, asked), event(2_000, answered)], true);
    }
}
