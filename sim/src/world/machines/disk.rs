//! Disks on turmoil-fs: written data survives the process, synced data survives the loss of power; of data that was written and not synced,
//! a part may survive, and what stands behind it may be zeros or garbage.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use async_trait::async_trait;
use model::machine;
use turmoil_fs::Fs;
use turmoil_fs::shim::std::fs::{self, File, OpenOptions};

use crate::plan::Tail;
use crate::world::streams::Stream;

/// The block that reaches the disk whole when the power goes. A real sector is longer, but so are real records.
const BLOCK: u64 = 64;

/// Of so many lost blocks one has reached the disk all the same, out of order.
const OUT_OF_ORDER: u32 = 4;

/// So many writes to a file that nobody syncs are written back by the kernel on its own, as a real one does after half a minute. What is
/// not written back costs more with each write: a disk that is full for a day would take hours.
const WRITTEN_BACK: u32 = 100;

/// The disk of one host, as one of its processes sees it. Clones are the same disk.
#[derive(Clone)]
pub(in crate::world) struct Disk {
    files: Fs,
    /// Every name that a file ever had. A process looks for many files that never were, and turmoil-fs looks long.
    named: Rc<RefCell<BTreeSet<String>>>,
    open: Rc<RefCell<BTreeMap<String, OpenFile>>>,
    /// The process that has locked each file.
    locks: Rc<RefCell<BTreeMap<String, u32>>>,
    tail: Tail,
    lost: Rc<RefCell<Stream>>,
    process: u32,
}

/// A file that was appended to: kept open, because opening it again costs more than writing to it.
struct OpenFile {
    file: File,
    /// Whether the file's directory entry may still be lost with the power.
    entry_unsynced: bool,
    /// The process that last wrote to it, if that write is not synced.
    unsynced_by: Option<u32>,
    /// How many writes there were since the last sync or writeback.
    dirty: u32,
}

impl Disk {
    /// An empty disk, on which a loss of power leaves such a tail.
    pub(in crate::world) fn new(seed: u64, tail: Tail) -> Self {
        Self {
            files: Fs::builder().seed(seed).block_size(BLOCK).build(),
            named: Rc::default(),
            open: Rc::default(),
            locks: Rc::default(),
            tail,
            lost: Rc::new(RefCell::new(Stream::new(seed, "unsynced tail"))),
            process: 0,
        }
    }

    /// The same disk, as the `number`-th process sees it.
    pub(in crate::world) fn of_process(&self, number: u32) -> Self {
        Self { process: number, ..self.clone() }
    }

    /// Releases the locks of the `number`-th process, which is gone.
    pub(in crate::world) fn release_locks(&self, number: u32) {
        self.locks.borrow_mut().retain(|_, owner| *owner != number);
    }

    /// Power loss: drops all data that was not synced. Returns whether anything else stands in its place.
    pub(in crate::world) fn crash(&self) -> bool {
        let written = if self.tail == Tail::Cut { Vec::new() } else { self.unsynced() };
        self.open.borrow_mut().clear();
        self.files.crash();
        let _current = self.files.enter();
        let mut spoiled = false;
        for (path, written) in written {
            spoiled |= self.spoil(&path, &written).expect("a healthy disk, and a file that was there");
        }
        spoiled
    }

    /// The files with data that is not synced, as the page cache has them.
    fn unsynced(&self) -> Vec<(String, Vec<u8>)> {
        let _current = self.files.enter();
        let open = self.open.borrow();
        let unsynced = open.iter().filter(|(_, open)| open.unsynced_by.is_some()).map(|(path, _)| path);
        unsynced.filter_map(|path| Some((path.clone(), fs::read(path).ok()?))).collect()
    }

