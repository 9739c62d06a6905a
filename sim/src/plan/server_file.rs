//! The plan of a server alone: its faults and lags, from a scenario file or a file with nothing else.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::fault_table::FaultTable;
use super::faults::Faults;
use super::file::table;
use super::settings;
use super::{Mistake, Scenario, ScenarioError, Setting, read_text};

/// The plan of a server.
#[derive(Clone, Debug, Default)]
pub struct ServerPlan {
    /// The faults of requests, and how long it is down at first.
    pub faults: Faults,
    /// How long after a text was applied a recall sees it.
    pub visibility_lag: Duration,
    /// How long accepted texts wait before they are applied.
    pub operation_lag: Duration,
    /// How long an asynchronous append takes.
    pub append_lag: Duration,
    /// What the file plans that no server does, in words.
    pub not_served: Vec<&'static str>,
}

/// A file with nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, deserialize_with = "table")]
    config: settings::Table,
    #[serde(default)]
    faults: FaultTable,
}

impl ServerPlan {
    /// Reads a file.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text = read_text(path)?;
        if text.trim().is_empty() {
            let message = "is empty; write a table [faults], as in retain = { 1 = \"drop\" }, or name a scenario";
            return Err(ScenarioError::whole_file(path, message.into()));
        }
        let toml = |error: toml::de::Error| ScenarioError::from_toml(path, &text, &error);
        let keys: toml::Table = toml::from_str(&text).map_err(toml)?;
        if ["title", "steps", "parallel"].iter().any(|key| keys.contains_key(*key)) {
            return Scenario::parse(path, &text).map(|scenario| Self::of(&scenario));
        }
        let file: File = toml::from_str(&text).map_err(toml)?;
        file.plan().map_err(|(span, message)| ScenarioError::at(path, &text, span.start, &message))
    }

    /// The server's part of a scenario.
    fn of(scenario: &Scenario) -> Self {
        let Faults { kills, .. } = &scenario.faults;
        let rest = [(kills.is_empty(), "kills"), (scenario.faults.agents().next().is_none(), "faults of commits")];
        let not_served = rest.into_iter().filter(|(none, _)| !none).map(|(_, what)| what);
        Self {
            faults: scenario.faults.clone(),
            visibility_lag: scenario.config.visibility_lag,
            operation_lag: scenario.config.operation_lag,
            append_lag: scenario.config.append_lag,
            not_served: std::iter::once("steps").chain(not_served).collect(),
        }
    }
}

impl File {
    fn plan(self) -> Result<ServerPlan, Mistake> {
        let mut plan = ServerPlan::default();
        for (span, setting) in self.config.settings()? {
            if let Setting::OperationLag(lag) = setting {
                plan.operation_lag = lag;
            } else if let Setting::AppendLag(lag) = setting {
                plan.append_lag = lag;
            } else if let Setting::VisibilityLag(lag) = setting {
                plan.visibility_lag = lag;
            } else {
                let key = setting.key();
                return Err((
                    span,
                    format!(
                        "{key} is no setting of the server; its settings: append_lag, operation_lag, visibility_lag"
                    ),
                ));
            }
        }
        let (faults, places) = self.faults.into_faults()?;
        let others = places.kills.into_iter().chain(places.commits.into_values());
        if let Some(span) = others.into_iter().next() {
            return Err((
                span,
                "a server has no processes to kill and no commits; its faults: those of requests, and down".into(),
            ));
        }
        Ok(ServerPlan { faults, ..plan })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<ServerPlan, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/server_file");
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        let complaint = |error: ScenarioError| error.to_string().replace(&format!("{}/", folder.display()), "");
        ServerPlan::read(&path).map_err(complaint)
    }

    #[test]
    fn a_server_is_planned_by_its_faults_or_by_a_scenario() {
        let faults = "[faults]\nretain = { 1 = \"drop\" }\n";
        let alone = read("alone.toml", &format!("config = {{ operation_lag = \"2s\" }}\n{faults}")).expect("a plan");
        assert_eq!((alone.operation_lag, alone.faults.planned().count()), (Duration::from_secs(2), 1));
        let scenario =
            format!("title = \"t\"\nsteps = [\"turn\"]\n{faults}kills = [\"sigkill at step 1 of process 1\"]\n");
        let of_a_scenario = read("scenario.toml", &scenario).expect("a plan");
        assert_eq!((of_a_scenario.faults.planned().count(), of_a_scenario.not_served), (1, vec!["steps", "kills"]));
    }

    #[test]
    fn what_no_server_does_is_refused() {
        let check = |text: &str, start: &str| {
            let error = read("mistake.toml", text).expect_err("a mistake");
            assert!(error.starts_with(&format!("mistake.toml{start}")), "{error}");
        };
        check("", ": is empty");
        check("[faults]\nretain = { 1 = \"dorp\" }\n", ":2:16: ");
        check("[faults]\nretian = { 1 = \"drop\" }\n", ":2:1: unknown field \"retian\"; did you mean \"retain\"?");
        check("config = { timeout = \"1s\" }\n", ":1:22: timeout is no setting of the server");
        check("[faults]\nkills = [\"sigkill at step 1 of process 1\"]\n", ":2:10: a server has no processes");
        check("nothing = 1\n", ":1:1: unknown field");
        check("\u{0}", ":1:");
    }
}
