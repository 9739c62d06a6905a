//! The journal: one append-only file of checksummed records, from which the outbox can be rebuilt.
//!
//! Its one rule: when [`Journal::write`] returns, the record is on the disk, behind everything written before it.
//! Whatever a crash, a failed write or a dropped caller leaves behind the last good record is cut off before the next
//! one is appended. Deliberately absent: compaction, and repair of a record that rots in the middle of the file.

use std::io;
use std::time::Duration;

use tokio::sync::Mutex;

use super::record::{Record, decode, encode};
use crate::host::Host;

/// How long a disk that failed is left alone.
const DISK_RETRY: Duration = Duration::from_millis(100);

/// The file. Writers queue; a reader may come at any time.
pub(super) struct Journal {
    host: Host,
    path: String,
    tail: Mutex<Tail>,
}

/// The end of the file.
struct Tail {
    /// Length of all good records.
    length: u64,
    /// Whether something else may stand behind them.
    torn: bool,
}

impl Journal {
    /// Opens the file at `path`, or one that does not exist yet, and reads its records.
    pub(super) async fn open(host: Host, path: String) -> (Self, Vec<Record>) {
        host.step("journal open").await;
        let bytes = loop {
            match host.disk.read(&path).await {
                Ok(bytes) => break bytes.unwrap_or_default(),
                Err(error) => tracing::debug!(%error, path, "the journal cannot be read"),
            }
            host.sleep(DISK_RETRY).await;
        };
        let (records, length) = decode(&bytes);
        let torn = length < bytes.len();
        tracing::debug!(path, records = records.len(), torn, "journal opened");
        (Self { host, path, tail: Mutex::new(Tail { length: length as u64, torn }) }, records)
    }

    /// Makes a record durable, however long the disk takes.
    pub(super) async fn write(&self, record: &Record) {
        let frame = encode(record);
        let mut tail = self.tail.lock().await;
        while let Err(error) = self.try_write(&mut tail, &frame).await {
            tracing::debug!(%error, path = self.path, "the journal cannot be written");
            self.host.sleep(DISK_RETRY).await;
        }
    }

    /// After an error, or if it is dropped halfway, the tail stays torn: also when a sync fails, because nobody knows
    /// what a disk did with pages that it could not write.
    async fn try_write(&self, tail: &mut Tail, frame: &[u8]) -> io::Result<()> {
        let Host { disk, .. } = &self.host;
        if tail.torn {
            match disk.truncate(&self.path, tail.length).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound && tail.length == 0 => {}
                truncated => truncated?,
            }
        }
        self.host.step("journal append").await;
        tail.torn = true;
        disk.append(&self.path, frame).await?;
        self.host.step("journal sync").await;
        disk.sync(&self.path).await?;
        tail.length += frame.len() as u64;
        tail.torn = false;
        Ok(())
    }

    /// Everything written so far.
    pub(super) async fn records(&self) -> io::Result<Vec<Record>> {
        Ok(decode(&self.host.disk.read(&self.path).await?.unwrap_or_default()).0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::pin::pin;
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};

    use async_trait::async_trait;

    use super::super::record::tests::records;
    use super::*;
    use crate::host::{Clock, Disk, Listener, LocalFuture, Network, Observation, Stepping, Stream, Tasks, Witness};

    /// A machine with one file, whose disk fails at the calls with these numbers, halfway if it can.
    struct Machine {
        file: RefCell<Vec<u8>>,
        calls: Cell<u32>,
        fails: u32,
    }

    impl Machine {
        fn call(&self) -> io::Result<()> {
            let call = self.calls.replace(self.calls.get() + 1);
            match call < u32::BITS && self.fails & (1 << call) != 0 {
                true => Err(io::Error::other("planned")),
                false => Ok(()),
            }
        }
    }

    #[async_trait(?Send)]
    impl Disk for Machine {
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

        async fn truncate(&self, _: &str, length: u64) -> io::Result<()> {
            self.call()?;
            self.file.borrow_mut().truncate(usize::try_from(length).expect("a short file"));
            Ok(())
        }
    }

    #[async_trait(?Send)]
    impl Clock for Machine {
        fn now(&self) -> Duration {
            Duration::ZERO
        }

        async fn sleep(&self, _: Duration) {}
    }

    impl Tasks for Machine {
        fn effort(&self, least: Duration, _: Duration) -> Duration {
            least
        }

        fn spawn(&self, _: &'static str, _: LocalFuture) {}

        fn step(&self, _: &'static str) -> Stepping {
            Stepping::Yield
        }
    }

    impl Witness for Machine {
        fn saw(&self, _: Observation) {}
    }

    #[async_trait(?Send)]
    impl Network for Machine {
        async fn connect(&self, _: &str, _: u16) -> io::Result<Box<dyn Stream>> {
            Err(io::ErrorKind::Unsupported.into())
        }

        async fn listen(&self, _: u16) -> io::Result<Box<dyn Listener>> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Polls a future, at most that often; what is not finished by then is dropped.
    fn poll<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        (0..polls).find_map(|_| match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    }

    /// A journal on a machine whose file begins with `file`.
    fn journal(file: &[u8], fails: u32) -> (Rc<Machine>, Journal) {
        let machine = Rc::new(Machine { file: RefCell::new(file.to_vec()), calls: Cell::new(0), fails });
        let host = Host {
            network: machine.clone(),
            disk: machine.clone(),
            clock: machine.clone(),
            tasks: machine.clone(),
            witness: machine.clone(),
        };
        let (journal, _) = poll(Journal::open(host, "/outbox".into()), 10).expect("the file can be read");
        (machine, journal)
    }

    #[test]
    fn whatever_the_disk_fails_at_the_file_holds_every_record_once() {
        let whole: Vec<u8> = records().iter().flat_map(encode).collect();
        for fails in 0..1 << 9 {
            for garbage in [&[][..], &[1, 0, 0]] {
                let (machine, journal) = journal(garbage, fails);
                for record in records() {
                    poll(journal.write(&record), 100).expect("the disk works again");
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
            let written = poll(journal.write(&records[0]), polls).is_some();
            for record in &records[1..] {
                poll(journal.write(record), 100).expect("the disk works");
            }
            let expected = if written { &records[..] } else { &records[1..] };
            let bytes = machine.file.borrow();
            assert_eq!(decode(&bytes), (expected.to_vec(), bytes.len()), "polls: {polls}");
        }
    }
}
