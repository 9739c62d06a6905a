//! The gateway's state directory: small files, each replaced as a whole, and one that grows.
//!
//! Hermes catches disk errors, logs them and continues. So does this.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::machine::Machine;

/// The routing index.
pub(super) const SESSIONS: &str = "/sessions.json";
/// The receipt of an orderly stop.
pub(super) const RECEIPT: &str = "/.clean_shutdown";
/// How often each chat was cut short.
pub(super) const COUNTS: &str = "/.restart_failure_counts";
/// When the gateway was started.
pub(super) const BOOTS: &str = "/restart_loop.json";
/// Sessions, transcripts, and owed answers.
pub(super) const DATABASE: &str = "/state.db";

/// The directory.
#[derive(Clone)]
pub(super) struct Files {
    machine: Machine,
}

impl Files {
    pub(super) fn new(machine: Machine) -> Self {
        Self { machine }
    }

    /// The value in a file. `None` if it does not exist or cannot be read.
    pub(super) async fn read<T: DeserializeOwned>(&self, path: &'static str) -> Option<T> {
        let bytes = self.bytes(path).await?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether the file exists.
    pub(super) async fn exists(&self, path: &'static str) -> bool {
        self.bytes(path).await.is_some()
    }

    /// The lines of a file, less those that cannot be read.
    pub(super) async fn lines<T: DeserializeOwned>(&self, path: &'static str) -> Vec<T> {
        let bytes = self.bytes(path).await.unwrap_or_default();
        bytes.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }

    async fn bytes(&self, path: &'static str) -> Option<Vec<u8>> {
        self.machine.step(path).await;
        logged(path, self.machine.disk.read(path).await).flatten()
    }

    /// Replaces a file. Takes `value` only after the step, so no other thread can change it before the write.
    pub(super) async fn write<T: Serialize>(&self, path: &'static str, value: impl FnOnce() -> T) {
        self.machine.step(path).await;
        let bytes = serde_json::to_vec(&value()).expect("plain data with names for keys always serializes");
        logged(path, self.machine.disk.replace(path, &bytes).await);
    }

    /// Appends a line.
    pub(super) async fn append<T: Serialize>(&self, path: &'static str, line: &T) {
        self.machine.step(path).await;
        let mut bytes = serde_json::to_vec(line).expect("plain data with names for keys always serializes");
        bytes.push(b'\n');
        logged(path, self.machine.disk.append(path, &bytes).await);
        logged(path, self.machine.disk.sync(path).await);
    }

    /// Removes a file.
    pub(super) async fn remove(&self, path: &'static str) {
        self.machine.step(path).await;
        logged(path, self.machine.disk.remove(path).await);
    }
}

fn logged<T>(path: &str, answered: io::Result<T>) -> Option<T> {
    answered.inspect_err(|error| tracing::debug!(%error, path, "passed over")).ok()
}
