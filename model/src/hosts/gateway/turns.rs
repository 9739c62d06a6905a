//! A message from its arrival to its answer.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use super::chats::Running;
use super::job::Job;
use super::{Gateway, Inner};
use crate::contracts::chats::{Continuity, Message, Route, Routed};
use crate::facts::chats::{End, How, Observation};
use crate::hosts::agents::Agent;
use crate::hosts::hand_over;
use crate::machine::marks::Mark;
use crate::words::course::{Completion, Course, RunResult};
use crate::words::session::SessionId;
use crate::words::thread;
use crate::words::turn::{Turn, TurnId};

/// How long the agent of a turn takes to start.
const SETUP: Duration = Duration::from_millis(500);
/// How long a platform takes to deliver an answer.
const DELIVERY: Duration = Duration::from_millis(200);
/// How often a turn reports that it still runs.
const HEARTBEAT: Duration = Duration::from_secs(60);

impl Gateway {
    /// A turn that ends at once.
    pub(super) async fn turn(&self, turn: Turn, completion: Completion) {
        match self.inner.continuity.clone() {
            None => self.keep(turn, completion).await,
            Some(continuity) => {
                let job = Job::asked(turn, Course::AT_ONCE, completion);
                let done = job.done.clone();
                if self.receive(job, continuity).await {
                    done.wait().await;
                }
            }
        }
    }

    /// A turn that runs beside the commands that follow.
    pub(super) async fn run(&self, turn: Turn, course: Course) {
        match self.inner.continuity.clone() {
            None => self.run_unkept(turn, course),
            Some(continuity) => _ = self.receive(Job::asked(turn, course, Completion::Completed), continuity).await,
        }
    }

    /// Hands a turn to the memory of its session.
    async fn keep(&self, turn: Turn, completion: Completion) {
        let Inner { machine, memory, .. } = &*self.inner;
        let agent = self.agent(&turn.id.session).await;
        hand_over(machine, &*agent.lifecycle, memory.habits(), turn, completion, true).await;
    }

    fn run_unkept(&self, turn: Turn, course: Course) {
        let gateway = self.clone();
        self.inner.machine.spawn(thread::TURN, async move {
            let Some(lasts) = course.lasts else { return pending().await };
            gateway.inner.machine.sleep(lasts).await;
            match course.result {
                RunResult::Completes => gateway.keep(turn, Completion::Completed).await,
                RunResult::Fails => {}
                RunResult::Restarts => gateway.terminate(),
            }
        });
    }

    /// Receives a message. Returns whether its turn begins now.
    async fn receive(&self, job: Job, continuity: Rc<dyn Continuity>) -> bool {
        let turn = job.message.turn.clone();
        self.saw(Observation::Asked { turn: turn.clone() });
        let stops = self.inner.chats.stops(job.message.chat());
        let safe = continuity.accept(&job.message).await;
        // The user stopped the chat while its message was being accepted: it waited, and is dropped as those that wait in the queue.
        if self.inner.chats.stops(job.message.chat()) != stops {
            return false;
        }
        if self.inner.draining.get() {
            self.inner.machine.reached(Mark::MessageWhileStopping);
            let waits = self.inner.restarting.get() && self.inner.chats.busy().contains(job.message.chat());
            let promised = waits && continuity.promises_a_turn_after_the_restart();
            if !safe && !promised {
                self.saw(Observation::Refused { turn });
                continuity.refused(&job.message).await;
            }
            return false;
        }
        let Some(job) = self.inner.chats.take(job) else {
            self.inner.machine.reached(Mark::MessageQueued);
            return false;
        };
        self.work(job, continuity);
        true
    }

    /// Resumes messages without a user's request.
    pub(super) fn resume(&self, messages: Vec<Message>) {
        let Some(continuity) = self.inner.continuity.clone() else { return };
        for message in messages {
            let job = Job::resumed(message);
            if continuity.budget().claims_first {
                if let Some(job) = self.inner.chats.take(job) {
                    self.work(job, Rc::clone(&continuity));
                }
                continue;
            }
            let (gateway, continuity) = (self.clone(), Rc::clone(&continuity));
            self.inner.machine.spawn(thread::RESUMPTION, async move {
                gateway.inner.machine.sleep(SETUP).await;
                let job = gateway.inner.chats.take_blindly(job);
                gateway.work_off(job, &*continuity).await;
            });
        }
    }

    /// Sends answers that a former life perhaps never sent.
    pub(super) fn deliver(&self, owed: Vec<TurnId>) {
        let Some(continuity) = self.inner.continuity.clone().filter(|_| !owed.is_empty()) else { return };
        self.inner.machine.reached(Mark::AnswerOwed);
        let gateway = self.clone();
        self.inner.machine.spawn(thread::DELIVERY, async move {
            for turn in owed {
                gateway.reply(&turn, DELIVERY, &*continuity).await;
            }
        });
    }

    fn work(&self, job: Job, continuity: Rc<dyn Continuity>) {
        let gateway = self.clone();
        self.inner.machine.spawn(thread::TURN, async move { gateway.work_off(job, &*continuity).await });
    }

    /// Works on a message, then on those of its chat that queued up meanwhile.
    async fn work_off(&self, first: Job, continuity: &dyn Continuity) {
        let chat = first.message.chat().clone();
        let mut next = Some(first);
        while let Some(job) = next {
            self.work_on(&job, continuity).await;
            job.done.raise();
            let goes_on = !self.inner.draining.get();
            if !goes_on && self.inner.chats.has_queue(&chat) {
                self.inner.machine.reached(Mark::QueueCutOff);
            }
            next = self.inner.chats.next(&chat, goes_on);
        }
    }

