//! The server's log: a line for each event, written before anybody can know of the event. A kill loses none.

use std::cell::RefCell;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::words::endpoint::Endpoint;
use model::words::session::{BankId, DocumentId};

use super::machine::RealClock;
use crate::foreign::line::{Deleted, Document, Line, Moment, Replied, Request};
use crate::foreign::values::{Entry, Reply};
use crate::history::Happening;
use crate::plan::Fault;
use crate::providers::{Reader, Written};

/// A log, and the time of its lines.
pub(super) struct Log {
    clock: RealClock,
    file: Option<(PathBuf, RefCell<File>)>,
    failed: RefCell<Option<io::Error>>,
}

impl Log {
    /// One in a file of its own; none at all if there is no path.
    pub(super) fn open(path: Option<&Path>, clock: RealClock) -> Result<Self, String> {
        let file = path.map(|path| own(path).map(|file| (path.to_owned(), RefCell::new(file)))).transpose()?;
        Ok(Self { clock, file, failed: RefCell::default() })
    }

    fn write(&self, line: impl FnOnce(Option<u64>) -> Line) {
        let Some((_, file)) = &self.file else { return };
        let mut bytes = serde_json::to_vec(&line(Some(self.clock.unix_ms()))).expect("a line always serializes");
        bytes.push(b'\n');
        if let Err(error) = file.borrow_mut().write_all(&bytes) {
            self.failed.borrow_mut().get_or_insert(error);
        }
    }

    pub(super) fn begin(&self) {
        self.write(|at_ms| Line::Serve(moment(at_ms)));
    }

    pub(super) fn end(&self) {
        self.write(|at_ms| Line::End(moment(at_ms)));
    }

    /// Why a line is missing, if one is.
    pub(super) fn failure(&self) -> Option<String> {
        let failed = self.failed.borrow();
        let ((path, _), error) = (self.file.as_ref()?, failed.as_ref()?);
        Some(format!(
            "{}: a line could not be written ({error}), so the server ended; what follows is not in the log",
            path.display()
        ))
    }

    /// Writes an event. Texts come by [`Reader`].
    pub(super) fn happened(&self, happening: &Happening) {
        let reply = |endpoint: Endpoint, number, reply| {
            let method = endpoint.name().to_owned();
            self.write(|at_ms| Line::Reply(Replied { what: Default::default(), at_ms, method, number, reply }));
        };
        match *happening {
            Happening::Answered { endpoint, number, status } => reply(endpoint, number, Reply::Status(status)),
            Happening::HungUp { endpoint, number } => reply(endpoint, number, Reply::Lost),
            Happening::Abandoned { endpoint, number } => reply(endpoint, number, Reply::Abandoned),
            Happening::Down { .. } => self.write(|at_ms| Line::Down(moment(at_ms))),
            Happening::Up => self.write(|at_ms| Line::Up(moment(at_ms))),
            Happening::Received { .. }
            | Happening::StrayBytes { .. }
            | Happening::Accepted { .. }
            | Happening::Applied { .. }
            | Happening::Deleted { .. }
            | Happening::Lost { .. } => {}
        }
    }
}

impl Reader for Log {
    fn received(&self, endpoint: Endpoint, number: u32, fault: Option<Fault>, body: &[u8]) {
        let text = endpoint.delivers().then(|| String::from_utf8_lossy(body).into_owned());
        self.write(|at_ms| {
            Line::Request(Request {
                what: Default::default(),
                at_ms,
                method: endpoint.name().to_owned(),
                number: Some(number),
                session: None,
                document: None,
                text,
                turns: None,
                fault: fault.map(|fault| fault.to_string()),
                reply: None,
            })
        });
    }

    fn applied(&self, written: &Written<'_>) {
        let entry = Entry {
            text: Some(written.text.to_owned()),
            turns: None,
            session: written.session.map(ToString::to_string),
            tags: written.tags.to_vec(),
        };
        self.write(|at_ms| {
            Line::Document(Document {
                what: Default::default(),
                at_ms,
                id: written.container.to_string(),
                bank: Some(written.bank.to_string()),
                session: None,
                mode: Some(written.mode.into()),
                request: Some(written.number),
                entries: vec![entry],
            })
        });
    }

    fn deleted(&self, bank: &BankId, container: &DocumentId) {
        let (id, bank) = (container.to_string(), Some(bank.to_string()));
        self.write(|at_ms| Line::Deleted(Deleted { what: Default::default(), at_ms, id, bank }));
    }
}

fn moment(at_ms: Option<u64>) -> Moment {
    Moment { at_ms, ..Moment::default() }
}

/// A file that no other server writes, and that holds nothing yet.
fn own(path: &Path) -> Result<File, String> {
    let shown = path.display();
    let cannot = |error: io::Error| format!("--log {shown}: this file cannot be written ({error}); name another file");
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(format!("--log {shown}: this is no regular file; name a file, as in --log log.jsonl"));
    }
    let file = OpenOptions::new().append(true).create(true).open(path).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(format!("--log {shown}: another server writes this file; name another one"));
        }
        Err(TryLockError::Error(error)) => return Err(cannot(error)),
    }
    match file.metadata().map_err(cannot)?.len() {
        0 => Ok(file),
        _ => Err(format!(
            "--log {shown}: this file is not empty, and a server begins without documents; remove it, or name another file"
        )),
    }
}
