//! linearizable-answers: what a WebUI is answered was true at a moment between its question and the answer, and a commit waits for
//! another one as it was told: not at all, or so long. Whoever is told `true` throws the session away or lets the process go.
//! Source: #2461 and #3506 (`has_uncommitted_work`, `commit_session_memory`, `discard_session`), #5543 (background commits).
//!
//! What waits is read from marks and from the commits that the host saw succeed, not from what the lifecycle counts as committed: between
//! the two both answers are true. An answer is judged only where nothing else could have made it true.

use model::words::command::{Answer, Wait};
use model::words::part::Part;
use model::words::session::SessionId;

use crate::history::reading::At;
use crate::history::reading::calls::Asked;
use crate::history::reading::commits::Commission;
use crate::history::reading::commits::sessions::Waiting;
use crate::history::{Call, Grade};
use crate::judging::{Evidence, Findings, Invariant};
use crate::plan::{Step, WebUiStep};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "linearizable-answers",
    part: Part::WebUi,
    rule: "what a WebUI is answered was true between its question and the answer, and a commit waits as it was told",
    // Which turns wait, and which a commit covers.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'l',
    words: "answered falsely",
    counted: false,
    data: None,
    breaker: "W3",
    not_drawn: &[],
    judge,
};

/// How long a call takes that waits for nothing.
const AT_ONCE_MS: u64 = 100;

/// So long a caller is held for sure. Later its lifecycle may let it go, and the commit goes on without it.
const HELD_MS: u64 = 1_000;

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    for asked in evidence.reading.calls.asked() {
        let Ok(Step::WebUi(step)) = asked.step.parse() else { continue };
        if cannot_be_told_apart(evidence, asked) || was_suspended(evidence, asked) {
            continue;
        }
        let answer = match &asked.answer {
            Some((Answer::Bool(answer), _)) => Some(*answer),
            Some((Answer::Nothing | Answer::Number(_) | Answer::Text(_) | Answer::Unsure, _)) => continue,
            None => None,
        };
        let to = asked.answer.as_ref().map_or_else(|| evidence.end_of(asked.process), |(_, at)| *at);
        let about = |session| Question { evidence, asked, session, to };
        let lie = match (&step, answer) {
            (WebUiStep::Dirty(session), Some(answer)) => about(session).judge_dirty(answer),
            (WebUiStep::Discard(session), Some(answer)) if !session.is_empty() => about(session).judge_discard(answer),
            (WebUiStep::Commit(session, _, wait), answer) if !session.is_empty() => {
                about(session).judge_commit(*wait, answer)
            }
            (WebUiStep::CommitInBackground(session, _), Some(answer)) => about(session).judge_background(answer),
            (
                WebUiStep::Dirty(_)
                | WebUiStep::Discard(_)
                | WebUiStep::Commit(..)
                | WebUiStep::CommitInBackground(..)
                | WebUiStep::Register(..)
                | WebUiStep::Unregister(_)
                | WebUiStep::Mark(..)
                | WebUiStep::Drain(_)
                | WebUiStep::SelfUpdate,
                _,
            ) => continue,
        };
        match lie {
            None => findings.holds(),
            Some(lie) => findings.violated(None, to, format!("\"{step:#}\" at {} ms {lie}", asked.from.ms)),
        }
    }
    findings
}

/// Whether the same was asked at the same time, before the answer: which answer is whose is not known.
fn cannot_be_told_apart(evidence: &Evidence<'_>, asked: &Asked) -> bool {
    let end = |one: &Asked| one.answer.as_ref().map_or(usize::MAX, |(_, at)| at.place);
    let mut same =
        evidence.reading.calls.asked().filter(|other| {
            other.process == asked.process && other.from.ms == asked.from.ms && other.step == asked.step
        });
    same.any(|other| {
        other.from.place != asked.from.place && other.from.place < end(asked) && asked.from.place < end(other)
    })
}

/// Whether a signal suspended the thread that would have taken the answer.
fn was_suspended(evidence: &Evidence<'_>, asked: &Asked) -> bool {
    let stops = |(process, call, _): (u32, &Call, At)| process == asked.process && call.is_a_stop();
    asked.answer.is_none() && evidence.reading.calls.made().any(stops)
}

/// How long a commit may make its caller wait, in milliseconds.
fn limit_ms(wait: Wait) -> u64 {
    match wait {
        Wait::Until(Some(limit)) => u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        Wait::Until(None) | Wait::No => u64::MAX,
    }
}

/// A question of the WebUI about a session.
struct Question<'a> {
    evidence: &'a Evidence<'a>,
    asked: &'a Asked,
    session: &'a SessionId,
    /// When it was answered, or when its process ended without an answer.
    to: At,
}

/// A turn that was completed, and what became of it.
struct Work<'a> {
    mark: &'a Waiting,
    /// The place at which a commit of it succeeded.
    done: Option<usize>,
}

