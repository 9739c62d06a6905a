//! drain-is-fair-and-bounded: the drain before a process ends keeps to its deadline and its supervisor's; it gives every waiting session a
//! chance, and does not give up while there is time. Source: #5543 and its gates, `scenarios/README.md` rows AL-04 to AL-07.

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::reading::At;
use crate::history::reading::commits::{self, Commission};
use crate::history::{Event, Grade};
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::Ending;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "drain-is-fair-and-bounded",
    part: Part::WebUi,
    rule: "a drain ends in time, tries every session that waits, and gives none up while half of its time is left",
    // Which sessions and turns wait.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'h',
    words: "drain unfair or unbounded",
    counted: false,
    data: None,
    breaker: "W3",
    not_drawn: &[],
    judge,
};

/// How long a drain may overrun its deadline before it is a violation.
const SLACK_MS: u64 = 500;
/// How long a drain that names no deadline may take, at least, and need not take longer: Hermes gives its own 30.0 s in all.
const WITHOUT_DEADLINE_MS: u64 = 30_000;
/// A drain that has no more time than this need not try every session: threads take turns, and a disk may be slow.
const TOO_SHORT_MS: u64 = 1_000;

/// A drain.
struct Drain {
    process: u32,
    began: usize,
    began_ms: u64,
    /// Where it ended, and whether by itself and not with its process.
    ended: usize,
    ended_ms: u64,
    returned: bool,
    budget_ms: u64,
    has_deadline: bool,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for drained in &evidence.reading.commits.drains {
        let drain = Drain::of(evidence, drained);
        judge_end(evidence, &drain, &mut findings);
        for session in evidence.reading.commits.sessions.dirty(drain.process, drain.began) {
            judge_session(evidence, &drain, session, &mut findings);
        }
    }
    findings
}

impl Drain {
    fn of(evidence: &Evidence<'_>, drain: &commits::Drain) -> Self {
        let At { place: ended, ms: ended_ms } = drain.ended.unwrap_or_else(|| evidence.end_of(drain.process));
        let within = drain.within.and_then(|limit| u64::try_from(limit.as_millis()).ok());
        Self {
            process: drain.process,
            began: drain.began.place,
            began_ms: drain.began.ms,
            ended,
            ended_ms,
            returned: drain.ended.is_some(),
            has_deadline: within.is_some(),
            budget_ms: within.unwrap_or(evidence.limits.shutdown_ms.max(WITHOUT_DEADLINE_MS)),
        }
    }

    /// How long it took, by the clock of its process.
    fn took_ms(&self, evidence: &Evidence<'_>) -> u64 {
        evidence.reading.machine.awake_ms(self.began_ms, self.ended_ms)
    }

    /// When it ended, or its process did.
    fn end(&self) -> At {
        At { place: self.ended, ms: self.ended_ms }
    }

    /// Whether the plan ended the process, with a kill, a step or its own end, or it did not end. Only a supervisor whose
    /// patience with a stop is over kills a process that the plan leaves alone.
    fn is_planned(&self, evidence: &Evidence<'_>) -> bool {
        let end = evidence.reading.lives.end_of(self.process).filter(|end| end.at.place == self.ended);
        end.is_none_or(|end| {
            end.label.is_some()
                || end.ending != Ending::Sigkill
                || !evidence.reading.calls.ended_in_a_stop(self.process)
        })
    }

    /// Whether a signal suspended it, and another drain took its place.
    fn is_suspended(&self, evidence: &Evidence<'_>) -> bool {
        let reading = evidence.reading;
        let mut others = reading.commits.drains.iter().filter(|other| other.process == self.process);
        others.any(|other| other.ended.is_some_and(|at| at.place > self.began))
            && reading.lives.of(self.process).is_some_and(|life| life.signal.is_some())
    }

    /// Whether the schedule held threads up for at least half of its time.
    fn is_held_up(&self, evidence: &Evidence<'_>) -> bool {
        let held_up_ms = evidence.limits.held_up_ms;
        held_up_ms > 0 && self.took_ms(evidence) <= held_up_ms.saturating_mul(2)
    }

    /// Whether it did not end by itself, and only the plan is to blame.
    fn is_excused(&self, evidence: &Evidence<'_>) -> bool {
        !self.returned && (self.is_planned(evidence) || self.is_suspended(evidence) || self.is_held_up(evidence))
    }
}

