//! The journal: one append-only file of checksummed records, from which an outbox or a gateway's chats can be rebuilt.
//!
//! Its one rule: when [`Writer::write`] returns, the record is on the disk, behind every record written before it. A crash, a
//! failed write or a dropped caller may leave bytes behind the last good record; the next write cuts them off first.
//! Deliberately absent: compaction, and repair of a record that rots in the middle of the file.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, MutexGuard, Notify};

use super::frame::{decode, encode};
use crate::machine::Machine;
use crate::machine::marks::Mark;

/// The pause before a failed disk operation is repeated.
pub(super) const DISK_RETRY: Duration = Duration::from_millis(100);
/// The longest pause before a failed write is repeated, unless somebody waits for it.
pub(super) const LONGEST_RETRY: Duration = Duration::from_secs(10);

/// The file. Writers queue. A reader may come at any time.
pub(super) struct Journal {
    machine: Machine,
    path: String,
    writing: Mutex<()>,
    /// Length of all good records.
    length: Cell<usize>,
    /// Whether other bytes may stand behind them.
    torn: Cell<bool>,
    /// A failed write is to be tried at once.
    hurried: Notify,
    /// The longest pause before a failed write is repeated. Each further failure doubles it.
    longest_retry: Duration,
}

/// The right to write. While a task holds it, the journal does not change otherwise.
pub(super) struct Writer<'a> {
    journal: &'a Journal,
    _turn: MutexGuard<'a, ()>,
}

impl Journal {
    /// The longest pause before a failed write is repeated.
    pub(super) fn retrying(self, longest_retry: Duration) -> Self {
        Self { longest_retry, ..self }
    }

    /// Opens the file of records `R` at `path` and returns the bytes of its good records. The file need not exist.
    pub(super) async fn open<R: DeserializeOwned>(machine: Machine, path: String) -> (Self, Vec<u8>) {
        machine.step("journal open").await;
        let mut bytes = loop {
            match machine.disk.read(&path).await {
                Ok(bytes) => break bytes.unwrap_or_default(),
                Err(error) => tracing::debug!(%error, path, "the journal cannot be read"),
            }
            machine.sleep(DISK_RETRY).await;
        };
        let (records, length) = decode::<R>(&bytes);
        let torn = length < bytes.len();
        bytes.truncate(length);
        if torn {
            machine.reached(Mark::RecordCutShort);
        }
        tracing::debug!(path, records = records.len(), torn, "journal opened");
        let (length, torn) = (Cell::new(length), Cell::new(torn));
        let (writing, hurried, longest_retry) = (Mutex::default(), Notify::new(), LONGEST_RETRY);
        (Self { machine, path, writing, length, torn, hurried, longest_retry }, bytes)
    }

    /// Tries a write that failed once more, at once.
    pub(super) fn hurry(&self) {
        self.hurried.notify_waiters();
    }

    /// Waits until all earlier writers are done.
    pub(super) async fn writer(&self) -> Writer<'_> {
        Writer { journal: self, _turn: self.writing.lock().await }
    }

    /// After an error, or if the future is dropped halfway, the tail counts as torn. That includes a failed sync: it is unknown
    /// what the disk did with pages that it could not write.
    async fn try_write(&self, frame: &[u8]) -> io::Result<()> {
        let Machine { disk, .. } = &self.machine;
        if self.torn.get() {
            match disk.truncate(&self.path, self.length.get() as u64).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.length.get() == 0 => {}
                truncated => {
                    if truncated.is_err() {
                        self.machine.reached(Mark::TailNotCut);
                    }
                    truncated?;
                }
            }
        }
        self.machine.step("journal append").await;
        self.torn.set(true);
        disk.append(&self.path, frame).await?;
        self.machine.step("journal sync").await;
        disk.sync(&self.path).await?;
        self.length.set(self.length.get() + frame.len());
        self.torn.set(false);
        Ok(())
    }

    /// The bytes of all good records. Retries until the disk can read them.
    pub(super) async fn read(&self) -> Vec<u8> {
        loop {
            match self.machine.disk.read(&self.path).await {
                Ok(bytes) => {
                    let mut bytes = bytes.unwrap_or_default();
                    bytes.truncate(self.length.get());
                    return bytes;
                }
                Err(error) => tracing::debug!(%error, path = self.path, "the journal cannot be read"),
            }
            self.machine.sleep(DISK_RETRY).await;
        }
    }
}

impl Writer<'_> {
    /// Makes a record durable and returns its place. Retries until the disk succeeds.
    pub(super) async fn write<R: Serialize>(&mut self, record: &R) -> usize {
        let Journal { machine, path, length, hurried, longest_retry, .. } = self.journal;
        let (frame, place) = (encode(record), length.get());
        let mut pause = DISK_RETRY;
        while let Err(error) = self.journal.try_write(&frame).await {
            tracing::debug!(%error, path, "the journal cannot be written");
            machine.timeout(pause, hurried.notified()).await;
            pause = (2 * pause).min(*longest_retry);
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::frame::decode_at;
    use super::*;
    use crate::machine::bench::{Bench, poll};

    const PATH: &str = "/journal";

    /// Records of different lengths.
    fn records() -> [String; 5] {
        ["a", "", "a longer one", "b", "one that is a good deal longer than all the others"].map(str::to_owned)
    }

    /// A journal on a machine whose file begins with `file`, and whose disk fails as [`Bench::yielding`] says.
    fn journal(file: &[u8], failing: u32) -> (Rc<Bench>, Journal) {
        let bench = Bench::yielding(failing);
        bench.put(PATH, file);
        let (journal, _) = bench.run(Journal::open::<String>(bench.machine(), PATH.into()));
        (bench, journal)
    }

    fn file(bench: &Bench) -> Vec<u8> {
        bench.file(PATH).expect("the journal never removes its file")
    }

    async fn write(journal: &Journal, record: &String) -> usize {
        journal.writer().await.write(record).await
    }

    #[test]
    fn the_file_holds_every_record_once_whichever_disk_calls_fail() {
        let whole: Vec<u8> = records().iter().flat_map(encode).collect();
        for failing in 0..1 << 9 {
            for garbage in [&[][..], &[1, 0, 0]] {
                let (bench, journal) = journal(garbage, failing);
                for record in records() {
                    let length = file(&bench).len();
                    let place = bench.run(write(&journal, &record));
                    assert!(place <= length, "failing: {failing:b}");
                    assert_eq!(decode_at::<String>(&file(&bench), place).expect("a record").0, record);
                }
                assert_eq!(file(&bench), whole, "failing: {failing:b}");
            }
        }
    }

    #[test]
    fn a_write_that_was_dropped_halfway_harms_no_later_one() {
        let records = records();
        for polls in 0..5 {
            let (bench, journal) = journal(&[], 0);
            let written = poll(write(&journal, &records[0]), polls).is_some();
            for record in &records[1..] {
                bench.run(write(&journal, record));
            }
            let expected = if written { &records[..] } else { &records[1..] };
            let bytes = file(&bench);
            let (found, length) = decode::<String>(&bytes);
            assert_eq!(found.into_iter().map(|(_, record)| record).collect::<Vec<_>>(), expected, "polls: {polls}");
            assert_eq!((length, journal.length.get()), (bytes.len(), bytes.len()));
        }
    }
}
