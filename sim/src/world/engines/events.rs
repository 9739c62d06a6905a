//! The engine: hosts on one thread, driven event by event, so that waiting costs no real time.
//!
//! A host is a future. A round polls every host that was woken, collects the packets that left, and delivers those that have arrived;
//! rounds follow each other until nothing moves. Then the clock jumps to the next timer or the next packet, whichever comes first.
//! Deliberately absent: a runtime. Only timers, packets and its own tasks wake a host.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use model::machine::Clock as _;
use turmoil_net::{EnterGuard, HostId, KernelConfig, Net, Packet};

use crate::world::machines::clock::Clock;
use crate::world::machines::link::Link;
use crate::world::machines::network::TurmoilNet;
use crate::world::meter::LONGEST_RUN;
use crate::world::{Ground, HostFuture};

/// Runs the hosts that `build` makes until the first of them is done.
pub(in crate::world) fn run(latency: Duration, build: impl FnOnce(Ground) -> Vec<(&'static str, HostFuture)>) {
    let (clock, link) = (Clock::start(), Link::new(latency));
    let ground =
        Ground { clock: Rc::new(clock.clone()), network: Rc::new(TurmoilNet::default()), sky: Rc::new(link.clone()) };
    let mut net = Net::with_config(KernelConfig::default().retx_threshold(u32::MAX));
    let futures = build(ground);
    let hosts = futures.into_iter().map(|(name, future)| Node::new(net.add_host(name), future)).collect();
    Engine { clock, link, net: net.enter(), hosts, leaving: Vec::new() }.run();
}

struct Engine {
    clock: Clock,
    link: Link,
    hosts: Vec<Node>,
    leaving: Vec<Packet>,
    net: EnterGuard,
}

struct Node {
    id: HostId,
    future: HostFuture,
    woken: Arc<HostWaker>,
    waker: Waker,
}

impl Engine {
    fn run(mut self) {
        while !self.settle() {
            if self.clock.now() >= LONGEST_RUN {
                break;
            }
            let next = [self.clock.next_timer(), self.link.next_arrival()].into_iter().flatten().min();
            self.clock.advance(next.unwrap_or(LONGEST_RUN).min(LONGEST_RUN));
        }
        for host in self.hosts {
            self.net.set_current(host.id);
            drop(host.future);
        }
    }

    /// Plays rounds until nothing moves. Returns whether the first host is done.
    fn settle(&mut self) -> bool {
        let now = self.clock.now();
        let mut delivered = self.link.deliver(now, &self.net);
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
            self.net.egress_all(&mut self.leaving);
            self.link.send(now, self.leaving.drain(..));
            delivered = self.link.deliver(now, &self.net);
        }
    }
}

impl Node {
    fn new(id: HostId, future: HostFuture) -> Self {
        let woken = Arc::new(HostWaker { woken: AtomicBool::new(true) });
        Self { id, future, waker: Waker::from(Arc::clone(&woken)), woken }
    }
}

/// Marks a host as having something to do.
struct HostWaker {
    woken: AtomicBool,
}

impl HostWaker {
    fn take(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }
}

impl Wake for HostWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
    }
}
