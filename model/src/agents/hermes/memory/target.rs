//! Which document a retain goes to, and whether it appends to it or replaces it.
//!
//! A server that can append gets the bare session id. Any other server gets a new document for each process and switch. The
//! process keeps the answer to the version probe for its whole life, and a failed probe counts as: no append.

use std::cell::Cell;
use std::time::Duration;

use super::behaviors::Append;
use crate::machine::Machine;
use crate::protocols::hindsight::client::HindsightClient;
use crate::protocols::hindsight::wire::UpdateMode;
use crate::words::session::{BankId, DocumentId, SessionId};

/// How long the probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a retain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The document.
    pub document: DocumentId,
    /// `append`, or `None` for the server's default.
    pub update_mode: Option<UpdateMode>,
}

impl Target {
    pub(super) fn appends(&self) -> bool {
        self.update_mode == Some(UpdateMode::Append)
    }
}

/// What the process knows about the server.
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

    /// Whether to append. If the answer is not yet known, the calling thread asks the server. Two threads that need the answer at
    /// the same time both ask.
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
/// microseconds and the simulation counts milliseconds, so the last digits are drawn. Otherwise two processes that begin
/// together would share a document.
pub(super) fn own_document(session: &SessionId, machine: &Machine) -> DocumentId {
    let fraction = machine.tasks.effort(Duration::ZERO, Duration::from_millis(999)) / 1_000;
    DocumentId::from(format!("{session}-{}", (machine.wall() + fraction).compact()))
}
