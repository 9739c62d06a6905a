//! A memory of one's own, as an example, and a wrong design: a spool that only a start reads.
//!
//! Each turn is appended to a file and then sent once, as a document of its own, so that a row that is sent again replaces itself.
//! A row whose send failed waits for the next start of a process, which sends at most [`ROWS_AT_A_START`] of the waiting rows
//! again: the write-behind queue of hermes-agent#24209. If more rows wait, the rest needs one more start, and nothing causes one.
//! Deliberately absent: a retry while the process runs, batches, recalls, and an undo of a row.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::reference;
use super::row::{Code, Row};
use crate::contracts::commits::Commits;
use crate::contracts::memory::{Config, Habits, Lifecycle, Memory, Unsure};
use crate::facts::{Observation, Place};
use crate::machine::gauge::Gauge;
use crate::machine::{Machine, Task};
use crate::protocols::hindsight::client::HindsightClient;
use crate::protocols::hindsight::wire::{Item, Retain};
use crate::protocols::http::Outcome;
use crate::words::command::Adoption;
use crate::words::part::Part;
use crate::words::server::Server;
use crate::words::session::{BankId, DocumentId, SessionId, parent_tag, session_tag};
use crate::words::timestamp::Timestamp;
use crate::words::turn::{Turn, TurnId, content_of};

/// How many waiting rows a start sends again (`LIMIT 200`).
const ROWS_AT_A_START: usize = 200;
/// In how many files a start looks for rows. Each process locks one of its own.
const FILES: u32 = 16;
/// The pause before a disk is tried again, and between two looks at what waits.
const PAUSE: Duration = Duration::from_millis(100);

/// Its row in the table of subjects.
pub(super) static SPOOL: Row = Row {
    name: "spool",
    head: "spool",
    about: "a design (#24209): a turn is sent once; the next start sends 200 of those that failed again",
    part: Some(Part::Memory),
    proposed: true,
    of_reference: false,
    testifies: &[Part::Memory],
    servers: Server::ALL,
    code: &SpoolCode,
};

/// The memory is its own, the WebUI's session lifecycle the reference's.
struct SpoolCode;

#[async_trait(?Send)]
impl Code for SpoolCode {
    async fn memory(&self, machine: Machine, config: Config) -> Rc<dyn Memory> {
        Rc::new(Loaded { spool: Spool::open(machine, config).await })
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        reference::REFERENCE.code.commits(machine).await
    }
}

/// A turn as the file keeps it.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    turn: TurnId,
    parent: Option<SessionId>,
    completed_at: Timestamp,
    json: String,
}

/// A line of a file. The number is the row's.
#[derive(Serialize, Deserialize)]
enum Line {
    Kept(u64, Kept),
    Sent(u64),
}

/// A row: the number of its file, and its own.
type Key = (u32, u64);

/// The files of one process, the rows in them that wait, and the client that sends them.
struct Spool {
    machine: Machine,
    config: Config,
    /// The number of the file that this process's turns go to.
    own: u32,
    next_row: Cell<u64>,
    waiting: RefCell<BTreeMap<Key, TurnId>>,
    /// Open while rows are sent again or an agent is open, until the last agent is shut down.
    client: RefCell<Option<HindsightClient>>,
    agents: Cell<u32>,
    sends: RefCell<Vec<Task>>,
    wedge: Cell<Duration>,
    held: Gauge,
}

impl Spool {
    /// A start: locks a file, reads it and those of processes that are gone, and sends the first waiting rows again.
    async fn open(machine: Machine, config: Config) -> Rc<Self> {
        let mut own = 1;
        while !lock(&machine, &path(&config.bank, own)).await {
            own += 1;
        }
        let (rows, next_row) = read_all(&machine, &config.bank, own).await;
        let waiting = rows.iter().map(|(key, kept)| (*key, kept.turn.clone())).collect();
        let (next_row, waiting, held) = (Cell::new(next_row), RefCell::new(waiting), Gauge::new(machine.clone()));
        let (client, agents, sends, wedge) = Default::default();
        let spool = Rc::new(Self { machine, config, own, next_row, waiting, client, agents, sends, wedge, held });
        if !rows.is_empty() {
            spool.open_client();
        }
        spool.send(rows.into_iter().take(ROWS_AT_A_START).collect());
        spool
    }

    /// Keeps a turn, durably when this returns, and sends it.
    async fn keep(self: &Rc<Self>, kept: Kept) {
        let row = self.next_row.replace(self.next_row.get() + 1);
        self.write(self.own, &Line::Kept(row, kept.clone())).await;
        self.machine.moved([kept.turn.clone()], Place::Outbox);
        self.waiting.borrow_mut().insert((self.own, row), kept.turn.clone());
        self.send(vec![((self.own, row), kept)]);
        self.machine.step("spooled").await;
    }

