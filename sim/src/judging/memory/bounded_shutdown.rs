//! bounded-shutdown: a shutdown ends within its limit, whatever the provider does. Source:
//! `test_shutdown_all_is_bounded_with_wedged_provider`. Where the subject keeps to a budget of its own, its end is judged by that budget, and
//! an end with nothing left to do takes no time.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::calls::Held;
use crate::judging::{EndMs, Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "bounded-shutdown",
    part: Part::Memory,
    rule: "a shutdown takes no longer than the shutdown limit, nor than its budget, and no time if nothing is left to do",
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

/// How much longer than its budget an end may take.
const SLACK_MS: u64 = 1_000;

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let limit_ms = evidence.limits.shutdown_ms;
    for held in evidence.reading.calls.over().iter().filter(|held| held.call.is_shutdown()) {
        let (from, to) = (held.from.ms, until_ms(evidence, held));
        let duration = evidence.reading.machine.awake_ms(from, to);
        if let Some(told) =
            beyond_its_budget(evidence, held, duration.saturating_sub(evidence.reading.disk.faulty_ms(from, to)))
        {
            findings.violated(None, held.to, format!("the shutdown took from {from} to {to} ms, {told}"));
            continue;
        }
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

/// What is wrong with an end that took so long, if its subject keeps to a budget.
fn beyond_its_budget(evidence: &Evidence<'_>, held: &Held, took_ms: u64) -> Option<String> {
    let EndMs { budget, idle } = evidence.limits.end_ms?;
    if took_ms > budget + SLACK_MS {
        return Some(format!("its budget was {budget} ms"));
    }
    let idle_ms = idle.filter(|idle_ms| took_ms > *idle_ms)?;
    // The end of another process may have cut off a request on its way.
    let mut ends = evidence.reading.lives.ends();
    if ends.any(|(_, end)| end.ending.exit_code() != 0 && end.at.place < held.to.place) {
        return None;
    }
    let mut requests = evidence.reading.requests.all.iter();
    let asks = requests.any(|one| {
        let arrived = one.arrived.is_some_and(|arrival| arrival.at.place < held.to.place);
        arrived && one.done.is_none_or(|(at, _)| at.place > held.from.place)
    });
    (!asks).then(|| format!("longer than {idle_ms} ms, and asked the provider for nothing"))
}

/// When the shutdown was over, or the handler of a signal took its place: that is a shutdown of its own.
fn until_ms(evidence: &Evidence<'_>, held: &Held) -> u64 {
    let handlers = evidence.reading.calls.made().filter(|(process, call, from)| {
        call.is_a_stop() && *process == held.process && (held.from.place + 1..held.to.place).contains(&from.place)
    });
    handlers.map(|(.., from)| from.ms).min().unwrap_or(held.to.ms)
}
