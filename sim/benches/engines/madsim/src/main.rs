//! The workload on madsim, measured in rounds: reads `PAUSE_MS ROUND_MS` from each line of its input, and answers each with
//! `RUNS_A_SECOND ANSWERS SIMULATED_US`.

#[path = "../../workload.rs"]
mod workload;

#[cfg(not(madsim))]
compile_error!("build with RUSTFLAGS=\"--cfg madsim\", or madsim is the real tokio");

use std::io::{self, Write};
use std::time::Duration;

use madsim::net::{TcpListener, TcpStream};
use madsim::runtime::{Handle, Runtime};
use madsim::time::{Instant, sleep};

use workload::{LATENCY, Outcome, PORT, Workload, ask};

const SERVER: &str = "10.0.0.1";
const CLIENT: &str = "10.0.0.2";
const SEED: u64 = 1;

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let line = line?;
        let (pause, round) = line.split_once(' ').expect("two numbers");
        let milliseconds = |number: &str| Duration::from_millis(number.parse().expect("a number"));
        let workload = Workload { pause: milliseconds(pause) };
        let outcome = run(workload);
        let rate = workload::rate(milliseconds(round), || run(workload));
        let mut out = io::stdout().lock();
        writeln!(out, "{rate} {} {}", outcome.answers, outcome.simulated.as_micros())?;
        out.flush()?;
    }
    Ok(())
}

fn run(workload: Workload) -> Outcome {
    let mut config = madsim::Config::default();
    // It draws from a range, which may not be empty.
    config.net.send_latency = LATENCY..LATENCY + Duration::from_nanos(1);
    Runtime::with_seed_and_config(SEED, config).block_on(async move {
        let node = |ip: &str| Handle::current().create_node().ip(ip.parse().expect("an address")).build();
        node(SERVER).spawn(async move {
            let listener = TcpListener::bind(("0.0.0.0", PORT)).await.expect("the port is free");
            let (connection, _) = listener.accept().await.expect("the client connects");
            workload.answer(connection, sleep).await.expect("the client reads");
        });
        // Nobody is refused: the server listens by then.
        sleep(Duration::from_millis(1)).await;
        let client = node(CLIENT).spawn(async move {
            let started = Instant::now();
            let connection = TcpStream::connect((SERVER, PORT)).await.expect("the server listens");
            let answers = ask(connection).await.expect("the server answers");
            Outcome { answers, simulated: started.elapsed() }
        });
        client.await.expect("the client is done")
    })
}
