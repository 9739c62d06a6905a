//! The simulated provider over real HTTP, for clients that are no simulation. Start here.
//!
//! The provider is the same as in a run: it stands on the model's seams, and here their implementation is a real machine. Its one rule: it
//! listens on 127.0.0.1 and nowhere else. Its faults are those of a plan, by number of request; time is real.
//!
//! - `machine`: loopback, real time, tasks. - `log`: the log that `judge` reads.

mod log;
mod machine;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use futures_lite::future;
use model::words::echo::Echoes;
use model::words::server::Server;
use tokio::task::LocalSet;

use crate::plan::ServerPlan;
use crate::providers::{Provider, Settings};
use log::Log;
pub use machine::CONNECTIONS_MAX;
use machine::{Life, Loopback, RealClock, machine};

/// The longest body of a request, in bytes.
pub const BODY_MAX: usize = 4 << 20;
/// How often it looks whether it is to end.
const LOOK: Duration = Duration::from_millis(20);

/// What to serve.
pub struct Options<'a> {
    /// The port; 0 is any that is free.
    pub port: u16,
    /// The version of the server.
    pub server: Server,
    /// Its faults and lags.
    pub plan: ServerPlan,
    /// Its log, if it writes one.
    pub log: Option<&'a Path>,
}

/// Why a server ended, or never began.
pub enum Trouble {
    /// The user can do something about it, in one line.
    Input(String),
    /// The address could not be told.
    Output(io::Error),
}

/// Serves until it is asked to `stop`. Tells its address by `ready` when it listens.
///
/// # Errors
/// If the port is taken, or the log cannot be written, now or later.
pub fn run(
    options: Options<'_>,
    ready: &mut dyn FnMut(SocketAddr) -> io::Result<()>,
    stop: &dyn Fn() -> bool,
) -> Result<(), Trouble> {
    let Options { port, server, plan, log } = options;
    let loopback = Rc::new(Loopback::bind(port).map_err(|error| Trouble::Input(not_bound(port, &error)))?);
    let clock = RealClock::start();
    let log = Rc::new(Log::open(log, clock).map_err(Trouble::Input)?);
    let down = plan.faults.down;
    let ServerPlan { faults, visibility_lag, operation_lag, append_lag, .. } = plan;
    let echoes = Echoes::default();
    let settings = Settings { server, faults, visibility_lag, operation_lag, append_lag, echoes, described: None };
    let told = Rc::clone(&log);
    let reader = Rc::clone(&log);
    let provider = Provider::read_by(settings, Rc::new(move |happening| told.happened(&happening)), reader, BODY_MAX);
    log.begin();
    if !down.is_zero() {
        loopback.close();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::Input(format!("the system has no means for a server: {error}")))?;
    ready(loopback.address).map_err(Trouble::Output)?;
    let stop = || stop() || log.failure().is_some();
    runtime.block_on(LocalSet::new().run_until(live(&provider, &loopback, clock, down, &stop)));
    // What was accepted is applied, however long it would have waited.
    provider.apply_all();
    log.end();
    log.failure().map_or(Ok(()), |message| Err(Trouble::Input(message)))
}

fn not_bound(port: u16, error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::AddrInUse {
        return format!("--port {port}: another program listens there; name another port, or 0 for any that is free");
    }
    if kind == io::ErrorKind::PermissionDenied {
        return format!(
            "--port {port}: this port needs more permissions; name one from 1024 on, or 0 for any that is free"
        );
    }
    format!("--port {port}: {error}")
}

/// One life of the server after another, until it is to stop.
async fn live(provider: &Provider, loopback: &Rc<Loopback>, clock: RealClock, down: Duration, stop: &dyn Fn() -> bool) {
    let mut away = down;
    while until(stop, tokio::time::sleep(away)).await.is_some() {
        let life = Rc::new(Life::default());
        let host = machine(loopback, clock, &life);
        let served = until(stop, provider.serve(host)).await;
        life.end().await;
        match served {
            Some(duration) => away = duration,
            None => return,
        }
    }
}

/// The result of `work`. `None` if it is to stop before.
async fn until<T>(stop: &dyn Fn() -> bool, work: impl Future<Output = T>) -> Option<T> {
    let stopped = async {
        while !stop() {
            tokio::time::sleep(LOOK).await;
        }
        None
    };
    future::or(stopped, async { Some(work.await) }).await
}
