//! Real folders. A template has one for itself, and in it one for each of its runs.
//!
//! A process hashes its paths, so a run's folder has the same path whenever it can: the lowest number that is free. A lock marks a number as
//! taken, and ends with its process.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The most templates of one user at a time.
const NUMBERS: u32 = 1_000;

/// A template's folder. It is removed at the end.
pub(super) struct Home {
    path: PathBuf,
    _lock: File,
    taken: Mutex<BTreeSet<u32>>,
}

impl Home {
    /// The first that is free.
    pub(super) fn take() -> io::Result<Arc<Self>> {
        let user = rustix::process::geteuid().as_raw();
        let base = std::env::temp_dir().join(format!("forget-me-not-{user}"));
        private(&base)?;
        if fs::symlink_metadata(&base)?.uid() != user {
            return Err(io::Error::other(format!("{} belongs to another user", base.display())));
        }
        for number in 0..NUMBERS {
            let lock = File::create(base.join(format!("{number:03}.lock")))?;
            if lock.try_lock().is_ok() {
                let path = base.join(format!("{number:03}"));
                _ = fs::remove_dir_all(&path);
                private(&path)?;
                return Ok(Arc::new(Self { path, _lock: lock, taken: Mutex::default() }));
            }
        }
        Err(io::Error::other(format!("{} has no free number", base.display())))
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.path);
    }
}

fn private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The folder of a run, which its processes share. It is removed at the end of the run.
pub(super) struct Folder {
    home: Arc<Home>,
    number: u32,
    path: PathBuf,
}

impl Folder {
    /// The first that is free.
    pub(super) fn take(home: &Arc<Home>) -> io::Result<Self> {
        let mut taken = home.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let number = (0..).find(|number| !taken.contains(number)).expect("runs are few");
        let path = home.path.join(format!("run-{number:03}"));
        _ = fs::remove_dir_all(&path);
        private(&path.join("home"))?;
        taken.insert(number);
        drop(taken);
        Ok(Self { home: Arc::clone(home), number, path })
    }

    /// The working directory of its processes.
    pub(super) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// Puts files into the working directory, by their path from there.
    pub(super) fn write(&self, files: &[(String, String)]) -> io::Result<()> {
        for (path, text) in files {
            let path = self.home().join(path);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// The file with what its processes print.
    pub(super) fn output(&self) -> PathBuf {
        self.path.join("output.txt")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.path);
        self.home.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
