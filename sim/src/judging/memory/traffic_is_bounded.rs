//! traffic-is-bounded: what a memory sends grows with the turns, and not with their square. Source: vectorize-io/hindsight#2644 and #3320, a
//! session that is sent whole again with each of its turns.
//!
//! Counted is what arrives in requests that the provider confirms: whoever was refused, or got no answer, must send again. So must an agent that
//! takes up what an ended one has left, so each end of an agent begins a new count. Whoever takes a turn back may have to write the session once
//! more, and once again if an earlier request could have brought the turn back in. A short session may be sent often, by an undo or a flush; from
//! [`TURNS`] turns on it is sent [`TIMES`] times over at most.

use std::collections::{BTreeMap, BTreeSet};

use model::words::endpoint::{Endpoint, Role};
use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::{Exclusion, Fact, Grade, Happening};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "traffic-is-bounded",
    part: Part::Memory,
    rule: "an agent sends a session of eight turns or more to the provider four times over at most, without the requests that fail",
    needs: Grade::Seen,
    severity: 80,
    letter: 'X',
    words: "sent too often",
    counted: false,
    data: None,
    breaker: "D",
    not_drawn: &[],
    judge,
};

/// How many turns make a session long.
const TURNS: usize = 8;
/// How often a long session may be sent as a whole.
const TIMES: usize = 4;

/// What was sent of a session.
#[derive(Default)]
struct Sent<'a> {
    turns: BTreeSet<&'a TurnId>,
    /// How often any of them was sent.
    times: usize,
    /// How often its user took a turn back.
    undone: usize,
    /// Whether it was told to be too much.
    told: bool,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    if evidence.reading.turns.all().len() < TURNS {
        return findings;
    }
    let mut sent: BTreeMap<&SessionId, Sent<'_>> = BTreeMap::new();
    let mut open: BTreeMap<(Endpoint, u32), Vec<&TurnId>> = BTreeMap::new();
    for (place, event) in evidence.events.iter().enumerate() {
        if is_an_end(&event.fact) {
            close(&mut sent, &mut findings);
        }
        if let Fact::Excluded { turn, why: Exclusion::Undone } = &event.fact {
            sent.entry(&turn.session).or_default().undone += 1;
        }
        let Fact::Provider(happening) = &event.fact else { continue };
        if let Happening::Received { endpoint, number, items, fault: None } = happening
            && endpoint.role() == Role::Deliver
        {
            open.insert((*endpoint, *number), items.iter().flat_map(|item| &item.turns).collect());
        }
        let Happening::Answered { endpoint, number, status: ..300 } = happening else { continue };
        for turn in open.remove(&(*endpoint, *number)).unwrap_or_default() {
            let of_session = sent.entry(&turn.session).or_default();
            if of_session.is_too_much(turn) {
                let (times, turns, session) = (of_session.times, of_session.turns.len(), &turn.session);
                let told = format!("the {turns} turns of {session} had been sent {times} times by then, all together");
                findings.violated(None, evidence.at(place), told);
            }
        }
    }
    close(&mut sent, &mut findings);
    findings
}

/// Whether an agent ends with it, or perhaps does.
fn is_an_end(fact: &Fact) -> bool {
    let called = matches!(fact, Fact::Called(call) if call.is_shutdown() || !call.has_a_caller());
    called || matches!(fact, Fact::Started { .. } | Fact::Ended { .. } | Fact::Signaled { .. })
}

/// Begins to count anew.
fn close(sent: &mut BTreeMap<&SessionId, Sent<'_>>, findings: &mut Findings) {
    for of_session in std::mem::take(sent).into_values() {
        if of_session.turns.len() >= TURNS && !of_session.told {
            findings.holds();
        }
    }
}

impl<'a> Sent<'a> {
    /// Counts a turn. Returns whether that is too much now, for the first time.
    fn is_too_much(&mut self, turn: &'a TurnId) -> bool {
        self.turns.insert(turn);
        self.times += 1;
        let turns = self.turns.len();
        let too_much = turns >= TURNS && self.times > (TIMES + 2 * self.undone) * turns && !self.told;
        self.told |= too_much;
        too_much
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Story, violations};
    use super::*;
    use crate::plan::Fault;

    /// Whether the session of so many turns, sent so often as a whole, with this fault and status, is too much.
    fn check(turns: usize, times: u32, (fault, status): (Option<Fault>, u16), too_much: bool) {
        let names: Vec<String> = (1..=turns).map(|number| format!("S1#{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let story = (1..=times).fold(Story::new(), |story, number| story.retain(number, &names, fault, status));
        let found = violations(story);
        assert_eq!(found.iter().any(|(name, _)| *name == ROW.name), too_much, "{found:?}");
    }

    #[test]
    fn a_long_session_may_be_sent_four_times_over() {
        check(8, 4, (None, 200), false);
        check(8, 5, (None, 200), true);
        check(7, 50, (None, 200), false);
    }

    #[test]
    fn who_takes_a_turn_back_writes_the_session_again() {
        let names = ["S1#1", "S1#2", "S1#3", "S1#4", "S1#5", "S1#6", "S1#7", "S1#8"];
        let sent =
            |story: Story, times| (1..=times).fold(story, |story, number| story.retain(number, &names, None, 200));
        let undone = Fact::Excluded { turn: "S1#8".parse().expect("a turn"), why: Exclusion::Undone };
        let of = |times| {
            violations(sent(Story::new().process(undone.clone()), times)).iter().any(|(name, _)| *name == ROW.name)
        };
        assert!(!of(6) && of(7));
    }

    #[test]
    fn what_fails_must_be_sent_again() {
        check(8, 50, (None, 503), false);
        check(8, 50, (Some(Fault::ApplyDrop), 200), false);
    }
}
