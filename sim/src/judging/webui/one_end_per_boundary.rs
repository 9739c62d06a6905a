//! one-end-per-boundary: a provider hears of a session's end at a boundary, once for the completed turns: not after every turn, and not
//! again, without new turns, when the agent is closed or its old session is drained. Nor does it hear of it twice for what waited together,
//! unless a commit was under way when one of the turns was completed. Turns left behind by a killed process may be ended
//! again: no later process can know, unless the process had counted them as committed and could keep that. Source: `eb70a6dc5` of
//! #2461 (an extraction behind every turn), `scenarios/README.md` rows AL-14 and AL-17.

use std::collections::{BTreeMap, BTreeSet};

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::commits::sessions::Waiting;
use crate::history::reading::commits::{Commission, Commits};
use crate::judging::noting::{NOTING_MS, could_note};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "one-end-per-boundary",
    part: Part::WebUi,
    rule: "a session's end reaches its provider at a boundary, and once for what was completed before",
    // Which turns are marked, and which were left behind.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'e',
    words: "ended twice",
    counted: false,
    data: None,
    breaker: "webui-commit-per-turn",
    not_drawn: &[],
    judge,
};

/// A turn that completes this shortly after a boundary may belong to it: the committer looks a few steps later.
const JUST_NOW_MS: u64 = 10;

/// How long a thread may be preempted between two of its steps.
const A_STEP_MS: u64 = 100;

/// Whether a turn came with a boundary, or no later than just after it.
type JustNow<'a> = &'a dyn Fn(At, At) -> bool;

/// The end of a session, as its provider hears of it.
struct End<'a> {
    process: u32,
    at: At,
    session: &'a SessionId,
    by: String,
    turns: Vec<&'a TurnId>,
    /// The agent that commits, if the lifecycle asked it to.
    committer: Option<&'a str>,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let commits = &evidence.reading.commits;
    // A schedule that holds threads up makes the committer look later.
    let just_now_ms = JUST_NOW_MS + evidence.limits.held_up_ms;
    let just_now = |boundary: At, turn: At| evidence.reading.machine.awake_ms(boundary.ms, turn.ms) <= just_now_ms;
    // The turns whose end a provider has heard of, by process. The same text said again has the same name.
    let mut ended: BTreeSet<(u32, &TurnId)> = BTreeSet::new();
    let mut ends_of: BTreeMap<(u32, &TurnId), usize> = BTreeMap::new();
    judge_one_commit(evidence, &mut findings);
    judge_what_was_taken_over(evidence, &mut findings);
    for end in ends(commits) {
        if end.turns.is_empty() || end.turns.iter().any(|turn| was_left_behind(commits, turn, end.at.place)) {
            continue;
        }
        let again = end.turns.iter().all(|turn| {
            let ends = ends_of.get(&(end.process, *turn)).copied().unwrap_or_default();
            ends > 0 && ends >= said_before(commits, &end, turn)
        });
        let (session, by, at_ms) = (end.session, &end.by, end.at.ms);
        if again {
            let told =
                format!("{session} ended once more at {at_ms} ms, by {by}, with nothing new since the last time");
            findings.violated(None, end.at, told);
        } else if is_at_a_boundary(commits, &end, &ended, &just_now) {
            findings.holds();
        } else {
            findings.violated(None, end.at, format!("{session} ended at {at_ms} ms, by {by}, and not at a boundary"));
        }
        end.turns.iter().for_each(|turn| *ends_of.entry((end.process, *turn)).or_default() += 1);
        ended.extend(end.turns.into_iter().map(|turn| (end.process, turn)));
    }
    findings
}

/// Whether one commit would have done for what two commits of a session ended one after the other.
fn judge_one_commit(evidence: &Evidence<'_>, findings: &mut Findings) {
    let done: Vec<&Commission> = evidence.reading.commits.all.iter().filter(|one| one.is_done()).collect();
    for (place, second) in done.iter().enumerate() {
        let mut before = done[..place].iter().rev();
        let first = before.find(|one| one.process == second.process && one.session == second.session);
        let Some(first) = first else { continue };
        match second.turns.iter().find(|turn| !could_be_covered(evidence, first, turn)) {
            Some(_) => findings.holds(),
            None => {
                let Commission { session, commit, began, .. } = second;
                let told = format!(
                    "{session} ended once more, by commit {commit} at {} ms, for nothing that {} could not have covered",
                    began.ms, first.commit
                );
                findings.violated(None, *began, told);
            }
        }
    }
}

