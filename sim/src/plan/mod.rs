//! The plan as data: what one scenario file says, and nothing else decides a run.
//!
//! A scenario is a story (title, reports), a configuration, a list of steps for the processes that own the agent, the
//! faults it meets, and what each release is known to do with it. Reading one either succeeds or says where the file
//! is wrong and what to write instead; see [`ScenarioError`].

mod error;
mod expect;
mod faults;
mod file;
mod known_turns;
mod lives;
mod span;
mod steps;
mod wording;

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::contracts::memory;
use model::hosts;
use model::words::part::Part;
use model::words::session::SessionId;

pub use error::ScenarioError;
pub use expect::{Damage, Expectation, Expectations, Outcome, VIOLATES};
pub use faults::disk::DiskFault;
pub use faults::network::Weather;
pub use faults::request::{Ending, Fault, Kill, Moment, Occurrence};
use file::File;
pub use span::{parse_duration, parse_real_time};
pub use steps::Step;

/// The longest plan. A release that sends the whole session again with every turn takes a gigabyte for this many.
pub const STEPS_MAX: usize = 5_000;
/// How often a plan may wait for others. Each time may be ten minutes, with a look around every few milliseconds.
const WAITS_MAX: usize = 100;
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
    /// The lives of the processes: lists that run beside each other, each of processes that follow each other.
    pub lives: Vec<Vec<Process>>,
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
    /// How much later it starts than it could.
    pub after: Duration,
    /// What happens, in order. At the end the interpreter exits normally.
    pub steps: Vec<Step>,
}

/// Configuration, with the bounds that the judges hold a run against.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whose processes these are.
    pub host: hosts::Kind,
    /// What that host is configured with.
    pub hosting: hosts::Settings,
    /// How long a process may take from SIGTERM to its end, before its supervisor kills it (`TimeoutStopSec`); what the release
    /// has, if nothing is said.
    pub stop_timeout: Option<Duration>,
    /// What the memory is configured with.
    pub memory: memory::Config,
    /// One-way latency of the network.
    pub latency: Duration,
    /// How long after a retain was applied a recall sees it.
    pub visibility_lag: Duration,
    /// How long an accepted asynchronous retain waits before the provider works on it.
    pub operation_lag: Duration,
    /// The longest that a turn's end may hold the caller (hermes-agent#41945).
    pub turn_limit: Duration,
    /// The longest that any other command may hold the caller, but for a shutdown.
    pub command_limit: Duration,
    /// How many turns a process may hold in memory.
    pub memory_limit: u32,
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

impl Scenario {
    /// Reads a scenario file.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let fail = |message: String| ScenarioError::whole_file(path, message);
        let found = std::fs::metadata(path).map_err(|error| fail(error::io_message(&error)))?;
        if !found.is_file() {
            return Err(fail("is neither a file nor a folder".into()));
        }
        if found.len() > BYTES_MAX {
            return Err(fail(format!("is {} MiB large; a scenario has at most {STEPS_MAX} steps", found.len() >> 20)));
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
        let scenario = file.into_scenario(path);
        let sound = scenario.and_then(|scenario| known_turns::check(&scenario, text).map(|()| scenario));
        sound.map_err(|(span, message)| match span.is_empty() {
            true => ScenarioError::whole_file(path, message),
            false => ScenarioError::at(path, text, span.start, &message),
        })
    }
}

impl Scenario {
    /// The same, under another schedule.
    pub fn seeded(&self, seed: u64) -> Self {
        Self { seed, ..self.clone() }
    }

    /// The processes, those that run beside each other one after the other: the n-th is process n of the history.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.lives.iter().flatten()
    }

    /// Which releases it asks: those of the WebUI or of the gateway's restarts, if it is about them, else those of the memory.
    pub fn part(&self) -> Part {
        match self.config.host {
            hosts::Kind::WebUi => Part::WebUi,
            hosts::Kind::Gateway if self.steps().any(Step::is_of_a_running_gateway) => Part::Gateway,
            _ => Part::Memory,
        }
    }

    /// All steps of all processes.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.processes().flat_map(|process| &process.steps)
    }

    /// How long after its sender is gone a request may still take until it is applied.
    pub fn longest_journey(&self) -> Duration {
        let latencies = self.steps().filter_map(|step| match step {
            Step::Network(Weather::Latency(latency)) => Some(*latency),
            _ => None,
        });
        let latency = latencies.max().unwrap_or_default().max(self.config.latency);
        // A handshake, the request and its answer, on a link that may have become slower and faster again.
        6 * latency + self.faults.longest_delay() + self.config.operation_lag
    }
}

