//! The run of a real agent that a scenario file keeps: which agent showed what the file is about, and how it is told apart from another.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use model::words::server::Server;
use serde::Deserialize;

use super::writing::{key, quoted};

/// The table `agent` of a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentRun {
    /// The agent, as `--agent` names it.
    pub name: String,
    /// The server.
    pub server: Server,
    /// The version of each part of the agent: the interpreter, the adapter's file, installed packages.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// Hash of the history.
    pub digest: String,
}

impl Display for AgentRun {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n[agent]\nname = {}\nserver = \"{}\"", quoted(&self.name), self.server)?;
        let versions: Vec<String> =
            self.versions.iter().map(|(part, version)| format!("{} = {}", key(part), quoted(version))).collect();
        writeln!(f, "versions = {{ {} }}\ndigest = {}", versions.join(", "), quoted(&self.digest))
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Scenario;

    fn parse(text: &str) -> Result<Scenario, String> {
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n{text}");
        Scenario::parse("t.toml".as_ref(), &text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_keeps_the_agent_of_its_run() {
        let text = "[agent]\nname = \"hermes\"\nserver = \"append\"\ndigest = \"00\"\n[agent.versions]\nhermes-agent = \"0.19.0\"\npython = \"3.11.7\"\n";
        let read = parse(text).expect("a scenario");
        let again = Scenario::parse("t.toml".as_ref(), &read.to_string()).expect("a scenario");
        assert_eq!(read, again);
        let agent = read.agent.expect("an agent");
        assert_eq!((agent.name.as_str(), agent.versions["hermes-agent"].as_str()), ("hermes", "0.19.0"));
    }

    #[test]
    fn a_mistake_has_its_place() {
        let error = parse("[agent]\nname = \"hermes\"\nservers = \"append\"\n").expect_err("a mistake");
        assert!(error.starts_with("t.toml:5:1: unknown field \"servers\"; did you mean \"server\"?"), "{error}");
        assert!(parse("[agent]\nname = \"hermes\"\nserver = \"apend\"\n").is_err());
    }
}
