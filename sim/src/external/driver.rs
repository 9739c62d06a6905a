//! The conversation of a child with its world.
//!
//! The child says everything that it does until it waits or its horizon stops it; what it says happens at the time that it names. Then the world
//! goes on until it has news for the child, or until the child wants to go on by itself. News that arise while the child is ahead reach it at
//! its horizon, at most [`AHEAD`] late.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use model::agents::outside::Left;

use super::broken::Broken;
use super::child::{Answer, Child, SIGTERM, nanos};
use super::connections::Connections;
use super::frames::NEVER;
use super::heard::{Bye, Heard, LOGGED, Phase, Reason, TAKEN};
use super::start::AHEAD;

/// A child that asks more often polls for what never comes. A thread that looks around once a second may do so for days.
const QUESTIONS: u64 = 300_000;
const QUESTIONS_A_SECOND: u64 = 10;
/// A child that asks so often in a row, and could always go on, runs in circles: for a simulated second it has computed.
const WITHOUT_REST: u32 = 10_000;
/// A later time is none: a scenario takes a century at most.
const LATEST: u64 = 100 * 366 * 24 * 3_600 * 1_000_000_000;
/// The shortest time: when it has passed, everything at its beginning has happened.
const MOMENT: Duration = Duration::from_nanos(1);

/// Drives a child for as long as its process is in the world, and ends it then.
pub(super) fn launch(child: &Rc<Child>) {
    let reaper = Reaper(Rc::clone(child));
    child.berth.drive(Box::pin(async move { drive(&reaper.0).await }));
}

/// Ends a child whose process is gone from the world.
struct Reaper(Rc<Child>);

impl Drop for Reaper {
    fn drop(&mut self) {
        self.0.kill();
    }
}

async fn drive(child: &Child) {
    let connections = RefCell::new(Connections::default());
    let driver = Driver {
        child,
        connections: &connections,
        bye: Cell::default(),
        asked: Cell::default(),
        without_rest: Cell::default(),
    };
    let mut talk = pin!(driver.converse());
    let ended = poll_fn(|cx| {
        connections.borrow_mut().poll(child, cx);
        let polled = talk.as_mut().poll(cx);
        connections.borrow_mut().poll(child, cx);
        polled
    });
    if let Err(broken) = ended.await {
        child.breaks(&broken).await;
    }
}

struct Driver<'a> {
    child: &'a Child,
    connections: &'a RefCell<Connections>,
    bye: Cell<Option<Bye>>,
    /// How often the child has asked.
    asked: Cell<u64>,
    /// How often it asked in a row although it could go on.
    without_rest: Cell<u32>,
}

