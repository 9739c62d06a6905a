//! The hooks of a coding agent: processes that run beside each other, and what the agent does meanwhile.
//!
//! The agent waits for no hook. It starts the next one when the plan says so, whether the last one has ended or not. Its own end strikes the
//! hooks that still run.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::ops::RangeInclusive;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use model::machine::Clock as _;

use super::RESTART_DELAY;
use super::steps::around;
use crate::plan::{self, Action, Ending, EndingStep};
use crate::world::World;
use crate::world::machines::process::Process;

/// How long the agent needs for what comes behind the start of a hook: a turn takes some time.
const PACE: Duration = Duration::from_millis(100);

type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs the hooks of one coding agent, the first with this number. `start` runs a process to its end.
pub(super) async fn beside_each_other<'a, F: Future<Output = ()> + 'a>(
    world: &'a World,
    first: u32,
    hooks: &'a [Rc<plan::Process>],
    start: impl Fn(u32, Rc<plan::Process>) -> F + 'a,
) {
    let started = RefCell::new(Vec::<Running<'a>>::new());
    let begin = |number, hook| started.borrow_mut().push(Box::pin(start(number, hook)));
    let mut agent = pin!(agent(world, first, hooks, begin));
    let (mut running, mut is_over) = (Vec::new(), false);
    poll_fn(|cx| {
        is_over = is_over || agent.as_mut().poll(cx).is_ready();
        running.append(&mut started.borrow_mut());
        running.retain_mut(|hook: &mut Running<'_>| hook.as_mut().poll(cx).is_pending());
        if is_over && running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await
}

/// The agent: begins each hook, and goes on.
async fn agent(world: &World, first: u32, hooks: &[Rc<plan::Process>], begin: impl Fn(u32, Rc<plan::Process>)) {
    for (number, process) in (first..).zip(hooks) {
        let hook = process.hook.as_ref().expect("a coding agent's processes are hooks");
        let pause = if hook.is_first && number > first { RESTART_DELAY } else { Duration::ZERO };
        if !(pause + process.after).is_zero() {
            world.clock.sleep(pause + process.after).await;
        }
        begin(number, Rc::clone(process));
        world.clock.sleep(PACE).await;
        for action in &hook.meanwhile {
            if let Action::Around(step) = action {
                around(world, step).await;
            } else if let Action::Ending(step) = action {
                end(world, first..=number, *step);
            }
        }
    }
}

/// The agent ends, and with it the hooks of these numbers that still run, unless it leaves them behind.
fn end(world: &World, numbers: RangeInclusive<u32>, step: EndingStep) {
    let ending = match step {
        EndingStep::Sigkill => Ending::Sigkill,
        EndingStep::Sigterm => Ending::Sigterm,
        EndingStep::PowerLoss => return world.lose_power(),
        EndingStep::Exit | EndingStep::OsExit | EndingStep::OnSigterm | EndingStep::Sigint => return,
    };
    let running: Vec<Process> = world.running.borrow().range(numbers).map(|(_, hook)| hook.clone()).collect();
    running.iter().for_each(|hook| hook.end(ending));
}
