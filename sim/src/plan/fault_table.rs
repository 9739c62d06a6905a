//! The table `[faults]` of a scenario file: its keys, and how it becomes the plan's [`Faults`].
//!
//! The protocol's endpoints provide the keys, so no protocol name stands here.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use model::words::endpoint::Endpoint;
use model::words::turn::TurnId;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::faults::{CommitFault, Faults, Kill, PROTOCOL, PlannedFault, RequestFault, Which};
use super::span::WrittenSpan;
use super::{Mistake, misplaced};

/// Faults by their target.
type Occurrences = BTreeMap<Spanned<String>, Spanned<String>>;

/// The table, as it is written.
#[derive(Default)]
pub(super) struct FaultTable {
    requests: BTreeMap<Endpoint, Occurrences>,
    down: Option<Spanned<WrittenSpan>>,
    commit: BTreeMap<String, Occurrences>,
    kills: Vec<Spanned<String>>,
}

/// Where its parts stand in the file.
#[derive(Default)]
pub(super) struct FaultSpans {
    pub(super) commits: BTreeMap<String, Range<usize>>,
    pub(super) turns: BTreeMap<TurnId, Range<usize>>,
    pub(super) kills: Vec<Range<usize>>,
}

/// A key of the table.
enum Key {
    Requests(Endpoint),
    Down,
    Commit,
    Kills,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.as_str() {
            "down" => return Ok(Self::Down),
            "commit" => return Ok(Self::Commit),
            "kills" => return Ok(Self::Kills),
            _ => {}
        }
        let endpoints = PROTOCOL.meeting_faults();
        if let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.name() == name) {
            return Ok(Self::Requests(*endpoint));
        }
        let known = endpoints.iter().map(|endpoint| endpoint.name()).chain(["down", "commit", "kills"]);
        let known: Vec<String> = known.map(|known| format!("`{known}`")).collect();
        // The message that serde gives for a struct, so that `wording` rewrites it in the same way.
        Err(de::Error::custom(format!("unknown field `{name}`, expected one of {}", known.join(", "))))
    }
}

impl<'de> Deserialize<'de> for FaultTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = FaultTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FaultTable, A::Error> {
        let mut table = FaultTable::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Requests(endpoint) => _ = table.requests.insert(endpoint, map.next_value()?),
                Key::Down => table.down = Some(map.next_value()?),
                Key::Commit => table.commit = map.next_value()?,
                Key::Kills => table.kills = map.next_value()?,
            }
        }
        Ok(table)
    }
}

impl FaultTable {
    pub(super) fn into_faults(self) -> Result<(Faults, FaultSpans), Mistake> {
        let down = match self.down {
            Some(text) => text.get_ref().read().map_err(|message| (text.span(), message))?,
            None => Duration::ZERO,
        };
        let kills = self.kills.iter().map(Spanned::span).collect();
        let mut spans = FaultSpans { kills, ..FaultSpans::default() };
        let mut faults = Faults::default();
        faults.down = down;
        faults.kills = self.kills.iter().map(read::<Kill>).collect::<Result<_, _>>()?;
        for (endpoint, table) in self.requests {
            let turns = table.keys().filter_map(|key| Some((key.get_ref().parse().ok()?, key.span())));
            spans.turns.extend(turns);
            for (which, fault) in occurrences::<RequestFault>(&table, "request", endpoint.delivers())? {
                faults.plan(PlannedFault::Request(endpoint, which, fault));
            }
        }
        for (agent, table) in self.commit {
            spans.commits.extend(table.values().next().map(|text| (agent.clone(), text.span())));
            for (which, fault) in occurrences::<CommitFault>(&table, "commit", false)? {
                faults.plan(PlannedFault::Commit(agent.clone(), which, fault));
            }
        }
        Ok((faults, spans))
    }
}

/// Parses a text; a mistake has the text's place.
pub(super) fn read<T: FromStr<Err = String>>(text: &Spanned<String>) -> Result<T, Mistake> {
    text.get_ref().parse().map_err(|message| (text.span(), message))
}

/// The faults of a table for targets called `kind`, which may bring turns.
fn occurrences<F: FromStr<Err = String>>(
    table: &Occurrences,
    kind: &str,
    brings_turns: bool,
) -> Result<Vec<(Which, F)>, Mistake> {
    let one = |(key, text): (&Spanned<String>, &Spanned<String>)| {
        let (at, key) = (key.span(), key.get_ref());
        let fault = read(text).map_err(|mistake| misplaced::step(text, mistake))?;
        let of_turn = if brings_turns { ", a turn that it brings, as in \"S1#2\"" } else { "" };
        let wrong = |why: &str| {
            let message = format!("\"{key}\" {why}; write its number, from 1{of_turn}, or \"*\" for every one");
            (at.clone(), message)
        };
        match Which::read(key) {
            None => Err(wrong(&format!("is not a {kind}"))),
            Some(Which::Turn(_)) if !brings_turns => Err(wrong(&format!("is a turn, and no such {kind} brings turns"))),
            Some(which) => Ok((which, fault)),
        }
    };
    table.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use crate::plan::Scenario;

    fn mistake(faults: &str) -> String {
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n[faults]\n{faults}\n");
        Scenario::parse("t.toml".as_ref(), &text).expect_err("a mistake").to_string()
    }

    #[test]
    fn the_keys_are_the_endpoints_of_the_protocol_and_three_more() {
        let mistake = mistake("down = \"1s\"\nretian = { 1 = \"drop\" }");
        let known = "fields: retain, operation, recall, version, down, commit, kills";
        assert_eq!(mistake, format!("t.toml:5:1: unknown field \"retian\"; did you mean \"retain\"? {known}"));
    }

    #[test]
    fn an_endpoint_that_meets_no_faults_is_no_key() {
        let mistake = mistake("document = { 1 = \"drop\" }");
        assert!(mistake.starts_with("t.toml:4:1: unknown field \"document\""), "{mistake}");
    }

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        assert!(
            mistake("retain = { 1 = \"dorp\" }").starts_with("t.toml:4:16: "),
            "{}",
            mistake("retain = { 1 = \"dorp\" }")
        );
        assert!(mistake("retain = [\"drop\"]").starts_with("t.toml:4:10: "), "{}", mistake("retain = [\"drop\"]"));
    }
}
