//! The scribe: the thread that writes what the other threads of its process ask for, one job after another.
//!
//! Its one rule: whoever asked may leave, and the job is done all the same. So nothing that the main thread holds can stop the handler of
//! a signal that suspends it, and a disk that stalls holds up no caller for longer than the caller wants.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

use tokio::sync::Notify;

use crate::machine::Machine;
use crate::machine::signal::Signal;
use crate::words::thread::SCRIBE;

type Job = Pin<Box<dyn Future<Output = ()>>>;

/// The thread, and the jobs that wait for it.
#[derive(Default)]
pub(super) struct Scribe {
    jobs: RefCell<VecDeque<Job>>,
    asked: Notify,
}

impl Scribe {
    /// Starts the thread. It lives as long as its process.
    pub(super) fn start(machine: &Machine) -> Rc<Self> {
        let scribe = Rc::<Self>::default();
        let working = Rc::clone(&scribe);
        machine.spawn(SCRIBE, async move { working.work().await });
        scribe
    }

    async fn work(&self) {
        loop {
            let job = self.jobs.borrow_mut().pop_front();
            match job {
                Some(job) => job.await,
                None => self.asked.notified().await,
            }
        }
    }

    /// Does `job` after all that was asked for before. Returns its result.
    pub(super) fn does<T: 'static>(&self, job: impl Future<Output = T> + 'static) -> impl Future<Output = T> {
        let job = Box::pin(job);
        async move {
            let (done, result) = (Signal::default(), Rc::new(Cell::new(None)));
            let (raised, given) = (done.clone(), Rc::clone(&result));
            self.jobs.borrow_mut().push_back(Box::pin(async move {
                given.set(Some(job.await));
                raised.raise();
            }));
            self.asked.notify_one();
            done.wait().await;
            result.take().expect("the scribe gives the result before it says that it is done")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::bench::{Bench, poll};

    #[test]
    fn jobs_are_done_in_order_though_nobody_waits_for_them() {
        let bench = Bench::new();
        let scribe = Scribe::start(&bench.machine());
        let done = Rc::new(RefCell::new(Vec::new()));
        let job = |number: u32| {
            let done = Rc::clone(&done);
            async move {
                done.borrow_mut().push(number);
                number
            }
        };
        for number in 0..3 {
            assert_eq!(poll(scribe.does(job(number)), 1), None);
        }
        assert_eq!(bench.run(scribe.does(job(3))), 3);
        assert_eq!(*done.borrow(), [0, 1, 2, 3]);
    }
}
