//! The known behavior of each release in a scenario: measured on the real code, or promised by the reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use model::agents::Subject;
use model::words::turn::TurnId;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::error::did_you_mean;
use super::{Damage, Mistake};
use model::words::server::Server;

/// The invariants that an expectation names by their data, and how.
const WITH_DATA: [(&str, &str); 6] = [
    ("no-loss", "lost = [\"S1#1\"]"),
    ("no-duplicate", "duplicated = { \"S1#1\" = 2 }"),
    ("attribution", "misattributed = [\"S1#1\"]"),
    ("no-pollution", "polluted = [\"S1#1\"]"),
    ("order", "order_broken = true"),
    ("no-stale-recall", "stale_recall = [\"S1#1\"]"),
];

/// The behavior of a release under one schedule. Equality ignores the place in the file.
#[derive(Clone, Debug, Default, Eq)]
pub struct Outcome {
    /// The seed of a schedule that shows it, if it is not the scenario's own.
    pub seed: Option<u64>,
    /// The damage.
    pub damage: Damage,
    /// The bytes of the file with the names in `violates`.
    violates_at: Vec<Range<usize>>,
    /// The turns of the damage, each with the bytes of the file that name it.
    turns_at: Vec<(TurnId, Range<usize>)>,
}

impl Outcome {
    /// The damage of a run under the schedule of this seed; without one, under the scenario's own.
    pub fn shown(seed: Option<u64>, damage: Damage) -> Self {
        Self { seed, damage, violates_at: Vec::new(), turns_at: Vec::new() }
    }

    /// The turns of the damage, each with the bytes of the file that name it.
    pub(super) fn turns_at(&self) -> impl Iterator<Item = &(TurnId, Range<usize>)> {
        self.turns_at.iter()
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
    lost: Option<Vec<Spanned<TurnId>>>,
    duplicated: Option<BTreeMap<Spanned<TurnId>, u32>>,
    misattributed: Option<Vec<Spanned<TurnId>>>,
    polluted: Option<Vec<Spanned<TurnId>>>,
    order_broken: Option<bool>,
    stale_recall: Option<Vec<Spanned<TurnId>>>,
    violates: Option<Vec<Spanned<String>>>,
}

/// Takes the places of turns off, into `places`.
fn placed(turns: Vec<Spanned<TurnId>>, places: &mut Vec<(TurnId, Range<usize>)>) -> Vec<TurnId> {
    places.extend(turns.iter().map(|turn| (turn.get_ref().clone(), turn.span())));
    turns.into_iter().map(Spanned::into_inner).collect()
}

fn outcome<'de, A: MapAccess<'de>>(map: A) -> Result<Outcome, A::Error> {
    let Written { seed, lost, duplicated, misattributed, polluted, order_broken, stale_recall, violates } =
        Written::deserialize(MapAccessDeserializer::new(map))?;
    if let Some((turn, copies)) = duplicated.iter().flatten().find(|(_, copies)| **copies < 2) {
        return Err(A::Error::custom(format!(
            "{} is duplicated if it is stored at least twice, not {copies} times",
            turn.get_ref()
        )));
    }
    let mut turns_at = Vec::new();
    let mut named = |turns: Option<Vec<Spanned<TurnId>>>| turns.map(|turns| placed(turns, &mut turns_at));
    let (lost, misattributed) = (named(lost), named(misattributed));
    let (polluted, stale_recall) = (named(polluted), named(stale_recall));
    let duplicated = duplicated.map(|turns| {
        let (turns, copies): (Vec<_>, Vec<u32>) = turns.into_iter().unzip();
        placed(turns, &mut turns_at).into_iter().zip(copies).collect()
    });
    let violates_at = violates.iter().flatten().map(Spanned::span).collect();
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
    Ok(Outcome { seed, damage, violates_at, turns_at })
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

/// The complaint about a name that is none of these invariants.
fn unknown_name(name: &str, invariants: &[&str]) -> String {
    if let Some((_, written)) = WITH_DATA.iter().find(|(invariant, _)| *invariant == name) {
        return format!("\"{name}\" has a key of its own; write {written}");
    }
    let known: Vec<&str> = WITH_DATA.iter().map(|(name, _)| *name).chain(invariants.iter().copied()).collect();
    let hint = did_you_mean(name, &known);
    format!("unknown invariant \"{name}\"{hint} invariants: {}", invariants.join(", "))
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

    /// The names under a `violates` that are none of these invariants.
    pub(super) fn unknown_names(&self, invariants: &[&str]) -> Vec<Mistake> {
        let all = self.everywhere.values().chain(self.on.values().flat_map(BTreeMap::values));
        let outcomes = all.flat_map(|expectation| &expectation.0);
        let names = outcomes.flat_map(|one| one.violates_at.iter().cloned().zip(&one.damage.violates));
        let unknown = names.filter(|(_, name)| !invariants.contains(&name.as_str()));
        unknown.map(|(at, name)| (at, unknown_name(name, invariants))).collect()
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
        let outcome = |seed, damage: &Damage| Outcome::shown(seed, damage.clone());
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
