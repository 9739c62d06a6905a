//! The provider's host: one server process after another, until the world ends.

use std::cell::Cell;
use std::rc::Rc;

use model::facts::Observation;
use model::machine::{Machine, Witness};

use crate::plan::Side;
use crate::world::World;
use crate::world::machines::machine_clock::Nap;
use crate::world::machines::process::Process;

/// Everything that happens on the provider's host.
pub(in crate::world) async fn live(world: Rc<World>) {
    away(&world, world.scenario.faults.down).await;
    for number in 1.. {
        let process = Process::new(
            world.provider.host(),
            number,
            world.schedule(Side::Provider, number),
            Vec::new(),
            Rc::clone(&world.meter),
            Nap::default(),
            |_| {},
        );
        let host = Machine {
            network: Rc::clone(&world.ground.network),
            disk: Rc::new(world.disk.clone()),
            clock: Rc::clone(&world.ground.clock),
            tasks: Rc::new(process.clone()),
            witness: Rc::new(Nobody),
        };
        let told = Rc::new(Cell::default());
        let (provider, tell) = (world.provider.clone(), Rc::clone(&told));
        process.run(async move { tell.set(provider.serve(host).await) }).await;
        away(&world, told.get()).await;
    }
}

/// Stays away for `duration`, or until the faults stop.
async fn away(world: &World, duration: std::time::Duration) {
    world.faults_stopped.or(world.ground.clock.sleep(duration)).await;
}

/// The witness of the provider's process: the provider records its own facts.
struct Nobody;

impl Witness for Nobody {
    fn saw(&self, _: Observation) {}
}