    /// Makes a file longer that the power has cut short, at most as long as it was `written`. Returns whether it did.
    fn spoil(&self, path: &str, written: &[u8]) -> io::Result<bool> {
        let left = if fs::exists(path) { fs::read(path)?.len() } else { return Ok(false) };
        let Some(lost) = written.get(left..).filter(|lost| !lost.is_empty()) else { return Ok(false) };
        let mut stream = self.lost.borrow_mut();
        let most = u32::try_from(lost.len()).unwrap_or(u32::MAX);
        let length = if stream.below(2) == 0 { most } else { 1 + stream.below(most) };
        let mut tail = lost[..length as usize].to_vec();
        let first = (BLOCK as usize - left % BLOCK as usize).min(tail.len());
        let (first, rest) = tail.split_at_mut(first);
        for block in std::iter::once(first).chain(rest.chunks_mut(BLOCK as usize)) {
            match (stream.below(OUT_OF_ORDER), self.tail) {
                (0, _) | (_, Tail::Cut) => {}
                (_, Tail::Zeros) => block.fill(0),
                (_, Tail::Garbage) => block.fill_with(|| stream.below(256).to_le_bytes()[0]),
            }
        }
        let mut file = OpenOptions::new().append(true).open(path)?;
        file.write_all(&tail)?;
        file.sync_all()?;
        Ok(tail != lost[..tail.len()])
    }

    /// Whether a process of that kind has written data that is not synced.
    pub(in crate::world) fn has_unsynced(&self, by: impl Fn(u32) -> bool) -> bool {
        self.open.borrow().values().filter_map(|open| open.unsynced_by).any(by)
    }

    /// Whether there is a file at `path`.
    fn exists(&self, path: &str) -> bool {
        self.named.borrow().contains(path) && fs::exists(path)
    }

    /// The file at `path`, opened for appending.
    fn with_open<T>(&self, path: &str, work: impl FnOnce(&mut OpenFile) -> io::Result<T>) -> io::Result<T> {
        let mut open = self.open.borrow_mut();
        if !open.contains_key(path) {
            let entry_unsynced = !self.exists(path);
            self.named.borrow_mut().insert(path.to_owned());
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            open.insert(path.to_owned(), OpenFile { file, entry_unsynced, unsynced_by: None, dirty: 0 });
        }
        work(open.get_mut(path).expect("it was opened if it was not open"))
    }
}

