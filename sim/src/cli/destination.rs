//! Where the user wants a result: in a file, or on one of the program's own streams, by its name in `/dev`.
//!
//! A stream that is redirected to a file is never opened a second time: the two would write over each other.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Failure, input};
use crate::files;

const OUTPUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
const ERRORS: [&str; 3] = ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"];

/// The place of a result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// The program's output.
    Output,
    /// Where the program complains.
    Errors,
    /// A file, a pipe, a device.
    File(PathBuf),
}

impl Destination {
    /// The place that a path names, itself or as a link.
    pub(super) fn of(path: &Path) -> Self {
        let links = files::links(path);
        let is = |names: &[&str]| links.iter().any(|link| names.iter().any(|name| link == Path::new(name)));
        match (is(&OUTPUT), is(&ERRORS)) {
            (true, _) => Self::Output,
            (false, true) => Self::Errors,
            (false, false) => Self::File(path.to_owned()),
        }
    }

    /// The same, tried before any work is done.
    pub(super) fn tried(option: &str, path: &Path) -> Result<Self, Failure> {
        let destination = Self::of(path);
        let shown = path.display();
        match destination.file().map_or(Ok(()), files::try_file) {
            Ok(()) => Ok(destination),
            Err(_) if path.is_dir() => {
                let example = path.join("junit.xml");
                Err(input(format!(
                    "{option} {shown}: this is a folder; name a file, as in {option} {}",
                    example.display()
                )))
            }
            Err(error) => {
                Err(input(format!("{option} {shown}: this file cannot be written ({error}); name another file")))
            }
        }
    }

    /// The file, if it is no stream of the program.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Output | Self::Errors => None,
        }
    }

    /// The stream, if it is one of the program's.
    pub(super) fn stream<'a>(&self, out: &'a mut dyn Write, err: &'a mut dyn Write) -> Option<&'a mut dyn Write> {
        match self {
            Self::Output => Some(out),
            Self::Errors => Some(err),
            Self::File(_) => None,
        }
    }
}

/// Tries a folder for results before any work is done.
pub(super) fn try_folder(option: &str, folder: &Path) -> Result<(), Failure> {
    files::try_folder(folder).map_err(|error| {
        let shown = folder.display();
        input(format!("{option} {shown}: nothing can be written into this folder ({error}); name another folder"))
    })
}