/// A commit of turns that a former process had committed, and knew it.
fn judge_what_was_taken_over(evidence: &Evidence<'_>, findings: &mut Findings) {
    for again in evidence.reading.commits.all.iter().filter(|one| one.is_done() && !one.turns.is_empty()) {
        let known = again.turns.iter().map(|turn| known_before(evidence, again, turn)).collect::<Option<Vec<_>>>();
        let Some(known) = known.and_then(|known| known.into_iter().max_by_key(|(_, at)| at.place)) else { continue };
        let (Commission { session, commit, began, .. }, (process, at)) = (again, known);
        let told = format!(
            "{session} ended once more, by commit {commit} at {} ms, for what process {process} had counted as committed at {} ms",
            began.ms, at.ms
        );
        findings.violated(None, *began, told);
    }
}

/// The former process that had counted the turn as committed, and when, if it could keep that and the process of this commit found the turn all
/// the same.
fn known_before(evidence: &Evidence<'_>, again: &Commission, turn: &TurnId) -> Option<(u32, At)> {
    let sessions = &evidence.reading.commits.sessions;
    let mut marks = sessions.waiting.iter().filter(|mark| mark.turn == *turn && !mark.restored);
    let mut found = sessions.waiting.iter().filter(|mark| mark.turn == *turn && mark.restored);
    let (Some(_), None) = (marks.next(), marks.next()) else { return None };
    let found = found.find(|mark| mark.process == again.process)?;
    let Evidence { reading, .. } = evidence;
    let could_keep = |process: u32, at: At| {
        let ended = reading.lives.end_of(process);
        let lived_on = ended.is_none_or(|end| reading.machine.awake_ms(at.ms, end.at.ms) > NOTING_MS);
        lived_on && could_note(evidence, process, at.ms)
    };
    let counted = sessions.counted.iter().filter(|one| one.process != again.process && one.turns.contains(turn));
    let mut before = counted.filter(|one| one.at.place < found.since.place);
    before.find(|one| could_keep(one.process, one.at)).map(|one| (one.process, one.at))
}

/// Whether the turn waited when the commit began, for the same agent, and was completed while no commit of its session was under way: one
/// that ends is under way until the disk has it, and one that finds its agent in a turn never begins.
fn could_be_covered(evidence: &Evidence<'_>, commit: &Commission, turn: &TurnId) -> bool {
    let Evidence { reading, limits, .. } = evidence;
    let (commits, slack_ms) = (&reading.commits, A_STEP_MS + limits.held_up_ms);
    let mut marks = commits.sessions.waiting.iter().filter(|mark| mark.turn == *turn);
    let (Some(mark), None) = (marks.next(), marks.next()) else { return false };
    let since_ms = mark.since.ms;
    let is_near = |at: At| reading.machine.awake_ms(at.ms.min(since_ms), at.ms.max(since_ms)) <= slack_ms;
    let of_agent = |mark: &Waiting| {
        !mark.restored && mark.process == commit.process && mark.owner.as_ref() == Some(&commit.commit.agent)
    };
    // What nobody completed, or another agent, is committed apart.
    let is_anothers = |mark: &Waiting| commit.turns.contains(&mark.turn) && !of_agent(mark);
    let is_own = of_agent(mark) && !commits.sessions.waiting.iter().any(is_anothers);
    let mut others = commits.all.iter().filter(|one| one.process == commit.process && one.session == commit.session);
    let was_split = others.any(|one| {
        let began = one.began.ms <= since_ms || is_near(one.began);
        began && one.ended.is_none_or(|(ended, _)| ended.ms >= since_ms || is_near(ended))
    });
    let mut runs = commits.agents.turns.iter().filter(|run| run.process == commit.process && run.turn != *turn);
    let was_withdrawn = runs.any(|run| run.agent == commit.commit.agent && is_near(run.began));
    let waited = commit.began.ms > since_ms && !is_near(commit.began);
    is_own && waited && !was_split && !was_withdrawn && reading.disk.faulty_ms(0, commit.began.ms) == 0
}

