//! The version of the server that a run meets.

use std::fmt;
use std::str::FromStr;

use super::spelling;
use serde::{Deserialize, Serialize};

/// A version of the server, named after the newest thing that it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Server {
    /// Version 0.4.0: a retain replaces the document.
    Replace,
    /// Version 0.6.0: a retain may append. Requests have no identity, so a repeated append is stored twice.
    Append,
    /// Version 0.9.1: a repeated append with the same operation id is applied once.
    Idempotent,
}

impl Server {
    /// All versions, the oldest first.
    pub const ALL: [Self; 3] = [Self::Replace, Self::Append, Self::Idempotent];

    /// The name on the command line and in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Append => "append",
            Self::Idempotent => "idempotent",
        }
    }

    /// What `/version` answers.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Replace => "0.4.0",
            Self::Append => "0.6.0",
            Self::Idempotent => "0.9.1",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Server {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || spelling::unknown("server", name, &Self::ALL.map(Self::name));
        Self::ALL.into_iter().find(|server| server.name() == name).ok_or_else(known)
    }
}
