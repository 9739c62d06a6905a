//! The store: which turns wait for a commit, in one small file for each process, replaced as a whole.
//!
//! Its one rule: when [`Store::write`] returns, the disk holds the new content, all of it. After a crash before that it holds
//! the old content. A process owns the file that it has locked, and the lock goes with the process.

use std::rc::Rc;

use tokio::sync::Notify;

use super::super::journal::{DISK_RETRY, LONGEST_RETRY};
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The waiting turns of each session, in order.
pub(super) type Waiting = Vec<(SessionId, Vec<TurnId>)>;

/// How many processes can share a disk.
const FILES: u32 = 16;

/// The file of this process.
pub(super) struct Store {
    machine: Machine,
    path: String,
    /// A failed write is to be tried at once.
    hurried: Rc<Notify>,
}

impl Store {
    /// Takes the first unlocked file. Returns the waiting turns in it and in all other unlocked files.
    pub(super) async fn open(machine: Machine, hurried: Rc<Notify>) -> (Self, Waiting) {
        loop {
            let mut mine: Vec<String> = Vec::new();
            let mut waiting = Waiting::new();
            for number in 1..=FILES {
                let path = format!("/commits-{number}");
                let exists = !matches!(machine.disk.read(&path).await, Ok(None));
                if !mine.is_empty() && !exists {
                    continue;
                }
                if machine.disk.try_lock(&path).await.unwrap_or(false) {
                    let found = read(&machine, &path).await;
                    if !mine.is_empty() && !found.is_empty() {
                        machine.reached(Mark::OrphansTakenOver);
                    }
                    waiting.extend(found);
                    mine.push(path);
                } else {
                    machine.reached(Mark::OthersLeftAlone);
                }
            }
            if let [own, others @ ..] = &mine[..] {
                let store = Self { machine: machine.clone(), path: own.clone(), hurried };
                store.adopt(&waiting, others).await;
                return (store, waiting);
            }
            machine.sleep(DISK_RETRY).await;
        }
    }

    /// Moves what other processes left into this process's file, and only then empties theirs.
    async fn adopt(&self, waiting: &Waiting, others: &[String]) {
        if !others.is_empty() {
            self.write(waiting).await;
        }
        for path in others {
            self.replace(path, &[]).await;
        }
    }

    /// Makes the waiting turns durable. Retries until the disk succeeds.
    pub(super) async fn write(&self, waiting: &Waiting) {
        let bytes = postcard::to_stdvec(waiting).expect("names always encode");
        self.machine.step("commits written").await;
        self.replace(&self.path, &bytes).await;
    }

    async fn replace(&self, path: &str, bytes: &[u8]) {
        let mut pause = DISK_RETRY;
        while let Err(error) = self.machine.disk.replace(path, bytes).await {
            tracing::debug!(%error, path, "what waits for a commit cannot be written");
            self.machine.timeout(pause, self.hurried.notified()).await;
            pause = LONGEST_RETRY.min(2 * pause);
        }
    }
}

/// The content of a file. Empty if it was never written.
async fn read(machine: &Machine, path: &str) -> Waiting {
    loop {
        match machine.disk.read(path).await {
            Ok(bytes) => return postcard::from_bytes(&bytes.unwrap_or_default()).unwrap_or_default(),
            Err(error) => tracing::debug!(%error, path, "what waits for a commit cannot be read"),
        }
        machine.sleep(DISK_RETRY).await;
    }
}
