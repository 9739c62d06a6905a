//! `doctor`: which real agents can be run here, with which versions, and what is missing.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::file::AgentsFile;
use super::present::path;
use crate::cli::{Environment, Failure, input, print};
use crate::external::{self, Engaged, PYTHON, Spec, interpreter};

#[derive(Args)]
pub(in crate::cli) struct Doctor {
    /// Only this agent: an adapter's Python file, hermes, hermes/PLUGIN, or a name from the file of agents [default: all of that file, or hermes]
    #[arg(long, value_name = "SPEC")]
    agent: Option<String>,
    /// The Python 3.11 that runs the agent [default: the one in the file of agents, or python3.11]
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// The file of agents [default: forget-me-not.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    agents: Option<PathBuf>,
}

impl Doctor {
    pub(in crate::cli) fn run(&self, environment: &Environment, out: &mut dyn Write) -> Result<u8, Failure> {
        let file = AgentsFile::find(self.agents.as_deref(), path(environment)).map_err(input)?;
        let mut patients = self.patients(file.as_ref(), environment);
        let mut ill = 0;
        if let Some(file) = &file {
            print(out, &format!("{}: {}\n", file.path.display(), file.names().join(", ")))?;
        }
        for (name, spec) in &mut patients {
            let (text, is_ill) = examined(name, spec);
            ill += u32::from(is_ill);
            print(out, &text)?;
        }
        Ok(u8::from(ill > 0))
    }

    /// The agents to try, by name: each as it would be started, or why it cannot be.
    fn patients(&self, file: Option<&AgentsFile>, environment: &Environment) -> Vec<(String, Result<Spec, String>)> {
        let names = match (&self.agent, file) {
            (Some(agent), _) => vec![agent.clone()],
            (None, Some(file)) => file.names().into_iter().map(str::to_owned).collect(),
            (None, None) => vec!["hermes".to_owned()],
        };
        let python = self.python.as_deref();
        let of = |name: String| {
            let spec = file.and_then(|file| file.named(&name)).map(|spec| {
                let spec = spec?;
                Ok(Spec {
                    python: python.map_or(spec.python.clone(), |python| interpreter(Path::new(""), python)),
                    ..spec
                })
            });
            let spec = spec.unwrap_or_else(|| Spec::of(&name, python, None, path(environment)));
            (name, spec)
        };
        names.into_iter().map(of).collect()
    }
}

/// What is known of an agent, and whether it cannot be run.
fn examined(name: &str, spec: &Result<Spec, String>) -> (String, bool) {
    let mut text = format!("\n{name}\n");
    let python = spec.as_ref().map_or_else(|_| PathBuf::from(PYTHON), |spec| spec.python.clone());
    match spec.as_ref().map_err(Clone::clone).and_then(external::engage) {
        Ok(engaged) => {
            well(&mut text, &engaged);
            loading(&mut text, spec.as_ref());
            (text, false)
        }
        Err(why) => {
            let why = why.trim_end();
            let last = why.lines().last().unwrap_or_default();
            _ = writeln!(text, "  cannot run: {}", last.trim());
            _ = writeln!(text, "  to do: {}", cure(why, &python.display().to_string()));
            (text, true)
        }
    }
}

fn well(text: &mut String, engaged: &Engaged) {
    let making = engaged.subject.making().expect("a real agent is made of something");
    _ = writeln!(text, "  can run: {}", making.options.join(" "));
    let versions: Vec<String> = making.versions.iter().map(|(part, version)| format!("{part} {version}")).collect();
    _ = writeln!(text, "  versions: {}", versions.join(", "));
    let lacks = engaged.lacks();
    if !lacks.is_empty() {
        _ = writeln!(text, "  lacks: {}; scenarios that need one of these are skipped", lacks.join(", "));
    }
    if !engaged.has_fixed_addresses() {
        _ = writeln!(
            text,
            "  addresses are random: this system does not let a process switch that off, and two runs of one seed may differ"
        );
    }
}

/// The ways in which a plugin that Hermes does not ship can come to it, and which of them its loader finds.
fn loading(text: &mut String, spec: Result<&Spec, &String>) {
    match spec.map(external::ways) {
        Ok(Ok(ways)) if ways.is_empty() => {}
        Ok(Ok(ways)) => {
            let ways: Vec<String> = ways.iter().map(|(way, what)| format!("{way}: {what}")).collect();
            _ = writeln!(text, "  loading: {}", ways.join("; "));
        }
        Ok(Err(why)) => _ = writeln!(text, "  loading: {why}"),
        Err(_) => {}
    }
}

/// What to do about an error.
fn cure(why: &str, python: &str) -> String {
    let module = why.rsplit_once("No module named '").and_then(|(_, rest)| rest.split_once('\'')).map(|(name, _)| name);
    let first = module.map(|module| module.split('.').next().unwrap_or(module));
    match first {
        Some("agent" | "plugins" | "run_agent") => format!("{python} -m pip install hermes-agent hindsight-client"),
        Some(module) => format!("install what has the module {module}, as in {python} -m pip install {module}"),
        None if why.contains("is not supported") || why.contains("cannot be started") => {
            "install CPython 3.11, as in uv python install 3.11, and name it with --python or in the file of agents"
                .to_owned()
        }
        None if why.contains("there is no interpreter") => {
            "make the environment (python3.11 -m venv DIR), and install the agent into it".to_owned()
        }
        None if why.contains("No such file") || why.contains("there is no") => "name a file that is there".to_owned(),
        None => "replay a scenario with it, which prints the whole error".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cure;

    #[test]
    fn what_is_missing_has_a_cure() {
        let check = |why: &str, expected: &str| assert!(cure(why, "env/bin/python").contains(expected), "{why}");
        check(
            "ModuleNotFoundError: No module named 'agent.memory_manager'",
            "env/bin/python -m pip install hermes-agent",
        );
        check("ModuleNotFoundError: No module named 'packaging'", "env/bin/python -m pip install packaging");
        check("the agent does not start: CPython 3.12.1 is not supported: the shim knows CPython 3.11", "CPython 3.11");
        check("python3.11 cannot be started: No such file or directory", "CPython 3.11");
        check("f.toml:4:11: No such file or directory (os error 2); it takes an adapter's file, or hermes", "a file");
    }
}
