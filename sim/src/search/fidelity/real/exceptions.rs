//! The differences of real code that are known, each with its reason.

use std::path::Path;

use model::agents::Subject;
use serde::Deserialize;

use super::shown::Part;
use super::{Other, Row};
use model::words::server::Server;

const OWN: &str = include_str!("exceptions.toml");

/// Known differences.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

/// A known difference of an agent in a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// A part of the agent with its version, as in `hermes-agent 0.19.0`, or the agent's name.
    agent: String,
    /// The release that it is compared with.
    release: Subject,
    /// What was measured, the model, or both.
    from: Vec<Other>,
    case: String,
    /// Every server, if it names none.
    server: Option<Server>,
    parts: Vec<Part>,
    reason: String,
}

impl Exceptions {
    /// Those that the program knows.
    pub fn own() -> Self {
        toml::from_str(OWN).expect("exceptions.toml")
    }

    /// Those of a file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let complaint = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| complaint(&error))?;
        toml::from_str(&text).map_err(|error| complaint(&error))
    }

    /// The reason for a difference of the agent, if it is known.
    pub(super) fn reason(&self, agent: Subject, release: Subject, row: &Row, from: Other, part: Part) -> Option<&str> {
        let mut known =
            self.exception.iter().filter(|known| known.is_about(agent, release) && known.from.contains(&from));
        let known = known.find(|known| known.is_of(row) && known.parts.contains(&part));
        known.map(|known| &*known.reason)
    }

    /// The exceptions of the agent that excuse nothing in these rows, although their case was compared.
    pub(super) fn stale(&self, agent: Subject, release: Subject, rows: &[Row]) -> Vec<String> {
        let excuses = |known: &Exception, row: &Row, from| {
            known.is_of(row) && row.differences(from).iter().any(|found| known.parts.contains(&found.part))
        };
        let is_stale = |known: &Exception, from| {
            rows.iter().any(|row| known.is_of(row)) && !rows.iter().any(|row| excuses(known, row, from))
        };
        let told = |known: &Exception, from: Other| {
            let server = known.server.map(|server| format!(" on {server}")).unwrap_or_default();
            format!("{}{server} agrees with {}: it is no exception any more", known.case, from.of(release))
        };
        let known = self.exception.iter().filter(|known| known.is_about(agent, release));
        let each = known.flat_map(|known| known.from.iter().map(move |from| (known, *from)));
        each.filter(|(known, from)| is_stale(known, *from)).map(|(known, from)| told(known, from)).collect()
    }
}

impl Exception {
    fn is_about(&self, agent: Subject, release: Subject) -> bool {
        let parts = agent.making().map(|making| &making.versions).into_iter().flatten();
        let is_part = parts.into_iter().any(|(part, version)| self.agent == format!("{part} {version}"));
        self.release == release && (is_part || self.agent == agent.name())
    }

    fn is_of(&self, row: &Row) -> bool {
        self.case == row.case && self.server.is_none_or(|server| server == row.server)
    }
}
