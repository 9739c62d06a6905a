//! The shape of a scenario file, and how it becomes a [`Scenario`]: what is left out gets its default, every turn its name.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::lifecycle;
use model::session::SessionId;
use model::turn::TurnId;
use serde::Deserialize;
use toml::Spanned;

use super::{
    Config, Expectations, Faults, Kill, Mistake, Occurrence, Process, SLEEP_MAX, STEPS_MAX, Scenario, Step,
    parse_duration,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    title: String,
    #[serde(default)]
    reports: Vec<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    config: Settings,
    pub(super) steps: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    faults: FaultTable,
    #[serde(default)]
    expect: Expectations,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
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
    kills: Vec<Spanned<String>>,
}

impl File {
    pub(super) fn into_scenario(self, path: &Path) -> Result<Scenario, Mistake> {
        let processes = processes(&self.steps)?;
        let faults = self.faults.into_faults(processes.len())?;
        Ok(Scenario {
            name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.to_owned(),
            title: self.title,
            reports: self.reports,
            seed: self.seed,
            config: self.config.into_config()?,
            processes,
            faults,
            expect: self.expect,
        })
    }
}

impl Settings {
    fn into_config(self) -> Result<Config, Mistake> {
        let duration = |value: Option<Spanned<String>>, default| match value {
            Some(text) => parse_duration(text.get_ref()).map_err(|message| (text.span(), message)),
            None => Ok(default),
        };
        let defaults = lifecycle::Config::default();
        let retain_every_n_turns = match self.retain_every_n_turns {
            Some(n) if *n.get_ref() == 0 => return Err((n.span(), "retain_every_n_turns is at least 1".into())),
            Some(n) => n.into_inner(),
            None => defaults.retain_every_n_turns,
        };
        Ok(Config {
            memory: lifecycle::Config {
                retain_every_n_turns,
                timeout: duration(self.timeout, defaults.timeout)?,
                auto_recall: self.auto_recall.unwrap_or(defaults.auto_recall),
                retain_async: self.retain_async.unwrap_or(defaults.retain_async),
                cold_client_import: self.cold_client_import.unwrap_or(defaults.cold_client_import),
                stop_budget: duration(self.stop_budget, defaults.stop_budget)?,
                bank: defaults.bank,
            },
            latency: duration(self.latency, Duration::from_millis(1))?,
            visibility_lag: duration(self.visibility_lag, Duration::ZERO)?,
            operation_lag: duration(self.operation_lag, Duration::ZERO)?,
            turn_limit: duration(self.turn_limit, Duration::from_millis(500))?,
            shutdown_limit: duration(self.shutdown_limit, Duration::from_secs(30))?,
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

/// Splits the steps at each `restart` and names every turn.
fn processes(steps: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Process>, Mistake> {
    let texts = steps.get_ref();
    if texts.is_empty() {
        return Err((steps.span(), "a scenario needs at least one step".into()));
    }
    let first = SessionId::from("S1");
    let mut session = first.clone();
    let mut processes = vec![Process { session: first.clone(), steps: Vec::new() }];
    let mut turns: BTreeMap<SessionId, u32> = BTreeMap::new();
    let mut total = 0;
    let mut asleep = Duration::ZERO;
    for text in texts {
        let parsed = Step::parse(text.get_ref()).map_err(|message| (text.span(), message))?;
        total = parsed.times.saturating_add(total);
        if total > STEPS_MAX {
            return Err((text.span(), format!("a scenario has at most {STEPS_MAX} steps; this one has more")));
        }
        if let Step::Sleep(duration) = parsed.step {
            asleep += duration;
        }
        if asleep > SLEEP_MAX {
            return Err((text.span(), "the sleeps of a scenario may add up to 7 days; these add up to more".into()));
        }
        for _ in 0..parsed.times {
            let mut step = parsed.step.clone();
            match &mut step {
                Step::Restart(with) => {
                    session = with.clone().unwrap_or_else(|| first.clone());
                    processes.push(Process { session: session.clone(), steps: Vec::new() });
                    continue;
                }
                Step::Turn(turn) => {
                    let number = turns.entry(session.clone()).or_insert(0);
                    *number += 1;
                    *turn = TurnId { session: session.clone(), number: *number };
                }
                Step::Switch(to) | Step::New(to) | Step::Compress(to) => session = to.clone(),
                _ => {}
            }
            processes.last_mut().expect("there is a first process").steps.push(step);
        }
    }
    Ok(processes)
}
