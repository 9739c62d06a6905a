//! The wire format of the Hindsight HTTP API, version 0.9.1 and the older ones, as the server's source has it.
//!
//! Shared by the client and the simulated provider: shapes only, no behavior.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::session::DocumentId;

/// `GET /version`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// `major.minor.patch`.
    pub api_version: String,
}

impl Version {
    /// Whether the server is at least `major.minor.patch`. A version that cannot be read is older than any.
    pub fn at_least(&self, minimum: (u32, u32, u32)) -> bool {
        let mut parts = self.api_version.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        (next(), next(), next()) >= minimum
    }

    /// `update_mode` `append` exists since 0.5.0 (vectorize-io/hindsight#932).
    pub fn has_append(&self) -> bool {
        self.at_least((0, 5, 0))
    }

    /// `operation_id` makes an asynchronous retain idempotent since 0.8.6 (vectorize-io/hindsight#2947).
    pub fn has_operation_id(&self) -> bool {
        self.at_least((0, 8, 6))
    }
}

/// `POST /v1/default/banks/{bank}/memories`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retain {
    /// The items to keep, at least one.
    pub items: Vec<Item>,
    /// Whether to answer as soon as the retain is accepted.
    #[serde(rename = "async", default)]
    pub asynchronous: bool,
    /// Identity of the submission, a UUID; only with `async`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation_id: Option<String>,
}

/// One item of a retain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The text to keep; not blank.
    pub content: String,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timestamp: Option<String>,
    /// Free text about its origin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub context: Option<String>,
    /// Strings by name.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The document it belongs to; a new one is made if absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document_id: Option<DocumentId>,
    /// `session:<id>`, `parent:<id>`, and what the user configured.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<String>,
    /// How to treat the text that the document already has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub update_mode: Option<UpdateMode>,
}

/// How a retain treats the text that a document already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpdateMode {
    /// The new text takes its place. The default.
    Replace,
    /// The new text follows it.
    Append,
}

/// The answer to a retain.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Retained {
    pub success: bool,
    pub bank_id: String,
    pub items_count: u32,
    #[serde(rename = "async")]
    pub asynchronous: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation_id: Option<String>,
    /// The turns that were refused while the others were kept: their places among all turns of the request, from 0. No version of
    /// Hindsight names them; this is what a provider can say at most.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub refused: Vec<u32>,
}

/// `GET /v1/default/banks/{bank}/operations/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Operation {
    pub operation_id: String,
    pub status: Status,
    /// As in [`Retained`], of an operation that failed in part.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub refused: Vec<u32>,
}

/// The state of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the API's own words")]
pub enum Status {
    Pending,
    Processing,
    Completed,
    Failed,
    Cancelled,
    NotFound,
}

impl Status {
    /// The API's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NotFound => "not_found",
        }
    }
}

/// `GET /v1/default/banks/{bank}/operations?status={status}&limit={limit}`: the newest first. It does not say which documents they write.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Operations {
    pub bank_id: String,
    /// How many there are in all.
    pub total: usize,
    pub limit: usize,
    pub offset: usize,
    pub operations: Vec<ListedOperation>,
}

/// An operation in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct ListedOperation {
    pub id: String,
    pub status: Status,
}

/// `POST /v1/default/banks/{bank}/memories/recall`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recall {
    /// The query.
    pub query: String,
    /// Kinds of memory.
    #[serde(default)]
    pub types: Vec<String>,
    /// `low`, `mid` or `high`.
    pub budget: String,
    /// Length of the answer.
    pub max_tokens: u32,
}

/// The answer to a recall.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Recalled {
    pub results: Vec<Memory>,
}

/// One recalled memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Memory {
    pub id: String,
    pub text: String,
}

/// `GET /v1/default/banks/{bank}/documents/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Document {
    pub id: DocumentId,
    pub original_text: String,
    #[serde(default)]
    pub tags: Vec<String>,
}

/// `DELETE /v1/default/banks/{bank}/documents/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Deleted {
    pub success: bool,
    pub document_id: DocumentId,
}

/// Every answer that is not a success.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the API's own words")]
pub struct Problem {
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_follow_the_version() {
        let capabilities = |version: &str| {
            let version = Version { api_version: version.into() };
            (version.has_append(), version.has_operation_id())
        };
        assert_eq!(capabilities("0.4.0"), (false, false));
        assert_eq!(capabilities("0.6.0"), (true, false));
        assert_eq!(capabilities("0.8.6"), (true, true));
        assert_eq!(capabilities("0.9.1"), (true, true));
        assert_eq!(capabilities("1.0"), (true, true));
        assert_eq!(capabilities("unknown"), (false, false));
    }
}
