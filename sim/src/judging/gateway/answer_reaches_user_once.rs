//! answer-reaches-user-once: a message gets one answer, however often its gateway is started. Source: #20776 and #85709, chats that are
//! answered once more, and #67181, the ledger that sends what is owed; rows B-05, B-08 and B-27 of `scenarios/README.md`.
//!
//! No gateway can send an answer and note that in one step. If its process ends between the two, no later process can know of the
//! answer: the gateway sends it again, and is excused. A gateway has [`NOTING_MS`] to note an answer, on a disk that works. Whether it
//! has noted the answer is the word of the implementation, and not asked. An error is no answer: what failed may be tried again.

use std::collections::BTreeMap;

use model::facts::chats::{End, Observation};
use model::words::part::Part;
use model::words::turn::TurnId;

use crate::history::{Event, Fact, Grade, Who};
use crate::judging::noting::NOTING_MS;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "answer-reaches-user-once",
    part: Part::Gateway,
    rule: "the answer to a message reaches its user once, unless the process ended before it could note that it had sent it",
    needs: Grade::ToldByHost,
    severity: 20,
    letter: 'Y',
    words: "answered twice",
    counted: true,
    data: None,
    breaker: "E2",
    not_drawn: &[],
    judge,
};

/// A message, and its answers.
#[derive(Default)]
struct Message<'a> {
    /// How often its user sent it. The same text said again is the same turn.
    asked: usize,
    /// Whether its last turn failed: what its user gets then is an error.
    failed: bool,
    answers: Vec<&'a Event>,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut messages: BTreeMap<&TurnId, Message<'_>> = BTreeMap::new();
    for &place in &evidence.reading.runs.told {
        let event = &evidence.events[place];
        let Fact::Told(model::facts::Observation::Continuity(told)) = &event.fact else { continue };
        match told {
            Observation::Asked { turn } => messages.entry(turn).or_default().asked += 1,
            Observation::Finished { turn, end } => messages.entry(turn).or_default().failed = *end == End::Failed,
            Observation::Replied { turn } => {
                let message = messages.entry(turn).or_default();
                if message.failed {
                    continue;
                }
                match message.settled(evidence) {
                    None => findings.holds(),
                    Some(before_ms) => {
                        let told = format!(
                            "{turn} was answered at {} ms, and its user had an answer since {before_ms} ms",
                            event.at_ms
                        );
                        findings.violated(Some(turn), evidence.at(place), told);
                    }
                }
                message.answers.push(event);
            }
            Observation::Refused { .. }
            | Observation::Swallowed { .. }
            | Observation::Began { .. }
            | Observation::StopAsked { .. }
            | Observation::StoppedByUser { .. }
            | Observation::AskedForRestart { .. }
            | Observation::StopBegan
            | Observation::Drained { .. }
            | Observation::Noted { .. }
            | Observation::Found { .. } => {}
        }
    }
    findings
}

impl Message<'_> {
    /// Since when its gateway can know that its user wants no more answers. `None` if the user does, or the gateway cannot know.
    fn settled(&self, evidence: &Evidence<'_>) -> Option<u64> {
        let wanted = self.asked.max(1);
        if self.answers.len() < wanted {
            return None;
        }
        let mut noted = self.answers.iter().filter(|answer| could_be_noted(evidence, answer));
        noted.nth(wanted - 1).map(|answer| answer.at_ms)
    }
}

/// Whether the process that sent the answer lived long enough to note it on its disk.
fn could_be_noted(evidence: &Evidence<'_>, answer: &Event) -> bool {
    let Who::Process(process) = answer.who else { return true };
    let Some(end) = evidence.reading.lives.end_of(process) else { return true };
    let mut noted_ms = answer.at_ms + NOTING_MS;
    for event in &evidence.events[..end.at.place] {
        if event.at_ms > noted_ms {
            break;
        }
        if let Fact::Disk { fault } = &event.fact {
            noted_ms = noted_ms.max(event.at_ms + Event::ms(fault.duration()) + NOTING_MS);
        } else if let Fact::Suspended { lasts } = &event.fact
            && event.at_ms >= answer.at_ms
        {
            noted_ms += Event::ms(*lasts);
        }
    }
    end.at.ms > noted_ms
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{Gateway, id};
    use super::*;
    use crate::plan::DiskFault;

    const TWICE: &str = "S1#1 was answered at 20000 ms, and its user had an answer since 1000 ms";

    /// A process whose user sends `S1#1` this often and gets an answer at 1 s.
    fn answered(asked: usize) -> Gateway {
        let life = (0..asked)
            .fold(Gateway::default().start(0), |life, _| life.told(0, Observation::Asked { turn: id("S1#1") }));
        life.asked(0, "S1#1").answered(1_000, "S1#1")
    }

    fn replied(gateway: Gateway, at_ms: u64) -> Gateway {
        gateway.told(at_ms, Observation::Replied { turn: id("S1#1") })
    }

    /// The answer is sent again at 20 s, by a process that starts at 10 s.
    fn again(gateway: Gateway) -> Gateway {
        replied(gateway.start(10_000), 20_000)
    }

    #[test]
    fn an_answer_that_is_sent_again_trips() {
        again(answered(1).killed(9_000)).violates(ROW.name, TWICE);
        let interrupted = answered(1).killed(9_000).start(10_000).resumed(10_000, "S1#1");
        let violations = replied(interrupted.finished(15_000, "S1#1", End::Completed), 20_000).violations();
        assert!(violations.contains(&(ROW.name, TWICE.to_owned())), "{violations:?}");
        replied(answered(1), 20_000).violates(ROW.name, TWICE);
    }

    #[test]
    fn a_message_that_was_sent_twice_is_answered_twice() {
        again(answered(2).killed(9_000)).holds();
        let third = replied(again(answered(2).killed(9_000)), 30_000);
        let told = "S1#1 was answered at 30000 ms, and its user had an answer since 20000 ms";
        third.violates(ROW.name, told);
    }

    #[test]
    fn an_error_is_no_answer() {
        let failed = |life: Gateway, at_ms| replied(life.finished(at_ms, "S1#1", End::Failed), at_ms);
        let once = failed(Gateway::default().start(0).asked(0, "S1#1"), 1_000).killed(9_000);
        failed(once.start(10_000).resumed(10_000, "S1#1"), 20_000).holds();
    }

    #[test]
    fn a_process_that_ends_before_it_can_note_an_answer_is_excused() {
        again(answered(1).killed(1_000)).holds();
        again(answered(1).killed(2_000)).holds();
        again(answered(1).killed(2_001)).violates(ROW.name, TWICE);
        let fails = |at_ms| answered(1).at(at_ms, Fact::Disk { fault: DiskFault::Fails(Duration::from_secs(4)) });
        again(fails(1_500).killed(6_000)).holds();
        again(fails(1_500).killed(7_000)).violates(ROW.name, TWICE);
        again(fails(2_500).killed(6_000)).violates(ROW.name, TWICE);
        let excused_once = again(answered(1).killed(1_100)).killed(30_000).start(31_000);
        let told = "S1#1 was answered at 40000 ms, and its user had an answer since 20000 ms";
        replied(excused_once, 40_000).violates(ROW.name, told);
    }
}
