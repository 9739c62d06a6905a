//! The version of the server that a run meets.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

use super::spelling;

/// A version of the server, named after the newest thing that it can do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = String, parse_err_fn = unknown)]
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
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;

    /// The name on the command line and in scenarios.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The version in the answer of `/version`.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Replace => "0.4.0",
            Self::Append => "0.6.0",
            Self::Idempotent => "0.9.1",
        }
    }
}

fn unknown(name: &str) -> String {
    spelling::unknown("server", name, <Server as VariantNames>::VARIANTS)
}
