//! prompt-commit: what waits when its session comes to a boundary is in a commit that begins soon, while nothing holds that up. Source: a WebUI that
//! commits nothing before its drain passed every other invariant, and its users would have recalled nothing of their last chat.
//!
//! An end of the session that reaches the provider by another way does as well as a commit. Nothing begins while a commit of the session is under
//! way, or one of the turn's owner, or a turn of that agent: the time runs from the end of the last of them on. What a disk or a nap of the machine
//! holds up ([`Calm`]), what fails, and what a process that ends leaves, is not judged: that it is committed in the end is commit-coverage's, and what
//! a drain does is drain-is-fair-and-bounded's.

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::commits::sessions::{Boundary, Waiting};
use crate::judging::calm::Calm;
use crate::judging::{Delivery, Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "prompt-commit",
    part: Part::WebUi,
    rule: "what waits at its session's boundary is in a commit that begins within the delivery limit",
    // Which turns wait, and which a commit covers.
    needs: Grade::ToldByImplementation,
    severity: 55,
    letter: 't',
    words: "committed late",
    counted: true,
    data: None,
    breaker: "drain-only",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let sessions = &evidence.reading.commits.sessions;
    let Some(delivery) = evidence.limits.delivery.filter(|_| !sessions.boundaries.is_empty()) else { return findings };
    let scene = Scene { evidence, delivery, calm: Calm::of(evidence, &delivery) };
    // Without an owner nobody says who could commit it.
    for waiting in sessions.waiting.iter().filter(|waiting| waiting.owner.is_some()) {
        let boundaries = sessions.boundaries.iter().filter(|boundary| waits_at(waiting, boundary));
        let Some(boundary) = boundaries.min_by_key(|boundary| boundary.at.place) else { continue };
        match scene.began(waiting, boundary.at) {
            Begun::InTime => findings.holds(),
            Begun::Late(due, last) => {
                let (turn, limit) = (&waiting.turn, delivery.limit_ms);
                let Boundary { session, at, .. } = boundary;
                let told = format!("{turn} waited when {session} came to a boundary at {} ms", at.ms);
                let told = format!(
                    "{told}; from {} to {} ms no commit with it began, limit {limit} ms",
                    due.ms,
                    due.ms + limit
                );
                findings.violated(Some(turn), last, told);
            }
            Begun::HeldUp => {}
        }
    }
    findings
}

/// Whether the turn waited when its session came to the boundary, in the same process.
fn waits_at(waiting: &Waiting, boundary: &Boundary) -> bool {
    let Waiting { process, session, since, counted, .. } = waiting;
    let open = since.place < boundary.at.place && counted.is_none_or(|counted| counted >= boundary.at.place);
    open && *process == boundary.process && *session == boundary.session
}

/// What became of a turn that was due.
enum Begun {
    InTime,
    /// From when on nothing held a commit up, and the last event before the limit was over.
    Late(At, At),
    /// Something other than its lifecycle held it up.
    HeldUp,
}

struct Scene<'a> {
    evidence: &'a Evidence<'a>,
    delivery: Delivery,
    calm: Calm,
}

