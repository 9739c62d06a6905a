//! The shape of a scenario file, and how it becomes a [`Scenario`]: what is left out gets its default, every turn its name.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use model::contracts::memory;
use model::hosts;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{Config, Expectations, Faults, Kill, Mistake, Occurrence, Scenario, faults, lives, parse_duration};

/// How many turns a process may hold in memory, unless the scenario says so.
const MEMORY_LIMIT: u32 = 512;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    title: String,
    #[serde(default)]
    reports: Vec<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default, deserialize_with = "table")]
    config: Settings,
    #[serde(default)]
    steps: Option<Spanned<lives::Lines>>,
    #[serde(default)]
    parallel: Option<Spanned<Vec<Spanned<lives::Lines>>>>,
    #[serde(default, deserialize_with = "table")]
    faults: FaultTable,
    #[serde(default)]
    expect: Expectations,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    host: Option<Spanned<String>>,
    agent_cache: Option<Spanned<usize>>,
    drain_timeout: Option<Spanned<String>>,
    agent_raises: Option<Spanned<bool>>,
    stop_timeout: Option<Spanned<String>>,
    command_limit: Option<Spanned<String>>,
    memory_limit: Option<u32>,
    retain_every_n_turns: Option<Spanned<u32>>,
    timeout: Option<Spanned<String>>,
    auto_recall: Option<bool>,
    retain_async: Option<bool>,
    cold_client_import: Option<bool>,
    stop_budget: Option<Spanned<String>>,
    latency: Option<Spanned<String>>,
    visibility_lag: Option<Spanned<String>>,
    operation_lag: Option<Spanned<String>>,
    turn_limit: Option<Spanned<String>>,
    shutdown_limit: Option<Spanned<String>>,
    convergence_limit: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultTable {
    #[serde(default)]
    retain: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    recall: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    version: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    operation: BTreeMap<String, Spanned<String>>,
    down: Option<Spanned<String>>,
    #[serde(default)]
    commit: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
    #[serde(default)]
    kills: Vec<Spanned<String>>,
}

/// A table and nothing else. What serde derives reads a list as well, as the fields in their order.
fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
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

impl File {
    pub(super) fn into_scenario(self, path: &Path) -> Result<Scenario, Mistake> {
        let mut config = self.config.into_config()?;
        config.hosting.commits = faults::commit::read(&self.faults.commit)?;
        let lives = match (self.steps, self.parallel) {
            (Some(steps), None) => lives::lives(&[steps], config.host)?,
            (None, Some(parallel)) if !parallel.get_ref().is_empty() => lives::lives(parallel.get_ref(), config.host)?,
            (None, _) => {
                return Err((0..0, "a scenario needs steps; or parallel, a list of them for each process".into()));
            }
            (Some(steps), Some(_)) => return Err((steps.span(), "steps and parallel cannot both be there".into())),
        };
        faults::commit::check(&self.faults.commit, config.host, lives.iter().flatten())?;
        if let Some(release) = self.expect.told_twice(self.seed) {
            let message = format!(
                "two outcomes of {release} have seed {}, which is the scenario's own; each of several outcomes needs a seed of its own",
                self.seed
            );
            return Err((0..0, message));
        }
        let faults = self.faults.into_faults(lives.iter().map(Vec::len).sum())?;
        Ok(Scenario {
            name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.to_owned(),
            title: self.title,
            reports: self.reports,
            seed: self.seed,
            config,
            lives,
            faults,
            expect: self.expect,
        })
    }
}

impl Settings {
    /// Refuses what this host would pay no attention to. A default that is written down harms nobody.
    fn check_host(&self, host: hosts::Kind) -> Result<(), Mistake> {
        let serves = matches!(host, hosts::Kind::Gateway | hosts::Kind::WebUi);
        let cache = self.agent_cache.as_ref().filter(|n| !serves && *n.get_ref() != host.agent_cache());
        let drain = self.drain_timeout.as_ref().filter(|_| !serves);
        let raises = self.agent_raises.as_ref().filter(|raises| host != hosts::Kind::WebUi && *raises.get_ref());
        let (many, one) = ("\"gateway\" or \"webui\"", "\"webui\"");
        let found = [
            (cache.map(Spanned::span), "agent_cache", many),
            (drain.map(Spanned::span), "drain_timeout", many),
            (raises.map(Spanned::span), "agent_raises", one),
        ];
        match found.into_iter().find_map(|(span, key, hosts)| Some((span?, key, hosts))) {
            None => Ok(()),
            Some((span, key, hosts)) => {
                let message = format!(
                    "{key} means nothing to the host \"{}\"; write host = {hosts}, or leave it out",
                    host.name()
                );
                Err((span, message))
            }
        }
    }

