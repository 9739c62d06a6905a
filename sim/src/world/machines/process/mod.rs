//! A simulated process: it owns its tasks, runs them as its schedule decides, and can be killed at any step.
//!
//! The process is one future. Polling it polls its tasks, chosen by its schedule. When it ends, by itself or by a kill, its tasks are dropped
//! where they stand and their sockets close as a kernel would close them. Nothing of it is ever polled again: a kill needs no cooperation.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use model::machine::{LocalFuture, Stepping, Tasks};

use crate::history::{Fact, Origin, Who};
use crate::plan::{Ending, Kill, Moment, Pace};
use crate::world::machines::machine_clock::Nap;
use crate::world::meter::Meter;
use crate::world::notes::{Noted, Thread};
use crate::world::schedule::ready::{Ready, TaskWaker};
use crate::world::schedule::{Place, Schedule, TaskId};
use crate::world::{AGENT, PLACE};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Ended {
    /// The cause of its end.
    pub ending: Ending,
    /// How many steps it had taken.
    pub steps: u64,
    /// The step at which a planned kill struck.
    pub label: Option<&'static str>,
}

/// A process. Clones are the same process.
#[derive(Clone)]
pub(in crate::world) struct Process {
    inner: Rc<Inner>,
}

struct Inner {
    name: &'static str,
    number: u32,
    who: Who,
    /// Counts what is bounded in its run.
    meter: Rc<Meter>,
    nap: Nap,
    schedule: RefCell<Box<dyn Schedule>>,
    /// The planned kills, each with how many steps of its label there have been.
    kills: Vec<(Kill, Cell<u32>)>,
    steps: Cell<u64>,
    ended: Cell<Option<Ended>>,
    spawned: RefCell<Vec<(&'static str, LocalFuture)>>,
    /// How many tasks it has started.
    started: Cell<u32>,
    /// The task that is being polled, or was last.
    running: Cell<TaskId>,
    /// Where its events come from now.
    origin: Cell<Origin>,
    ready: Arc<Ready>,
    tell: Box<dyn Fn(Fact)>,
    handler: RefCell<Option<LocalFuture>>,
    /// Whether a signal's handler runs in place of the main task.
    suspended: Cell<bool>,
    /// Whether SIGTERM is being handled: a second one is ignored.
    handling: Cell<bool>,
    /// Whether the main task is being polled.
    in_main: Cell<bool>,
    /// The step at which the signal came.
    signaled: Cell<Option<(u64, &'static str)>>,
}

impl Process {
    /// The `number`-th process called `name`, scheduled by `schedule`; `tell` is called when a task that it starts begins, and when it ends by itself.
    pub(in crate::world) fn new(
        name: &'static str,
        number: u32,
        schedule: Box<dyn Schedule>,
        kills: Vec<Kill>,
        meter: Rc<Meter>,
        nap: Nap,
        tell: impl Fn(Fact) + 'static,
    ) -> Self {
        Self {
            inner: Rc::new(Inner {
                name,
                number,
                who: if name == AGENT { Who::Process(number) } else { Who::Provider },
                meter,
                nap,
                schedule: RefCell::new(schedule),
                kills: kills.into_iter().map(|kill| (kill, Cell::new(0))).collect(),
                steps: Cell::new(0),
                ended: Cell::new(None),
                spawned: RefCell::default(),
                started: Cell::new(0),
                running: Cell::new(TaskId(0)),
                origin: Cell::default(),
                ready: Arc::default(),
                tell: Box::new(tell),
                handler: RefCell::default(),
                suspended: Cell::new(false),
                handling: Cell::new(false),
                in_main: Cell::new(false),
                signaled: Cell::default(),
            }),
        }
    }

    /// Ends the process at once. The task that calls this must not continue: it awaits [`std::future::pending`].
    pub(in crate::world) fn end(&self, ending: Ending) {
        self.end_at(ending, None);
    }

    fn end_at(&self, ending: Ending, label: Option<&'static str>) {
        if self.inner.ended.get().is_none() {
            self.inner.ended.set(Some(Ended { ending, steps: self.inner.steps.get(), label }));
            self.inner.ready.wake_outer();
        }
    }

    /// From now on, a planned SIGTERM suspends the main task and runs this in its place.
    pub(in crate::world) fn on_sigterm(&self, handler: LocalFuture) {
        *self.inner.handler.borrow_mut() = Some(handler);
    }

    /// The step at which a planned SIGTERM was handled, if one was: the number of steps before it, and its label.
    pub(in crate::world) fn signaled(&self) -> Option<(u64, &'static str)> {
        self.inner.signaled.get()
    }

    /// Records that SIGTERM is being handled from now on.
    pub(in crate::world) fn handles_sigterm_now(&self) {
        self.inner.handling.set(true);
    }

    /// Whether SIGTERM is being handled.
    pub(in crate::world) fn is_handling_sigterm(&self) -> bool {
        self.inner.handling.get()
    }

    /// Polls a future with the process, which started no thread for it.
    pub(in crate::world) fn drive(&self, driver: LocalFuture) {
        self.inner.spawned.borrow_mut().push(("driver", driver));
    }

    /// A signal arrives at this step of a process that counts its steps itself.
    pub(in crate::world) fn strike_at(&self, ending: Ending, steps: u64, label: &'static str) {
        self.inner.steps.set(steps);
        self.strike(ending, label);
    }

    /// The main thread begins the next action of its plan.
    pub(in crate::world) fn begins_an_action(&self) {
        let origin = self.inner.origin.get();
        self.inner.origin.set(Origin { action: origin.action + 1, ..origin });
    }

    /// Where its events come from now.
    pub(in crate::world) fn origin(&self) -> Origin {
        self.inner.origin.get()
    }

    /// A signal arrives, or the power goes.
    pub(in crate::world) fn strike(&self, ending: Ending, label: &'static str) {
        if ending == Ending::Sigterm && self.inner.handling.get() {
            return;
        }
        let steps = self.inner.steps.get();
        tracing::info!(label, steps, %ending, "struck");
        let handler = if ending == Ending::Sigterm { self.inner.handler.take() } else { None };
        match handler {
            Some(handler) => {
                self.inner.signaled.set(Some((steps, label)));
                self.inner.suspended.set(true);
                self.inner.handling.set(true);
                self.inner.spawned.borrow_mut().push(("signal handler", handler));
                self.inner.ready.wake_outer();
            }
            None => self.end_at(ending, Some(label)),
        }
    }

    /// Runs the process until it ends. If `main` returns first, the process has exited.
    pub(in crate::world) async fn run(&self, main: impl Future<Output = ()> + 'static) -> Ended {
        let process = self.clone();
        let main = async move {
            let mut main = std::pin::pin!(main);
            let suspended = &process.inner.suspended;
            poll_fn(|cx| {
                if suspended.get() {
                    return Poll::Pending;
                }
                process.inner.in_main.set(true);
                let polled = main.as_mut().poll(cx);
                process.inner.in_main.set(false);
                polled
            })
            .await;
            process.end(Ending::Exit);
        };
        self.inner.spawned.borrow_mut().push(("main", Box::pin(main)));
        let mut tasks: Vec<Option<Slot>> = Vec::with_capacity(8);
        let ended = poll_fn(|cx| self.poll(&mut tasks, cx)).await;
        self.forget();
        ended
    }

    /// Drops what never ran: it holds references to its process, and dropping it breaks the cycle.
    pub(in crate::world) fn forget(&self) {
        self.inner.spawned.take();
        drop(self.inner.handler.take());
    }

    /// The number of steps it has taken.
    pub(in crate::world) fn steps(&self) -> u64 {
        self.inner.steps.get()
    }

    fn poll(&self, tasks: &mut Vec<Option<Slot>>, cx: &mut Context<'_>) -> Poll<Ended> {
        self.inner.ready.set_outer(None);
        loop {
            if self.inner.meter.is_over() || self.inner.nap.lasts(cx) {
                return Poll::Pending;
            }
            self.adopt(tasks);
            if let Some(ended) = self.inner.ended.get() {
                tasks.clear();
                return Poll::Ready(ended);
            }
            self.notes_a_choice();
            let Some(slot) = self.inner.ready.take(&mut **self.inner.schedule.borrow_mut()) else {
                self.inner.ready.set_outer(Some(cx.waker()));
                return Poll::Pending;
            };
            let Some(task) = &mut tasks[slot] else { continue };
            self.inner.running.set(task.queued.task);
            self.inner.origin.set(Origin { task: Some(task.name), ..self.inner.origin.get() });
            self.note(Noted::WentOn);
            if self.inner.meter.watch(self.inner.who, task.name, || task.poll()).is_ready() {
                tasks[slot] = None;
            }
        }
    }

    /// Notes what the running thread does, if that is noted. The provider's threads are none of the agent's.
    fn note(&self, what: impl FnOnce(Thread) -> Noted) {
        if let Who::Process(process) = self.inner.who {
            let name = self.inner.origin.get().task.unwrap_or_default();
            let number = self.inner.running.get().0;
            self.inner.meter.note(|| what(Thread { process, number, name }));
        }
    }

    /// Notes that the schedule is about to be asked which thread goes on, if it is.
    fn notes_a_choice(&self) {
        let ready = self.inner.ready.count();
        if let (Who::Process(process), true) = (self.inner.who, ready > 1) {
            self.inner.meter.note(|| Noted::Asked { process, ready });
        }
    }

    /// Gives every newly spawned task a slot.
    fn adopt(&self, tasks: &mut Vec<Option<Slot>>) {
        if self.inner.spawned.borrow().is_empty() {
            return;
        }
        for (name, future) in self.inner.spawned.take() {
            let index = tasks.iter().position(Option::is_none).unwrap_or(tasks.len());
            tasks.resize_with(tasks.len().max(index + 1), || None);
            let span = tracing::error_span!(target: PLACE, "task", host = self.inner.name, process = self.inner.number, task = name);
            let task = TaskId(self.inner.started.get());
            self.inner.started.set(task.0 + 1);
            let queued = TaskWaker::new(task, index, &self.inner.ready);
            tasks[index] = Some(Slot { name, future, waker: Waker::from(Arc::clone(&queued)), queued, span });
        }
    }
}

impl Tasks for Process {
    fn spawn(&self, name: &'static str, task: LocalFuture) {
        (self.inner.tell)(Fact::TaskStarted { name: name.to_owned() });
        let process = self.clone();
        let task = async move {
            task.await;
            (process.inner.tell)(Fact::TaskEnded { name: name.to_owned() });
        };
        self.inner.spawned.borrow_mut().push((name, Box::pin(task)));
    }

    /// Handles the first SIGTERM only: a running handler is not interrupted by a second one.
    fn terminate(&self) {
        self.strike(Ending::Sigterm, "its own restart");
    }

    fn effort(&self, least: Duration, most: Duration) -> Duration {
        self.inner.schedule.borrow_mut().effort(least, most)
    }

    fn step(&self, label: &'static str) -> Stepping {
        let steps = self.inner.steps.get() + 1;
        self.inner.steps.set(steps);
        if !self.inner.meter.step(self.inner.who, self.inner.origin.get().task, label) {
            return Stepping::Never;
        }
        for (kill, count) in &self.inner.kills {
            if is_here(&kill.at, count, steps, label) {
                self.strike(kill.ending, label);
            }
        }
        let suspended_here = self.inner.suspended.get() && self.inner.in_main.get();
        if suspended_here || self.inner.ended.get().is_some() {
            return Stepping::Never;
        }
        let place = Place { task: self.inner.running.get(), step: steps, ready: &self.inner.ready };
        tracing::trace!(label, steps, "step");
        self.note(|thread| {
            let others = self.inner.ready.any(|other| other.task.0 != thread.number);
            Noted::Stepped { thread, step: steps, label, others }
        });
        match self.inner.schedule.borrow_mut().step(&place) {
            Pace::Go => Stepping::Go,
            Pace::Yield => {
                tracing::debug!(label, steps, "preempted");
                Stepping::Yield
            }
            Pace::Sleep(length) => {
                tracing::debug!(label, steps, ?length, "held up");
                Stepping::Sleep(length)
            }
        }
    }
}

/// Whether a kill strikes at this step. Counts the steps with its label.
fn is_here(at: &Moment, count: &Cell<u32>, step: u64, label: &str) -> bool {
    match at {
        Moment::Step(planned) => *planned == step,
        Moment::Label(planned, number) => {
            count.set(count.get() + u32::from(**planned == *label));
            **planned == *label && count.get() == *number
        }
        Moment::After(_) => false,
    }
}

/// A task and its waker.
struct Slot {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Waker,
    queued: Arc<TaskWaker>,
    span: tracing::Span,
}

impl Slot {
    fn poll(&mut self) -> Poll<()> {
        self.queued.polled();
        let _entered = self.span.enter();
        self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
    }
}
