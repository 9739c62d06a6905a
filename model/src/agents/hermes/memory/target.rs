//! Which document a retain goes to, and what it does to it.
//!
//! A server that can append gets the bare session id; any other a document of its own for each process and switch. The
//! answer to the version probe is kept for the life of the process, and so is its failure: no append.

use std::cell::Cell;
use std::time::Duration;

use super::behaviors::Append;
use crate::machine::Machine;
use crate::protocols::hindsight::client::HindsightClient;
use crate::protocols::hindsight::wire::UpdateMode;
use crate::words::session::{BankId, DocumentId, SessionId};
use crate::words::turn::Timestamp;

/// How long the probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a retain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The document.
    pub document: DocumentId,
    /// `append`, or nothing for the server's default.
    pub update_mode: Option<UpdateMode>,
}

impl Target {
    pub(super) fn appends(&self) -> bool {
        self.update_mode == Some(UpdateMode::Append)
    }
}

/// What is known about the server.
pub(super) struct Capability {
    machine: Machine,
    bank: BankId,
    append: Append,
    probed: Cell<Option<bool>>,
}

impl Capability {
    pub(super) fn new(machine: Machine, bank: BankId, append: Append) -> Self {
        Self { machine, bank, append, probed: Cell::new(None) }
    }

    /// Whether to append. Asks the server, on the thread that wants to know, unless it is known. Two threads that want
    /// to know at the same time both ask.
    pub(super) async fn can_append(&self) -> bool {
        if self.append == Append::Never {
            return false;
        }
        if let Some(known) = self.probed.get() {
            return known;
        }
        let probe = HindsightClient::new(self.machine.clone(), &self.bank, PROBE_TIMEOUT);
        let version = probe.version(PROBE_TIMEOUT).await.applied();
        let can_append = version.is_some_and(|version| version.has_append());
        self.probed.set(Some(can_append));
        can_append
    }
}

/// The document of a session on a server that cannot append: a new one for every process and switch. Its name counts
/// microseconds, the simulation milliseconds; the rest is drawn, or two processes that begin together would share it.
pub(super) fn own_document(session: &SessionId, machine: &Machine) -> DocumentId {
    let fraction = machine.tasks.effort(Duration::ZERO, Duration::from_millis(999)) / 1_000;
    DocumentId::from(format!("{session}-{}", Timestamp(machine.now() + fraction).compact()))
}