    fn into_config(self) -> Result<Config, Mistake> {
        let duration = |value: Option<Spanned<String>>, default| match value {
            Some(text) => parse_duration(text.get_ref()).map_err(|message| (text.span(), message)),
            None => Ok(default),
        };
        let optional = |value: Option<Spanned<String>>| match value {
            Some(text) => parse_duration(text.get_ref()).map(Some).map_err(|message| (text.span(), message)),
            None => Ok(None),
        };
        let positive = |name: &str, value: &Option<Spanned<String>>, default| {
            let found = duration(value.clone(), default)?;
            match value {
                Some(text) if found.is_zero() => Err((text.span(), format!("{name} must be longer than 0s"))),
                _ => Ok(found),
            }
        };
        let host = match &self.host {
            Some(name) => name.get_ref().parse().map_err(|message| (name.span(), message))?,
            None => hosts::Kind::default(),
        };
        self.check_host(host)?;
        let defaults = memory::Config::default();
        let retain_every_n_turns = match self.retain_every_n_turns {
            Some(n) if *n.get_ref() == 0 => return Err((n.span(), "retain_every_n_turns is at least 1".into())),
            Some(n) => n.into_inner(),
            None => defaults.retain_every_n_turns,
        };
        let agent_cache = match self.agent_cache {
            Some(n) if *n.get_ref() == 0 => return Err((n.span(), "agent_cache is at least 1".into())),
            Some(n) => n.into_inner(),
            None => host.agent_cache(),
        };
        let stop_budget = duration(self.stop_budget.clone(), defaults.stop_budget)?;
        let shutdown_limit = duration(self.shutdown_limit.clone(), Duration::from_secs(30))?;
        if stop_budget > shutdown_limit {
            let place = self.stop_budget.or(self.shutdown_limit).map_or(0..0, |text| text.span());
            let message =
                format!("stop_budget ({stop_budget:?}) must not be longer than shutdown_limit ({shutdown_limit:?})");
            return Err((place, message));
        }
        Ok(Config {
            host,
            hosting: hosts::Settings {
                agent_cache,
                drain_timeout: optional(self.drain_timeout)?,
                stop_timeout: optional(self.stop_timeout.clone())?,
                agent_raises: self.agent_raises.is_some_and(Spanned::into_inner),
                commits: BTreeMap::new(),
            },
            stop_timeout: optional(self.stop_timeout)?,
            memory: memory::Config {
                retain_every_n_turns,
                timeout: positive("timeout", &self.timeout, defaults.timeout)?,
                auto_recall: self.auto_recall.unwrap_or(defaults.auto_recall),
                retain_async: self.retain_async.unwrap_or(defaults.retain_async),
                cold_client_import: self.cold_client_import.unwrap_or(defaults.cold_client_import),
                stop_budget,
                bank: defaults.bank,
            },
            latency: duration(self.latency, Duration::from_millis(1))?,
            visibility_lag: duration(self.visibility_lag, Duration::ZERO)?,
            operation_lag: duration(self.operation_lag, Duration::ZERO)?,
            command_limit: duration(self.command_limit, Duration::from_secs(5))?,
            memory_limit: self.memory_limit.unwrap_or(MEMORY_LIMIT),
            turn_limit: positive("turn_limit", &self.turn_limit, Duration::from_millis(500))?,
            shutdown_limit,
            convergence_limit: duration(self.convergence_limit, Duration::from_secs(600))?,
        })
    }
}

impl FaultTable {
    fn into_faults(self, processes: usize) -> Result<Faults, Mistake> {
        let down = match self.down {
            Some(text) => parse_duration(text.get_ref()).map_err(|message| (text.span(), message))?,
            None => Duration::ZERO,
        };
        let kill = |text: &Spanned<String>| {
            let kill: Kill = text.get_ref().parse()?;
            match kill.process as usize <= processes {
                true => Ok(kill),
                false => Err(format!("there is no process {}; the steps make {processes}", kill.process)),
            }
        };
        let kills = self.kills.iter().map(|text| kill(text).map_err(|message| (text.span(), message)));
        Ok(Faults {
            retain: Occurrence::read(&self.retain)?,
            recall: Occurrence::read(&self.recall)?,
            version: Occurrence::read(&self.version)?,
            operation: Occurrence::read(&self.operation)?,
            down,
            kills: kills.collect::<Result<_, _>>()?,
        })
    }
}
