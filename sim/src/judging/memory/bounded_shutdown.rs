//! bounded-shutdown: a shutdown ends within its limit, whatever the provider does. Source:
//! `test_shutdown_all_is_bounded_with_wedged_provider`.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::calls::Held;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "bounded-shutdown",
    part: Part::Memory,
    rule: "a shutdown takes no longer than the shutdown limit",
    needs: Grade::Seen,
    severity: 30,
    letter: 'U',
    words: "shutdown unbounded",
    counted: false,
    data: None,
    breaker: "pr-34859-exit-hook",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let limit_ms = evidence.limits.shutdown_ms;
    for held in evidence.reading.calls.over().iter().filter(|held| held.call.is_shutdown()) {
        let (from, to) = (held.from.ms, until_ms(evidence, held));
        let duration = evidence.reading.machine.awake_ms(from, to);
        match duration <= limit_ms {
            true => findings.holds(),
            false => {
                let told = format!("the shutdown took from {from} to {to} ms: {duration} ms, limit {limit_ms} ms");
                findings.violated(None, held.to, told);
            }
        }
    }
    findings
}

/// When the shutdown was over, or the handler of a signal took its place: that is a shutdown of its own.
fn until_ms(evidence: &Evidence<'_>, held: &Held) -> u64 {
    let handlers = evidence.reading.calls.made().filter(|(process, call, from)| {
        call.is_a_stop() && *process == held.process && (held.from.place + 1..held.to.place).contains(&from.place)
    });
    handlers.map(|(.., from)| from.ms).min().unwrap_or(held.to.ms)
}
