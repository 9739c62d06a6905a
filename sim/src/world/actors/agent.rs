//! The agent's host: the plan's processes live on it, one after another or beside each other, and after them one more process that only
//! recovers.
//!
//! When all planned processes are gone the faults stop, and a last process gets the time to deliver whatever a durable outbox still holds:
//! liveness is judged from that. The actions of a process are in [`main_thread`](super::main_thread).

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use model::facts::Observation;
use model::machine::Clock as _;
use model::machine::marks::Mark;

use super::berth::SWITCH_POINT;
use super::main_thread::{Life, Main};
use super::{RESTART_DELAY, hooks};
use crate::history::{Fact, Who};
use crate::plan::{self, Ending, Kill, Moment, Side};
use crate::world::World;
use crate::world::machines::machine_clock::Nap;
use crate::world::machines::process::{Ended, Process};

/// The label of a kill that is planned for a time.
pub(crate) const PLANNED_TIME: &str = "a planned time";

/// Everything that happens on the agent's host, until the run passes one of its bounds.
pub(in crate::world) async fn live_within_bounds(world: Rc<World>) {
    let unfinished = Unfinished(Rc::clone(&world));
    unfinished.0.meter.over().or(live(world)).await;
}

/// Forgets the processes that still run when the run is over. It goes with the host's future, while the host's network is still there:
/// connections close in it.
struct Unfinished(Rc<World>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        for process in self.0.running.take().into_values() {
            self.0.counts.steps.set(self.0.counts.steps.get() + process.steps());
            process.forget();
        }
    }
}

/// Everything that happens on the agent's host.
async fn live(world: Rc<World>) {
    let mut number = 1;
    let (lives, banks) = (world.scenario.lives(), world.scenario.memory().banks);
    *world.counts.planned.borrow_mut() = lives.iter().flatten().map(|life| life.actions.len()).collect();
    if !banks.is_one() {
        world.record(Who::World, Fact::Banks(banks));
    }
    let mut lanes: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::with_capacity(lives.len());
    for lives in &lives {
        lanes.push(match world.scenario.config.host.properties().hooks {
            true => {
                let start = |number, hook| one_process(&world, number, Life::Planned(hook));
                Box::pin(hooks::beside_each_other(&world, number, lives, start))
            }
            false => Box::pin(one_after_another(&world, number, lives)),
        });
        number += u32::try_from(lives.len()).expect("a scenario has a few thousand steps at most");
    }
    all(lanes).await;
    world.provider.stop_faults();
    world.faults_stopped.raise();
    world.ground.sky.clear();
    world.disk_faults.end();
    world.record(Who::World, Fact::FaultsStopped);
    world.ground.clock.sleep(RESTART_DELAY).await;
    one_process(&world, number, Life::Recovery).await;
    world.ground.clock.sleep(world.scenario.longest_journey()).await;
    let held = world.held_in_files();
    if !held.pending.is_empty() {
        world.record(Who::Process(number), Fact::Told(Observation::Pending { turns: held.pending }));
    }
    for container in world.provider.containers().into_iter().chain(held.containers) {
        world.record(Who::World, Fact::Stored { container: container.id, entries: container.entries });
    }
}

/// Processes that follow each other, the first with this number.
async fn one_after_another(world: &Rc<World>, first: u32, lives: &[Rc<plan::Process>]) {
    for (number, plan) in (first..).zip(lives) {
        let pause = if number > first { RESTART_DELAY } else { Duration::ZERO };
        if !(pause + plan.after).is_zero() {
            world.clock.sleep(pause + plan.after).await;
        }
        one_process(world, number, Life::Planned(Rc::clone(plan))).await;
    }
}

