//! The journal: one append-only file of checksummed records, from which an outbox can be rebuilt.
//!
//! Its one rule: when [`Writer::write`] returns, the record is on the disk, behind everything written before it.
//! Whatever a crash, a failed write or a dropped caller leaves behind the last good record is cut off before the next
//! one is appended. Deliberately absent: compaction, and repair of a record that rots in the middle of the file.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, MutexGuard};

use super::frame::{decode, encode};
use crate::machine::Machine;
use crate::machine::marks::Mark;

/// How long a disk that failed is left alone.
pub(super) const DISK_RETRY: Duration = Duration::from_millis(100);

/// The file. Writers queue; a reader may come at any time.
pub(super) struct Journal {
    machine: Machine,
    path: String,
    writing: Mutex<()>,
    /// Length of all good records.
    length: Cell<usize>,
    /// Whether something else may stand behind them.
    torn: Cell<bool>,
}

/// The right to write. While somebody has it, nothing that the journal says can change.
pub(super) struct Writer<'a> {
    journal: &'a Journal,
    _turn: MutexGuard<'a, ()>,
}

impl Journal {
    /// Opens the file of records `R` at `path`, or one that does not exist yet, and reads it.
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
        (Self { machine, path, writing: Mutex::default(), length, torn }, bytes)
    }

    /// Waits for everybody who writes, and writes next.
    pub(super) async fn writer(&self) -> Writer<'_> {
        Writer { journal: self, _turn: self.writing.lock().await }
    }

    /// After an error, or if it is dropped halfway, the tail stays torn: also when a sync fails, because nobody knows
    /// what a disk did with pages that it could not write.
    async fn try_write(&self, frame: &[u8]) -> io::Result<()> {
        let Machine { disk, .. } = &self.machine;
        if self.torn.get() {
            match disk.truncate(&self.path, self.length.get() as u64).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.length.get() == 0 => {}
                truncated => truncated?,
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

    /// All good records, as they stand in the file, however long the disk takes.
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
    /// Makes a record durable, however long the disk takes, and says where it stands.
    pub(super) async fn write<R: Serialize>(&mut self, record: &R) -> usize {
        let frame = encode(record);
        let place = self.journal.length.get();
        while let Err(error) = self.journal.try_write(&frame).await {
            tracing::debug!(%error, path = self.journal.path, "the journal cannot be written");
            self.journal.machine.sleep(DISK_RETRY).await;
        }
        place
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::{Cell, RefCell};
    use std::pin::pin;
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};

    use async_trait::async_trait;

    use super::super::frame::decode_at;
    use super::super::memory::record::Record;
    use super::super::memory::record::tests::records;
    use super::*;
    use crate::machine::tests::Nothing;
    use crate::machine::{Clock, Disk, LocalFuture, Stepping, Tasks};

    /// A machine with one file, whose disk fails at the calls with these numbers, halfway if it can.
    struct OneFile {
        file: RefCell<Vec<u8>>,
        calls: Cell<u32>,
        fails: u32,
    }

    impl OneFile {
        fn call(&self) -> io::Result<()> {
            let call = self.calls.replace(self.calls.get() + 1);
            match call < u32::BITS && self.fails & (1 << call) != 0 {
                true => Err(io::Error::other("planned")),
                false => Ok(()),
            }
        }
    }

    #[async_trait(?Send)]
    impl Disk for OneFile {
        async fn read(&self, _: &str) -> io::Result<Option<Vec<u8>>> {
            Ok(Some(self.file.borrow().clone()))
        }

        async fn append(&self, _: &str, bytes: &[u8]) -> io::Result<()> {
            let failed = self.call();
            let written = if failed.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
            self.file.borrow_mut().extend(written);
            failed
        }

        async fn sync(&self, _: &str) -> io::Result<()> {
            self.call()
        }

        async fn try_lock(&self, _: &str) -> io::Result<bool> {
            Ok(true)
        }

        async fn replace(&self, _: &str, bytes: &[u8]) -> io::Result<()> {
            self.call()?;
            self.file.replace(bytes.to_vec());
            Ok(())
        }

        async fn remove(&self, _: &str) -> io::Result<()> {
            self.call()?;
            self.file.borrow_mut().clear();
            Ok(())
        }

        async fn truncate(&self, _: &str, length: u64) -> io::Result<()> {
            self.call()?;
            self.file.borrow_mut().truncate(usize::try_from(length).expect("a short file"));
            Ok(())
        }
    }

    #[async_trait(?Send)]
    impl Clock for OneFile {
        fn now(&self) -> Duration {
            Duration::ZERO
        }

        async fn sleep(&self, _: Duration) {}
    }

    impl Tasks for OneFile {
        fn effort(&self, least: Duration, _: Duration) -> Duration {
            least
        }

        fn terminate(&self) {}

        fn spawn(&self, _: &'static str, _: LocalFuture) {}

        fn step(&self, _: &'static str) -> Stepping {
            Stepping::Yield
        }
    }

    /// Polls a future, at most that often; what is not finished by then is dropped.
    pub(crate) fn poll<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        (0..polls).find_map(|_| match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    }

    fn host_of(machine: &Rc<OneFile>) -> Machine {
        Machine {
            network: Rc::new(Nothing),
            disk: machine.clone(),
            clock: machine.clone(),
            tasks: machine.clone(),
            witness: Rc::new(Nothing),
        }
    }

    /// A machine for those who need one and do nothing with it.
    pub(crate) fn machine() -> Machine {
        host_of(&Rc::new(OneFile { file: RefCell::default(), calls: Cell::new(0), fails: 0 }))
    }

    /// A journal on a machine whose file begins with `file`.
    fn journal(file: &[u8], fails: u32) -> (Rc<OneFile>, Journal) {
        let machine = Rc::new(OneFile { file: RefCell::new(file.to_vec()), calls: Cell::new(0), fails });
        let (journal, _) =
            poll(Journal::open::<Record>(host_of(&machine), "/outbox".into()), 10).expect("the file can be read");
        (machine, journal)
    }

    async fn write(journal: &Journal, record: &Record) -> usize {
        journal.writer().await.write(record).await
    }

    #[test]
    fn whatever_the_disk_fails_at_the_file_holds_every_record_once() {
        let whole: Vec<u8> = records().iter().flat_map(encode).collect();
        for fails in 0..1 << 9 {
            for garbage in [&[][..], &[1, 0, 0]] {
                let (machine, journal) = journal(garbage, fails);
                for record in records() {
                    let length = machine.file.borrow().len();
                    let place = poll(write(&journal, &record), 100).expect("the disk works again");
                    assert!(place <= length, "fails: {fails:b}");
                    assert_eq!(decode_at::<Record>(&machine.file.borrow(), place).expect("a record").0, record);
                }
                assert_eq!(*machine.file.borrow(), whole, "fails: {fails:b}");
            }
        }
    }

    #[test]
    fn a_write_that_was_dropped_halfway_harms_no_later_one() {
        let records = records();
        for polls in 0..5 {
            let (machine, journal) = journal(&[], 0);
            let written = poll(write(&journal, &records[0]), polls).is_some();
            for record in &records[1..] {
                poll(write(&journal, record), 100).expect("the disk works");
            }
            let expected = if written { &records[..] } else { &records[1..] };
            let bytes = machine.file.borrow();
            let (found, length) = decode::<Record>(&bytes);
            assert_eq!(found.into_iter().map(|(_, record)| record).collect::<Vec<_>>(), expected, "polls: {polls}");
            assert_eq!((length, journal.length.get()), (bytes.len(), bytes.len()));
        }
    }
}
