//! The CPython process that the agents of a release share: its caches, and the order in which it ends.
//!
//! `threading._shutdown` closes every executor before the `atexit` hooks run. The HTTP library looks up credentials on an
//! executor for every request, so no new request can begin from then on. A request on the wire goes on
//! (`scenarios/README.md` rows 18 and 19). The first import of the library fails then, too.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::behaviors::{Behaviors, ExitHook};
use super::plugin::Plugin;
use super::target::Capability;
use crate::contracts::memory::Config;
use crate::machine::Machine;
use crate::machine::signal::Signal;

/// How long the first import of the HTTP client takes, as measured.
pub(super) const CLIENT_IMPORT: (Duration, Duration) = (Duration::from_millis(1_800), Duration::from_secs(4));

/// How long the first request of a process takes to get ready once the client is imported: long enough that a main thread
/// which ends at once is always faster (`oneshot_noshutdown_pre`), and sometimes longer than 0.2 s (`oneshot_0.2s`).
const CLIENT_BUILD: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(260));

/// How long finalization takes once the hooks have run. Threads that wait for nothing still log that they failed.
const FINALIZATION: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(20));

/// How long a request takes until it is on the wire: a hop to the event loop's thread, its credentials, its JSON.
pub(super) type Effort = (Duration, Duration);

/// A retain or a recall. Forty retains in a row took 0.55 to 0.67 s (`rapid_switch_n1`).
pub(super) const POST: Effort = (Duration::from_millis(12), Duration::from_millis(18));

/// A status query for an operation. It has no body.
pub(super) const GET: Effort = (Duration::from_millis(8), Duration::from_millis(14));

/// How long release N takes from looking up its list of turns to appending to it: usually no time, and sometimes long
/// enough for a switch to come in between (`stale_prefetch_race`: it lost two of three first turns).
pub(super) const TURN_TEXT: (Duration, Duration) = (Duration::ZERO, Duration::from_millis(3));

/// The interpreter's state, as far as the plugins in it can see it.
pub(super) struct Interpreter {
    machine: Machine,
    hook: ExitHook,
    executors_closed: Cell<bool>,
    client_imported: Cell<bool>,
    /// The plugins whose exit hooks are registered, in order of registration.
    hooked: RefCell<Vec<Rc<Plugin>>>,
    /// What all plugins know about the server.
    pub(super) capability: Capability,
    wedge: Cell<Duration>,
    /// `hindsight-loop`: one thread, which prepares the requests of all plugins one after the other.
    event_loop: Mutex<()>,
    /// Whether the first request has begun to load what every request needs.
    warming: Cell<bool>,
    /// Raised when that is loaded.
    warm: Signal,
}

impl Interpreter {
    pub(super) fn new(behaviors: &Behaviors, machine: Machine, config: &Config) -> Self {
        Self {
            machine: machine.clone(),
            hook: behaviors.exit_hook,
            executors_closed: Cell::new(false),
            client_imported: Cell::new(!config.cold_client_import),
            hooked: RefCell::default(),
            capability: Capability::new(machine, config.bank.clone(), behaviors.append),
            wedge: Cell::default(),
            event_loop: Mutex::new(()),
            warming: Cell::default(),
            warm: Signal::default(),
        }
    }

    /// The first request of the process loads what every request needs. Requests that come meanwhile wait for it.
    pub(super) async fn warm_up(&self) {
        if !self.warming.replace(true) {
            self.machine.work(CLIENT_BUILD.0, CLIENT_BUILD.1).await;
            self.warm.raise();
        }
        self.warm.wait().await;
    }

    /// Waits until a request is on the wire. The event loop prepares one request after the other. An executor then looks up
    /// each one's credentials, and there a request can overtake another.
    pub(super) async fn begin_request(&self, machine: &Machine, (least, most): Effort) {
        let in_turn = self.event_loop.lock().await;
        machine.sleep(least / 4).await;
        drop(in_turn);
        machine.work(least - least / 4, most - least / 4).await;
    }

    /// `cannot schedule new futures after shutdown`.
    pub(super) fn executors_closed(&self) -> bool {
        self.executors_closed.get()
    }

    /// Whether the HTTP client is imported.
    pub(super) fn client_imported(&self) -> bool {
        self.client_imported.get()
    }

    /// Records that the HTTP client is imported.
    pub(super) fn client_was_imported(&self) {
        self.client_imported.set(true);
    }

    /// Registers a plugin's exit hook, once.
    pub(super) fn register_exit_hook(&self, plugin: &Rc<Plugin>) {
        let mut hooked = self.hooked.borrow_mut();
        if !hooked.iter().any(|known| Rc::ptr_eq(known, plugin)) {
            hooked.push(Rc::clone(plugin));
        }
    }

    /// Drops the hooks of a process that is gone. They hold the plugins, and the plugins hold the interpreter.
    pub(super) fn forget_hooks(&self) {
        self.hooked.take();
    }

    /// How long every `sync_turn` blocks before it does anything.
    pub(super) fn wedge(&self) -> Duration {
        self.wedge.get()
    }

    /// Blocks every later `sync_turn` for `duration`.
    pub(super) fn set_wedge(&self, duration: Duration) {
        self.wedge.set(duration);
    }

    /// What CPython does when the main thread has ended: `threading._shutdown`, then `atexit`. Daemon threads die with the
    /// process.
    pub(super) async fn finalize(&self) {
        if self.hook == ExitHook::BeforeExecutorsClose {
            self.run_hooks().await;
        }
        self.executors_closed.set(true);
        if self.hook != ExitHook::BeforeExecutorsClose {
            self.run_hooks().await;
        }
        self.machine.work(FINALIZATION.0, FINALIZATION.1).await;
    }

    /// Runs the hooks, the last registered first.
    async fn run_hooks(&self) {
        let hooked: Vec<_> = self.hooked.borrow().iter().rev().cloned().collect();
        for plugin in hooked {
            plugin.at_exit().await;
        }
    }
}
