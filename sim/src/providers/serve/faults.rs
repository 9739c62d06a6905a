//! Faults: requests are counted by endpoint, and a request's number decides which fault it meets. Never a probability.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use hyper::StatusCode;
use model::machine::marks::Mark;
use model::words::endpoint::Endpoint;
use tokio::sync::oneshot;

use super::connection::Connection;
use super::http::{Answer, Call, Fate, HangUp, Work};
use crate::plan::{Fault, Faults};

/// The planned faults, and the counts so far, which continue over all lives of the server.
pub(super) struct FaultPlan {
    faults: Faults,
    stopped: Cell<bool>,
    received: RefCell<BTreeMap<Endpoint, u32>>,
}

impl FaultPlan {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, stopped: Cell::default(), received: RefCell::default() }
    }

    /// Counts a request that has arrived: its number, and its fault.
    pub(super) fn next(&self, endpoint: Endpoint) -> (u32, Option<Fault>) {
        let mut received = self.received.borrow_mut();
        let number = received.entry(endpoint).or_default();
        *number += 1;
        let fault = if self.stopped.get() { None } else { self.faults.of(endpoint, *number) };
        (*number, fault)
    }

    /// Whether a worker that dies may leave accepted work behind.
    pub(super) fn kills_workers(&self) -> bool {
        self.faults.strikes_deliveries(Fault::WorkerCrash)
    }

    /// How many requests that deliver turns have arrived.
    pub(super) fn deliveries(&self) -> u32 {
        let received = self.received.borrow();
        received.iter().filter(|(endpoint, _)| endpoint.delivers()).map(|(_, count)| count).sum()
    }

    /// Ends all faults.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
    }
}

impl Connection {
    /// Answers the `number`-th call of its kind, unless a fault prevents it.
    pub(super) async fn meet(self: &Rc<Self>, fault: Option<Fault>, number: u32, call: Call) -> Result<Answer, HangUp> {
        match fault {
            None => Ok(self.perform(number, call)),
            Some(Fault::Refuse(status)) => {
                let status = StatusCode::from_u16(status).expect("a plan refuses with a status from 400 to 599");
                Ok(self.server.api.problem(status, "refused by the plan"))
            }
            Some(Fault::Drop) => Err(HangUp),
            Some(Fault::WorkerCrash) if call.is_queued() => Ok(self.keep(number, call, Fate::Repeated)),
            Some(Fault::ApplyDrop | Fault::WorkerCrash) => {
                let delivers = call.endpoint.is_some_and(Endpoint::delivers);
                self.perform(number, call);
                if delivers {
                    self.server.observer.reached(Mark::ReplyLost);
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
                self.server.take_down(duration);
                pending().await
            }
            Some(Fault::AcceptFail) => Ok(self.keep(number, call, Fate::Failed)),
            Some(Fault::Garbled) => Ok(self.garbled(number, call)),
        }
    }

    /// The answer to a call that is performed, with half of its body. A body is a JSON object, of which no half can be read.
    fn garbled(&self, number: u32, call: Call) -> Answer {
        let delivers = call.endpoint.is_some_and(Endpoint::delivers);
        let mut answer = self.perform(number, call);
        answer.body.truncate(answer.body.len() / 2);
        if delivers && answer.status.is_success() {
            self.server.observer.reached(Mark::ReplyLost);
        }
        answer
    }

    /// The answer to a call that is performed after a while by a task of its own, which outlives the connection.
    async fn delayed(self: &Rc<Self>, duration: Duration, number: u32, call: Call) -> Result<Answer, HangUp> {
        let (answer, answered) = oneshot::channel();
        let connection = Rc::clone(self);
        self.host.spawn("delayed", async move {
            connection.host.sleep(duration).await;
            // The client may have left, which makes no difference.
            _ = answer.send(connection.perform(number, call));
        });
        match answered.await {
            Ok(answer) => Ok(answer),
            Err(_) => pending().await, // the process is being killed
        }
    }

    /// Accepts a delivery with this fate; only a delivery can be accepted first and meet its fate later.
    fn keep(&self, number: u32, call: Call, fate: Fate) -> Answer {
        match call.work {
            Work::Keep { keep, .. } => keep(self.host.now(), number, fate),
            Work::Other(_) => self.server.api.problem(StatusCode::INTERNAL_SERVER_ERROR, "failed by the plan"),
        }
    }

    /// Performs the `number`-th call of its kind.
    pub(super) fn perform(&self, number: u32, call: Call) -> Answer {
        match call.work {
            Work::Keep { keep, .. } => keep(self.host.now(), number, Fate::Applied),
            Work::Other(perform) => perform(self.host.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::protocols::hindsight::endpoints::{DOCUMENT, RECALL, RETAIN};

    use super::*;
    use crate::plan::Scenario;

    fn plan() -> FaultPlan {
        let faults = "[faults]\nretain = { \"2\" = \"500\", \"*\" = \"drop\" }\nrecall = { \"1\" = \"hang\" }\n";
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n{faults}");
        let scenario = Scenario::parse("t.toml".as_ref(), &text).expect("a scenario");
        FaultPlan::new(scenario.faults)
    }

    #[test]
    fn the_requests_to_each_endpoint_are_counted_on_their_own() {
        let plan = plan();
        assert_eq!(plan.next(RETAIN), (1, Some(Fault::Drop)));
        assert_eq!(plan.next(RECALL), (1, Some(Fault::Hang)));
        assert_eq!(plan.next(RETAIN), (2, Some(Fault::Refuse(500))));
        assert_eq!(plan.next(RECALL), (2, None));
        assert_eq!(plan.next(DOCUMENT), (1, None));
        assert_eq!(plan.deliveries(), 2);
    }

    #[test]
    fn a_stopped_plan_goes_on_counting() {
        let plan = plan();
        plan.stop();
        assert_eq!(plan.next(RETAIN), (1, None));
        assert_eq!(plan.next(RETAIN), (2, None));
    }
}
