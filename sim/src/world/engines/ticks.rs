//! The second engine: turmoil's own `Sim`, which steps every host on every tick. It is slow and independent. Its purpose is to confirm the
//! first engine: both must agree about the fate of every turn.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use model::machine::Clock;
use turmoil::Builder;

use crate::plan::Weather;
use crate::world::machines::link::Sky;
use crate::world::machines::network::TurmoilSim;
use crate::world::meter::LONGEST_RUN;
use crate::world::{AGENT, Ground, HostFuture};

/// Runs the hosts that `build` makes until the first of them is done, in ticks of `tick`.
pub(in crate::world) fn run(
    seed: u64,
    latency: Duration,
    tick: Duration,
    build: impl FnOnce(Ground) -> Vec<(&'static str, HostFuture)>,
) {
    let mut sim = Builder::new()
        .tick_duration(tick)
        .min_message_latency(latency)
        .max_message_latency(latency)
        .simulation_duration(LONGEST_RUN)
        .epoch(SystemTime::UNIX_EPOCH)
        .rng_seed(seed)
        .build();
    let links = Rc::new(Links::default());
    let ground =
        Ground { clock: Rc::new(SimClock), network: Rc::new(TurmoilSim), sky: Rc::clone(&links) as Rc<dyn Sky> };
    let hosts = build(ground);
    links.set(&hosts);
    for (index, (name, future)) in hosts.into_iter().enumerate() {
        if index == 0 {
            sim.client(name, async move {
                future.await;
                Ok(())
            });
        } else {
            let future = Rc::new(RefCell::new(Some(future)));
            sim.host(name, move || {
                let future = future.take();
                async move {
                    future.expect("the engine never bounces a host").await;
                    Ok(())
                }
            });
        }
    }
    sim.run().expect("the run never ended: everybody waits for something that never comes");
}

/// The simulation's time. Each of turmoil's hosts has its own runtime, so this is the only clock that they share.
struct SimClock;

#[async_trait(?Send)]
impl Clock for SimClock {
    fn now(&self) -> Duration {
        turmoil::sim_elapsed().unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// turmoil's links between the agent and every other host, as far as they can do what a plan asks for.
#[derive(Default)]
struct Links {
    others: OnceCell<Vec<&'static str>>,
}

impl Links {
    fn set(&self, hosts: &[(&'static str, HostFuture)]) {
        let others = hosts.iter().map(|(name, _)| *name).filter(|name| *name != AGENT).collect();
        self.others.set(others).expect("the hosts are built once");
    }

    fn each(&self, change: impl Fn(&'static str, &'static str)) {
        self.others.get().into_iter().flatten().for_each(|other| change(AGENT, other));
    }
}

impl Sky for Links {
    fn change(&self, weather: Weather) {
        match weather {
            Weather::Hold => self.each(turmoil::hold),
            Weather::Release => self.each(turmoil::release),
            Weather::Partition => self.each(turmoil::partition),
            Weather::Repair => self.clear(),
            Weather::Reset | Weather::Drop(_) | Weather::Latency(_) => {
                panic!("turmoil's Sim has no {weather:?}; ask Engine::can_run first")
            }
        }
    }

    fn sleep(&self, _: Duration, _: Duration) -> bool {
        panic!("turmoil's Sim keeps the connections of a machine that sleeps; ask Engine::can_run first")
    }

    fn clear(&self) {
        self.each(turmoil::release);
        self.each(turmoil::repair);
    }
}
