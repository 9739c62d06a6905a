//! turn-never-blocked: the end of a turn returns to the caller at once, however slow the provider is; any other command of
//! the user within its limit. Source: #41945, `test_sync_all_does_not_block_on_slow_provider`; `scenarios/README.md`
//! rows 67 to 69 for the commands.

use model::words::part::Part;

use crate::history::{Call, Grade, Word};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "turn-never-blocked",
    part: Part::Memory,
    rule: "neither the end of a turn nor a command holds the caller longer than its limit",
    needs: Grade::Seen,
    severity: 40,
    letter: 'T',
    words: "turn blocked",
    counted: true,
    data: None,
    breaker: "A",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for held in evidence.reading.calls.over() {
        // A call that a signal has suspended is never resumed, and blocked no caller.
        let suspended = || evidence.reading.lives.of(held.process).is_some_and(|life| life.signal.is_some());
        if !held.returned && suspended() {
            continue;
        }
        let (limit_ms, turn, what) = match &held.call {
            Call::Turn(turn) => (evidence.limits.turn_ms, Some(turn), format!("the end of turn {turn}")),
            call if call.is_shutdown() || !call.has_a_caller() => continue,
            // Its caller means to wait, as for a shutdown.
            Call::Command { word: Word::Flush, .. } => {
                (evidence.limits.shutdown_ms, None, Word::Flush.name().to_owned())
            }
            Call::Command { word, .. } => (evidence.limits.command_ms, None, word.name().to_owned()),
        };
        if held.duration_ms() <= limit_ms {
            findings.holds();
            continue;
        }
        let (from, to, duration) = (held.from.ms, held.to.ms, held.duration_ms());
        let told = format!("{what} held the caller from {from} to {to} ms: {duration} ms, limit {limit_ms} ms");
        findings.violated(turn, held.to, told);
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::words::turn::TurnId;

    use super::*;
    use crate::history::Fact;
    use crate::judging::memory::tests::{Story, check_holds, check_violated};

    /// A turn's end that takes half a second and so long beside that, of which the machine sleeps a minute.
    fn with_a_nap(longer_ms: u64) -> Story {
        let turn: TurnId = "S1#1".parse().expect("a turn");
        let called = Story::new().process(Fact::Called(Call::Turn(turn.clone())));
        let slept = called.process(Fact::Suspended { lasts: Duration::from_secs(60) }).waits(60_000);
        slept.waits(300 + longer_ms).process(Fact::Returned(Call::Turn(turn))).stored("S1", &["S1#1"])
    }

    #[test]
    fn nobody_waits_at_a_machine_that_sleeps() {
        check_holds(with_a_nap(0));
        let told = "the end of turn S1#1 held the caller from 100 to 60601 ms: 501 ms, limit 500 ms";
        check_violated(with_a_nap(1), ROW.name, told);
    }

    #[test]
    fn a_flush_may_take_as_long_as_a_shutdown() {
        let call = |word| Call::Command { word, session: "S1".into() };
        check_holds(Story::new().call(call(Word::Flush), 30_000));
        let told = "flush held the caller from 100 to 30101 ms: 30001 ms, limit 30000 ms";
        check_violated(Story::new().call(call(Word::Flush), 30_001), ROW.name, told);
        let told = "switch held the caller from 100 to 5101 ms: 5001 ms, limit 5000 ms";
        check_violated(Story::new().call(call(Word::Switch), 5_001), ROW.name, told);
    }
}
