//! The CPython process that the agents of a release share: what it caches, and the order in which it ends.
//!
//! `threading._shutdown` closes every executor before the `atexit` hooks run. The HTTP library looks up credentials on an
//! executor for every request, so from that moment no new request can begin; one that is on the wire goes on
//! (`scenarios/README.md` rows 18 and 19). Importing the library for the first time fails, too.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::behaviors::{Behaviors, ExitHook};
use super::provider::Provider;
use super::target::Capability;
use crate::contracts::memory::Config;
use crate::machine::Machine;
use crate::machine::signal::Signal;

/// How long the first import of the HTTP client takes, as measured.
pub(super) const CLIENT_IMPORT: (Duration, Duration) = (Duration::from_millis(1_800), Duration::from_secs(4));

/// How long the first request of a process takes to get ready once the client is imported: long enough that a main thread
/// which ends at once is always gone first (`oneshot_noshutdown_pre`), and sometimes longer than 0.2 s (`oneshot_0.2s`).
const CLIENT_BUILD: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(260));

/// How long finalization takes once the hooks have run: threads that wait for nothing still get to log that they failed.
const FINALIZATION: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(20));

/// How long a request takes until it is on the wire: a hop to the event loop's thread, its credentials, its JSON.
pub(super) type Effort = (Duration, Duration);

/// A retain or a recall. Forty retains in a row took 0.55 to 0.67 s (`rapid_switch_n1`).
pub(super) const POST: Effort = (Duration::from_millis(12), Duration::from_millis(18));

/// A question about an operation, which carries nothing.
pub(super) const GET: Effort = (Duration::from_millis(8), Duration::from_millis(14));

/// How long release N takes from looking up its list of turns to appending to it: usually nothing, and sometimes long enough
/// for a switch to come in between (`stale_prefetch_race`: two of three first turns were lost to it).
pub(super) const TURN_TEXT: (Duration, Duration) = (Duration::ZERO, Duration::from_millis(3));

/// The interpreter's state, as far as the providers in it can see it.
pub(super) struct Interpreter {
    machine: Machine,
    hook: ExitHook,
    executors_closed: Cell<bool>,
    client_imported: Cell<bool>,
    /// The providers whose exit hooks are registered, in that order.
    hooked: RefCell<Vec<Rc<Provider>>>,
    /// What is known about the server, by all providers.
    pub(super) capability: Capability,
    wedge: Cell<Duration>,
    /// `hindsight-loop`: one thread, on which the requests of all providers are prepared, one after the other.
    event_loop: Mutex<()>,
    /// Whether the first request has begun to start what all of them need, and whether that is done.
    warming: Cell<bool>,
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

    /// The first request of all starts what every request needs, of whichever provider; those that come meanwhile wait for it.
    pub(super) async fn warm_up(&self) {
        if !self.warming.replace(true) {
            self.machine.work(CLIENT_BUILD.0, CLIENT_BUILD.1).await;
            self.warm.raise();
        }
        self.warm.wait().await;
    }

    /// Waits until a request is on the wire: the event loop prepares one after the other, and then an executor looks up each
    /// one's credentials, where they can overtake each other.
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

    /// Whether the HTTP client was imported before.
    pub(super) fn client_imported(&self) -> bool {
        self.client_imported.get()
    }

    /// The HTTP client is imported.
    pub(super) fn client_was_imported(&self) {
        self.client_imported.set(true);
    }

    /// Registers a provider's exit hook, once.
    pub(super) fn register_exit_hook(&self, provider: &Rc<Provider>) {
        let mut hooked = self.hooked.borrow_mut();
        if !hooked.iter().any(|known| Rc::ptr_eq(known, provider)) {
            hooked.push(Rc::clone(provider));
        }
    }

    /// The process is gone: nothing runs its hooks any more, and whoever is registered owns the interpreter.
    pub(super) fn forget_hooks(&self) {
        self.hooked.take();
    }

    /// How long every `sync_turn` is blocked before it does anything.
    pub(super) fn wedge(&self) -> Duration {
        self.wedge.get()
    }

    /// From here on, every `sync_turn` is blocked that long.
    pub(super) fn set_wedge(&self, duration: Duration) {
        self.wedge.set(duration);
    }

    /// The main thread has ended: `threading._shutdown`, then `atexit`. The daemon threads die with the process.
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

    /// The hooks, the last that was registered first.
    async fn run_hooks(&self) {
        let hooked: Vec<_> = self.hooked.borrow().iter().rev().cloned().collect();
        for provider in hooked {
            provider.at_exit().await;
        }
    }
}