    /// Sends these rows once, one after the other, beside what follows. After a shutdown they only wait.
    fn send(self: &Rc<Self>, rows: Vec<(Key, Kept)>) {
        if rows.is_empty() || self.client.borrow().is_none() {
            return;
        }
        self.held.add(rows.len());
        let spool = Rc::clone(self);
        let task = self.machine.spawn("spool", async move {
            for (key, kept) in rows {
                spool.send_one(key, &kept).await;
                spool.held.remove(1);
            }
        });
        let mut sends = self.sends.borrow_mut();
        sends.retain(Task::is_alive);
        sends.push(task);
    }

    /// The mistake: whatever comes of it, it is not sent again before the next start.
    async fn send_one(&self, key: Key, kept: &Kept) {
        if !self.wedge.get().is_zero() {
            self.machine.sleep(self.wedge.get()).await;
        }
        let client = self.client.borrow().clone();
        let Some(client) = client else { return };
        let client = client.of_bank(&self.config.bank_of(&kept.turn.session));
        if let Outcome::Applied(_) = client.retain(&retain(key, kept, self.config.retain_async)).await {
            self.write(key.0, &Line::Sent(key.1)).await;
            self.waiting.borrow_mut().remove(&key);
        }
    }

    /// Appends a line. It begins with the line break, so that half a line before it spoils only itself.
    async fn write(&self, file: u32, line: &Line) {
        let text = format!("\n{}", serde_json::to_string(line).expect("a line always serializes"));
        let path = path(&self.config.bank, file);
        self.machine.step("spool append").await;
        insist(&self.machine, async || {
            self.machine.disk.append(&path, text.as_bytes()).await?;
            self.machine.disk.sync(&path).await
        })
        .await;
    }

    fn open_client(&self) {
        self.client.borrow_mut().get_or_insert_with(|| {
            self.machine.saw(Observation::ClientOpened);
            HindsightClient::new(self.machine.clone(), &self.config.bank, self.config.timeout)
        });
    }

    /// Gives what is being sent a while, then closes the client.
    async fn close(&self) {
        let sends = self.sends.take();
        let budget = self.config.stop_budget;
        let all = async {
            for send in &sends {
                send.join(&self.machine, budget).await;
            }
        };
        self.machine.timeout(budget, all).await;
        if let Some(client) = self.client.take() {
            client.close();
            self.machine.saw(Observation::ClientClosed);
        }
    }

    fn report_pending(&self) {
        self.machine.saw(Observation::Pending { turns: self.waiting.borrow().values().cloned().collect() });
    }
}

/// Whether this process has the file now.
async fn lock(machine: &Machine, path: &str) -> bool {
    insist(machine, async || machine.disk.try_lock(path).await).await
}

/// The rows that wait in the process's own file and in those that no process has locked, and the next free number in its own.
async fn read_all(machine: &Machine, bank: &BankId, own: u32) -> (BTreeMap<Key, Kept>, u64) {
    let (mut waiting, mut next) = (BTreeMap::new(), 1);
    for number in 1..=FILES {
        let path = path(bank, number);
        let bytes = insist(machine, async || machine.disk.read(&path).await).await;
        let Some(bytes) = bytes else { continue };
        if number != own && !lock(machine, &path).await {
            continue;
        }
        for line in bytes.split(|byte| *byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Line::Kept(row, kept)) => {
                    waiting.insert((number, row), kept);
                    next = if number == own { row + 1 } else { next };
                }
                Ok(Line::Sent(row)) => _ = waiting.remove(&(number, row)),
                Err(error) => tracing::debug!(%error, path, "no line, or half of one"),
            }
        }
    }
    (waiting, next)
}

/// The result of a disk operation, which is repeated until it succeeds.
async fn insist<T>(machine: &Machine, operation: impl AsyncFn() -> io::Result<T>) -> T {
    loop {
        match operation().await {
            Ok(value) => return value,
            Err(error) => tracing::debug!(%error, "the spool is tried again"),
        }
        machine.sleep(PAUSE).await;
    }
}

fn path(bank: &BankId, number: u32) -> String {
    format!("/spool-{bank}-{number}")
}