impl Scene<'_> {
    /// Whether a commit of a turn that was due began in time.
    fn began(&self, waiting: &Waiting, boundary: At) -> Begun {
        let commits = &self.evidence.reading.commits;
        let own = commits.all.iter().filter(|one| one.process == waiting.process && one.turns.contains(&waiting.turn));
        let ends = commits.sessions.ends.iter();
        let ends = ends.filter(|end| end.process == waiting.process && end.session == waiting.session);
        let begun = own.map(|one| one.began).chain(ends.map(|end| end.at));
        let begun = begun.filter(|began| began.place > waiting.since.place);
        let begun = begun.min_by_key(|began| began.place);
        let mut due = boundary;
        loop {
            let until_ms = due.ms.saturating_add(self.delivery.limit_ms);
            if begun.is_some_and(|began| began.ms <= until_ms) {
                return Begun::InTime;
            }
            match self.blocked(waiting, (due, until_ms)) {
                Some(Some(free)) => due = free,
                Some(None) => return Begun::HeldUp,
                None if self.is_held_up(waiting, (due, until_ms)) => return Begun::HeldUp,
                None => return Begun::Late(due, self.last_until(until_ms)),
            }
        }
    }

    /// When the last commit or turn ended that was under way in this time, and beside which no commit of the turn begins. `Some(None)` if that never
    /// ended.
    fn blocked(&self, waiting: &Waiting, (due, until_ms): (At, u64)) -> Option<Option<At>> {
        let commits = &self.evidence.reading.commits;
        let overlaps =
            |began: At, ended: Option<At>| began.ms <= until_ms && ended.is_none_or(|ended| ended.place > due.place);
        let is_owner = |agent: &str| waiting.owner.as_deref() == Some(agent);
        let others = commits.all.iter().filter(|one| one.process == waiting.process);
        let others = others.filter(|one| one.session == waiting.session || is_owner(&one.commit.agent));
        let others = others.map(|one| (one.began, one.ended.map(|(at, _)| at)));
        let turns = commits.agents.turns.iter().filter(|turn| turn.process == waiting.process);
        let turns = turns.filter(|turn| turn.turn.session == waiting.session || is_owner(&turn.agent));
        let turns = turns.map(|turn| (turn.began, turn.ended));
        let open = others.chain(turns).filter(|(began, ended)| overlaps(*began, *ended));
        let ends: Vec<Option<At>> = open.map(|(_, ended)| ended).collect();
        let last =
            ends.iter().copied().collect::<Option<Vec<At>>>().map(|ends| ends.into_iter().max_by_key(|at| at.place));
        last.map_or(Some(None), |last| last.map(Some))
    }

    /// Whether the process, the disk, the machine or its user kept a commit from beginning in this time.
    fn is_held_up(&self, waiting: &Waiting, (due, until_ms): (At, u64)) -> bool {
        let Evidence { reading, .. } = self.evidence;
        let until = self.last_until(until_ms);
        let ends = self.evidence.end_of(waiting.process).ms <= until_ms;
        let drains =
            reading.commits.drains.iter().any(|one| one.process == waiting.process && one.began.ms <= until_ms);
        let is_gone = !reading.commits.sessions.has_entry(waiting.process, &waiting.session, until.place);
        let unsaid = self.evidence.ledger.turns.iter().any(|turn| turn.id == waiting.turn && turn.excluded.is_some());
        // Who fails pauses before the next try.
        let failed = reading.commits.all.iter().any(|one| {
            let fails = one.ended.is_some_and(|(at, done)| !done && at.ms <= until_ms);
            one.process == waiting.process && one.session == waiting.session && fails
        });
        ends || drains || failed || is_gone || unsaid || !self.calm.lasts(due.ms, until_ms)
    }

    /// The last event until then.
    fn last_until(&self, ms: u64) -> At {
        let behind = self.evidence.events.partition_point(|event| event.at_ms <= ms);
        self.evidence.at(behind.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Event, Fact, Happening, Who};
    use crate::judging::Limits;
    use crate::judging::memory::tests::{LIMITS, Story, violations_within};
    use crate::plan::Ending;

    const DELIVERY: Delivery = Delivery {
        limit_ms: 30_000,
        aftermath_ms: 100_000,
        batch: 1,
        budget_ms: 5_000,
        opens: false,
        follow: true,
        boundaries: &[],
        ends: &[],
    };

    /// What the invariant says of a WebUI whose user leaves S1, with a turn that waits, and what follows in the minute behind it.
    fn found(then: impl Fn(Story) -> Story) -> Vec<String> {
        let up = Event { at_ms: 0, who: Who::Provider, fact: Fact::Provider(Happening::Up) };
        let left = Story::new().marked("S1#1", "a").boundary("S1");
        let told = then(left).waits(60_000).process(Fact::Ended { ending: Ending::Exit, steps: 1, label: None });
        let events: Vec<Event> = std::iter::once(up).chain(told.events()).collect();
        let limits = Limits { delivery: Some(DELIVERY), ..LIMITS };
        let found = violations_within(&events, Part::WebUi, limits).into_iter();
        found.filter(|(name, _)| *name == ROW.name).map(|(_, told)| told).collect()
    }

    #[test]
    fn a_chat_that_its_user_has_left_is_committed_soon() {
        let late = "S1#1 waited when S1 came to a boundary at 200 ms; from 200 to 30200 ms no commit with it began, limit 30000 ms";
        assert_eq!(found(|story| story), [late]);
        assert_eq!(found(|story| story.began("a", 1, &["S1#1"])), [""; 0]);
        assert_eq!(found(|story| story.waits(29_000).began("a", 1, &["S1#1"])), [""; 0]);
        assert_eq!(found(|story| story.waits(31_000).began("a", 1, &["S1#1"])), [late]);
    }

    #[test]
    fn what_is_in_the_way_gives_it_time() {
        let behind = |ms| move |story: Story| story.began("a", 1, &["S1#2"]).waits(ms).ended("a", 1, true);
        let late = "S1#1 waited when S1 came to a boundary at 200 ms; from 20400 to 50400 ms no commit with it began, limit 30000 ms";
        assert_eq!(found(behind(20_000)), [late]);
        assert_eq!(found(|story| behind(20_000)(story).waits(20_000).began("a", 2, &["S1#1"])), [""; 0]);
        assert_eq!(found(|story| story.began("a", 1, &["S1#2"])), [""; 0], "it never ends");
        assert_eq!(found(|story| story.began("a", 1, &["S1#2"]).ended("a", 1, false)), [""; 0], "it fails");
    }
}
