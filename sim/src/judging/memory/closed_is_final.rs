//! closed-is-final: once a shutdown has returned, the process runs and starts no task, sends no request and has no open client. Source:
//! `scenarios/README.md` rows 78 (a late turn revives the writer) and 82 (#34415, #117236: a client is never closed), and two mutants of the
//! reference whose tasks outlive their memory.
//!
//! Only the subjects that keep to a budget must have ended their tasks. The event loop of Hermes's plugin (`hindsight-loop`) is a daemon that
//! no shutdown ends, and the models of the releases do not imitate how their workers end.

use std::collections::BTreeMap;

use model::words::part::Part;
use model::words::thread;

use crate::history::reading::At;
use crate::history::reading::calls::Held;
use crate::history::reading::lives::Life;
use crate::history::{Call, Event, Fact, Grade, Word};
use crate::judging::{EndMs, Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "closed-is-final",
    part: Part::Memory,
    rule: "after a shutdown no task runs or starts, no request is sent and no client is open",
    // The clients that are open, and the requests as the process sends them.
    needs: Grade::ToldByImplementation,
    severity: 40,
    letter: 'C',
    words: "closed is not final",
    counted: false,
    data: None,
    breaker: "B",
    // A WebUI shuts down no agent before its process ends.
    not_drawn: &[Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut closed: Vec<(&Life, At)> =
        evidence.reading.lives.all().filter_map(|life| Some((life, *life.shut_down.first()?))).collect();
    closed.sort_by_key(|(_, at)| at.place);
    for (life, closed) in closed {
        if life.has_other_agents || drains(evidence, life, closed) {
            continue;
        }
        match (first_work(evidence, life, closed), open_clients(life, closed)) {
            (None, 0) => match runs_on(evidence, life, closed) {
                None => findings.holds(),
                Some((at, task)) => {
                    let told = format!("closed at {} ms, and at {} ms its task \"{task}\" still ran", closed.ms, at.ms);
                    findings.violated(None, at, told);
                }
            },
            (None, open) => {
                let told = format!("closed at {} ms, and {open} of its clients never are", closed.ms);
                findings.violated(None, closed, told);
            }
            (Some((at, work)), _) => {
                let told = format!("closed at {} ms, and at {} ms it {work}", closed.ms, at.ms);
                findings.violated(None, at, told);
            }
        }
    }
    findings
}

/// How many of the process's clients were built and not yet closed at that time.
fn open_clients(life: &Life, closed: At) -> usize {
    let before = |clients: &[At]| clients.iter().filter(|at| at.place < closed.place).count();
    before(&life.clients_opened).saturating_sub(before(&life.clients_closed))
}

/// Whether the process is a stopped WebUI: it drains its commits, and does not close the memories of its agents.
fn drains(evidence: &Evidence<'_>, life: &Life, closed: At) -> bool {
    let mut drains = evidence.reading.commits.drains.iter();
    drains.any(|drain| drain.process == life.process && drain.began.place < closed.place)
}

/// The first work that a closed process did although it must not, unless its memory was initialized again before.
fn first_work(evidence: &Evidence<'_>, life: &Life, closed: At) -> Option<(At, String)> {
    let later = |at: &&At| at.place > closed.place;
    let sent = evidence.reading.requests.all.iter().filter_map(|request| {
        let (_, at) = request.sent.filter(|(process, _)| *process == life.process)?;
        Some((at, request.endpoint))
    });
    let sent =
        sent.filter(|(at, _)| later(&at)).map(|(at, endpoint)| (at, format!("sent a {endpoint} request"))).next();
    let of_the_memory = |at: &&At| !thread::is_of_host(task(&evidence.events[at.place]));
    let started = life.tasks.iter().filter(later).find(of_the_memory);
    let started = started.map(|at| (*at, format!("started task \"{}\"", task(&evidence.events[at.place]))));
    let first = sent.into_iter().chain(started).min_by_key(|(at, _)| at.place)?;
    let reopened = life.reopened.iter().find(later);
    reopened.is_none_or(|again| again.place > first.0.place).then_some(first)
}

/// How long the tasks of a memory may outlive a shutdown that has used up its budget, in milliseconds.
const ENDING_MS: u64 = 5_000;

/// A task of the memory that still ran when it should have ended, and when that was.
fn runs_on<'a>(evidence: &Evidence<'a>, life: &Life, closed: At) -> Option<(At, &'a str)> {
    let by = ended_by(evidence, life, closed)?;
    let mut running = BTreeMap::<&str, i64>::new();
    let started = life.tasks.iter().map(|at| (at, 1));
    for (at, change) in started.chain(life.tasks_ended.iter().map(|at| (at, -1))).filter(|(at, _)| at.place <= by.place)
    {
        *running.entry(task(&evidence.events[at.place])).or_default() += change;
    }
    let of_the_memory = |name: &str| !thread::is_of_host(name) && !thread::lives_with_its_process(name);
    running.into_iter().find(|(name, running)| *running > 0 && of_the_memory(name)).map(|(name, _)| (by, name))
}

/// When the tasks of the memory must have ended. `None` if it was not closed for so long, or if its subject keeps to no budget.
fn ended_by(evidence: &Evidence<'_>, life: &Life, closed: At) -> Option<At> {
    let EndMs { budget, .. } = evidence.limits.end_ms?;
    let reading = evidence.reading;
    let held =
        reading.calls.over().iter().find(|held| held.process == life.process && held.to.place == closed.place)?;
    if waits_for_tasks(evidence, held, budget) {
        return Some(closed);
    }
    let again = life.reopened.iter().find(|at| at.place > closed.place).map(|at| at.place);
    let until = again.into_iter().chain(life.ended.as_ref().map(|end| end.at.place)).min();
    let patience_ms = ENDING_MS + evidence.limits.held_up_ms;
    let places = closed.place..=until.unwrap_or(evidence.events.len() - 1);
    let mut later = places.map(|place| At { place, ms: evidence.events[place].at_ms });
    later.find(|at| {
        let awake_ms = reading.machine.awake_ms(closed.ms, at.ms);
        awake_ms.saturating_sub(reading.disk.faulty_ms(closed.ms, at.ms)) > patience_ms
    })
}

