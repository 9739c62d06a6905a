//! The plan as data: what one scenario file says, and nothing else decides a run.
//!
//! A scenario is a story (title, reports), a configuration, a list of steps for the processes that own the agent, the
//! faults it meets, and what each release is known to do with it. Reading one either succeeds or says where the file
//! is wrong and what to write instead; see [`ScenarioError`].

mod error;
mod expect;
mod fault;
mod server;
mod span;
mod step;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::lifecycle;
use model::session::SessionId;
use model::turn::TurnId;
use serde::Deserialize;
use toml::Spanned;

pub use error::ScenarioError;
pub use expect::{Damage, Expectation, Expectations, native};
pub use fault::{Ending, Fault, Kill, Occurrence};
pub use server::Server;
pub use span::parse_duration;
pub use step::{Step, Weather};

/// The longest plan: beyond it a run would take minutes, and no report needs it.
pub const STEPS_MAX: usize = 10_000;
/// The longest that all sleeps together may last: nothing in a lifecycle takes days.
const SLEEP_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The largest file that is read at all.
const BYTES_MAX: u64 = 16 << 20;

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file's name without its extension.
    pub name: String,
    /// Where it was read from, as the user named it.
    pub path: PathBuf,
    /// What goes wrong, in one sentence.
    pub title: String,
    /// Public reports of it, as `owner/repository#number`.
    pub reports: Vec<String>,
    /// Seed of every random stream of the run.
    pub seed: u64,
    /// Configuration of the memory and of its surroundings.
    pub config: Config,
    /// The lives of the processes, in order.
    pub processes: Vec<Process>,
    /// What goes wrong at the provider and where processes are killed.
    pub faults: Faults,
    /// What each release is known to do.
    pub expect: Expectations,
}

/// One process: the session it opens with, and its steps, each turn already named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The session that is open at the start.
    pub session: SessionId,
    /// What happens, in order. At the end the interpreter exits normally.
    pub steps: Vec<Step>,
}

/// Configuration, with the bounds that the judges hold a run against.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the memory is configured with.
    pub memory: lifecycle::Config,
    /// One-way latency of the network.
    pub latency: Duration,
    /// How long after a retain was applied a recall sees it.
    pub visibility_lag: Duration,
    /// How long an accepted asynchronous retain waits before the provider works on it.
    pub operation_lag: Duration,
    /// The longest that a turn's end may hold the caller (hermes-agent#41945).
    pub turn_limit: Duration,
    /// The longest that a shutdown may take (Hermes' own exit watchdog, `HERMES_EXIT_WATCHDOG_S`).
    pub shutdown_limit: Duration,
    /// After the faults have stopped, how long what is pending may take to arrive.
    pub convergence_limit: Duration,
}

/// All that goes wrong and is not a step.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Faults of retain requests.
    pub retain: Occurrence,
    /// Faults of recalls.
    pub recall: Occurrence,
    /// Faults of version probes.
    pub version: Occurrence,
    /// Faults of questions about operations.
    pub operation: Occurrence,
    /// How long the provider refuses connections from the start.
    pub down: Duration,
    /// Where processes are killed.
    pub kills: Vec<Kill>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    reports: Vec<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    config: Settings,
    steps: Spanned<Vec<Spanned<String>>>,
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

impl Scenario {
    /// Reads a scenario file.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let fail = |message: String| ScenarioError::whole_file(path, message);
        let size = std::fs::metadata(path).map_err(|error| fail(error::io_message(&error)))?.len();
        if size > BYTES_MAX {
            return Err(fail(format!("is {} MiB large; a scenario has at most {STEPS_MAX} steps", size >> 20)));
        }
        let bytes = std::fs::read(path).map_err(|error| fail(error::io_message(&error)))?;
        let text =
            String::from_utf8(bytes).map_err(|_| fail("is not a text file; a scenario is written in TOML".into()))?;
        Self::parse(path, &text)
    }

    /// Reads a scenario from its text. `path` names it.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ScenarioError> {
        if text.trim().is_empty() {
            return Err(ScenarioError::whole_file(path, "is empty; a scenario needs a title and steps".into()));
        }
        let file: File = toml::from_str(text).map_err(|error| ScenarioError::from_toml(path, text, &error))?;
        let steps = file.steps.span();
        file.into_scenario(path).map_err(|(span, message)| {
            ScenarioError::at(path, text, if span.is_empty() { steps.start } else { span.start }, &message)
        })
    }
}

