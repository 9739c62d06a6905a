//! The disk seam: files, and what survives a crash.

use std::io;

use async_trait::async_trait;

/// Files. A write reaches the page cache, which survives the process but not a power loss. A sync reaches the disk.
#[async_trait(?Send)]
pub trait Disk {
    /// The whole file. `None` if it does not exist.
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Appends to the file. Creates the file and its directory entry if it does not exist.
    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Makes the file's content and its directory entry durable.
    async fn sync(&self, path: &str) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    async fn truncate(&self, path: &str, length: u64) -> io::Result<()>;

    /// Replaces the whole file, as writing, syncing and renaming a temporary file does: after a kill or a power loss the
    /// file has either the old content or the new.
    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Removes the file if it exists.
    async fn remove(&self, path: &str) -> io::Result<()>;

    /// Locks the file for this process; the file need not exist. `false` if another process holds the lock. The lock goes
    /// when the process does, however it ends, as with `flock`.
    async fn try_lock(&self, path: &str) -> io::Result<bool>;
}
