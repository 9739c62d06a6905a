//! What goes wrong: requests are counted by kind, and a request's number decides what it meets. Never a probability.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use hyper::StatusCode;
use model::facts::Request;
use model::machine::marks::Mark;
use tokio::sync::oneshot;

use super::connection::Connection;
use super::http::{Answer, Call, HangUp};
use super::store::Fate;
use crate::plan::{Fault, Faults};

/// The planned faults, and how far the counting has come. It goes on over all lives of the server.
pub(super) struct FaultPlan {
    faults: Faults,
    stopped: Cell<bool>,
    received: [Cell<u32>; 5],
}

impl FaultPlan {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, stopped: Cell::default(), received: Default::default() }
    }

    /// Counts a request that has arrived: its number, and what it meets.
    pub(super) fn next(&self, request: Request) -> (u32, Option<Fault>) {
        let number = self.received(request) + 1;
        self.counter(request).set(number);
        let endpoint = match request {
            Request::Version => "version",
            Request::Retain => "retain",
            Request::Operation => "operation",
            Request::Recall => "recall",
            Request::Document => "document",
        };
        let fault = if self.stopped.get() { None } else { self.faults.of(endpoint, number) };
        (number, fault)
    }

    /// Whether an operation may be left behind by a worker that died.
    pub(super) fn kills_workers(&self) -> bool {
        self.faults.has("retain", Fault::WorkerCrash)
    }

    /// How many requests of a kind have arrived.
    pub(super) fn received(&self, request: Request) -> u32 {
        self.counter(request).get()
    }

    /// From here on nothing goes wrong.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
    }

    fn counter(&self, request: Request) -> &Cell<u32> {
        &self.received[request as usize]
    }
}

impl Connection {
    /// Answers the `number`-th call of its kind, unless a fault has it otherwise.
    pub(super) async fn meet(self: &Rc<Self>, fault: Option<Fault>, number: u32, call: Call) -> Result<Answer, HangUp> {
        match fault {
            None => Ok(self.perform(number, call)),
            Some(Fault::Refuse(status)) => {
                let status = StatusCode::from_u16(status).expect("a plan refuses with a status from 400 to 599");
                Ok(Answer::problem(status, "refused by the plan"))
            }
            Some(Fault::Drop) => Err(HangUp),
            Some(Fault::WorkerCrash) if call.is_asynchronous_retain() => Ok(self.retain(number, call, Fate::Repeated)),
            Some(Fault::ApplyDrop | Fault::WorkerCrash) => {
                let is_retain = call.request() == Some(Request::Retain);
                self.perform(number, call);
                if is_retain {
                    self.provider.reached(Mark::ReplyLost);
                }
                Err(HangUp)
            }
            Some(Fault::Delay(duration)) => self.delayed(duration, number, call).await,
            Some(Fault::DelayIfAlive(duration)) => {
                self.hold(&call, number);
                self.host.sleep(duration).await;
                self.release();
                Ok(self.perform(number, call))
            }
            Some(Fault::Hang) => {
                self.hold(&call, number);
                pending().await
            }
            Some(Fault::Restart(duration)) => {
                self.provider.take_down(duration);
                pending().await
            }
            Some(Fault::AcceptFail) => Ok(self.retain(number, call, Fate::Failed)),
        }
    }

    /// The answer to a call that is performed after a while by a task of its own, which outlives the connection.
    async fn delayed(self: &Rc<Self>, duration: Duration, number: u32, call: Call) -> Result<Answer, HangUp> {
        let (answer, answered) = oneshot::channel();
        let connection = Rc::clone(self);
        self.host.spawn("delayed", async move {
            connection.host.sleep(duration).await;
            // Whether the client still waits makes no difference.
            _ = answer.send(connection.perform(number, call));
        });
        match answered.await {
            Ok(answer) => Ok(answer),
            Err(_) => pending().await, // the process is being killed
        }
    }

    /// Accepts a retain that is bound for this fate; nothing else can be accepted first and have its fate later.
    fn retain(&self, number: u32, call: Call, fate: Fate) -> Answer {
        if let Call::Retain(submission) = call {
            self.provider.retain(self.host.now(), number, submission, fate)
        } else {
            Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, "failed by the plan")
        }
    }

    fn perform(&self, number: u32, call: Call) -> Answer {
        self.provider.perform(self.host.now(), number, call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Scenario;

    fn plan() -> FaultPlan {
        let faults = "[faults]\nretain = { \"2\" = \"500\", \"*\" = \"drop\" }\nrecall = { \"1\" = \"hang\" }\n";
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n{faults}");
        let scenario = Scenario::parse("t.toml".as_ref(), &text).expect("a scenario");
        FaultPlan::new(scenario.faults)
    }

    #[test]
    fn each_kind_of_request_is_counted_on_its_own() {
        let plan = plan();
        assert_eq!(plan.next(Request::Retain), (1, Some(Fault::Drop)));
        assert_eq!(plan.next(Request::Recall), (1, Some(Fault::Hang)));
        assert_eq!(plan.next(Request::Retain), (2, Some(Fault::Refuse(500))));
        assert_eq!(plan.next(Request::Recall), (2, None));
        assert_eq!(plan.next(Request::Document), (1, None));
        assert_eq!((plan.received(Request::Retain), plan.received(Request::Version)), (2, 0));
    }

    #[test]
    fn a_stopped_plan_goes_on_counting() {
        let plan = plan();
        plan.stop();
        assert_eq!(plan.next(Request::Retain), (1, None));
        assert_eq!(plan.next(Request::Retain), (2, None));
    }
}