/// Runs a process, and kills it at these times.
async fn struck_in_time(
    world: &Rc<World>,
    process: &Process,
    kills: &[&Kill],
    run: impl Future<Output = Ended>,
) -> Ended {
    if kills.is_empty() {
        return run.await;
    }
    let strike = |kill: &Kill| {
        let (clock, process, ending) = (world.clock.clone(), process.clone(), kill.ending);
        let Moment::After(after) = kill.at else { unreachable!("the others strike at a step") };
        let strike: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            clock.sleep(after).await;
            process.strike(ending, PLANNED_TIME);
        });
        strike
    };
    let mut strikes: Vec<_> = kills.iter().map(|kill| strike(kill)).collect();
    let mut run = std::pin::pin!(run);
    poll_fn(|cx| {
        strikes.retain_mut(|strike| strike.as_mut().poll(cx).is_pending());
        run.as_mut().poll(cx)
    })
    .await
}

/// Waits for all of them. Whenever one can continue, all are polled, in order.
async fn all(mut futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    poll_fn(|cx| {
        futures.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Records the work that was under way when a process was killed, as far as its machine knows it.
fn note_violence(world: &World, process: &Process, number: u32, ending: Ending) {
    if ending.exit_code() == 0 {
        return;
    }
    if process.is_handling_sigterm() {
        world.reached(Mark::KilledWhileStopping);
    }
    if ending == Ending::PowerLoss {
        world.reached(Mark::PowerLost);
        if world.disk.has_unsynced(|_| true) {
            world.reached(Mark::UnsyncedLost);
        }
    } else if world.disk.has_unsynced(|by| by == number) {
        world.reached(Mark::KilledBeforeSync);
    }
}

/// The kill of a hook that takes too long.
fn budget(life: &Life, process: u32) -> Option<Kill> {
    let Life::Planned(plan) = life else { return None };
    let hook = plan.hook.as_ref()?;
    Some(Kill { process, at: Moment::After(hook.budget), ending: Ending::Sigkill })
}

async fn one_process(world: &Rc<World>, number: u32, life: Life) {
    let planned = matches!(life, Life::Planned(_));
    let kills = world.scenario.faults.kills.iter().filter(|kill| planned && kill.process == number);
    // A real process counts its own steps, and strikes itself.
    let kills = kills.filter(|kill| world.outside.is_none() || !matches!(kill.at, Moment::Step(_)));
    let at_a_step = |kill: &&Kill| matches!(kill.at, Moment::Step(_) | Moment::Label(..));
    let (by_step, mut by_time): (Vec<&Kill>, Vec<&Kill>) = kills.partition(at_a_step);
    let budget = budget(&life, number);
    by_time.extend(&budget);
    let by_step = by_step.into_iter().cloned().collect();
    let listener = Rc::clone(world);
    let process = Process::new(
        crate::world::AGENT,
        number,
        world.schedule(Side::Agent, number),
        by_step,
        Rc::clone(&world.meter),
        Nap::of(&world.clock),
        move |of_a_task| listener.record(Who::Process(number), of_a_task),
    );
    if !world.running.borrow().is_empty() {
        world.reached(Mark::SideBySide);
    }
    world.running.borrow_mut().insert(number, process.clone());
    let main = Rc::new(Main::new(Rc::clone(world), process.clone(), number));
    let Ended { ending, steps, label } = struck_in_time(world, &process, &by_time, process.run(main.run(life))).await;
    // A real process counts its own steps, and may take a few more before it learns that it was struck.
    let counted = world.outside.as_ref().filter(|_| label != Some(SWITCH_POINT));
    let steps = counted.and_then(|outside| outside.steps(number)).unwrap_or(steps);
    world.running.borrow_mut().remove(&number);
    world.counts.steps.set(world.counts.steps.get() + steps);
    world.disk.release_locks(number);
    note_violence(world, &process, number, ending);
    if ending == Ending::PowerLoss {
        world.lose_power();
    }
    if let Some((steps, label)) = process.signaled() {
        world.reached(Mark::SignalHandled);
        world.record(Who::Process(number), Fact::Signaled { steps, label: label.to_owned() });
    }
    let label = label.map(str::to_owned);
    world.record_from(process.origin(), Who::Process(number), Fact::Ended { ending, steps, label });
}
