//! bounded-sessions: the lifecycle forgets a session once it is clean and idle and its agent has left the cache, and closes the agent, but
//! never while work waits or is under way. Source: #3506 (1.5 GB in days), #3166 and #3218 (clients and databases that are never closed),
//! `scenarios/README.md` rows AL-03, AL-14 and AL-16.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::commits::agents::Departure;
use crate::history::reading::commits::sessions::Entry;
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::{Step, WebUiStep};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "bounded-sessions",
    part: Part::WebUi,
    rule: "a clean, idle session that its agent has left is forgotten, and an evicted agent closed; a dirty or busy one never is",
    // Which sessions have an entry.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'b',
    words: "sessions kept forever",
    counted: false,
    data: None,
    breaker: "W1",
    not_drawn: &[],
    judge,
};

/// How long the lifecycle may take to forget a session.
const GRACE_MS: u64 = 1_000;

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let commits = &evidence.reading.commits;
    judge_entered(evidence, &mut findings);
    let dropped = commits.sessions.entries.iter().filter(|entry| !entry.is_there);
    let (mut dropped, mut left) = (dropped.peekable(), commits.agents.departures.iter().peekable());
    // In event order.
    loop {
        match (dropped.peek(), left.peek()) {
            (Some(entry), other) if other.is_none_or(|other| entry.at.place < other.at.place) => {
                judge_dropped(evidence, entry, &mut findings);
                dropped.next();
            }
            (_, Some(departure)) => {
                judge_left(evidence, departure, &mut findings);
                left.next();
            }
            (_, None) => return findings,
        }
    }
}

/// A session has an entry when a turn waits in it, when it is forgotten, and when its agent is registered, before a turn works. An entry of
/// which nothing is told could be kept forever.
fn judge_entered(evidence: &Evidence<'_>, findings: &mut Findings) {
    let (sessions, agents) = (&evidence.reading.commits.sessions, &evidence.reading.commits.agents);
    let waits = sessions.waiting.iter().map(|mark| (mark.process, &mark.session, mark.since, "had a turn that waits"));
    let dropped = sessions.entries.iter().filter(|entry| !entry.is_there);
    let dropped = dropped.map(|entry| (entry.process, &entry.session, entry.at, "was forgotten"));
    let works = agents.turns.iter().filter_map(|turn| {
        let (process, session, works) = (turn.process, &turn.turn.session, turn.works?);
        let is_own = |one: &&Entry| one.process == process && one.session == *session && !one.is_there;
        let mut forgotten = sessions.entries.iter().filter(is_own);
        let meanwhile = forgotten.any(|one| (turn.began.place..works.place).contains(&one.at.place));
        (!meanwhile).then_some((process, session, works, "had a turn at work"))
    });
    let mut shown: Vec<_> = waits.chain(dropped).chain(works).collect();
    shown.sort_by_key(|(.., at, _)| at.place);
    for (process, session, at, what) in shown {
        match sessions.has_entry(process, session, at.place) {
            true => findings.holds(),
            false => {
                let told = format!("{session} {what} at {} ms, and had no entry that was told of", at.ms);
                findings.violated(None, at, told);
            }
        }
    }
}

fn judge_dropped(evidence: &Evidence<'_>, dropped: &Entry, findings: &mut Findings) {
    let Entry { process, session, at, .. } = dropped;
    let commits = &evidence.reading.commits;
    let mut own = commits.all.iter().filter(|one| one.process == *process && one.session == *session);
    let waiting = commits.sessions.waiting(*process, session, at.place).next();
    match (waiting, own.find(|one| one.is_open_at(at.place))) {
        (None, None) => findings.holds(),
        (Some(turn), _) => {
            let told = format!("{session} was forgotten at {} ms, and {turn} waited", at.ms);
            findings.violated(Some(turn), *at, told);
        }
        (None, Some(open)) => {
            let told = format!("{session} was forgotten at {} ms, while {} was under way", at.ms, open.commit);
            findings.violated(None, *at, told);
        }
    }
}

/// Whether the agent or the session still has something to do when its process ends.
fn is_busy(evidence: &Evidence<'_>, left: &Departure, end: usize) -> bool {
    let Departure { process, agent, session, .. } = left;
    let commits = &evidence.reading.commits;
    let mut open = commits.all.iter().filter(|one| one.process == *process && one.is_open_at(end));
    open.any(|one| one.session == *session || one.commit.agent == *agent)
        || commits.agents.at_work(*process, end).any(|run| run.agent == *agent || run.turn.session == *session)
        || commits.sessions.waiting(*process, session, end).next().is_some()
        || owes(evidence, *process, agent, end)
}

/// Whether a turn of any session waits for a commit by this agent.
fn owes(evidence: &Evidence<'_>, process: u32, agent: &str, end: usize) -> bool {
    let sessions = &evidence.reading.commits.sessions;
    let mut own =
        sessions.waiting.iter().filter(|mark| mark.process == process && mark.owner.as_deref() == Some(agent));
    own.any(|mark| sessions.waiting(process, &mark.session, end).any(|turn| *turn == mark.turn))
}

