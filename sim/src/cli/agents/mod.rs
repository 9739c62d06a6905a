//! Real agents on the command line: `--agent`, and the names of a file of agents.
//!
//! - `file`: that file. - `doctor`: which of its agents can be run. Absent here: how an agent is run, which is `external`'s business. Only
//!   Linux can; elsewhere each of these options is an error.

#[cfg(target_os = "linux")]
pub(super) mod doctor;
#[cfg(target_os = "linux")]
mod file;

use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;

use super::{Environment, Failure, input, named};
use crate::search::campaign::store::AgentIdentity;

#[cfg(not(target_os = "linux"))]
use absent::{Engaged, engage};
#[cfg(target_os = "linux")]
use present::engage;

#[cfg(target_os = "linux")]
pub(super) use crate::external::Engaged;

/// The real agent that a command is about.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct AgentOptions {
    /// This real agent instead of a release: an adapter's Python file, hermes, hermes/PLUGIN, or a name from the file of agents
    #[arg(long, value_name = "SPEC", conflicts_with = "release")]
    agent: Option<String>,
    /// The Python 3.11 that runs the agent [default: the one in the file of agents, or python3.11]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// The provider that the agent speaks to: the file of a description, or a name that the program has one of [default: the adapter's]
    #[arg(long, value_name = "FILE")]
    provider: Option<String>,
    /// The file of agents [default: forget-me-not.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
}

impl AgentOptions {
    /// This agent, run by this interpreter.
    pub(super) fn named(agent: &str, python: Option<&Path>) -> Self {
        Self { agent: Some(agent.to_owned()), python: python.map(Path::to_owned), ..Self::default() }
    }

    /// An agent that is named without `--agent`, with its other options.
    pub(super) fn given(
        agent: &str,
        python: Option<PathBuf>,
        provider: Option<String>,
        agents: Option<PathBuf>,
    ) -> Self {
        Self { agent: Some(agent.to_owned()), python, provider, agents }
    }

    /// The agent that a file names.
    pub(super) fn of(&self, name: &str) -> Self {
        Self { agent: Some(name.to_owned()), ..self.clone() }
    }

    /// Whether an agent is named.
    pub(super) fn is_given(&self) -> bool {
        self.agent.is_some()
    }

    /// Starts the agent, if one is named.
    pub(super) fn engage(&self, environment: &Environment) -> Result<Option<Engaged>, Failure> {
        let Some(agent) = &self.agent else {
            return match (&self.python, &self.provider) {
                (Some(_), _) => Err(input("--python says what runs an agent; name one with --agent".to_owned())),
                (None, Some(_)) => {
                    Err(input("--provider says what an agent speaks to; name one with --agent".to_owned()))
                }
                (None, None) => Ok(None),
            };
        };
        let wanted = Wanted { python: self.python.as_deref(), provider: self.provider.as_deref() };
        engage(agent, wanted, self.agents.as_deref(), environment).map(Some)
    }

    /// The agent of a campaign that was kept.
    pub(super) fn again(agent: Option<&AgentIdentity>) -> Self {
        let words = agent.map(|agent| &agent.options[..]).unwrap_or_default();
        let of = |option: &str| Some(words[words.iter().position(|word| word == option)? + 1..].first()?.clone());
        Self {
            agent: of("--agent"),
            python: of("--python").map(PathBuf::from),
            provider: of("--provider"),
            agents: of("--agents").map(PathBuf::from),
        }
    }
}

/// What the command line says of an agent besides its name.
#[derive(Clone, Copy, Default)]
struct Wanted<'a> {
    python: Option<&'a Path>,
    provider: Option<&'a str>,
}

/// A release, or an agent of the file of agents, which lives as long as the second.
pub(super) fn subject(
    name: &str,
    agents: Option<&Path>,
    environment: &Environment,
) -> Result<(Subject, Option<Engaged>), Failure> {
    match named::<Subject>(name) {
        Ok(subject) if subject.making().is_none() => Ok((subject, None)),
        unknown => {
            #[cfg(target_os = "linux")]
            if let Some(engaged) = present::named_in_file(name, agents, environment)? {
                return Ok((engaged.subject, Some(engaged)));
            }
            _ = (agents, environment);
            unknown.map(|subject| (subject, None))
        }
    }
}

#[cfg(target_os = "linux")]
mod present {
    use std::path::Path;

    use super::file::AgentsFile;
    use super::{Engaged, Environment, Failure, Wanted, input};
    use crate::external::{self, Spec, interpreter};

    /// Where programs are searched if the environment does not say it.
    const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

    pub(super) fn path(environment: &Environment) -> &str {
        environment.variables.get("PATH").map_or(PATH, String::as_str)
    }

    /// Starts the agent that `text` names.
    pub(super) fn engage(
        text: &str,
        wanted: Wanted<'_>,
        agents: Option<&Path>,
        environment: &Environment,
    ) -> Result<Engaged, Failure> {
        let Wanted { python, provider } = wanted;
        let file = AgentsFile::find(agents, path(environment)).map_err(input)?;
        let named = file.as_ref().and_then(|file| file.named(text)).transpose().map_err(input)?;
        let spec = match (named, python) {
            (Some(_), _) if provider.is_some() => {
                return Err(input(format!(
                    "--provider: the file of agents says what {text} speaks to; write it there"
                )));
            }
            (Some(spec), None) => spec,
            (Some(mut spec), Some(python)) => {
                spec.named_by.extend(["--python".to_owned(), python.display().to_string()]);
                spec.python = interpreter(Path::new(""), python);
                spec
            }
            (None, python) => Spec::of(text, python, provider, path(environment)).map_err(|error| {
                let names = file.map(|file| file.names().join(", ")).unwrap_or_default();
                input(if names.is_empty() { error } else { format!("{error}, or one of the file's agents: {names}") })
            })?,
        };
        external::engage(&spec).map_err(input)
    }

    /// Starts the agent of this name, if the file has it.
    pub(super) fn named_in_file(
        name: &str,
        agents: Option<&Path>,
        environment: &Environment,
    ) -> Result<Option<Engaged>, Failure> {
        let Some(file) = AgentsFile::find(agents, path(environment)).map_err(input)? else { return Ok(None) };
        let spec = file.named(name).transpose().map_err(input)?;
        spec.map(|spec| external::engage(&spec).map_err(input)).transpose()
    }
}

#[cfg(not(target_os = "linux"))]
mod absent {
    use std::path::Path;

    use model::agents::Subject;

    use super::{Environment, Failure, Wanted, input};

    /// A real agent, of which there is none here.
    pub(crate) struct Engaged {
        pub(crate) subject: Subject,
    }

    pub(super) fn engage(text: &str, _: Wanted<'_>, _: Option<&Path>, _: &Environment) -> Result<Engaged, Failure> {
        Err(input(format!("--agent {text}: real agents run on Linux only")))
    }
}
