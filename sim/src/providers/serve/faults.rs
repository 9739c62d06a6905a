//! Faults: requests are counted by endpoint, and a request's number decides which fault it meets. Never a probability.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use hyper::StatusCode;
use model::machine::marks::Mark;
use model::protocols::http::Wait;
use model::words::endpoint::Endpoint;
use model::words::turn::TurnId;
use tokio::sync::oneshot;

use super::connection::{Asked, Connection, ELSEWHERE};
use super::http::{Answer, Call, Fate, HangUp, Work};
use crate::plan::{Fault, Faults, RequestFault};

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

    /// Counts a call that has arrived now and brings these turns: its number, and its fault.
    pub(super) fn next(
        &self,
        call: &Call,
        turns: &[TurnId],
        now: Duration,
    ) -> Option<(Endpoint, u32, Option<RequestFault>)> {
        let endpoint = call.endpoint?;
        let mut received = self.received.borrow_mut();
        let number = received.entry(endpoint).or_default();
        *number += 1;
        let fault = match self.stopped.get() {
            true => self.faults.for_ever(endpoint, turns).filter(|planned| call.is_queued() || planned.fault.refuses()),
            false => self.faults.of(endpoint, *number, turns, now),
        };
        Some((endpoint, *number, fault))
    }

    /// Whether there is work to do that no request waits for.
    pub(super) fn leaves_work(&self) -> bool {
        self.faults.leave_work()
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
    pub(super) async fn meet(
        self: &Rc<Self>,
        planned: Option<RequestFault>,
        number: u32,
        Asked { call, path, .. }: Asked,
    ) -> Result<Answer, HangUp> {
        let Some(RequestFault { fault, until }) = planned else { return Ok(self.perform(number, call)) };
        match fault {
            Fault::Refuse(status) => Ok(self.refuse(status)),
            Fault::RetryAfter { status, after, dated: false } => Ok(self.refuse(status).asking(Wait::For(after))),
            Fault::RetryAfter { status, after, dated: true } => {
                Ok(self.refuse(status).asking_until(self.host.wall(), after))
            }
            Fault::Redirect { status, elsewhere } => {
                let prefix = if elsewhere { ELSEWHERE } else { "" };
                Ok(self.refuse(status).leading_to(format!("{prefix}{path}")))
            }
            Fault::Drop => Err(HangUp),
            Fault::WorkerCrash if call.is_queued() => Ok(self.keep(number, call, Fate::Repeated)),
            Fault::ApplyDrop | Fault::WorkerCrash => {
                let delivers = call.endpoint.is_some_and(Endpoint::delivers);
                self.perform(number, call);
                if delivers {
                    self.server.observer.reached(Mark::ReplyLost);
                }
                Err(HangUp)
            }
            Fault::Delay(duration) => self.delayed(duration, number, call).await,
            Fault::DelayIfAlive(duration) => {
                self.hold(&call, number);
                self.host.sleep(duration).await;
                self.release();
                Ok(self.perform(number, call))
            }
            Fault::AcceptStall if call.is_queued() => Ok(self.keep(number, call, Fate::Stalled(until))),
            Fault::Hang | Fault::AcceptStall => {
                self.hold(&call, number);
                pending().await
            }
            Fault::Restart(duration) => {
                self.server.take_down(duration);
                pending().await
            }
            Fault::AcceptFail => Ok(self.keep(number, call, Fate::Failed)),
            Fault::AckDrop if call.is_delivery() => Ok(self.keep(number, call, Fate::Discarded)),
            Fault::AckLose(after) if call.is_delivery() => Ok(self.keep(number, call, Fate::Lost(after))),
            Fault::Partial { keeps, silent } if call.is_delivery() => {
                Ok(self.keep(number, call, Fate::Partly { keeps, silent }))
            }
            Fault::AckDrop | Fault::AckLose(_) | Fault::Partial { .. } => Ok(self.perform(number, call)),
            Fault::Garbled => Ok(self.garbled(number, call)),
            Fault::Html => Ok(Answer::page("<html><body>Just a moment...</body></html>")),
            Fault::Foreign { empty: true } => Ok(Answer::ok(&()).without_a_body()),
            Fault::Foreign { empty: false } => {
                Ok(Answer::ok(&BTreeMap::from([("error", "the service is not available right now")])))
            }
            Fault::Unsuccessful => Ok(self.server.api.verdict(false)),
        }
    }

    fn refuse(&self, status: u16) -> Answer {
        let status = StatusCode::from_u16(status).expect("a plan refuses with a status from 300 to 599");
        self.server.api.problem(status, "refused by the plan")
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
        planned("retain = { \"2\" = \"500\", \"*\" = \"drop\" }\nrecall = { \"1\" = \"hang\" }")
    }

    fn planned(faults: &str) -> FaultPlan {
        let text = format!("title = \"t\"\nsteps = [\"turn x3\"]\n[faults]\n{faults}\n");
        let scenario = Scenario::parse("t.toml".as_ref(), &text).expect("a scenario");
        FaultPlan::new(scenario.faults)
    }

    /// A call of an endpoint that is answered before its texts are kept, if it brings any.
    fn call(endpoint: Endpoint) -> Call {
        let answer = || Answer::ok(&"");
        let work = match endpoint.delivers() {
            true => Work::Keep { items: Vec::new(), queued: true, keep: Box::new(move |_, _, _| answer()) },
            false => Work::Other(Box::new(move |_| answer())),
        };
        Call { endpoint: Some(endpoint), work }
    }

    fn next(plan: &FaultPlan, endpoint: Endpoint, turns: &[&str], seconds: u64) -> (u32, Option<Fault>) {
        let turns: Vec<TurnId> = turns.iter().map(|turn| turn.parse().expect("a turn")).collect();
        let next = plan.next(&call(endpoint), &turns, Duration::from_secs(seconds));
        let (_, number, planned) = next.expect("it has an endpoint");
        (number, planned.map(|planned| planned.fault))
    }

    #[test]
    fn the_requests_to_each_endpoint_are_counted_on_their_own() {
        let plan = plan();
        let next = |endpoint| next(&plan, endpoint, &[], 0);
        assert_eq!(next(RETAIN), (1, Some(Fault::Drop)));
        assert_eq!(next(RECALL), (1, Some(Fault::Hang)));
        assert_eq!(next(RETAIN), (2, Some(Fault::Refuse(500))));
        assert_eq!(next(RECALL), (2, None));
        assert_eq!(next(DOCUMENT), (1, None));
        assert_eq!(plan.deliveries(), 2);
    }

    #[test]
    fn a_stopped_plan_goes_on_counting() {
        let plan = plan();
        plan.stop();
        assert_eq!(next(&plan, RETAIN, &[], 0), (1, None));
        assert_eq!(next(&plan, RETAIN, &[], 0), (2, None));
    }

    #[test]
    fn a_fault_of_a_turn_strikes_whatever_brings_it_and_what_is_final_outlasts_the_faults() {
        let plan = planned("retain = { \"S1#2\" = \"413\", \"S1#3\" = \"drop\", \"*\" = \"401 until 40s\" }");
        assert_eq!(next(&plan, RETAIN, &["S1#1", "S1#2"], 0), (1, Some(Fault::Refuse(413))));
        assert_eq!(next(&plan, RETAIN, &["S1#1"], 39), (2, Some(Fault::Refuse(401))));
        assert_eq!(next(&plan, RETAIN, &["S1#1"], 40), (3, None));
        assert_eq!(next(&plan, RETAIN, &["S1#3"], 99), (4, Some(Fault::Drop)));
        plan.stop();
        assert_eq!(next(&plan, RETAIN, &["S1#2"], 99), (5, Some(Fault::Refuse(413))));
        assert_eq!(next(&plan, RETAIN, &["S1#3"], 99), (6, None));
    }
}