impl Driver<'_> {
    async fn converse(&self) -> Result<(), Broken> {
        loop {
            for heard in self.child.hear_out()? {
                if let Some(at) = heard.at() {
                    if at > LATEST {
                        return Err(Broken::Garbage(format!("the time {at}, which is beyond every limit")));
                    }
                    self.sleep_until(at).await;
                }
                self.take(heard).await?;
            }
        }
    }

    async fn sleep_until(&self, at: u64) {
        let at = Duration::from_nanos(at);
        let now = self.child.machine.now();
        if at > now {
            self.child.machine.sleep(at - now).await;
        }
    }

    async fn take(&self, heard: Heard) -> Result<(), Broken> {
        let child = self.child;
        match heard {
            Heard::Connect { connection, host, port, .. } => {
                self.connections.borrow_mut().connect(child, connection, &host, port);
            }
            Heard::Send { connection, data, .. } => self.connections.borrow_mut().send(connection, &data),
            Heard::Close { connection, how, .. } => self.connections.borrow_mut().close(connection, how),
            Heard::Op { call, phase, text, .. } => self.operation(call, phase, text)?,
            // The main thread is there from the beginning.
            Heard::Note { thread, what: 1, text, .. } if thread > 1 => child.berth.thread_started(&text),
            Heard::Note { thread, what: 2, text, .. } if thread > 1 => child.berth.thread_ended(&text),
            Heard::Note { at, what: LOGGED, text, .. } => child.run.logged(at, child.berth.number(), text),
            Heard::Note { what: TAKEN, text, .. } => child.run.took(text),
            Heard::Note { text, .. } => tracing::debug!(text, "noted"),
            Heard::Idle { at, next } => self.answer(at, next).await?,
            Heard::Refused { what, .. } => return Err(Broken::NotSimulated(what)),
            Heard::Bye(bye) => {
                child.says_goodbye(&bye);
                self.bye.set(Some(bye));
            }
            Heard::Ended { status } => self.ended(status).await?,
            Heard::Failed(why) => return Err(Broken::Failed(why)),
            Heard::Ready(_) | Heard::Hello { .. } => return Err(Broken::Garbage("a second beginning".to_owned())),
        }
        Ok(())
    }

    fn operation(&self, call: u32, phase: Phase, text: String) -> Result<(), Broken> {
        let child = self.child;
        tracing::debug!(call, ?phase, text, "call");
        match phase {
            Phase::Begins => Ok(()),
            Phase::Returned => child.ended(call, Answer::Nothing),
            Phase::Answered => child.ended(call, Answer::Text(text)),
            Phase::Raised => child.ended(call, Answer::Raised(text)),
            Phase::Unsure => child.ended(call, Answer::Unsure),
            Phase::Handling => {
                let planned = child.berth.strikes().into_iter().find(|(_, signal)| *signal == SIGTERM);
                if let Some((step, signal)) = planned.filter(|_| !child.signaled.replace(true)) {
                    child.berth.struck(step, signal);
                }
                child.handles();
                Ok(())
            }
        }
    }

    /// Counts a question.
    fn count(&self, at: u64, next: u64) -> Result<(), Broken> {
        self.asked.set(self.asked.get() + 1);
        self.without_rest.set(if next > at { 0 } else { self.without_rest.get() + 1 });
        if self.without_rest.get() > WITHOUT_REST {
            let time = Duration::from_nanos(u64::from(WITHOUT_REST) * AHEAD);
            return Err(Broken::Restless(format!("it computed for {time:?} of simulated time and never waited")));
        }
        let seconds = Duration::from_nanos(at).as_secs();
        if self.asked.get() > QUESTIONS + QUESTIONS_A_SECOND * seconds {
            let asked = self.asked.get();
            return Err(Broken::Restless(format!("it went on {asked} times, and polls for what never comes")));
        }
        Ok(())
    }

    /// The child waits: the world goes on until it has news, or until `next`.
    async fn answer(&self, at: u64, next: u64) -> Result<(), Broken> {
        let child = self.child;
        self.count(at, next)?;
        if !child.has_events() {
            let news = async {
                while !child.has_events() {
                    child.news.notified().await;
                }
            };
            if next == NEVER {
                news.await;
            } else {
                let now = child.machine.now();
                child.machine.timeout(Duration::from_nanos(next).saturating_sub(now), news).await;
            }
        }
        child.machine.sleep(MOMENT).await;
        let now = nanos(child.machine.now()).min(next);
        child.answer(now, now + AHEAD)
    }

    /// The process has ended, by its own will or by a plan.
    async fn ended(&self, status: i32) -> Result<(), Broken> {
        let child = self.child;
        child.has_ended();
        let Some(bye) = self.bye.take() else { return Err(Broken::Died(described(status))) };
        tracing::info!(status, ?bye, "the child has ended");
        match bye.reason {
            Reason::Interpreter if child.leaving.get() => child.gone.raise(),
            Reason::Interpreter => child.berth.left(Left::Exit),
            Reason::OsExit => child.berth.left(Left::OsExit),
            Reason::Killed => child.berth.struck(bye.points, 9),
            Reason::Signaled if bye.code == i32::from(SIGTERM) => child.berth.left(Left::Sigterm),
            Reason::Signaled => child.berth.left(Left::Killed),
            Reason::NotSimulated => return Err(Broken::NotSimulated(bye.text)),
            // Its clock ran to the limit while it polled for what never came: it is as good as waiting.
            Reason::Halted => {}
        }
        pending().await
    }
}

/// A status of `waitpid` in words.
fn described(status: i32) -> String {
    match status & 0x7F {
        0 => format!("it ended with exit code {} and without a word", status >> 8 & 0xFF),
        signal => format!("signal {signal} ended it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_waitpid_has_it() {
        assert_eq!(described(0x6200), "it ended with exit code 98 and without a word");
        assert_eq!(described(31), "signal 31 ended it");
        assert_eq!(described(11 | 0x80), "signal 11 ended it");
    }
}
