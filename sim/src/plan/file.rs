//! The shape of a scenario file, and how it becomes a [`Scenario`]: omitted keys get their defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::Path;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::fault_table::{FaultSpans, FaultTable, read};
use super::misplaced;
use super::settings;
use super::sound::{Flaw, Place};
use super::steps::Step;
use super::{AgentRun, Config, Expectations, Mistake, Scenario, Schedule};

/// The steps of a lane, as they are written.
type Lane = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    title: Spanned<String>,
    #[serde(default)]
    reports: Vec<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    schedule: Option<Spanned<Schedule>>,
    #[serde(default, deserialize_with = "table")]
    config: settings::Table,
    #[serde(default)]
    steps: Option<Spanned<Lane>>,
    #[serde(default)]
    parallel: Option<Spanned<Vec<Spanned<Lane>>>>,
    #[serde(default)]
    faults: FaultTable,
    #[serde(default, deserialize_with = "some_table")]
    agent: Option<AgentRun>,
    #[serde(default, deserialize_with = "allowed")]
    missed_steps: bool,
    #[serde(default)]
    expect: Expectations,
}

/// The one word of a key that allows something.
fn allowed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Allowed;

    impl Visitor<'_> for Allowed {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("missed_steps is \"allowed\" or left out")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
            match text {
                "allowed" => Ok(true),
                other => Err(E::custom(format!("missed_steps is \"allowed\" or left out, not \"{other}\""))),
            }
        }
    }

    deserializer.deserialize_str(Allowed)
}

/// A table that may be missing.
fn some_table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    table(deserializer).map(Some)
}

/// A table and nothing else. serde's derived code would also read a list, as the fields in their order.
pub(super) fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Table<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Table(PhantomData))
}

/// Where the parts of a plan stand in its file.
#[derive(Default)]
pub(super) struct Spans {
    settings: BTreeMap<&'static str, Range<usize>>,
    lanes: Vec<Range<usize>>,
    steps: Vec<Vec<Range<usize>>>,
    faults: FaultSpans,
    schedule: Range<usize>,
}

impl Spans {
    /// The bytes of a part; none for the whole file.
    pub(super) fn of(&self, place: &Place) -> Range<usize> {
        let found = match place {
            Place::Whole => None,
            Place::Setting(key) => self.settings.get(key),
            Place::Lane(lane) => self.lanes.get(*lane),
            Place::Step(lane, step) => self.steps.get(*lane).and_then(|steps| steps.get(*step)),
            Place::Commits(agent) => self.faults.commits.get(agent),
            Place::Turn(turn) => self.faults.turns.get(turn),
            Place::Kill(kill) => self.faults.kills.get(*kill),
            Place::Schedule => Some(&self.schedule),
        };
        found.cloned().unwrap_or_default()
    }
}

impl File {
    pub(super) fn into_scenario(self, path: &Path) -> Result<Scenario, Mistake> {
        let (scenario, spans) = self.into_plan(path)?;
        match scenario.check() {
            Ok(()) => Ok(scenario),
            Err(Flaw { place, message }) => Err((spans.of(&place), message)),
        }
    }

    /// The scenario, which may have flaws, and where its parts stand.
    pub(super) fn into_plan(self, path: &Path) -> Result<(Scenario, Spans), Mistake> {
        let mut spans = Spans::default();
        let settings = self.config.settings()?;
        spans.settings = settings.iter().map(|(span, setting)| (setting.key(), span.clone())).collect();
        let settings: Vec<_> = settings.into_iter().map(|(_, setting)| setting).collect();
        let lanes = match (self.steps, self.parallel) {
            (Some(steps), None) => vec![steps],
            (None, parallel) => parallel.map(Spanned::into_inner).unwrap_or_default(),
            (Some(steps), Some(_)) => return Err((steps.span(), "steps and parallel cannot both be there".into())),
        };
        spans.schedule = self.schedule.as_ref().map(Spanned::span).unwrap_or_default();
        let lanes = lanes.iter().map(|lane| read_lane(lane, &mut spans)).collect::<Result<_, _>>()?;
        let (faults, places) = self.faults.into_faults()?;
        spans.faults = places;
        let scenario = Scenario {
            name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.to_owned(),
            title: titled(self.title)?,
            reports: self.reports,
            seed: self.seed,
            schedule: self.schedule.map(Spanned::into_inner).unwrap_or_default(),
            config: Config::of(&settings),
            lanes,
            faults,
            agent: self.agent,
            may_miss_steps: self.missed_steps,
            expect: self.expect,
        };
        Ok((scenario, spans))
    }
}

/// The title: a line that says something.
fn titled(title: Spanned<String>) -> Result<String, Mistake> {
    let complaint = match title.get_ref() {
        text if text.trim().is_empty() => "the title is empty; say in a few words what happens",
        text if text.contains(char::is_control) => "the title is one line of text, without control characters",
        _ => return Ok(title.into_inner()),
    };
    Err((title.span(), complaint.into()))
}

fn read_lane(lane: &Spanned<Lane>, spans: &mut Spans) -> Result<Vec<Step>, Mistake> {
    spans.lanes.push(lane.span());
    spans.steps.push(lane.get_ref().iter().map(Spanned::span).collect());
    lane.get_ref().iter().map(|text| read(text).map_err(|mistake| misplaced::fault(text, mistake))).collect()
}
