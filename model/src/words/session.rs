//! The names of sessions, and of the places where their turns are kept. Each is a cheap-to-clone string of its own type.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Arc<str>);

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        /// Clones are equal at a glance.
        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
            }
        }

        impl $type {
            /// The name as it appears on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<S: AsRef<str>> From<S> for $type {
            fn from(name: S) -> Self {
                Self(name.as_ref().into())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// A conversation, as the host knows it: `S1`. An agent can change its session; a session is neither a process nor a document.
    SessionId
}

impl SessionId {
    /// Whether it stands for no session: a caller without a session passes an empty name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The chat of a gateway's session: the second session of chat `S1` is called `S1.2`.
    pub fn chat(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

name! {
    /// A container of the server. A session's turns belong in documents whose id is the session's, alone or followed by `-` or
    /// `:` and a suffix (`S1`, `S1-20260101_000000_000000`, `S1:000001-000003`).
    DocumentId
}

name! {
    /// A partition of the server's memory. Hermes resolves it once, at initialization. The default is `hermes`.
    BankId
}

impl DocumentId {
    /// The session that this document is named after.
    pub fn session(&self) -> SessionId {
        SessionId::from(self.0.split(['-', ':']).next().unwrap_or_default())
    }

    /// Whether this document is one of `session`'s.
    pub fn belongs_to(&self, session: &SessionId) -> bool {
        match self.0.strip_prefix(session.as_str()) {
            Some(suffix) => suffix.is_empty() || suffix.starts_with(['-', ':']),
            None => false,
        }
    }
}

/// The tag that ties a retained item to its session.
pub fn session_tag(session: &SessionId) -> String {
    format!("session:{session}")
}

/// The tag that ties a retained item to the session it was forked from.
pub fn parent_tag(parent: &SessionId) -> String {
    format!("parent:{parent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_of_a_chat_names_it() {
        assert_eq!(["S1", "S1.2", "S1.10"].map(|name| SessionId::from(name).chat().to_owned()), ["S1"; 3]);
    }

    #[test]
    fn a_document_belongs_to_the_session_it_is_named_after() {
        let session = SessionId::from("S1");
        for own in ["S1", "S1-20260101_000000_000000", "S1:000001-000003"] {
            assert!(DocumentId::from(own).belongs_to(&session), "{own}");
        }
        for foreign in ["S10", "S2", "S", "S10-20260101_000000_000000", ""] {
            assert!(!DocumentId::from(foreign).belongs_to(&session), "{foreign}");
        }
    }
}
