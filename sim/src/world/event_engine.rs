//! The engine: hosts on one paused runtime, driven event by event, so that waiting costs nothing.
//!
//! A host is a future. A round polls every host that was woken, collects the packets that left, and delivers those that
//! have arrived; rounds follow each other until nothing moves. Then the engine arms one timer for the next packet and
//! yields, and tokio advances the clock to whatever timer comes first.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use model::host::Clock as _;
use turmoil_net::{EnterGuard, HostId, KernelConfig, Net, Packet};

use super::clock::Clock;
use super::link::Link;
use super::network::TurmoilNet;
use super::{Ground, HostFuture};

/// A run that simulates more time than this waits for something that never comes: it is cut short, and proves nothing.
const LONGEST_RUN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Runs the hosts that `build` makes until the first of them is done.
pub(super) fn run(latency: Duration, build: impl FnOnce(Ground) -> Vec<(&'static str, HostFuture)>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing from the system");
    let link = Link::new(latency);
    runtime.block_on(tokio::task::unconstrained(async {
        let clock = Clock::start();
        let ground =
            Ground { clock: Rc::new(clock), network: Rc::new(TurmoilNet::default()), sky: Rc::new(link.clone()) };
        let mut net = Net::with_config(KernelConfig::default().retx_threshold(u32::MAX));
        let futures = build(ground);
        let hosts = futures.into_iter().map(|(name, future)| Host::new(net.add_host(name), future)).collect();
        Engine { clock, link, net: net.enter(), hosts, leaving: Vec::new() }.run().await;
    }));
}

struct Engine {
    clock: Clock,
    link: Link,
    hosts: Vec<Host>,
    leaving: Vec<Packet>,
    net: EnterGuard,
}

struct Host {
    id: HostId,
    future: HostFuture,
    woken: Arc<HostWaker>,
    waker: Waker,
}

impl Engine {
    async fn run(mut self) {
        let mut timer: Pin<Box<tokio::time::Sleep>> = Box::pin(tokio::time::sleep(LONGEST_RUN));
        let started = tokio::time::Instant::now();
        poll_fn(|cx| {
            for host in &self.hosts {
                host.woken.set_engine(cx.waker());
            }
            loop {
                if self.settle() {
                    return Poll::Ready(());
                }
                if self.clock.now() >= LONGEST_RUN {
                    tracing::warn!("cut short: the run does not end");
                    return Poll::Ready(());
                }
                let next = self.link.next_arrival().unwrap_or(LONGEST_RUN);
                timer.as_mut().reset(started + next.min(LONGEST_RUN));
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
        for host in self.hosts {
            self.net.set_current(host.id);
            drop(host.future);
        }
    }

    /// Plays rounds until nothing moves. Says whether the first host is done.
    fn settle(&mut self) -> bool {
        let mut delivered = self.link.deliver(self.clock.now(), &self.net);
        loop {
            let mut polled = false;
            for (index, host) in self.hosts.iter_mut().enumerate() {
                if host.woken.take() {
                    self.net.set_current(host.id);
                    polled = true;
                    if host.future.as_mut().poll(&mut Context::from_waker(&host.waker)).is_ready() && index == 0 {
                        return true;
                    }
                }
            }
            if !polled && !delivered {
                return false;
            }
            let now = self.clock.now();
            self.net.egress_all(&mut self.leaving);
            self.link.send(now, self.leaving.drain(..));
            delivered = self.link.deliver(now, &self.net);
        }
    }
}

impl Host {
    fn new(id: HostId, future: HostFuture) -> Self {
        let woken = Arc::new(HostWaker { woken: AtomicBool::new(true), engine: Mutex::new(None) });
        Self { id, future, waker: Waker::from(Arc::clone(&woken)), woken }
    }
}

/// Remembers that a host has something to do, and wakes the engine.
struct HostWaker {
    woken: AtomicBool,
    engine: Mutex<Option<Waker>>,
}

impl HostWaker {
    fn take(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }

    fn set_engine(&self, waker: &Waker) {
        let mut engine = self.engine.lock().expect("nothing panics while it holds this lock");
        if !engine.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *engine = Some(waker.clone());
        }
    }
}

impl Wake for HostWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::Relaxed)
            && let Some(engine) = &*self.engine.lock().expect("nothing panics while it holds this lock")
        {
            engine.wake_by_ref();
        }
    }
}
