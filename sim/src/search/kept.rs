//! The run of a real agent that a file keeps, and whether a later run is the same.

use model::agents::Subject;

use crate::draw::Drawn;
use crate::plan::{AgentRun, Scenario};
use crate::run::Run;

/// A scenario with the real agent that ran it. A model leaves it as it is.
pub fn with_agent(drawn: &Drawn, run: &Run) -> Drawn {
    let agent = run.release.making().map(|making| AgentRun {
        name: making.spec.clone(),
        server: run.server,
        versions: making.versions.clone(),
        digest: run.digest.clone(),
    });
    drawn.changed(|scenario| scenario.agent = agent)
}

/// How a run compares with the one that its file keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The same versions, and the same history.
    Same,
    /// The same versions, and another history.
    OtherHistory,
    /// Other versions: for each part the version of the file, and the one here.
    OtherVersion(Vec<(String, Option<String>, Option<String>)>),
    /// Another agent, of this name in the file.
    OtherAgent(String),
}

/// Compares a run with the one of its file. `None` if the file keeps none, or one of another schedule or server, or if a model ran.
pub fn compare(scenario: &Scenario, run: &Run) -> Option<Kept> {
    let kept = scenario.agent.as_ref()?;
    let making = run.release.making()?;
    if kept.server != run.server || run.seed != scenario.seed {
        return None;
    }
    if making.spec != kept.name {
        return Some(Kept::OtherAgent(kept.name.clone()));
    }
    let parts = kept.versions.keys().chain(making.versions.keys().filter(|part| !kept.versions.contains_key(*part)));
    let of = |part: &String| (part.clone(), kept.versions.get(part).cloned(), making.versions.get(part).cloned());
    let other: Vec<_> = parts.map(of).filter(|(_, there, here)| there != here).collect();
    Some(match (other.is_empty(), kept.digest == run.digest) {
        (false, _) => Kept::OtherVersion(other),
        (true, true) => Kept::Same,
        (true, false) => Kept::OtherHistory,
    })
}

/// The real agents that these files name, each once.
pub fn agents(scenarios: &[Scenario]) -> Vec<&str> {
    let mut names: Vec<&str> = scenarios.iter().filter_map(|scenario| Some(&*scenario.agent.as_ref()?.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The agent of this file, if it is among these.
pub fn agent_of(scenario: &Scenario, agents: &[Subject]) -> Option<Subject> {
    let name = &scenario.agent.as_ref()?.name;
    agents.iter().copied().find(|agent| agent.making().is_some_and(|making| making.spec == *name))
}
