//! A disk that fails, is full or stalls for a while, on top of a healthy one.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use model::machine;
use model::machine::marks::Mark;

use super::disk::Disk;
use crate::plan::DiskFault;
use crate::world::Counts;

/// The current fault of a machine's disk, if it has one. Clones are the same machine.
#[derive(Clone)]
pub(in crate::world) struct DiskFaults {
    clock: Rc<dyn machine::Clock>,
    counts: Rc<Counts>,
    current: Rc<Cell<Option<(DiskFault, Duration)>>>,
}

/// One process's view of a disk with such faults.
pub(in crate::world) struct FaultyDisk {
    pub(in crate::world) disk: Disk,
    pub(in crate::world) faults: DiskFaults,
}

impl DiskFaults {
    /// A disk without a fault.
    pub(in crate::world) fn new(clock: Rc<dyn machine::Clock>, counts: Rc<Counts>) -> Self {
        Self { clock, counts, current: Rc::default() }
    }

    /// Begins a fault, which lasts as long as it states, in place of an earlier one.
    pub(in crate::world) fn begin(&self, fault: DiskFault) {
        self.current.set(Some((fault, self.clock.now() + fault.duration())));
    }

    /// Ends the fault.
    pub(in crate::world) fn end(&self) {
        self.current.set(None);
    }

    /// The current fault. A stall is waited out, and then there is none.
    async fn met(&self) -> Option<DiskFault> {
        while let Some((fault, until)) = self.current.get() {
            let left = until.saturating_sub(self.clock.now());
            if left.is_zero() {
                self.end();
                return None;
            }
            self.counts.reached(Mark::DiskFailed);
            match fault {
                DiskFault::Stalls(_) => self.clock.sleep(left).await,
                DiskFault::Fails(_) | DiskFault::Full(_) => return Some(fault),
            }
        }
        None
    }

    /// An error if a write fails now.
    async fn check(&self) -> io::Result<()> {
        match self.met().await {
            Some(DiskFault::Full(_)) => Err(io::ErrorKind::StorageFull.into()),
            Some(_) => Err(io::Error::other("the disk fails")),
            None => Ok(()),
        }
    }
}

#[async_trait(?Send)]
impl machine::Disk for FaultyDisk {
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.disk.read(path).await
    }

    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let able = self.faults.check().await;
        if let Err(error) = &able
            && error.kind() == io::ErrorKind::StorageFull
        {
            self.disk.append(path, &bytes[..bytes.len() / 2]).await?;
        }
        able?;
        self.disk.append(path, bytes).await
    }

    async fn sync(&self, path: &str) -> io::Result<()> {
        match self.faults.met().await {
            // Data in the page cache already has its place on the disk.
            None | Some(DiskFault::Full(_)) => self.disk.sync(path).await,
            Some(_) => Err(io::Error::other("the disk fails")),
        }
    }

    async fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        match self.faults.met().await {
            None | Some(DiskFault::Full(_)) => self.disk.truncate(path, length).await,
            Some(_) => Err(io::Error::other("the disk fails")),
        }
    }

    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.faults.check().await?;
        self.disk.replace(path, bytes).await
    }

    async fn remove(&self, path: &str) -> io::Result<()> {
        match self.faults.met().await {
            None | Some(DiskFault::Full(_)) => self.disk.remove(path).await,
            Some(_) => Err(io::Error::other("the disk fails")),
        }
    }

    async fn try_lock(&self, path: &str) -> io::Result<bool> {
        self.disk.try_lock(path).await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use machine::{Clock as _, Disk as _};

    use super::*;
    use crate::world::Clock;

    const SECOND: Duration = Duration::from_secs(1);

    /// The result of the work, advancing the clock whenever it waits.
    fn done<T>(clock: &Clock, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(result) => return result,
                Poll::Pending => clock.advance(clock.next_timer().expect("somebody wakes it")),
            }
        }
    }

    #[test]
    fn it_fails_is_full_and_stalls_for_as_long_as_it_says() {
        let clock = Clock::start();
        let (disk, faults) = (Disk::new(0), DiskFaults::new(Rc::new(clock.clone()), Rc::default()));
        let faulty = FaultyDisk { disk, faults: faults.clone() };
        let read = || done(&clock, faulty.read("/outbox")).expect("it can always be read");
        let append = |bytes: &[u8]| done(&clock, faulty.append("/outbox", bytes));
        faults.begin(DiskFault::Fails(SECOND));
        assert!(append(b"lost").is_err() && done(&clock, faulty.sync("/outbox")).is_err());
        assert_eq!(read(), None);
        clock.advance(SECOND);
        append(b"one").expect("it works again");
        faults.begin(DiskFault::Full(SECOND));
        assert_eq!(append(b"half").expect_err("it is full").kind(), io::ErrorKind::StorageFull);
        assert_eq!(read().as_deref(), Some(&b"oneha"[..]));
        assert!(done(&clock, faulty.replace("/outbox", b"new")).is_err());
        done(&clock, faulty.truncate("/outbox", 3)).expect("that takes no room");
        faults.begin(DiskFault::Stalls(SECOND));
        append(b"two").expect("it only takes its time");
        assert_eq!((clock.now(), read().as_deref()), (SECOND * 2, Some(&b"onetwo"[..])));
        faults.begin(DiskFault::Fails(SECOND));
        faults.end();
        done(&clock, faulty.sync("/outbox")).expect("nothing is wrong any more");
    }
}
