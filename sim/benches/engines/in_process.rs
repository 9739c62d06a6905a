//! The two engines of this process: ours, as its world uses it, and turmoil's own `Sim`, as anybody would.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use sim::world::{Engine, Ground, HostFuture};
use turmoil::net::{TcpListener, TcpStream};

use crate::workload::{LATENCY, Outcome, PORT, Workload, ask};

const CLIENT: &str = "client";
const SERVER: &str = "server";
const SEED: u64 = 1;

/// The engine of this project, on its seams.
pub(crate) fn ours(workload: Workload) -> Outcome {
    let outcome = Rc::new(Cell::new(None));
    let told = Rc::clone(&outcome);
    Engine::Events.run(SEED, LATENCY, |Ground { clock, network, .. }| {
        let (its_clock, its_network) = (Rc::clone(&clock), Rc::clone(&network));
        let client: HostFuture = Box::pin(async move {
            let started = its_clock.now();
            let connection = its_network.connect(SERVER, PORT).await.expect("the server listens");
            let answers = ask(connection).await.expect("the server answers");
            told.set(Some(Outcome { answers, simulated: its_clock.now() - started }));
        });
        let server: HostFuture = Box::pin(async move {
            let listener = network.listen(PORT).await.expect("the port is free");
            let connection = listener.accept().await.expect("the client connects");
            workload.answer(connection, |duration| clock.sleep(duration)).await.expect("the client reads");
        });
        vec![(CLIENT, client), (SERVER, server)]
    });
    outcome.get().expect("the client is done")
}

/// turmoil's `Sim`, in ticks of this length.
pub(crate) fn turmoil_sim(tick: Duration, workload: Workload) -> Outcome {
    let mut sim = turmoil::Builder::new()
        .tick_duration(tick)
        .min_message_latency(LATENCY)
        .max_message_latency(LATENCY)
        .simulation_duration(Duration::from_secs(3600))
        .epoch(SystemTime::UNIX_EPOCH)
        .rng_seed(SEED)
        .build();
    let outcome = Rc::new(Cell::new(None));
    let told = Rc::clone(&outcome);
    sim.client(CLIENT, async move {
        let started = turmoil::elapsed();
        let answers = ask(TcpStream::connect((SERVER, PORT)).await?).await?;
        told.set(Some(Outcome { answers, simulated: turmoil::elapsed() - started }));
        Ok(())
    });
    sim.host(SERVER, move || async move {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        let (connection, _) = listener.accept().await?;
        Ok(workload.answer(connection, tokio::time::sleep).await?)
    });
    sim.run().expect("the client is done in an hour");
    outcome.get().expect("the client is done")
}