/// The ends of sessions, in order: successful commits, and any other end that reached a provider.
fn ends(commits: &Commits) -> Vec<End<'_>> {
    let told = commits.sessions.ends.iter().map(|end| End {
        process: end.process,
        at: end.at,
        session: &end.session,
        by: format!("agent {}", end.agent),
        turns: completed(commits, end.process, &end.session, end.at.place).map(|one| &one.turn).collect(),
        committer: None,
    });
    let committed = commits.all.iter().filter_map(|one| {
        let (at, _) = one.ended.filter(|(_, done)| *done)?;
        let (process, session, turns) = (one.process, &one.session, one.turns.iter().collect());
        let (by, committer) = (format!("commit {}", one.commit), Some(&*one.commit.agent));
        Some(End { process, at, session, by, turns, committer })
    });
    let mut ends: Vec<End<'_>> = told.chain(committed).collect();
    ends.sort_by_key(|end| end.at.place);
    ends
}

/// The turns of a session that were completed in its process before this place.
fn completed<'a>(
    commits: &'a Commits,
    process: u32,
    session: &SessionId,
    place: usize,
) -> impl Iterator<Item = &'a Waiting> {
    let marks = commits.sessions.waiting.iter().filter(|mark| !mark.restored);
    marks.filter(move |mark| mark.process == process && mark.session == *session && mark.since.place < place)
}

/// How many turns of this name its process had completed by then.
fn said_before(commits: &Commits, end: &End<'_>, turn: &TurnId) -> usize {
    completed(commits, end.process, end.session, end.at.place).filter(|one| one.turn == *turn).count()
}

/// Whether an earlier process had left the turn to a later one.
fn was_left_behind(commits: &Commits, turn: &TurnId, place: usize) -> bool {
    let mut restored = commits.sessions.waiting.iter().filter(|one| one.restored);
    restored.any(|one| one.turn == *turn && one.since.place < place)
}

/// Whether the agent has left the cache: any commit that it still makes is at that boundary.
fn is_leaving(commits: &Commits, process: u32, agent: &str, place: usize) -> bool {
    let mut evicted = commits.agents.departures.iter().filter(|one| !one.works_on && one.process == process);
    evicted.any(|one| one.agent == agent && one.at.place < place)
}

fn is_at_a_boundary(commits: &Commits, end: &End<'_>, ended: &BTreeSet<(u32, &TurnId)>, just_now: JustNow<'_>) -> bool {
    let (process, place) = (end.process, end.at.place);
    let drains = || commits.drains.iter().any(|drain| drain.process == process && drain.began.place < place);
    end.committer.is_none_or(|agent| is_leaving(commits, process, agent, place))
        || drains()
        || waits_for_a_boundary(commits, end, ended, just_now)
}

/// Whether the turns that end, or any turn that waits behind them in their session, have come to a boundary: turns are committed in the
/// order of their completion.
fn waits_for_a_boundary(
    commits: &Commits,
    end: &End<'_>,
    ended: &BTreeSet<(u32, &TurnId)>,
    just_now: JustNow<'_>,
) -> bool {
    let (process, place) = (end.process, end.at.place);
    let own = completed(commits, process, end.session, place);
    let mut own = own.skip_while(|one| !end.turns.contains(&&one.turn));
    own.any(|one| {
        let leaving = || one.owner.as_ref().is_some_and(|owner| is_leaving(commits, process, owner, place));
        has_come_to_a_boundary(commits, one, place, just_now) || (!ended.contains(&(process, &one.turn)) && leaving())
    })
}

/// Whether a boundary of the session came after the turn, or so shortly before it that the turn belongs to it.
fn has_come_to_a_boundary(commits: &Commits, one: &Waiting, place: usize, just_now: JustNow<'_>) -> bool {
    let own = commits.sessions.boundaries.iter().filter(|it| it.process == one.process && it.session == one.session);
    let mut before = own.filter(|it| it.at.place < place);
    before.any(|it| it.at.place > one.since.place || just_now(it.at, one.since))
}