#[async_trait(?Send)]
impl machine::Disk for Disk {
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let _current = self.files.enter();
        if self.exists(path) { fs::read(path).map(Some) } else { Ok(None) }
    }

    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let _current = self.files.enter();
        self.with_open(path, |open| {
            open.unsynced_by = Some(self.process);
            open.dirty += 1;
            if open.dirty >= WRITTEN_BACK {
                open.file.sync_all()?;
                open.dirty = 0;
            }
            open.file.write_all(bytes)
        })
    }

    async fn sync(&self, path: &str) -> io::Result<()> {
        let _current = self.files.enter();
        self.with_open(path, |open| {
            open.file.sync_all()?;
            (open.unsynced_by, open.dirty) = (None, 0);
            if open.entry_unsynced {
                fs::sync_dir(Path::new(path).parent().unwrap_or(Path::new("/")))?;
                open.entry_unsynced = false;
            }
            Ok(())
        })
    }

    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let _current = self.files.enter();
        // The next append opens the new file.
        self.open.borrow_mut().remove(path);
        let temporary = format!("{path}.tmp");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        self.named.borrow_mut().insert(path.to_owned());
        fs::sync_dir(Path::new(path).parent().unwrap_or(Path::new("/")))
    }

    async fn remove(&self, path: &str) -> io::Result<()> {
        let _current = self.files.enter();
        self.open.borrow_mut().remove(path);
        if self.exists(path) { fs::remove_file(path) } else { Ok(()) }
    }

    async fn try_lock(&self, path: &str) -> io::Result<bool> {
        Ok(*self.locks.borrow_mut().entry(path.to_owned()).or_insert(self.process) == self.process)
    }

    async fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        let _current = self.files.enter();
        OpenOptions::new().write(true).open(path)?.set_len(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::Disk as _;

    #[test]
    fn a_lock_goes_with_its_process() {
        run(async {
            let disk = Disk::new(0, Tail::Cut);
            let (first, second) = (disk.of_process(1), disk.of_process(2));
            assert!(first.try_lock("/outbox").await.expect("a lock"));
            assert!(first.try_lock("/outbox").await.expect("a lock"), "it has it already");
            assert!(!second.try_lock("/outbox").await.expect("a lock"));
            disk.release_locks(1);
            assert!(second.try_lock("/outbox").await.expect("a lock"));
        });
    }

    #[test]
    fn a_file_that_is_replaced_is_durable_and_one_that_is_removed_is_gone() {
        run(async {
            let disk = Disk::new(0, Tail::Cut);
            disk.append("/state", b"old").await.expect("append");
            disk.replace("/state", b"new").await.expect("replace");
            disk.crash();
            assert_eq!(disk.read("/state").await.expect("read").as_deref(), Some(&b"new"[..]));
            disk.append("/state", b"er").await.expect("append");
            assert_eq!(disk.read("/state").await.expect("read").as_deref(), Some(&b"newer"[..]));
            disk.remove("/state").await.expect("remove");
            disk.remove("/state").await.expect("it is not there");
            assert_eq!(disk.read("/state").await.expect("read"), None);
        });
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn power_loss_takes_what_was_not_synced_or_leaves_the_beginning_of_it() {
        let (synced, cached) = (b"synced", [b'.'; 3 * BLOCK as usize]);
        let mut lengths = std::collections::BTreeSet::new();
        for seed in 0..20 {
            run(async {
                let disk = Disk::new(seed, Tail::Cut);
                disk.append("/outbox", synced).await.expect("append");
                disk.sync("/outbox").await.expect("sync");
                disk.append("/outbox", &cached).await.expect("append");
                disk.crash();
                let left = disk.read("/outbox").await.expect("read").expect("a file");
                assert!([&synced[..], &cached].concat().starts_with(&left) && left.starts_with(synced));
                lengths.insert(left.len() - synced.len());
            });
        }
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [0, 64, 128, 192]);
    }

    #[test]
    fn the_power_may_leave_zeros_or_garbage_in_the_place_of_what_it_took() {
        for (tail, is_in_place) in [(Tail::Zeros, (|byte| byte == 0) as fn(u8) -> bool), (Tail::Garbage, |_| true)] {
            let (mut spoiled, mut lengths) = (0, BTreeSet::new());
            for seed in 0..40 {
                run(async {
                    let disk = Disk::new(seed, tail);
                    disk.append("/outbox", b"synced").await.expect("append");
                    disk.sync("/outbox").await.expect("sync");
                    disk.append("/outbox", &[b'.'; 3 * BLOCK as usize]).await.expect("append");
                    spoiled += u32::from(disk.crash());
                    let left = disk.read("/outbox").await.expect("read").expect("a file");
                    assert!(
                        left.starts_with(b"synced") && left[6..].iter().all(|&byte| byte == b'.' || is_in_place(byte))
                    );
                    lengths.insert(left.len());
                    disk.crash();
                    assert_eq!(disk.read("/outbox").await.expect("read"), Some(left), "it is on the disk");
                });
            }
            assert!(spoiled > 20 && lengths.len() > 5 && lengths.last() == Some(&198), "{spoiled} {lengths:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_gone_and_so_is_a_file_that_was_never_synced() {
        run(async {
            let disk = Disk::new(0, Tail::Cut);
            disk.append("/outbox", b"synced").await.expect("append");
            disk.sync("/outbox").await.expect("sync");
            disk.truncate("/outbox", 4).await.expect("truncate");
            disk.append("/outbox", b"!").await.expect("append");
            assert_eq!(disk.read("/outbox").await.expect("read").as_deref(), Some(&b"sync!"[..]));
            disk.append("/never-synced", b"x").await.expect("append");
            disk.crash();
            assert_eq!(disk.read("/never-synced").await.expect("read"), None);
        });
    }
}
