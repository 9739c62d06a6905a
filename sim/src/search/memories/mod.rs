//! The tournament of memories: what each memory plugin loses, case by case, in plain words.
//!
//! Each case is run under several schedules, and a case of kills at several steps of its first process; the worst run counts. Which plugins take
//! part, in which cases, and which cannot be run, is data: `providers/memories.toml`. Absent: any judgment of its own.
//!
//! - `cell`: what a plugin did in a case. - `page`: what the page was made from.

mod cell;
mod page;

use std::num::NonZeroUsize;
use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;
use serde::Deserialize;

use crate::description::Description;
use crate::parallel;
use crate::plan::{Ending, Kill, Moment, Scenario};
use crate::run::{self, Run};
use crate::world::Engine;

pub use cell::{Cell, Seen};
pub use page::inputs;

const FILE: &str = include_str!("../../../../providers/memories.toml");
/// The schedules of each case.
const SEEDS: u64 = 3;

/// Who takes part, and in what.
pub struct Tournament {
    /// The agents, as `--agent` names them.
    pub agents: Vec<String>,
    /// The cases.
    pub cases: Vec<Case>,
    /// The plugins that cannot be run.
    pub not_run: Vec<NotRun>,
}

/// A case.
pub struct Case {
    /// What happens, as the end of "what is lost when ...".
    pub when: String,
    /// Whether it is about a server.
    server: bool,
    /// At how many steps of the first process it is killed, each in a run of its own.
    kill_at: Option<u64>,
    scenario: Scenario,
}

/// A plugin that cannot be run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotRun {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    agents: Vec<String>,
    cases: Vec<toml::Table>,
    not_run: Vec<NotRun>,
}

impl Tournament {
    /// The one that the program has.
    pub fn of_the_program() -> Self {
        let file: File = toml::from_str(FILE).expect("providers/memories.toml");
        let cases = file.cases.into_iter().map(Case::read).collect();
        Self { agents: file.agents, cases, not_run: file.not_run }
    }
}

impl Case {
    fn read(mut table: toml::Table) -> Self {
        let when = table.remove("when").and_then(|when| when.as_str().map(str::to_owned)).expect("a case says when");
        let server = table.remove("server").is_some_and(|server| server.as_bool() == Some(true));
        let kill_at = table.remove("kill_at").and_then(|count| u64::try_from(count.as_integer()?).ok());
        table.insert("title".to_owned(), when.clone().into());
        let text = toml::to_string(&table).expect("what was TOML is TOML");
        let scenario = Scenario::parse(Path::new("case.toml"), &text);
        let scenario = scenario.unwrap_or_else(|error| panic!("providers/memories.toml, {when}: {error}"));
        Self { when, server, kill_at, scenario }
    }

    /// What an agent does in it. `None` if it is about a server, and the agent's plugin asks none.
    pub fn run(&self, agent: Subject, provider: Option<&Description>, jobs: NonZeroUsize) -> Option<Cell> {
        if self.server && provider.is_some_and(Description::is_local) {
            return None;
        }
        let scenarios: Vec<Scenario> = match self.kill_at {
            None => (0..SEEDS).map(|seed| self.scenario.seeded(seed)).collect(),
            Some(count) => self.killed(agent, count),
        };
        let seen = parallel::map(&scenarios, jobs, |scenario| Seen::of(&ran(scenario, agent)));
        Some(Cell { seen, kills: self.kill_at.is_some() })
    }

    /// The scenario, killed at so many steps of its first process, evenly spread.
    fn killed(&self, agent: Subject, count: u64) -> Vec<Scenario> {
        let steps = ran(&self.scenario, agent).reading.lives.ends().next().map_or(0, |(_, end)| end.steps);
        let kill = |number: u64| {
            let at = Moment::Step((number + 1) * steps / (count + 1));
            let mut scenario = self.scenario.clone();
            scenario.faults.kills.push(Kill { process: 1, at, ending: Ending::Sigkill });
            scenario
        };
        (0..count).map(kill).collect()
    }
}

fn ran(scenario: &Scenario, agent: Subject) -> Run {
    run::run(scenario, agent, Server::Append, Engine::Events)
}
