//! The operations of a disk that a fault can be meant for: `disk fails at truncate`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use crate::plan::error::did_you_mean;

/// An operation of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, VariantArray, Serialize, Deserialize)]
#[strum(serialize_all = "lowercase")]
pub enum DiskOperation {
    /// A file is read.
    Read,
    /// Something is appended to a file.
    Write,
    /// What was appended is made durable.
    Sync,
    /// The end of a file is cut off.
    Truncate,
    /// A file takes the place of another: it is how a whole file is replaced.
    Rename,
}

impl DiskOperation {
    /// All of them.
    pub const ALL: &[Self] = Self::VARIANTS;
}

impl FromStr for DiskOperation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::ALL.iter().map(<&str>::from).collect();
        let found = Self::ALL.iter().zip(&names).find(|(_, name)| **name == text);
        found.map(|(operation, _)| *operation).ok_or_else(|| {
            let hint = did_you_mean(text, &names);
            format!("a disk cannot fail at \"{text}\"{hint} it can fail at: {}", names.join(", "))
        })
    }
}
