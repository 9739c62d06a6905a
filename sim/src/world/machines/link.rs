//! The network between the agent and the provider: which packet arrives when.
//!
//! Packets leave in an order, take the link's latency, and arrive in the same order. Nothing is retransmitted: a packet that vanishes
//! stalls its connection until one side times out, as a long partition does.
//!
//! A machine that sleeps for a while does not answer, and the other side gives its connections up. When it wakes, nobody knows them any more: what
//! it sends there, and what it had sent and was not yet there, is answered with a reset. A client that only waits for an answer hears nothing.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use turmoil_net::{EnterGuard, Packet, TcpFlags, TcpSegment, Transport};

use crate::plan::Weather;

/// A network that a plan can change.
pub(in crate::world) trait Sky {
    /// Changes the network.
    fn change(&self, weather: Weather);

    /// Undoes all changes that a plan has made to the network.
    fn clear(&self);

    /// The agent's machine loses power, and is on again at once: what its connections had still to send is never sent.
    fn cut_power(&self) {}

    /// The agent's machine sleeps from `now` on for `duration`, and has no connection when it wakes. Returns whether it had one.
    fn sleep(&self, now: Duration, duration: Duration) -> bool;
}

/// The link. Clones are the same link.
#[derive(Clone)]
pub(in crate::world) struct Link {
    state: Rc<RefCell<State>>,
}

struct State {
    usual_latency: Duration,
    latency: Duration,
    flow: Flow,
    drop_next: u32,
    reset: bool,
    power_cut: bool,
    /// Packets on their way, by arrival; those of equal arrival in the order in which they left.
    traveling: VecDeque<(Duration, Packet)>,
    held: Vec<Packet>,
    released: Vec<Packet>,
    /// From the side that opened each: the agent's.
    connections: BTreeSet<(SocketAddr, SocketAddr)>,
    /// Those that the other side has given up while the agent's machine slept.
    forgotten: BTreeSet<(SocketAddr, SocketAddr)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Free,
    Held,
    Partitioned,
}

impl Link {
    /// A link on which every packet takes `latency`.
    pub(in crate::world) fn new(latency: Duration) -> Self {
        Self {
            state: Rc::new(RefCell::new(State {
                usual_latency: latency,
                latency,
                flow: Flow::Free,
                drop_next: 0,
                reset: false,
                power_cut: false,
                traveling: VecDeque::new(),
                held: Vec::new(),
                released: Vec::new(),
                connections: BTreeSet::new(),
                forgotten: BTreeSet::new(),
            })),
        }
    }

    /// Takes the packets that left their hosts at `now`.
    pub(in crate::world) fn send(&self, now: Duration, packets: impl Iterator<Item = Packet>) {
        let mut state = self.state.borrow_mut();
        let power_cut = std::mem::take(&mut state.power_cut);
        for packet in packets {
            state.remember(&packet);
            match state.flow {
                // A process that starts when the power is back may have begun to connect.
                _ if power_cut && !opens(&packet) => {}
                _ if state.drop_next > 0 => state.drop_next -= 1,
                Flow::Free => state.travel(now, packet),
                Flow::Held => state.held.push(packet),
                Flow::Partitioned => {}
            }
        }
    }

    /// Delivers the packets that have arrived by `now`. Returns whether there were any.
    pub(in crate::world) fn deliver(&self, now: Duration, net: &EnterGuard) -> bool {
        let mut state = self.state.borrow_mut();
        let resets = std::mem::take(&mut state.reset);
        if resets {
            for (from, to) in std::mem::take(&mut state.connections) {
                net.deliver(reset(from, to));
                net.deliver(reset(to, from));
            }
        }
        for packet in std::mem::take(&mut state.released) {
            state.travel(now, packet);
        }
        let due = state.traveling.iter().take_while(|(at, _)| *at <= now).count();
        for (_, packet) in state.traveling.drain(..due) {
            net.deliver(packet);
        }
        resets || due > 0
    }

    /// When the next packet arrives.
    pub(in crate::world) fn next_arrival(&self) -> Option<Duration> {
        self.state.borrow().traveling.front().map(|(at, _)| *at)
    }
}