/// Whether the plan has given the session another agent, which keeps it.
fn has_another_agent(evidence: &Evidence<'_>, left: &Departure, end: usize) -> bool {
    let asked = evidence.reading.calls.asked().filter(|asked| asked.process == left.process);
    let asked = asked.filter_map(|asked| Some((asked.answer.as_ref()?.1.place, asked.step.parse().ok()?)));
    let registered = asked.filter_map(|(place, step)| match step {
        Step::WebUi(WebUiStep::Register(session, agent) | WebUiStep::Mark(session, Some(agent)))
            if session == left.session =>
        {
            Some((place, agent != left.agent))
        }
        Step::WebUi(WebUiStep::Unregister(session)) if session == left.session => Some((place, false)),
        Step::Starting(_)
        | Step::Turn(_)
        | Step::Session(_)
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Around(_)
        | Step::Beside(_)
        | Step::WebUi(_)
        | Step::Gateway(_) => None,
    });
    registered.filter(|(place, _)| *place < end).max_by_key(|(place, _)| *place).is_some_and(|(_, another)| another)
}

/// When the session or the agent last did something that it still had to do.
fn last_work_ms(evidence: &Evidence<'_>, left: &Departure, end: usize) -> u64 {
    let commits = &evidence.reading.commits;
    let turns = commits.agents.turns.iter().filter(|turn| turn.process == left.process && turn.agent == left.agent);
    let turns = turns.flat_map(|turn| [Some(turn.began), turn.ended]).flatten();
    let own = commits.all.iter().filter(|one| one.process == left.process && one.commit.agent == left.agent);
    let ended = own.filter_map(|one| one.ended.map(|(at, _)| at));
    let counted = commits.sessions.counted.iter();
    let counted = counted.filter(|one| one.process == left.process && one.session == left.session).map(|one| one.at);
    let later = turns.chain(ended).chain(counted).filter(|at| at.place > left.at.place && at.place < end);
    later.map(|at| at.ms).max().unwrap_or(left.at.ms)
}

/// When the process ended, or the drain began with which it did: from then on it forgets sessions only as it ends.
fn end_of_work(evidence: &Evidence<'_>, process: u32) -> At {
    let end = evidence.end_of(process);
    let awake_ms = |from_ms| evidence.reading.machine.awake_ms(from_ms, end.ms);
    let last = |ended: Option<At>| ended.is_none_or(|ended| awake_ms(ended.ms) < GRACE_MS);
    let mut drains = evidence.reading.commits.drains.iter().filter(|drain| drain.process == process);
    drains.find(|drain| last(drain.ended)).map_or(end, |drain| drain.began)
}

/// Looked at when the process ends: the remaining work of the session and the agent may have ended later.
fn judge_left(evidence: &Evidence<'_>, left: &Departure, findings: &mut Findings) {
    let Departure { process, agent, session, at, works_on } = left;
    let commits = &evidence.reading.commits;
    let end = end_of_work(evidence, *process);
    let idle_ms = evidence.reading.machine.awake_ms(last_work_ms(evidence, left, end.place), end.ms);
    let works = idle_ms < GRACE_MS || is_busy(evidence, left, end.place);
    if works || has_another_agent(evidence, left, end.place) {
        return;
    }
    let later = at.place + 1..end.place;
    let mut runs = commits.agents.turns.iter().filter(|turn| turn.process == *process && turn.turn.session == *session);
    // Forgotten, it may come again with another agent.
    let mut entries = commits.sessions.entries.iter().filter(|entry| entry.process == *process && !entry.is_there);
    let forgotten = entries.any(|entry| entry.session == *session && later.contains(&entry.at.place));
    let mut marks = commits.sessions.waiting.iter().filter(|mark| mark.process == *process && mark.session == *session);
    let works_on_it = marks.any(|mark| mark.owner.as_ref() == Some(agent) && later.contains(&mark.since.place));
    let used_again = runs.any(|turn| later.contains(&turn.began.place)) || (forgotten && !works_on_it);
    let mut closes = commits.agents.closed.iter().filter(|one| one.process == *process && one.agent == *agent);
    let closed = *works_on || closes.any(|one| later.contains(&one.at.place));
    let at_ms = at.ms;
    let told = match (commits.sessions.has_entry(*process, session, end.place) && !used_again, closed) {
        (false, true) => return findings.holds(),
        (true, _) => {
            format!("{session} is clean and idle, its agent has left it at {at_ms} ms, and it is never forgotten")
        }
        (false, false) => {
            format!("agent {agent} was evicted at {at_ms} ms, has nothing left to do, and is never closed")
        }
    };
    findings.violated(None, end, told);
}
