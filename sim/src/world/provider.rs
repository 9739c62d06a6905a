//! The provider's host: one server process after another, for as long as the world lasts.

use std::cell::Cell;
use std::rc::Rc;

use model::host::{Host, Observation, Witness};

use super::World;
use super::process::Process;

/// Everything that happens on the provider's host.
pub(super) async fn live(world: Rc<World>) {
    world.ground.clock.sleep(world.scenario.faults.down).await;
    for number in 1.. {
        let process =
            Process::new(model::hindsight_client::HOST, number, world.schedule("provider", number), None, |_| {});
        let host = Host {
            network: Rc::clone(&world.ground.network),
            disk: Rc::new(world.disk.clone()),
            clock: Rc::clone(&world.ground.clock),
            tasks: Rc::new(process.clone()),
            witness: Rc::new(Nobody),
        };
        let away = Rc::new(Cell::default());
        let (hindsight, told) = (world.hindsight.clone(), Rc::clone(&away));
        process.run(async move { told.set(hindsight.serve(host).await) }).await;
        world.ground.clock.sleep(away.get()).await;
    }
}

/// The provider tells what it does in its own way.
struct Nobody;

impl Witness for Nobody {
    fn saw(&self, _: Observation) {}
}
