//! Room: how many texts of turns a process holds in memory, however many turns wait. At most 256 in all.
//!
//! A text that finds no room stays in the journal, where it is anyway. Its turn keeps a slot of a hundred bytes. Deliberately
//! absent: the texts of a request that is being sent. They last as long as the request.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::machine::Machine;
use crate::machine::gauge::Gauge;
use crate::machine::marks::Mark;

/// How many texts fit: enough to fill batches from, and little beside what an agent holds anyway.
pub(super) const TEXTS_MAX: usize = 192;
/// How many turns may wait for the disk, beside those.
const WAITING_MAX: usize = 64;

/// The room of one process, for all of its journals.
pub(super) struct Room {
    machine: Machine,
    gauge: Gauge,
    held: Cell<usize>,
    waiting: Arc<Semaphore>,
}

/// A turn that waits for the disk. It takes room until it is dropped.
pub(super) struct Waiting {
    room: Rc<Room>,
    _place: OwnedSemaphorePermit,
}

/// A text in memory. It takes room until it is dropped.
pub(super) struct Text {
    json: String,
    room: Rc<Room>,
}

impl Room {
    /// Room with no text in it.
    pub(super) fn new(machine: Machine) -> Rc<Self> {
        let waiting = Arc::new(Semaphore::new(WAITING_MAX));
        Rc::new(Self { gauge: Gauge::new(machine.clone()), machine, held: Cell::new(0), waiting })
    }

    /// Room for a turn that waits for the disk. Waits as long as too many do.
    pub(super) async fn wait(self: Rc<Self>) -> Waiting {
        let place = Arc::clone(&self.waiting).acquire_owned().await.expect("the room is never closed");
        self.gauge.add(1);
        Waiting { room: self, _place: place }
    }

    /// Whether another text fits.
    pub(super) fn is_free(&self) -> bool {
        self.held.get() < TEXTS_MAX
    }

    /// Holds a text. `None` if it does not fit.
    pub(super) fn hold(self: &Rc<Self>, json: String) -> Option<Text> {
        if !self.is_free() {
            self.machine.reached(Mark::TextSpilled);
            return None;
        }
        self.held.set(self.held.get() + 1);
        self.gauge.add(1);
        Some(Text { json, room: Rc::clone(self) })
    }
}

impl Text {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.json
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.room.gauge.remove(1);
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        self.room.held.set(self.room.held.get() - 1);
        self.room.gauge.remove(1);
    }
}