/// The request that makes a row a document.
fn retain((file, row): Key, kept: &Kept, asynchronous: bool) -> Retain {
    let session = &kept.turn.session;
    let item = Item {
        content: content_of(&[&kept.json]),
        timestamp: Some(kept.completed_at.to_string()),
        context: None,
        metadata: BTreeMap::from([("session_id".to_owned(), session.to_string())]),
        document_id: Some(DocumentId::from(format!("{session}:{file}-{row:06}"))),
        tags: std::iter::once(session_tag(session)).chain(kept.parent.as_ref().map(parent_tag)).collect(),
        update_mode: None,
    };
    Retain { items: vec![item], asynchronous, operation_id: None }
}

/// The spool, as a process has loaded it.
struct Loaded {
    spool: Rc<Spool>,
}

#[async_trait(?Send)]
impl Memory for Loaded {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        let (origin, open) = (RefCell::new((session.clone(), None)), Cell::new(false));
        let agent = Agent { spool: Rc::clone(&self.spool), origin, open };
        agent.reinitialize(session).await;
        Rc::new(agent)
    }

    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        for agent in agents {
            agent.shutdown().await;
        }
        self.spool.close().await;
    }

    async fn drained(&self) {
        self.spool.report_pending();
        while !self.spool.waiting.borrow().is_empty() {
            self.spool.machine.sleep(PAUSE).await;
        }
        self.spool.report_pending();
    }

    fn wedge(&self, duration: Duration) {
        self.spool.wedge.set(duration);
    }

    fn habits(&self) -> Habits {
        Habits {
            one_shot_warms_up: false,
            request_warms_up: false,
            hands_over_ephemeral_turns: false,
            reviews_have_memory: false,
            announces_undo_in_gateway: true,
            ends_idle_sessions: true,
        }
    }
}

/// The memory of one agent.
struct Agent {
    spool: Rc<Spool>,
    /// Its session, and the one from which that was forked.
    origin: RefCell<(SessionId, Option<SessionId>)>,
    open: Cell<bool>,
}

impl Agent {
    fn enter(&self, session: &SessionId, parent: Option<&SessionId>) {
        self.origin.replace((session.clone(), parent.cloned()));
    }
}

#[async_trait(?Send)]
impl Lifecycle for Agent {
    async fn turn(&self, turn: Turn) -> Result<(), Unsure> {
        if self.origin.borrow().0 != turn.id.session {
            self.enter(&turn.id.session, None);
        }
        let (parent, completed_at) = (self.origin.borrow().1.clone(), self.spool.machine.wall());
        let json = turn.to_json(completed_at);
        self.spool.keep(Kept { turn: turn.id, parent, completed_at, json }).await;
        Ok(())
    }

    async fn warm_up(&self, _: &Turn) {}

    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption) {
        self.enter(to, Some(from).filter(|_| adoption == Adoption::Branch && from != to));
    }

    async fn new_session(&self, _: &SessionId, to: &SessionId) {
        self.enter(to, None);
    }

    async fn compress(&self, from: &SessionId, to: &SessionId) {
        if from != to {
            self.enter(to, Some(from));
        }
    }

    async fn undo(&self, _: &TurnId) -> Result<(), Unsure> {
        Ok(())
    }

    async fn end(&self) {}

    async fn prefetch(&self, _: &SessionId) -> Option<String> {
        None
    }

    async fn shutdown(&self) {
        if self.open.replace(false) {
            self.spool.agents.set(self.spool.agents.get() - 1);
            if self.spool.agents.get() == 0 {
                self.spool.close().await;
            }
        }
    }

    async fn reinitialize(&self, session: &SessionId) {
        self.enter(session, None);
        if !self.open.replace(true) {
            self.spool.agents.set(self.spool.agents.get() + 1);
            self.spool.open_client();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::bench::Bench;

    #[test]
    fn half_a_line_spoils_no_other_and_a_row_that_was_sent_waits_no_more() {
        let kept = |row: u32| {
            let turn = Turn::of(TurnId { session: "S1".into(), number: row });
            let json = turn.to_json(Timestamp::BEGINNING);
            Line::Kept(row.into(), Kept { turn: turn.id, parent: None, completed_at: Timestamp::BEGINNING, json })
        };
        let text = |line: &Line| format!("\n{}", serde_json::to_string(line).expect("a line"));
        let half = text(&kept(3))[..20].to_owned();
        let file = [text(&kept(1)), text(&kept(2)), text(&Line::Sent(1)), half, text(&kept(4))].concat();
        let (bench, bank) = (Bench::new(), BankId::from("b"));
        bench.put(&path(&bank, 1), file.as_bytes());
        let (waiting, next) = bench.run(read_all(&bench.machine(), &bank, 1));
        assert_eq!((waiting.into_keys().collect::<Vec<_>>(), next), (vec![(1, 2), (1, 4)], 5));
    }
}