impl Work<'_> {
    /// Whether it waits at this place beyond doubt.
    fn waits_at(&self, place: usize) -> bool {
        self.mark.since.place < place && self.done.is_none_or(|done| done > place)
    }

    /// Whether it may have waited between these places: the lifecycle learns of the commit's success a little later.
    fn may_wait(&self, from: usize, to: usize) -> bool {
        let known = self.done.map(|done| self.mark.counted.map_or(usize::MAX, |counted| counted.max(done)));
        self.mark.since.place < to && known.is_none_or(|known| known > from)
    }
}

impl<'a> Question<'a> {
    fn process(&self) -> u32 {
        self.asked.process
    }

    /// The session's commits in this process.
    fn commits(&self) -> impl Iterator<Item = &'a Commission> {
        let (process, session) = (self.process(), self.session);
        let all = self.evidence.reading.commits.all.iter();
        all.filter(move |one| one.process == process && one.session == *session)
    }

    /// What was completed in the session. `None` if two turns have one name.
    fn work(&self) -> Option<Vec<Work<'a>>> {
        let marks = self.evidence.reading.commits.sessions.waiting.iter();
        let own = marks.filter(|mark| mark.process == self.process() && mark.session == *self.session);
        let work = own.map(|mark| {
            let covers = |one: &Commission| one.began.place > mark.since.place && one.turns.contains(&mark.turn);
            let done = self.commits().filter(|one| one.is_done() && covers(one)).filter_map(|one| one.ended);
            Work { mark, done: done.map(|(at, _)| at.place).min() }
        });
        let work: Vec<Work<'a>> = work.collect();
        let is_said_once = |one: &Work<'_>| work.iter().filter(|other| other.mark.turn == one.mark.turn).count() == 1;
        work.iter().all(is_said_once).then_some(work)
    }

    /// How long its caller waited, in milliseconds.
    fn took_ms(&self) -> u64 {
        self.evidence.reading.machine.awake_ms(self.asked.from.ms, self.to.ms)
    }

    fn may_be_dirty(&self, work: &[Work<'_>]) -> bool {
        work.iter().any(|one| one.may_wait(self.asked.from.place, self.to.place))
    }

    fn may_be_clean(&self, work: &[Work<'_>]) -> bool {
        let from = self.asked.from.place;
        let ends = work.iter().filter_map(|one| one.done).filter(|done| (from..self.to.place).contains(done));
        std::iter::once(from).chain(ends).any(|place| !work.iter().any(|one| one.waits_at(place)))
    }

    fn judge_dirty(&self, answer: bool) -> Option<String> {
        let work = self.work()?;
        match answer {
            true if !self.may_be_dirty(&work) => Some("was answered true, and no turn waits for a commit".to_owned()),
            false if !self.may_be_clean(&work) => Some(self.though_it_waits("was answered false", &work)),
            true | false => None,
        }
    }

    fn judge_discard(&self, answer: bool) -> Option<String> {
        let work = self.work()?;
        let mut busy = self.commits().filter(|one| {
            one.began.place < self.to.place && one.ended.is_none_or(|(ended, _)| ended.place > self.asked.from.place)
        });
        match answer {
            true if !self.may_be_clean(&work) => Some(self.though_it_waits("was answered true", &work)),
            false if !self.may_be_dirty(&work) && busy.next().is_none() => {
                Some("was answered false, and the session was clean and idle".to_owned())
            }
            true | false => None,
        }
    }

    fn though_it_waits(&self, told: &str, work: &[Work<'_>]) -> String {
        let waits = work.iter().find(|one| one.waits_at(self.to.place)).map(|one| &one.mark.turn);
        match waits {
            Some(turn) => format!("{told}, and {turn} waits for a commit"),
            None => format!("{told}, and a turn waited for a commit all the time"),
        }
    }

    fn judge_background(&self, answer: bool) -> Option<String> {
        let mut drains = self.evidence.reading.commits.drains.iter().filter(|drain| drain.process == self.process());
        let drains = drains.any(|drain| drain.began.place < self.to.place);
        (!answer && !drains).then(|| "was refused, and no drain had begun".to_owned())
    }

    fn judge_commit(&self, wait: Wait, answer: Option<bool>) -> Option<String> {
        self.judge_wait(wait, answer).or_else(|| match answer? {
            true => self.judge_committed(),
            false => self.judge_refused(limit_ms(wait)),
        })
    }

    /// Whether it waited for another commit as it was told.
    fn judge_wait(&self, wait: Wait, answer: Option<bool>) -> Option<String> {
        let (from, took_ms, machine) = (self.asked.from, self.took_ms(), &self.evidence.reading.machine);
        let slack_ms = AT_ONCE_MS + self.evidence.limits.held_up_ms;
        let under_way = || self.commits().filter(|one| one.is_open_at(from.place));
        match wait {
            Wait::No => {
                let lasts = |one: &&Commission| {
                    one.ended.is_none_or(|(ended, _)| machine.awake_ms(from.ms, ended.ms) > slack_ms)
                };
                let other = under_way().find(lasts).filter(|_| took_ms > slack_ms)?;
                Some(format!("was to give way to {} at once, and its caller waited for {took_ms} ms", other.commit))
            }
            Wait::Until(_) => {
                let limit_ms = limit_ms(wait);
                let latest_ms = limit_ms.saturating_add(slack_ms);
                let in_time = |one: &Commission| machine.awake_ms(from.ms, one.began.ms) <= latest_ms;
                if took_ms > latest_ms && !self.began_meanwhile().any(in_time) {
                    let told = format!("was to wait for {limit_ms} ms at most, and its caller waited for {took_ms} ms");
                    return Some(told);
                }
                let waited_ms = self.to.ms - from.ms;
                let early = answer == Some(false) && waited_ms < limit_ms.min(HELD_MS);
                let other = under_way().find(|one| one.is_open_at(self.to.place)).filter(|_| early)?;
                Some(format!("was to wait for {}, and gave up after {waited_ms} ms", other.commit))
            }
        }
    }

    /// The session's commits that began between the question and its answer.
    fn began_meanwhile(&self) -> impl Iterator<Item = &'a Commission> {
        let meanwhile = self.asked.from.place..self.to.place;
        self.commits().filter(move |one| meanwhile.contains(&one.began.place))
    }

    fn judge_committed(&self) -> Option<String> {
        let in_time = |one: &Commission| matches!(one.ended, Some((at, true)) if at.place < self.to.place);
        let committed = self.began_meanwhile().any(in_time);
        (!committed).then(|| "was answered true, and no commit that began meanwhile has succeeded".to_owned())
    }

    /// Whether `false` hides a commit that succeeded, or nothing was in the way of one.
    fn judge_refused(&self, limit_ms: u64) -> Option<String> {
        let (from, to) = (self.asked.from.place, self.to.place);
        let work = self.work()?;
        let due: Vec<&Work<'_>> = work.iter().filter(|one| one.may_wait(from, from)).collect();
        let grows = work.iter().any(|one| (from..to).contains(&one.mark.since.place));
        if due.is_empty() || grows || !self.is_alone(&due) || self.to.ms - self.asked.from.ms >= limit_ms.min(HELD_MS) {
            return None;
        }
        let failed = self.began_meanwhile().any(|one| !one.is_done());
        if !failed && due.iter().all(|one| one.done.is_some_and(|done| (from..to).contains(&done))) {
            return Some("was answered false, and what waited is committed".to_owned());
        }
        let free = due.iter().all(|one| one.mark.owner.as_ref().is_some_and(|owner| self.is_free(owner)));
        let idle = free && self.began_meanwhile().next().is_none();
        idle.then(|| "was answered false, and nothing was in the way of a commit".to_owned())
    }

    /// Whether the agent was neither in a turn nor in a commit between the question and its answer.
    fn is_free(&self, agent: &str) -> bool {
        let (from, to) = (self.asked.from.place, self.to.place);
        let commits = &self.evidence.reading.commits;
        let mut turns = commits.agents.turns.iter().filter(|one| one.process == self.process() && one.agent == agent);
        let mut own = commits.all.iter().filter(|one| one.process == self.process() && one.commit.agent == agent);
        !turns.any(|one| one.began.place < to && one.ended.is_none_or(|ended| ended.place > from))
            && !own.any(|one| one.began.place < to && one.ended.is_none_or(|(ended, _)| ended.place > from))
    }

    /// Whether only this call could commit what is due: no other one has come to a boundary since, no heir and no drain is at work, no agent
    /// goes, and no turn runs that may commit itself.
    fn is_alone(&self, due: &[&Work<'_>]) -> bool {
        let (process, from, to) = (self.process(), self.asked.from.place, self.to.place);
        let commits = &self.evidence.reading.commits;
        let oldest_ms = due.iter().map(|one| one.mark.since.ms).min().unwrap_or(0);
        let mut own =
            commits.sessions.boundaries.iter().filter(|it| it.process == process && it.session == *self.session);
        let earlier = own.clone().filter(|it| it.at.place < from).any(|it| {
            let ago_ms = self.evidence.reading.machine.awake_ms(it.at.ms, oldest_ms);
            it.at.ms >= oldest_ms || ago_ms <= HELD_MS + self.evidence.limits.held_up_ms
        });
        let meanwhile = own.by_ref().filter(|it| (from..to).contains(&it.at.place)).count();
        let inherited = due.iter().any(|one| one.mark.restored);
        let drained = commits.drains.iter().any(|drain| drain.process == process && drain.began.place < to);
        let left = commits.agents.departures.iter().any(|one| one.process == process && one.at.place < to);
        let mut runs = commits.agents.turns.iter().filter(|one| one.process == process);
        let runs = runs.any(|one| {
            one.turn.session == *self.session
                && one.began.place < to
                && one.ended.is_none_or(|ended| ended.place > from)
        });
        let busy = runs || self.commits().any(|one| one.is_open_at(from));
        !earlier && meanwhile <= 1 && !inherited && !drained && !left && !busy
    }
}