/// A mistake in a file that is well-formed TOML: where, and what is wrong.
type Mistake = (std::ops::Range<usize>, String);

impl File {
    fn into_scenario(self, path: &Path) -> Result<Scenario, Mistake> {
        Ok(Scenario {
            name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.to_owned(),
            title: self.title,
            reports: self.reports,
            seed: self.seed,
            config: self.config.into_config()?,
            processes: processes(&self.steps)?,
            faults: self.faults.into_faults()?,
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
    fn into_faults(self) -> Result<Faults, Mistake> {
        let down = match self.down {
            Some(text) => parse_duration(text.get_ref()).map_err(|message| (text.span(), message))?,
            None => Duration::ZERO,
        };
        let kills = self.kills.iter().map(|kill| kill.get_ref().parse().map_err(|message| (kill.span(), message)));
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
        total += parsed.times;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Scenario, String> {
        Scenario::parse(Path::new("scenarios/a.toml"), text).map_err(|error| error.to_string())
    }

    fn check_error(text: &str, expected: &str) {
        assert_eq!(parse(text).expect_err("a mistake"), expected);
    }

    #[test]
    fn turns_are_numbered_by_session_over_all_processes() {
        let text = r#"
            title = "t"
            steps = ["turn x2", "switch S2", "turn", "sigkill", "restart", "turn", "shutdown"]
        "#;
        let scenario = parse(text).expect("a scenario");
        let turns: Vec<Vec<String>> = scenario
            .processes
            .iter()
            .map(|process| {
                let turn = |step: &Step| match step {
                    Step::Turn(turn) => Some(turn.to_string()),
                    _ => None,
                };
                process.steps.iter().filter_map(turn).collect()
            })
            .collect();
        assert_eq!(turns, [vec!["S1#1", "S1#2", "S2#1"], vec!["S1#3"]]);
    }

    #[test]
    fn a_mistake_is_shown_with_its_place_and_the_nearest_word() {
        check_error(
            "title = \"t\"\nsteps = [\n  \"turn\",\n  \"swich S2\",\n]\n",
            "scenarios/a.toml:4:3: unknown step \"swich S2\"; did you mean \"switch\"? steps: turn, sleep, switch, new, \
             compress, end, prefetch, shutdown, cli_exit, exit, os_exit, sigkill, sigterm, power_loss, restart, \
             wait_retain, wedge, server_down, network",
        );
        check_error(
            "title = \"t\"\nstep = [\"turn\"]\n",
            "scenarios/a.toml:2:1: unknown field \"step\"; did you mean \"steps\"? fields: title, reports, seed, config, \
             steps, faults, expect",
        );
        check_error(
            "title = \"t\"\nsteps = [\"turn\"]\n[expect]\nQ = \"pass\"\n",
            "scenarios/a.toml:4:1: there is no release \"Q\"; releases: reference, A, B, C, D, E, F, N",
        );
        check_error(
            "title = \"t\"\nsteps = [\"sleep 3 parsecs\"]\n",
            "scenarios/a.toml:2:10: \"3 parsecs\" is not a duration; write a number with ms, s, m or h, as in 400ms",
        );
    }

    #[test]
    fn what_cannot_be_a_scenario_is_refused_in_one_line() {
        check_error("  \n", "scenarios/a.toml: is empty; a scenario needs a title and steps");
        check_error("title = \"t\"\nsteps = []\n", "scenarios/a.toml:2:9: a scenario needs at least one step");
        check_error(
            "title = \"t\"\nsteps = [\"turn x10001\"]\n",
            "scenarios/a.toml:2:10: a scenario has at most 10000 steps; this one has more",
        );
        check_error(
            "title = \"t\"\nsteps = [\"turn\"]\nconfig = { retain_every_n_turns = 0 }\n",
            "scenarios/a.toml:3:35: retain_every_n_turns is at least 1",
        );
    }
}
