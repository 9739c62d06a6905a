//! A disk that fails, is full or stalls for a while, or fails at one kind of operation, on top of a healthy one.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use model::machine;
use model::machine::marks::Mark;

use super::disk::Disk;
use crate::plan::{DiskFault, DiskOperation};
use crate::world::Counts;

/// The current fault of a machine's disk, if it has one. Clones are the same machine.
#[derive(Clone)]
pub(in crate::world) struct DiskFaults {
    clock: Rc<dyn machine::Clock>,
    counts: Rc<Counts>,
    current: Rc<Cell<Option<(DiskFault, Duration)>>>,
    /// The fault that is meant for one kind of operation, beside the current one.
    of_operation: Rc<Cell<Option<(DiskFault, Duration)>>>,
    /// Called when a fault strikes that strikes once.
    tell: Rc<dyn Fn(DiskFault)>,
}

/// One process's view of a disk with such faults.
pub(in crate::world) struct FaultyDisk {
    pub(in crate::world) disk: Disk,
    pub(in crate::world) faults: DiskFaults,
}

impl DiskFaults {
    /// A disk without a fault. `tell` is called when a fault strikes that strikes once.
    pub(in crate::world) fn new(
        clock: Rc<dyn machine::Clock>,
        counts: Rc<Counts>,
        tell: Rc<dyn Fn(DiskFault)>,
    ) -> Self {
        Self { clock, counts, current: Rc::default(), of_operation: Rc::default(), tell }
    }

    /// Begins a fault, which lasts as long as it states, in place of an earlier one. One that is meant for a kind of operation takes the
    /// place of another such.
    pub(in crate::world) fn begin(&self, fault: DiskFault) {
        let slot = if fault.operation().is_some() { &self.of_operation } else { &self.current };
        slot.set(Some((fault, self.clock.now() + fault.duration())));
    }

    /// Ends every fault.
    pub(in crate::world) fn end(&self) {
        self.current.set(None);
        self.of_operation.set(None);
    }

    /// An error if operations of this kind fail now, and others need not.
    fn meets(&self, operation: DiskOperation) -> io::Result<()> {
        let Some((fault, until)) = self.of_operation.get().filter(|(fault, _)| fault.operation() == Some(operation))
        else {
            return Ok(());
        };
        if matches!(fault, DiskFault::Once(_)) {
            self.of_operation.set(None);
            (self.tell)(fault);
        } else if until <= self.clock.now() {
            return Ok(());
        }
        self.counts.reached(Mark::DiskFailedAtOperation);
        Err(io::Error::other("the disk fails at this operation"))
    }

    /// The current fault. A stall is waited out, and then there is none.
    async fn met(&self) -> Option<DiskFault> {
        while let Some((fault, until)) = self.current.get() {
            let left = until.saturating_sub(self.clock.now());
            if left.is_zero() {
                self.current.set(None);
                return None;
            }
            self.counts.reached(Mark::DiskFailed);
            match fault {
                DiskFault::Stalls(_) => self.clock.sleep(left).await,
                DiskFault::Fails(_) | DiskFault::Full(_) | DiskFault::At(..) | DiskFault::Once(_) => {
                    return Some(fault);
                }
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
        self.faults.meets(DiskOperation::Read)?;
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
        self.faults.meets(DiskOperation::Write)?;
        self.disk.append(path, bytes).await
    }

    async fn sync(&self, path: &str) -> io::Result<()> {
        self.faults.meets(DiskOperation::Sync)?;
        match self.faults.met().await {
            // Data in the page cache already has its place on the disk.
            None | Some(DiskFault::Full(_)) => self.disk.sync(path).await,
            Some(_) => Err(io::Error::other("the disk fails")),
        }
    }

    async fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        self.faults.meets(DiskOperation::Truncate)?;
        match self.faults.met().await {
            None | Some(DiskFault::Full(_)) => self.disk.truncate(path, length).await,
            Some(_) => Err(io::Error::other("the disk fails")),
        }
    }

    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.faults.check().await?;
        self.faults.meets(DiskOperation::Rename)?;
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
    use crate::plan::Tail;
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

    /// Faults that count how often one struck that strikes once.
    fn faults(clock: &Clock, struck: Rc<Cell<u32>>) -> DiskFaults {
        DiskFaults::new(Rc::new(clock.clone()), Rc::default(), Rc::new(move |_| struck.set(struck.get() + 1)))
    }

    #[test]
    fn it_fails_at_one_operation_once_or_for_a_while() {
        let (clock, struck) = (Clock::start(), Rc::<Cell<u32>>::default());
        let (disk, faults) = (Disk::new(0, Tail::Cut), faults(&clock, Rc::clone(&struck)));
        let faulty = FaultyDisk { disk, faults: faults.clone() };
        let append = || done(&clock, faulty.append("/outbox", b"text"));
        faults.begin(DiskFault::Once(DiskOperation::Truncate));
        clock.advance(SECOND);
        append().expect("only a truncation fails");
        assert_eq!(struck.get(), 0);
        assert!(done(&clock, faulty.truncate("/outbox", 1)).is_err() && struck.get() == 1);
        done(&clock, faulty.truncate("/outbox", 1)).expect("it failed once");
        faults.begin(DiskFault::At(DiskOperation::Read, SECOND));
        assert!((0..2).all(|_| done(&clock, faulty.read("/outbox")).is_err()));
        append().expect("only reading fails");
        clock.advance(SECOND * 2);
        assert_eq!(done(&clock, faulty.read("/outbox")).expect("it works again").as_deref(), Some(&b"ttext"[..]));
        for operation in [DiskOperation::Write, DiskOperation::Sync, DiskOperation::Rename] {
            faults.begin(DiskFault::At(operation, SECOND));
            let fails = [
                append().is_err(),
                done(&clock, faulty.sync("/outbox")).is_err(),
                done(&clock, faulty.replace("/state", b"new")).is_err(),
            ];
            let expected = [DiskOperation::Write, DiskOperation::Sync, DiskOperation::Rename].map(|it| it == operation);
            assert_eq!(fails, expected, "{operation}");
        }
    }

    #[test]
    fn it_fails_is_full_and_stalls_for_as_long_as_it_says() {
        let clock = Clock::start();
        let (disk, faults) = (Disk::new(0, Tail::Cut), faults(&clock, Rc::default()));
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
