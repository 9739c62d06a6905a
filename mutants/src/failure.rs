//! Why a command could not do its work, as a sentence.

use std::fmt;
use std::path::Path;

/// A sentence for the user.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names the file of an error.
pub(crate) trait At<T> {
    /// The same with the path before it.
    fn at(self, path: &Path) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> At<T> for Result<T, E> {
    fn at(self, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{}: {error}", path.display())))
    }
}