/// A mistake in a file that is well-formed TOML: where, and what is wrong.
type Mistake = (std::ops::Range<usize>, String);

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
            .processes()
            .map(|process| {
                let turn = |step: &Step| match step {
                    Step::Turn(turn, _) => Some(turn.to_string()),
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
            "scenarios/a.toml:4:3: unknown step \"swich S2\"; did you mean \"switch\"? steps: turn, run, start, join, \
             sleep, switch, resume, branch, new, compress, undo, use, agent, say, end, prefetch, shutdown, cli_exit, exit, \
             os_exit, sigkill, sigterm, on_sigterm, power_loss, restart, start_after, lose, reinit, evict, idle, expire, \
             barrier, wait_retain, wedge, server_down, network, disk, register, unregister, mark, commit, commit_in_background, \
             discard, drain, dirty, self_update, stop, reconnect, request_restart, cron, close",
        );
        check_error(
            "title = \"t\"\nstep = [\"turn\"]\n",
            "scenarios/a.toml:2:1: unknown field \"step\"; did you mean \"steps\"? fields: title, reports, seed, config, \
             steps, parallel, faults, expect",
        );
        let unknown = parse("title = \"t\"\nsteps = [\"turn\"]\n[expect]\nQ = \"pass\"\n").expect_err("a mistake");
        assert!(
            unknown.starts_with("scenarios/a.toml:4:1: there is no release \"Q\"; releases: reference, A, B,"),
            "{unknown}"
        );
        check_error(
            "title = \"t\"\nsteps = [\"sleep 3 parsecs\"]\n",
            "scenarios/a.toml:2:10: \"3 parsecs\" is not a duration; write a number with ms, s, m or h, as in 400ms",
        );
    }

    #[test]
    fn what_the_host_would_pass_over_is_refused() {
        let check = |config: &str, step: &str, faults: &str, expected: &str| {
            check_error(
                &format!("title = \"t\"\nconfig = {{ {config} }}\nsteps = [\"turn\", \"{step}\"]\n{faults}"),
                expected,
            );
        };
        let gateway = "or leave it out";
        for step in ["stop", "reconnect", "request_restart", "cron 5s", "close S1", "lose sessions.json", "start stop"]
        {
            for host in ["cli", "webui"] {
                let expected = format!(
                    "scenarios/a.toml:3:18: \"{step}\" means nothing to the host \"{host}\"; write config = {{ host = \"gateway\" }}, {gateway}"
                );
                check(&format!("host = \"{host}\""), step, "", &expected);
            }
        }
        for step in ["mark S1", "dirty S1", "drain 3s", "self_update", "start commit S1"] {
            let expected = format!(
                "scenarios/a.toml:3:18: \"{step}\" means nothing to the host \"gateway\"; write config = {{ host = \"webui\" }}, {gateway}"
            );
            check("host = \"gateway\"", step, "", &expected);
        }
        for step in ["run 5s", "start turn", "join"] {
            let expected = format!(
                "scenarios/a.toml:3:18: \"{step}\" means nothing to the host \"cli\"; \
                 write config = {{ host = \"gateway\" }} or {{ host = \"webui\" }}, {gateway}"
            );
            check("", step, "", &expected);
        }
        for (config, key, hosts) in [
            ("drain_timeout = \"5s\"", "drain_timeout", "\"gateway\" or \"webui\""),
            ("agent_cache = 3      ", "agent_cache", "\"gateway\" or \"webui\""),
            ("agent_raises = true  ", "agent_raises", "\"webui\""),
        ] {
            let column = 12 + config.find('=').expect("a value") + 2;
            let expected = format!(
                "scenarios/a.toml:2:{column}: {key} means nothing to the host \"cli\"; write host = {hosts}, {gateway}"
            );
            check(config, "turn", "", &expected);
        }
        let faults = "[faults]\ncommit.zzz = { 1 = \"fail\" }\n";
        check(
            "host = \"gateway\"",
            "turn",
            faults,
            "scenarios/a.toml:5:20: commit.zzz means nothing to the host \"gateway\"; write config = { host = \"webui\" }, or leave it out",
        );
        check(
            "host = \"webui\"",
            "commit S2 agent",
            faults,
            "scenarios/a.toml:5:20: the steps have no agent \"zzz\"; agents and sessions: S1, S2, agent",
        );
        for known in ["agent", "S1", "S1.2", "S2"] {
            let text = format!(
                "title = \"t\"\nconfig = {{ host = \"webui\" }}\nsteps = [\"turn\", \"commit S2 agent\"]\n[faults]\ncommit.\"{known}\" = {{ 1 = \"fail\" }}\n"
            );
            assert!(parse(&text).is_ok(), "{known}");
        }
    }

    #[test]
    fn a_file_that_no_host_has_cannot_be_lost() {
        for file in ["../../x", "/sessions.json", "state.db"] {
            let told = parse(&format!("title = \"t\"\nconfig = {{ host = \"gateway\" }}\nsteps = [\"lose {file}\"]\n"));
            let told = told.expect_err("a mistake");
            let start = format!("scenarios/a.toml:3:10: a host has no file \"{file}\" that can be lost");
            assert!(told.starts_with(&start) && told.ends_with("files: sessions.json"), "{told}");
        }
    }

    #[test]
    fn a_list_begins_later_once() {
        let place = "\"start_after\" is the first step of a list, or none; write \"restart after 70s\" further down";
        for steps in ["\"start_after 5s\", \"start_after 5s\"", "\"prefetch      \", \"start_after 5s\""] {
            check_error(
                &format!("title = \"t\"\nsteps = [{steps}, \"turn\"]\n"),
                &format!("scenarios/a.toml:2:28: {place}"),
            );
        }
    }

    #[test]
    fn what_cannot_be_a_scenario_is_refused_in_one_line() {
        check_error("  \n", "scenarios/a.toml: is empty; a scenario needs a title and steps");
        check_error("title = \"t\"\nsteps = []\n", "scenarios/a.toml:2:9: a scenario needs at least one step");
        check_error(
            "title = \"t\"\nsteps = [\"turn x5001\"]\n",
            "scenarios/a.toml:2:10: a scenario has at most 5000 steps; this one has more",
        );
        check_error(
            "title = \"t\"\nsteps = [\"turn\"]\nconfig = { retain_every_n_turns = 0 }\n",
            "scenarios/a.toml:3:35: retain_every_n_turns is at least 1",
        );
    }
}