impl State {
    /// Never overtakes a packet that left earlier, even if the link has become faster. Of a connection that is forgotten, nothing arrives but a
    /// reset at the agent.
    fn travel(&mut self, now: Duration, packet: Packet) {
        let Some(packet) = self.answered(packet) else { return };
        let at = self.traveling.back().map_or(Duration::ZERO, |(last, _)| *last).max(now + self.latency);
        self.traveling.push_back((at, packet));
    }

    /// What arrives instead of this packet, if anything does.
    fn answered(&self, packet: Packet) -> Option<Packet> {
        if self.forgotten.is_empty() {
            return Some(packet);
        }
        let Transport::Tcp(segment) = &packet.payload else { return Some(packet) };
        let from = SocketAddr::new(packet.src, segment.src_port);
        let to = SocketAddr::new(packet.dst, segment.dst_port);
        match () {
            () if self.forgotten.contains(&(from, to)) => (!segment.flags.rst).then(|| reset(to, from)),
            () if self.forgotten.contains(&(to, from)) => None,
            () => Some(packet),
        }
    }

    fn flow_again(&mut self) {
        self.flow = Flow::Free;
        self.released.append(&mut self.held);
    }

    /// Remembers which connections exist, so that they can be reset.
    fn remember(&mut self, packet: &Packet) {
        if let Transport::Tcp(segment) = &packet.payload
            && opens(packet)
        {
            let from = SocketAddr::new(packet.src, segment.src_port);
            let connection = (from, SocketAddr::new(packet.dst, segment.dst_port));
            self.forgotten.remove(&connection);
            self.connections.insert(connection);
        }
    }
}

impl Sky for Link {
    fn change(&self, weather: Weather) {
        let mut state = self.state.borrow_mut();
        match weather {
            Weather::Hold => state.flow = Flow::Held,
            Weather::Release | Weather::Repair => state.flow_again(),
            Weather::Partition => {
                state.flow = Flow::Partitioned;
                state.traveling.clear();
                state.held.clear();
            }
            Weather::Reset => state.reset = true,
            Weather::Drop(packets) => state.drop_next = packets,
            Weather::Latency(latency) => state.latency = latency,
        }
    }

    fn clear(&self) {
        let mut state = self.state.borrow_mut();
        state.flow_again();
        state.drop_next = 0;
        state.latency = state.usual_latency;
    }

    fn sleep(&self, now: Duration, duration: Duration) -> bool {
        let mut state = self.state.borrow_mut();
        let (wakes, latency) = (now + duration, state.latency);
        let connections = std::mem::take(&mut state.connections);
        let had_one = !connections.is_empty();
        state.forgotten.extend(connections.iter().copied());
        let under_way: Vec<Packet> = state.traveling.drain(..).map(|(_, packet)| packet).collect();
        // The other side lets go of them at its own time; nothing tells when, so it is when the machine wakes.
        state.traveling.extend(connections.into_iter().map(|(from, to)| (wakes, reset(from, to))));
        for packet in under_way {
            if let Some(packet) = state.answered(packet) {
                state.traveling.push_back((wakes + latency, packet));
            }
        }
        had_one
    }

    fn cut_power(&self) {
        self.state.borrow_mut().power_cut = true;
    }
}

/// Whether the packet opens a connection.
fn opens(packet: &Packet) -> bool {
    matches!(&packet.payload, Transport::Tcp(segment) if segment.flags.syn && !segment.flags.ack)
}

/// A segment that tears the connection down at `to`, as if `from` had refused it.
fn reset(from: SocketAddr, to: SocketAddr) -> Packet {
    Packet {
        src: from.ip(),
        dst: to.ip(),
        ttl: 64,
        payload: Transport::Tcp(TcpSegment {
            src_port: from.port(),
            dst_port: to.port(),
            seq: 0,
            ack: 0,
            flags: TcpFlags { rst: true, ..TcpFlags::default() },
            window: 0,
            payload: Bytes::new(),
        }),
    }
}
