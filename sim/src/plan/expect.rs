//! The known behavior of each release in a scenario: measured on the real code, or promised by the reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::agents::Subject;
use model::words::turn::TurnId;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

use super::error::did_you_mean;
use model::words::server::Server;

/// The damage of a run. A run without damage passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Turns that no document holds.
    pub lost: Vec<TurnId>,
    /// Turns that documents hold more than once, with the number of copies.
    pub duplicated: BTreeMap<TurnId, u32>,
    /// Turns in another session's document.
    pub misattributed: Vec<TurnId>,
    /// Turns that were interrupted, undone or made up, and are stored.
    pub polluted: Vec<TurnId>,
    /// Whether a document holds turns in another order than they were completed in.
    pub order_broken: bool,
    /// Turns of one session whose recall was read in another.
    pub stale_recall: Vec<TurnId>,
    /// Names of the other invariants that are violated.
    pub violates: Vec<String>,
}

/// The keys for turns and documents in an expectation. All other invariants are named under `violates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// `lost`.
    Lost,
    /// `duplicated`.
    Duplicated,
    /// `misattributed`.
    Misattributed,
    /// `polluted`.
    Polluted,
    /// `order_broken`.
    OrderBroken,
    /// `stale_recall`.
    StaleRecall,
}

/// The invariants that an expectation names by their data, and how.
const WITH_DATA: [(&str, &str); 6] = [
    ("no-loss", "lost = [\"S1#1\"]"),
    ("no-duplicate", "duplicated = { \"S1#1\" = 2 }"),
    ("attribution", "misattributed = [\"S1#1\"]"),
    ("no-pollution", "polluted = [\"S1#1\"]"),
    ("order", "order_broken = true"),
    ("no-stale-recall", "stale_recall = [\"S1#1\"]"),
];

impl Damage {
    /// The same damage with every list in order, for comparison.
    pub fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.lost.sort();
        sorted.misattributed.sort();
        sorted.polluted.sort();
        sorted.stale_recall.sort();
        sorted.violates.sort();
        sorted
    }

    /// The turns with this damage, each with its copies: 1 unless it is duplicated.
    pub fn turns(&self, data: Data) -> Vec<(&TurnId, u32)> {
        let turns = match data {
            Data::Lost => &self.lost,
            Data::Misattributed => &self.misattributed,
            Data::Polluted => &self.polluted,
            Data::StaleRecall => &self.stale_recall,
            Data::Duplicated => return self.duplicated.iter().map(|(turn, copies)| (turn, *copies)).collect(),
            Data::OrderBroken => return Vec::new(),
        };
        turns.iter().map(|turn| (turn, 1)).collect()
    }

    /// A short form: `lost 2, duplicated 1`, or `pass`.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        let mut count = |what: &str, n: usize| {
            if n > 0 {
                parts.push(format!("{what} {n}"));
            }
        };
        count("lost", self.lost.len());
        count("duplicated", self.duplicated.len());
        count("misattributed", self.misattributed.len());
        count("polluted", self.polluted.len());
        count("stale recall", self.stale_recall.len());
        if self.order_broken {
            parts.push("order broken".into());
        }
        parts.extend(self.violates.iter().cloned());
        if parts.is_empty() { "pass".into() } else { parts.join(", ") }
    }
}

/// The behavior of a release under one schedule. Equality ignores the place in the file.
#[derive(Clone, Debug, Default, Eq)]
pub struct Outcome {
    /// The seed of a schedule that shows it, if it is not the scenario's own.
    pub seed: Option<u64>,
    /// The damage.
    pub damage: Damage,
    /// The bytes of the file at which the names in `violates` begin.
    violates_at: Vec<usize>,
}

impl Outcome {
    /// The damage of a run under the schedule of this seed; without one, under the scenario's own.
    pub fn shown(seed: Option<u64>, damage: Damage) -> Self {
        Self { seed, damage, violates_at: Vec::new() }
    }
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        (self.seed, &self.damage) == (other.seed, &other.damage)
    }
}

