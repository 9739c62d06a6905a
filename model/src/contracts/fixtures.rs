//! Code that the tests of several implementations share: agents whose commits follow a script, and messages of a chat.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::chats::{Continuity, Message, Route, Routed};
use super::commits::{AgentHandle, Raised, report};
use crate::facts::Observation;
use crate::facts::chats::End;
use crate::facts::commits::{self, Call, Closing};
use crate::machine::Machine;
use crate::machine::bench::Bench;
use crate::words::course::{Completion, Course, RunResult};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The facts reported about commits, in order.
pub(crate) fn commit_facts(bench: &Bench) -> Vec<commits::Observation> {
    let facts = bench.seen().into_iter().filter_map(|one| {
        let Observation::Commits(fact) = one else { return None };
        Some(fact)
    });
    facts.collect()
}

/// The commits that began, in order: `a#1:fail`.
pub(crate) fn begun_commits(bench: &Bench) -> Vec<String> {
    let begun = commit_facts(bench).into_iter().filter_map(|one| {
        let commits::Observation::Began { commit, plan, .. } = one else { return None };
        Some(format!("{commit}:{plan}"))
    });
    begun.collect()
}

/// An agent whose n-th commit does what the n-th word of its script says. Later commits succeed.
struct Scripted {
    name: &'static str,
    machine: Machine,
    script: &'static [&'static str],
    calls: Cell<u32>,
}

/// An agent called `name`. The words of a script are `ok`, `fail`, `panic`, `hang`, and a number of seconds.
pub(crate) fn agent(machine: &Machine, name: &'static str, script: &'static [&'static str]) -> Rc<dyn AgentHandle> {
    Rc::new(Scripted { name, machine: machine.clone(), script, calls: Cell::new(0) })
}

impl Scripted {
    fn plan(&self, call: u32) -> &'static str {
        let place = usize::try_from(call - 1).expect("a few calls");
        self.script.get(place).copied().unwrap_or("ok")
    }

    fn commit_of(&self, number: u32) -> Call {
        Call { agent: self.name.to_owned(), number }
    }
}

#[async_trait(?Send)]
impl AgentHandle for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn session(&self) -> Option<SessionId> {
        None
    }

    fn begin(&self, session: &SessionId, turns: Vec<TurnId>) -> u32 {
        let call = self.calls.get() + 1;
        self.calls.set(call);
        let (commit, plan, session) = (self.commit_of(call), self.plan(call).to_owned(), session.clone());
        report(&self.machine, commits::Observation::Began { commit, plan, session, at_work_in: None, turns });
        call
    }

    async fn commit(&self, call: u32) -> Result<(), Raised> {
        let result = match self.plan(call) {
            "ok" => Ok(()),
            "fail" => Err(Raised::Exception),
            "panic" => Err(Raised::NoException),
            "hang" => pending().await,
            seconds => {
                let seconds = seconds.parse().expect("a number of seconds");
                self.machine.sleep(Duration::from_secs_f64(seconds)).await;
                Ok(())
            }
        };
        report(&self.machine, commits::Observation::Ended { commit: self.commit_of(call), done: result.is_ok() });
        result
    }

    fn swallows(&self) -> bool {
        false
    }

    async fn close(&self, closing: Closing) {
        let agent = self.name.to_owned();
        report(&self.machine, commits::Observation::Closed { agent, closing });
    }
}

/// A message whose turn takes a minute.
pub(crate) fn message(turn: &str) -> Message {
    let course = Course { lasts: Some(Duration::from_secs(60)), result: RunResult::Completes };
    Message { turn: turn.parse().expect("a turn"), course, completion: Completion::Completed }
}

/// Begins the turn of a message. Returns where it runs.
pub(crate) async fn begin(continuity: &dyn Continuity, message: &Message) -> Route {
    continuity.accept(message).await;
    let Routed::Runs(route) = continuity.route(message, false).await else { unreachable!("it runs") };
    continuity.begin(message, &route).await;
    route
}

/// Answers a message.
pub(crate) async fn answer(continuity: &dyn Continuity, message: &Message, route: &Route) {
    continuity.end(message, &route.session, End::Completed).await;
    continuity.replied(&message.turn).await;
}
