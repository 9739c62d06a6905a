//! A scenario before it is a file: what is drawn, what is shrunk, and what is written.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::plan::{Scenario, ScenarioError};
use model::words::server::Server;

/// A table of faults for each kind of request: from its number to what it meets.
pub(super) type Tables = BTreeMap<String, BTreeMap<u32, String>>;

/// Planned kills: how, at which step, of which process.
pub(super) type Ends = Vec<(String, u32, u32)>;

/// The configuration, and the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub server: Server,
    pub config: BTreeMap<String, String>,
}

/// A scenario as lines, each of which can be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// The seed of its schedule.
    pub seed: u64,
    /// What the release meets.
    pub server: Server,
    /// Keys of the configuration, with their values as TOML writes them.
    pub config: BTreeMap<String, String>,
    /// The steps of the processes: lists that run beside each other.
    pub lists: Vec<Vec<String>>,
    /// For each kind of request, from its number to its fault. A kind of two words (`commit.a`) is a table in a table.
    pub faults: BTreeMap<String, BTreeMap<u32, String>>,
    /// Where processes are killed, as a file says it.
    pub kills: Vec<String>,
}

impl Sketch {
    pub(super) fn assemble(
        setting: Setting,
        lists: Vec<Vec<String>>,
        mut faults: Tables,
        ends: Ends,
        schedule: u32,
    ) -> Self {
        let processes = processes(&lists);
        let kills = ends.into_iter().filter(|(_, _, process)| *process <= processes);
        // Only an agent that the steps have can be met by anything.
        let named = |session: &str| lists.iter().flatten().any(|step| step.split(' ').any(|word| word == session));
        let meets = |kind: &str| kind.strip_prefix("commit.").is_none_or(|agent| agent == "S1" || named(agent));
        faults.retain(|kind, table| !table.is_empty() && meets(kind));
        Self {
            seed: schedule.into(),
            server: setting.server,
            config: setting.config,
            lists,
            faults,
            kills: kills.map(|(how, step, process)| format!("{how} at step {step} of process {process}")).collect(),
        }
    }

    /// How much there is to read in it: steps, faults and kills.
    pub fn size(&self) -> (usize, usize) {
        let faults = self.faults.values().map(BTreeMap::len).sum::<usize>();
        (self.lists.iter().map(Vec::len).sum(), faults + self.kills.len())
    }

    /// The steps, and what goes wrong, in one line.
    pub fn in_short(&self) -> String {
        let lists: Vec<String> = self.lists.iter().map(|steps| steps.join(" · ")).collect();
        let faults = self.faults.iter().flat_map(|(request, table)| {
            table.iter().map(move |(number, fault)| format!("{request} {number}: {fault}"))
        });
        let wrong: Vec<String> = faults.chain(self.kills.iter().cloned()).collect();
        let steps = lists.join(" || ");
        if wrong.is_empty() { steps } else { format!("{steps} [{}]", wrong.join(", ")) }
    }

    /// How many processes the steps make.
    pub fn processes(&self) -> u32 {
        processes(&self.lists)
    }

    /// The file, with a title and nothing about expectations.
    pub fn text(&self) -> String {
        self.titled("drawn at random")
    }

    /// The file, under this title.
    pub fn titled(&self, title: &str) -> String {
        let mut text = format!("title = {}\n", quoted(title));
        if self.seed != 0 {
            _ = writeln!(text, "seed = {}", self.seed);
        }
        if !self.config.is_empty() {
            let pairs: Vec<String> = self.config.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            _ = writeln!(text, "config = {{ {} }}", pairs.join(", "));
        }
        let list = |steps: &Vec<String>| {
            let steps: Vec<String> = steps.iter().map(|step| quoted(step)).collect();
            format!("[{}]", steps.join(", "))
        };
        match &self.lists[..] {
            [steps] => _ = writeln!(text, "steps = {}", list(steps)),
            lists => {
                let lists: Vec<String> = lists.iter().map(|steps| format!("    {},\n", list(steps))).collect();
                _ = writeln!(text, "parallel = [\n{}]", lists.concat());
            }
        }
        if !self.faults.is_empty() || !self.kills.is_empty() {
            text.push_str("\n[faults]\n");
        }
        for (kind, table) in &self.faults {
            let faults: Vec<String> =
                table.iter().map(|(number, fault)| format!("{number} = {}", quoted(fault))).collect();
            _ = writeln!(text, "{kind} = {{ {} }}", faults.join(", "));
        }
        if !self.kills.is_empty() {
            let kills: Vec<String> = self.kills.iter().map(|kill| quoted(kill)).collect();
            _ = writeln!(text, "kills = [{}]", kills.join(", "));
        }
        text
    }

    /// The scenario.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        Scenario::parse(Path::new("drawn.toml"), &self.text())
    }
}

fn processes(lists: &[Vec<String>]) -> u32 {
    let restarts = lists.iter().flatten().filter(|step| step.starts_with("restart")).count();
    u32::try_from(lists.len() + restarts).expect("a sketch has a few dozen steps")
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