fn judge_end(evidence: &Evidence<'_>, drain: &Drain, findings: &mut Findings) {
    let Drain { began_ms, ended_ms, returned, budget_ms, .. } = *drain;
    let took_ms = drain.took_ms(evidence);
    if took_ms > budget_ms + SLACK_MS + evidence.limits.held_up_ms {
        let told = format!("the drain took from {began_ms} to {ended_ms} ms: {took_ms} ms of {budget_ms} ms");
        return findings.violated(None, drain.end(), told);
    }
    match returned {
        true => findings.holds(),
        false if drain.is_excused(evidence) => {}
        false => {
            let told = format!("the drain began at {began_ms} ms, and its process was killed in it at {ended_ms} ms");
            findings.violated(None, drain.end(), told);
        }
    }
}

/// Whether an agent is in a turn of the session when the drain ends, or shortly before, which leaves no time for a commit; or whether the
/// turn's owner is busy with another session: an agent does one thing at a time.
fn is_busy(evidence: &Evidence<'_>, drain: &Drain, session: &SessionId, owner: &str) -> bool {
    let machine = &evidence.reading.machine;
    let is_earlier = |event: &Event| machine.awake_ms(event.at_ms, drain.ended_ms) > SLACK_MS;
    let at_the_end = evidence.events.partition_point(is_earlier);
    let late = if at_the_end < evidence.events.len() { at_the_end } else { drain.ended };
    let in_a_turn = |place| {
        let mut at_work = evidence.reading.commits.agents.at_work(drain.process, place);
        at_work.any(|run| run.turn.session == *session || run.agent == owner)
    };
    let mut of_others = evidence.reading.commits.all.iter().filter(|one| one.session != *session);
    let commits =
        of_others.any(|one| one.process == drain.process && one.commit.agent == owner && one.is_open_at(drain.ended));
    commits || in_a_turn(late.max(drain.began)) || in_a_turn(drain.ended)
}

/// A session has its chance if a commit of it was under way in the drain. A session whose first turn has no agent, or whose agent is in a
/// turn all the time, cannot have one.
fn judge_session(evidence: &Evidence<'_>, drain: &Drain, session: &SessionId, findings: &mut Findings) {
    let Drain { process, began, began_ms, ended, ended_ms, returned, budget_ms, .. } = *drain;
    let commits = &evidence.reading.commits;
    let own = || {
        let own = commits.all.iter().filter(|one| one.process == process && one.session == *session);
        own.filter(|one| one.is_open_at(began) || (one.began.place > began && one.began.place < ended))
    };
    let owner = |turn: &TurnId| {
        let mut marks = commits.sessions.waiting.iter().filter(|mark| mark.process == process && mark.turn == *turn);
        let waiting = commits.sessions.mark_at(process, turn, ended).and_then(|mark| mark.owner.as_deref());
        waiting.or_else(|| marks.find_map(|mark| mark.owner.as_deref()))
    };
    // Turns are committed in order: what waits behind one that belongs to no agent waits for the same.
    let first = commits.sessions.waiting(process, session, ended).next();
    let Some((turn, owner)) = first.and_then(|turn| Some((turn, owner(turn)?))) else { return findings.holds() };
    let budget_ms = if drain.has_deadline { budget_ms } else { budget_ms.min(WITHOUT_DEADLINE_MS) };
    let faulty_ms = evidence.reading.disk.faulty_ms(began_ms, ended_ms);
    let too_short = budget_ms <= TOO_SHORT_MS + faulty_ms + evidence.limits.held_up_ms;
    if too_short || is_busy(evidence, drain, session, owner) || drain.is_excused(evidence) {
        return;
    }
    // What a commit has done is there; only the disk does not have it yet.
    let mut marks = commits.sessions.waiting.iter().filter(|mark| mark.process == process && mark.turn == *turn);
    let since = marks.rfind(|mark| mark.since.place < ended).map_or(0, |mark| mark.since.place);
    let is_done = |one: &Commission| one.process == process && one.is_done() && one.turns.contains(turn);
    if commits.all.iter().any(|one| is_done(one) && (since..ended).contains(&one.began.place)) {
        return findings.holds();
    }
    let hangs = own().any(|one| one.is_open_at(ended));
    let spare_ms = budget_ms.saturating_sub(drain.took_ms(evidence));
    let told = match () {
        () if own().next().is_none() => {
            format!("the drain that began at {began_ms} ms never tried {session}, where {turn} waits")
        }
        () if returned && !hangs && spare_ms * 2 > budget_ms => {
            format!(
                "the drain gave {session} up at {ended_ms} ms, with {spare_ms} of {budget_ms} ms left; {turn} waits"
            )
        }
        () => return findings.holds(),
    };
    findings.violated(Some(turn), drain.end(), told);
}
