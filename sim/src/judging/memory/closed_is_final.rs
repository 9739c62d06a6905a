//! closed-is-final: once a shutdown has returned, the process starts no task, sends no request and has no open client. Source:
//! `scenarios/README.md` rows 78 (a late turn revives the writer) and 82 (#34415, #117236: a client is never closed).

use model::words::part::Part;
use model::words::thread;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::lives::Life;
use crate::history::{Event, Fact};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "closed-is-final",
    part: Part::Memory,
    rule: "after a shutdown no task starts, no request is sent and no client is open",
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
            (None, 0) => findings.holds(),
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

/// The name of the task that the event starts.
fn task(event: &Event) -> &str {
    let Fact::TaskStarted { name } = &event.fact else { unreachable!("{event} starts no task") };
    name
}

#[cfg(test)]
mod tests {
    use model::facts::Observation;
    use model::protocols::hindsight::endpoints::RETAIN;

    use super::super::tests::{Story, check_violated, command};
    use crate::history::{Fact, Word};

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
}