    async fn work_on(&self, job: &Job, continuity: &dyn Continuity) {
        let (message, turn) = (&job.message, &job.message.turn);
        let route = match continuity.route(message, job.resumed).await {
            Routed::Runs(route) => route,
            Routed::Swallowed(session) => return self.saw(Observation::Swallowed { turn: turn.clone(), session }),
            Routed::Nothing => return,
        };
        self.inner.sessions.borrow_mut().insert(message.chat().clone(), route.session.clone());
        continuity.begin(message, &route).await;
        let Some(running) = self.inner.chats.begin(job) else { return };
        let Route { session, sees, how, into, .. } = route.clone();
        self.saw(Observation::Began { turn: turn.clone(), session, sees, how, into });
        let end = self.run_through(job, &route, &running, continuity).await;
        continuity.end(message, &route.session, end).await;
        self.inner.chats.end(message.chat(), &running);
        self.saw(Observation::Finished { turn: turn.clone(), end });
        if end != End::Interrupted {
            if job.resumed {
                self.inner.machine.reached(Mark::TurnResumed);
            }
            let at_once = message.course == Course::AT_ONCE && route.how == How::Asked;
            let delivery = if at_once { Duration::ZERO } else { DELIVERY };
            self.reply(turn, delivery, continuity).await;
        }
    }

    async fn reply(&self, turn: &TurnId, takes: Duration, continuity: &dyn Continuity) {
        self.inner.machine.sleep(takes).await;
        self.saw(Observation::Replied { turn: turn.clone() });
        continuity.replied(turn).await;
    }

    /// The turn, with its agent. Whatever drops that agent from the cache meanwhile, it is at work until the turn ends.
    async fn run_through(&self, job: &Job, route: &Route, running: &Running, continuity: &dyn Continuity) -> End {
        let agent = self.agent(&route.session).await;
        self.inner.at_work.borrow_mut().push(Rc::clone(&agent.lifecycle));
        let end = self.run_with(&agent, job, (route, running), continuity).await;
        let mut at_work = self.inner.at_work.borrow_mut();
        let place = at_work.iter().position(|other| Rc::ptr_eq(other, &agent.lifecycle));
        place.map(|place| at_work.remove(place));
        end
    }

    /// The turn itself. A hanging turn ignores an interruption.
    async fn run_with(
        &self,
        agent: &Agent,
        job: &Job,
        (route, running): (&Route, &Running),
        continuity: &dyn Continuity,
    ) -> End {
        let (message, course) = (&job.message, route.course);
        if course != Course::AT_ONCE {
            self.inner.machine.sleep(SETUP).await;
        }
        self.inner.chats.up(message.chat(), running);
        let stopped = if course.hangs() { &running.abandoned } else { &running.interrupted };
        if stopped.or(self.last(message, course.lasts, continuity)).await.is_none() {
            self.inner.machine.reached(Mark::TurnInterrupted);
            return End::Interrupted;
        }
        match course.result {
            RunResult::Completes => {}
            RunResult::Fails => return End::Failed,
            RunResult::Restarts => {
                self.saw(Observation::AskedForRestart { turn: message.turn.clone() });
                self.terminate();
                stopped.wait().await;
                return End::Interrupted;
            }
        }
        if job.resumed && message.completion != Completion::Completed {
            // The turn had nothing to remember before it was cut short, and has nothing now.
            return End::Failed;
        }
        let habits = self.inner.memory.habits();
        let turn = in_session(&job.turn, &route.session);
        hand_over(&self.inner.machine, &*agent.lifecycle, habits, turn, message.completion, true).await;
        // A turn that its own user interrupted counts as ended: no stop waits for it, and no start resumes it.
        if message.completion == Completion::Interrupted { End::Failed } else { End::Completed }
    }

    /// Waits until the turn has lasted its time, with heartbeats.
    async fn last(&self, message: &Message, lasts: Option<Duration>, continuity: &dyn Continuity) {
        let mut left = lasts.unwrap_or(Duration::MAX);
        while left > HEARTBEAT {
            self.inner.machine.sleep(HEARTBEAT).await;
            continuity.still_running(message).await;
            left -= HEARTBEAT;
        }
        if !left.is_zero() {
            self.inner.machine.sleep(left).await;
        }
    }

    /// Asks the supervisor to restart the gateway, unless it is stopping anyway.
    pub(super) fn terminate(&self) {
        if !self.inner.stopping.get() {
            self.inner.machine.terminate();
        }
    }

    /// `/stop` of the open chat.
    pub(super) async fn stop_chat(&self) {
        let chat = self.inner.open.borrow().clone();
        self.saw(Observation::StopAsked { chat: chat.clone() });
        if self.inner.chats.busy().contains(&chat) {
            self.inner.machine.reached(Mark::StoppedWhileRunning);
        }
        self.inner.chats.stop(&chat);
        if let Some(continuity) = &self.inner.continuity {
            continuity.stop_chat(&chat).await;
        }
        self.saw(Observation::StoppedByUser { chat });
    }
}

/// The turn as the memory gets it: under the session in which it ran.
fn in_session(turn: &Turn, session: &SessionId) -> Turn {
    let id = TurnId { session: session.clone(), number: turn.id.number };
    let renamed = |text: &str| text.replacen(&turn.id.to_string(), &id.to_string(), 1);
    Turn { user: renamed(&turn.user), assistant: renamed(&turn.assistant), id }
}
