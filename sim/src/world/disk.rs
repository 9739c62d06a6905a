//! Disks on turmoil-fs: what is written survives the process, what is synced survives the loss of power.

use std::io::{self, Read, Write};
use std::path::Path;

use async_trait::async_trait;
use model::host;
use turmoil_fs::Fs;
use turmoil_fs::shim::std::fs::{self, OpenOptions};

/// The disk of one host. Clones are the same disk.
#[derive(Clone)]
pub(super) struct Disk {
    files: Fs,
}

impl Disk {
    /// An empty disk.
    pub(super) fn new(seed: u64) -> Self {
        Self { files: Fs::builder().seed(seed).build() }
    }

    /// Power loss: everything that was not synced is gone.
    pub(super) fn crash(&self) {
        self.files.crash();
    }
}

#[async_trait(?Send)]
impl host::Disk for Disk {
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let _current = self.files.enter();
        if !fs::exists(path) {
            return Ok(None);
        }
        let mut file = OpenOptions::new().read(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let _current = self.files.enter();
        OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
    }

    async fn sync(&self, path: &str) -> io::Result<()> {
        let _current = self.files.enter();
        OpenOptions::new().write(true).open(path)?.sync_all()?;
        fs::sync_dir(Path::new(path).parent().unwrap_or(Path::new("/")))
    }

    async fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        let _current = self.files.enter();
        OpenOptions::new().write(true).open(path)?.set_len(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::Disk as _;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn power_loss_takes_what_was_not_synced_and_nothing_else() {
        run(async {
            let disk = Disk::new(0);
            disk.append("/outbox", b"synced").await.expect("append");
            disk.sync("/outbox").await.expect("sync");
            disk.append("/outbox", b", cached").await.expect("append");
            assert_eq!(disk.read("/outbox").await.expect("read").as_deref(), Some(&b"synced, cached"[..]));
            disk.crash();
            assert_eq!(disk.read("/outbox").await.expect("read").as_deref(), Some(&b"synced"[..]));
            disk.append("/never-synced", b"x").await.expect("append");
            disk.crash();
            assert_eq!(disk.read("/never-synced").await.expect("read"), None);
        });
    }
}