/// Whether the shutdown had half of its budget left, and so time to wait for the tasks: no other wait for the memory had taken a part of that,
/// and nothing held its thread up.
fn waits_for_tasks(evidence: &Evidence<'_>, held: &Held, budget_ms: u64) -> bool {
    let Evidence { reading, limits, .. } = evidence;
    let (from, to) = (held.from, held.to);
    // On some hosts the end of a session is the end of its memory.
    let may_wait = |word: &Word| matches!(word, Word::Flush | Word::Expire);
    let waits = |call: &Call| {
        call.is_shutdown() || call.is_a_stop() || matches!(call, Call::Command { word, .. } if may_wait(word))
    };
    let mut before = reading.calls.made().filter(|(process, _, at)| *process == held.process && at.place < from.place);
    let alone = !before.any(|(_, call, _)| waits(call));
    let undisturbed = limits.held_up_ms == 0 && reading.machine.asleep_ms(from.ms, to.ms) == 0;
    alone && undisturbed && 2 * (to.ms - from.ms + 1) <= budget_ms
}

/// The name of the task that the event starts or ends.
fn task(event: &Event) -> &str {
    let (Fact::TaskStarted { name } | Fact::TaskEnded { name }) = &event.fact else {
        unreachable!("{event} is of no task")
    };
    name
}

#[cfg(test)]
mod tests {
    use model::facts::Observation;
    use model::protocols::hindsight::endpoints::RETAIN;

    use model::words::part::Part;
    use model::words::thread;

    use super::super::tests::{LIMITS, Story, check_violated, command, violations_within};
    use crate::history::{Fact, Word};
    use crate::judging::{EndMs, Limits};

    #[test]
    fn closed_is_final_trips() {
        let story = Story::new()
            .call(command(Word::Shutdown), 0)
            .process(Fact::Told(Observation::RequestSent { endpoint: RETAIN }));
        check_violated(story, "closed-is-final", "closed at 100 ms, and at 200 ms it sent a retain request");
        let story = Story::new().call(command(Word::Shutdown), 0).process(Fact::TaskStarted { name: "writer".into() });
        check_violated(story, "closed-is-final", "closed at 100 ms, and at 200 ms it started task \"writer\"");
        let opened = || Fact::Told(Observation::ClientOpened);
        let story = Story::new().process(opened()).process(opened()).process(Fact::Told(Observation::ClientClosed));
        let story = story.call(command(Word::Shutdown), 0);
        check_violated(story, "closed-is-final", "closed at 400 ms, and 1 of its clients never are");
    }

    /// What is found in a story whose subject keeps to a budget of five seconds.
    fn found(story: Story) -> Vec<(&'static str, String)> {
        let end_ms = Some(EndMs { budget: 5_000, idle: None });
        violations_within(&story.events(), Part::Memory, Limits { end_ms, ..LIMITS })
    }

    fn started(name: &str) -> Story {
        Story::new().process(Fact::TaskStarted { name: name.into() })
    }

    fn runs_on(closed_ms: u64, at_ms: u64) -> Vec<(&'static str, String)> {
        let told = format!("closed at {closed_ms} ms, and at {at_ms} ms its task \"dispatcher\" still ran");
        vec![("closed-is-final", told)]
    }

    #[test]
    fn an_end_with_time_left_waits_for_its_tasks() {
        let ended = || Fact::TaskEnded { name: "dispatcher".into() };
        let (begins, ends) = (|| Fact::Called(command(Word::Shutdown)), || Fact::Returned(command(Word::Shutdown)));
        let begun = || started("dispatcher").process(begins());
        assert_eq!(found(begun().process(ended()).process(ends())), []);
        assert_eq!(found(begun().process(ends()).process(ended())), runs_on(300, 300));
        let two = || started("dispatcher").process(Fact::TaskStarted { name: "dispatcher".into() }).process(begins());
        assert_eq!(found(two().process(ended()).process(ends())), runs_on(500, 500));
        assert_eq!(found(two().process(ended()).process(ended()).process(ends())), []);
        for other in [thread::SCRIBE, thread::RUN] {
            assert_eq!(found(started(other).call(command(Word::Shutdown), 0)), []);
        }
    }

    #[test]
    fn a_task_outlives_no_end_for_long() {
        let closed = |took_ms| started("dispatcher").call(command(Word::Shutdown), took_ms);
        let lives = |took_ms, ms| found(closed(took_ms).waits(ms).call(command(Word::End), 0));
        assert_eq!(lives(2_500, 4_000), []);
        assert_eq!(lives(2_500, 5_000), runs_on(2_700, 7_800));
        let again =
            |ms| closed(2_500).waits(ms).call(command(Word::Reinit), 0).waits(60_000).call(command(Word::End), 0);
        assert_eq!((found(again(4_000)), found(again(5_000))), (vec![], runs_on(2_700, 7_800)));
        let flushed = started("dispatcher").call(command(Word::Flush), 0).call(command(Word::Shutdown), 0);
        assert_eq!(found(flushed), []);
        let ended = Fact::TaskEnded { name: "dispatcher".into() };
        assert_eq!(found(closed(2_500).process(ended).waits(60_000).call(command(Word::End), 0)), []);
    }
}