/// One cell of the table: the behavior of a release on a server. If the schedule decides there are several outcomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation(pub Vec<Outcome>);

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PassOrDamage;

        impl<'de> Visitor<'de> for PassOrDamage {
            type Value = Outcome;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(OUTCOME)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Outcome, E> {
                passed(text)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Outcome, A::Error> {
                outcome(map)
            }
        }

        deserializer.deserialize_any(PassOrDamage)
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Expectation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(OUTCOME)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Expectation, E> {
                passed(text).map(|outcome| Expectation(vec![outcome]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expectation, A::Error> {
                outcome(map).map(|outcome| Expectation(vec![outcome]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Expectation, A::Error> {
                let mut outcomes: Vec<Outcome> = Vec::new();
                while let Some(outcome) = list.next_element::<Outcome>()? {
                    if outcomes.iter().any(|known| known.seed == outcome.seed) {
                        return Err(A::Error::custom("each of several outcomes needs a seed of its own"));
                    }
                    outcomes.push(outcome);
                }
                match outcomes.is_empty() {
                    true => Err(A::Error::custom("a list of outcomes needs at least one")),
                    false => Ok(Expectation(outcomes)),
                }
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

const OUTCOME: &str =
    "\"pass\", or the damage, as in { lost = [\"S1#1\"] }, or a list of outcomes, each with the seed that shows it";

fn passed<E: Error>(text: &str) -> Result<Outcome, E> {
    match text {
        "pass" => Ok(Outcome::default()),
        _ => Err(E::custom(format!("\"{text}\" is not an outcome; write \"pass\" or {{ lost = [\"S1#1\"] }}"))),
    }
}

/// An outcome as a file has it: the damage and the seed in one table.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    seed: Option<u64>,
    lost: Option<Vec<TurnId>>,
    duplicated: Option<BTreeMap<TurnId, u32>>,
    misattributed: Option<Vec<TurnId>>,
    polluted: Option<Vec<TurnId>>,
    order_broken: Option<bool>,
    stale_recall: Option<Vec<TurnId>>,
    violates: Option<Vec<Spanned<String>>>,
}

fn outcome<'de, A: MapAccess<'de>>(map: A) -> Result<Outcome, A::Error> {
    let Written { seed, lost, duplicated, misattributed, polluted, order_broken, stale_recall, violates } =
        Written::deserialize(MapAccessDeserializer::new(map))?;
    if let Some((turn, copies)) = duplicated.iter().flatten().find(|(_, copies)| **copies < 2) {
        return Err(A::Error::custom(format!(
            "{turn} is duplicated if it is stored at least twice, not {copies} times"
        )));
    }
    let violates_at = violates.iter().flatten().map(|name| name.span().start).collect();
    let violates = violates.map(|names| names.into_iter().map(Spanned::into_inner).collect());
    let damage = Damage {
        lost: said("lost", lost, Vec::is_empty)?,
        duplicated: said("duplicated", duplicated, BTreeMap::is_empty)?,
        misattributed: said("misattributed", misattributed, Vec::is_empty)?,
        polluted: said("polluted", polluted, Vec::is_empty)?,
        order_broken: said("order_broken", order_broken, |broken| !broken)?,
        stale_recall: said("stale_recall", stale_recall, Vec::is_empty)?,
        violates: said("violates", violates, Vec::is_empty)?,
    };
    if seed.is_none() && damage == Damage::default() {
        return Err(A::Error::custom("an outcome without damage is written \"pass\""));
    }
    Ok(Outcome { seed, damage, violates_at })
}

/// What an expectation says under a key. An empty list would read like damage and mean none.
fn said<T: Default, E: Error>(key: &str, value: Option<T>, is_empty: fn(&T) -> bool) -> Result<T, E> {
    match value {
        Some(value) if is_empty(&value) => {
            Err(E::custom(format!("{key} says nothing; leave it out, or write \"pass\" if nothing is damaged")))
        }
        value => Ok(value.unwrap_or_default()),
    }
}

/// All expectations of a scenario. An expectation for one server overrides the one for all servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectations {
    pub(super) everywhere: BTreeMap<Subject, Expectation>,
    pub(super) on: BTreeMap<Server, BTreeMap<Subject, Expectation>>,
}

impl Expectations {
    /// Expects a single release to pass on a single server.
    pub fn pass(release: Subject, server: Server) -> Self {
        let passes = Expectation(vec![Outcome::default()]);
        Self { everywhere: BTreeMap::new(), on: BTreeMap::from([(server, BTreeMap::from([(release, passes)]))]) }
    }

    /// The expected outcomes of a release on a server: empty if the scenario has none, several if the schedule decides.
    pub fn of(&self, release: Subject, server: Server) -> &[Outcome] {
        let here = self.on.get(&server).and_then(|releases| releases.get(&release));
        here.or_else(|| self.everywhere.get(&release)).map_or(&[], |expectation| &expectation.0)
    }

    /// The expectation for a release alone, or for a release on a server.
    pub fn written(&self, release: Subject, server: Option<Server>) -> Option<&Expectation> {
        match server {
            Some(server) => self.on.get(&server)?.get(&release),
            None => self.everywhere.get(&release),
        }
    }

    /// The releases with an expectation, in order.
    pub fn releases(&self) -> Vec<Subject> {
        let named = Subject::all().filter(|release| {
            self.everywhere.contains_key(release) || self.on.values().any(|releases| releases.contains_key(release))
        });
        named.collect()
    }

    /// The first name under a `violates` that is none of these invariants: the byte of the file at which it begins, and the message.
    pub(super) fn unknown_name(&self, invariants: &[&str]) -> Option<(usize, String)> {
        let all = self.everywhere.values().chain(self.on.values().flat_map(BTreeMap::values));
        let outcomes = all.flat_map(|expectation| &expectation.0);
        let mut names = outcomes.flat_map(|one| one.violates_at.iter().copied().zip(&one.damage.violates));
        let (at, name) = names.find(|(_, name)| !invariants.contains(&name.as_str()))?;
        if let Some((_, written)) = WITH_DATA.iter().find(|(invariant, _)| invariant == name) {
            return Some((at, format!("\"{name}\" has a key of its own; write {written}")));
        }
        let known: Vec<&str> = WITH_DATA.iter().map(|(name, _)| *name).chain(invariants.iter().copied()).collect();
        let hint = did_you_mean(name, &known);
        let message = format!("unknown invariant \"{name}\"{hint} invariants: {}", invariants.join(", "));
        Some((at, message))
    }

    /// The first release with two outcomes for one schedule, where `seed` is the scenario's own.
    pub(super) fn told_twice(&self, seed: u64) -> Option<Subject> {
        let all = self.everywhere.iter().chain(self.on.values().flatten());
        let mut twice = all.filter(|(_, Expectation(outcomes))| {
            let seeds: BTreeSet<u64> = outcomes.iter().map(|outcome| outcome.seed.unwrap_or(seed)).collect();
            seeds.len() < outcomes.len()
        });
        twice.next().map(|(release, _)| *release)
    }

    /// The servers on which a release runs: its native ones if an expectation names the release alone, and those that an expectation names.
    pub fn servers(&self, release: Subject) -> Vec<Server> {
        let general = self.everywhere.contains_key(&release);
        let on = |server| self.on.get(&server).is_some_and(|releases| releases.contains_key(&release));
        let all = Server::ALL.iter().copied();
        all.filter(|&server| on(server) || (general && release.servers().contains(&server))).collect()
    }
}

impl<'de> Deserialize<'de> for Expectations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;

        impl<'de> Visitor<'de> for Table {
            type Value = Expectations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of releases")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expectations, A::Error> {
                let mut expectations = Expectations::default();
                while let Some(key) = map.next_key::<Key>()? {
                    match key {
                        Key::Subject(release) => _ = expectations.everywhere.insert(release, map.next_value()?),
                        Key::Server(server) => _ = expectations.on.insert(server, map.next_value()?),
                    }
                }
                Ok(expectations)
            }
        }

        deserializer.deserialize_map(Table)
    }
}

enum Key {
    Subject(Subject),
    Server(Server),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.parse() {
            Ok(server) => Ok(Self::Server(server)),
            Err(_) => name.parse().map(Self::Subject).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(expectation: &str) -> Result<Vec<Outcome>, String> {
        let read: Result<BTreeMap<String, Expectation>, _> = toml::from_str(&format!("F = {expectation}"));
        read.map(|mut table| table.remove("F").expect("F").0).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn an_expectation_is_one_outcome_or_a_list_of_them() {
        let lost = Damage { lost: vec!["S1#1".parse().expect("a turn")], ..Damage::default() };
        let outcome = |seed, damage: &Damage| Outcome { seed, damage: damage.clone(), violates_at: Vec::new() };
        let none = Damage::default();
        assert_eq!(read("\"pass\""), Ok(vec![outcome(None, &none)]));
        assert_eq!(read("{ seed = 7, lost = [\"S1#1\"] }"), Ok(vec![outcome(Some(7), &lost)]));
        let list = "[{ seed = 3, lost = [\"S1#1\"] }, { seed = 0 }, \"pass\"]";
        assert_eq!(read(list), Ok(vec![outcome(Some(3), &lost), outcome(Some(0), &none), outcome(None, &none)]));
    }

    #[test]
    fn a_list_of_outcomes_tells_them_apart_by_seed() {
        assert_eq!(read("[]"), Err("a list of outcomes needs at least one".into()));
        let twice = "each of several outcomes needs a seed of its own";
        assert_eq!(read("[{ seed = 1 }, { seed = 1, lost = [\"S1#1\"] }]"), Err(twice.into()));
        assert_eq!(read("[\"pass\", { lost = [\"S1#1\"] }]"), Err(twice.into()));
    }
}
