//! retry-after-is-kept: a process that the provider has asked to wait sends no request to the same endpoint before that time. Source:
//! RFC 9110, 10.2.3, and the clients of Hindsight, which do not read the header.
//!
//! Judged for each process: a new one cannot know. What was on its way when the answer came does not count. Where two processes had a
//! request under way, nobody knows which was refused; where one process had two, nobody knows which of two like refusals it heard. What a process had sent when it ended may arrive a little later,
//! beside the requests of one that ran at the same time.

use std::time::Duration;

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::requests::{Exchange, Over};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "retry-after-is-kept",
    part: Part::Memory,
    rule: "a process sends no request to an endpoint before the time at which the provider has asked it to",
    // Which process sent a request, and when it had heard the answer.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'E',
    words: "asked too soon",
    counted: false,
    data: None,
    breaker: "A",
    // Only the commits of a WebUI are drawn to fail.
    not_drawn: &[Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let requests = &evidence.reading.requests.all;
    for refused in requests {
        let Some((fault, wait)) = refused.fault().and_then(|fault| Some((fault, fault.wait()?))) else { continue };
        let (Some((process, _)), Some((answered, _))) = (refused.sent, &refused.done) else { continue };
        let Some((heard, Over::Failed(reason))) = &refused.over else { continue };
        let is_other =
            |other: &Exchange| is_beside(evidence, other, refused, process) || is_alike(other, refused, (reason, wait));
        if !fault.explains(reason) || requests.iter().any(is_other) {
            continue;
        }
        let until = answered.ms + ms(wait);
        let again = |one: &&Exchange| one.endpoint == refused.endpoint && one.sent.is_some_and(|(by, _)| by == process);
        let sent = requests.iter().filter(again).filter_map(|one| one.sent.map(|(_, at)| at));
        let early: Vec<_> = sent.filter(|at| at.place > heard.place && at.ms < until).collect();
        match early.first() {
            None => findings.holds(),
            Some(first) => {
                let told = format!(
                    "at {} ms the provider asked process {process} to send no {} request before {until} ms; it sent {} \
                     sooner, the first at {} ms",
                    answered.ms,
                    refused.endpoint,
                    early.len(),
                    first.ms
                );
                findings.violated(None, *first, told);
            }
        }
    }
    findings
}

/// For how long a request may be under way when its process has ended.
const ORPHANED_MS: u64 = 1_000;

/// Whether what the process heard may be the refusal of another request of its own, by which it was asked to wait less, or not at all.
fn is_alike(other: &Exchange, refused: &Exchange, (reason, wait): (&str, Duration)) -> bool {
    let own = |one: &Exchange| one.sent.map(|(by, _)| by);
    let is_own = other.endpoint == refused.endpoint && own(other) == own(refused) && !std::ptr::eq(other, refused);
    is_own
        && overlap(other, refused)
        && other.fault().is_some_and(|fault| fault.explains(reason) && fault.wait() < Some(wait))
}

fn begun(one: &Exchange) -> usize {
    one.sent.map_or(usize::MAX, |(_, at)| at.place)
}

fn ended(one: &Exchange) -> usize {
    one.over.as_ref().map_or(usize::MAX, |(at, _)| at.place)
}

fn overlap(one: &Exchange, other: &Exchange) -> bool {
    begun(one) < ended(other) && begun(other) < ended(one)
}

/// Whether another process had a request to the same endpoint under way at the same time: then nobody knows which of the two was refused.
fn is_beside(evidence: &Evidence<'_>, other: &Exchange, refused: &Exchange, process: u32) -> bool {
    let another = other.endpoint == refused.endpoint && other.sent.is_some_and(|(by, _)| by != process);
    let is_orphaned = match (&other.over, refused.sent) {
        (Some((gone, Over::Gone)), Some((_, sent))) => {
            let started = evidence.reading.lives.of(process).and_then(|life| life.started);
            sent.ms <= gone.ms + ORPHANED_MS && started.is_some_and(|started| started.place < gone.place)
        }
        _ => false,
    };
    another && begun(other) < ended(refused) && (begun(refused) < ended(other) || is_orphaned)
}

fn ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).expect("a plan's durations are at most a day")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::memory::tests::{Story, check_holds, check_violated, violations};
    use crate::plan::Fault;

    /// A retain is refused at 200 ms, with a wait of so many milliseconds, and sent again at 400 ms.
    fn again(wait_ms: u64) -> Story {
        let after = Duration::from_millis(wait_ms);
        let fault = Fault::RetryAfter { status: 429, after, dated: false };
        let refused = Story::of_one_turn().retain(1, &["S1#1"], Some(fault), 429);
        refused.retain(2, &["S1#1"], None, 200).stored("S1", &["S1#1"])
    }

    #[test]
    fn who_asks_again_too_soon_trips() {
        check_holds(again(200));
        let told = "at 200 ms the provider asked process 1 to send no retain request before 401 ms; it sent 1 sooner, \
                    the first at 400 ms";
        check_violated(again(201), ROW.name, told);
    }

    /// The first request's answer finds nobody, and the second one is refused in this way.
    fn beside(second: Fault) -> Story {
        let asked = Fault::RetryAfter { status: 429, after: Duration::from_secs(1), dated: false };
        let left = Story::of_one_turn().retain(1, &["S1#1"], Some(asked), 200);
        left.retain(2, &["S1#1"], Some(second), 429).retain(3, &["S1#1"], None, 200).stored("S1", &["S1#1"])
    }

    #[test]
    fn of_two_like_refusals_nobody_knows_which_was_heard() {
        check_holds(beside(Fault::Refuse(429)));
        let longer = Fault::RetryAfter { status: 429, after: Duration::from_secs(2), dated: false };
        assert_eq!(violations(beside(longer)).first().map(|(name, _)| *name), Some(ROW.name));
    }

    #[test]
    fn an_unavailable_provider_asks_for_half_a_minute() {
        let refused = Story::of_one_turn().retain(1, &["S1#1"], Some(Fault::Refuse(503)), 503);
        let told = "at 200 ms the provider asked process 1 to send no retain request before 30200 ms; it sent 1 \
                    sooner, the first at 400 ms";
        check_violated(refused.retain(2, &["S1#1"], None, 200).stored("S1", &["S1#1"]), ROW.name, told);
    }
}
