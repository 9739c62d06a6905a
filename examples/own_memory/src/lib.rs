//! A memory of one's own: a layer that frees its user early, over a memory that does everything else.
//!
//! The planted bug: `hasty` lets the end of a turn return at once, and hands the turn to the memory below in a task. If the process dies
//! before that task has run, an acknowledged turn is lost. `patient` waits until the memory below has the turn.
//! The layer stands on the reference; yours may be a whole memory, as `model/src/agents/spool.rs` is.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use model::agents::Subject;
use model::agents::row::{Code, Row};
use model::contracts::commits::Commits;
use model::contracts::memory::{Config, Habits, Lifecycle, Memory, Unsure};
use model::machine::Machine;
use model::words::command::Adoption;
use model::words::part::Part;
use model::words::server::Server;
use model::words::session::SessionId;
use model::words::turn::{Turn, TurnId};

/// The right layer.
pub static PATIENT: Row = row("patient", "patient", "an example: waits for the memory below", &Loader { waits: true });
/// The layer with the planted bug.
pub static HASTY: Row = row("hasty", "hasty", "an example: acknowledges a turn first", &Loader { waits: false });

const fn row(name: &'static str, head: &'static str, about: &'static str, code: &'static Loader) -> Row {
    let (part, testifies, servers) = (Some(Part::Memory), &[Part::Memory], Server::ALL);
    Row { name, head, about, part, proposed: true, of_reference: false, testifies, servers, code }
}

/// Makes both known to every command of this program.
pub fn bring() {
    static ROWS: [&Row; 2] = [&PATIENT, &HASTY];
    Subject::bring(&ROWS);
}

/// The code of a layer, as a process loads it.
struct Loader {
    /// Whether a turn is acknowledged only when the memory below has it.
    waits: bool,
}

#[async_trait(?Send)]
impl Code for Loader {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        let below = Subject::REFERENCE.code().memory(machine.clone(), config).await;
        Rc::new(Layer { machine, below, waits: self.waits })
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        Subject::REFERENCE.code().commits(machine).await
    }
}

/// The layer in one process, and the memory below it.
struct Layer {
    machine: Machine,
    below: Rc<dyn Memory>,
    waits: bool,
}

#[async_trait(?Send)]
impl Memory for Layer {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        let below = self.below.initialize(session).await;
        Rc::new(Agent { machine: self.machine.clone(), below, waits: self.waits })
    }

    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        self.below.stop(agents).await;
    }

    async fn exit(&self) {
        self.below.exit().await;
    }

    async fn drained(&self) {
        self.below.drained().await;
    }

    fn undeliverable(&self) -> Vec<TurnId> {
        self.below.undeliverable()
    }

    fn wedge(&self, duration: Duration) {
        self.below.wedge(duration);
    }

    fn habits(&self) -> Habits {
        self.below.habits()
    }
}

/// One agent's memory, and the one below.
struct Agent {
    machine: Machine,
    below: Rc<dyn Lifecycle>,
    waits: bool,
}

#[async_trait(?Send)]
impl Lifecycle for Agent {
    async fn turn(&self, turn: Turn) -> Result<(), Unsure> {
        if self.waits {
            return self.below.turn(turn).await;
        }
        let below = Rc::clone(&self.below);
        // The mistake: nothing keeps the turn until this task runs.
        self.machine.spawn("hand over", async move { _ = below.turn(turn).await });
        Ok(())
    }

    async fn warm_up(&self, turn: &Turn) {
        self.below.warm_up(turn).await;
    }

    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption) {
        self.below.switch(from, to, adoption).await;
    }

    async fn new_session(&self, from: &SessionId, to: &SessionId) {
        self.below.new_session(from, to).await;
    }

    async fn compress(&self, from: &SessionId, to: &SessionId) {
        self.below.compress(from, to).await;
    }

    async fn undo(&self, undone: &TurnId) -> Result<(), Unsure> {
        self.below.undo(undone).await
    }

    async fn end(&self) {
        self.below.end().await;
    }

    async fn prefetch(&self, session: &SessionId) -> Option<String> {
        self.below.prefetch(session).await
    }

    async fn flush_pending(&self) {
        self.below.flush_pending().await;
    }

    async fn shutdown(&self) {
        self.below.shutdown().await;
    }

    async fn reinitialize(&self, session: &SessionId) {
        self.below.reinitialize(session).await;
    }
}
