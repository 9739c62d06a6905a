//! The subject: a row of the table whose code is a template.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::agents::Subject;
use model::agents::outside::{Aside, Berth, Failure, Making, Outside};
use model::agents::row::{Code, Row};
use model::contracts::commits::Commits;
use model::contracts::memory::{Config, Memory};
use model::facts::KeptText;
use model::machine::Machine;
use model::words::part::Part;
use model::words::server::Server;

use super::broken::Broken;
use super::heard::Ready;
use super::memory::{ABILITIES, Real};
use super::pool::Pool;
use super::run::Run;
use super::spec::Spec;
use super::template::Template;
use super::versions;
use crate::description::Description;

/// The agents that were engaged so far. Their rows stay in the table.
static AGENTS: Mutex<Vec<(&'static Agent, Subject)>> = Mutex::new(Vec::new());

/// A subject that can be run until this is dropped.
pub struct Engaged {
    /// The subject.
    pub subject: Subject,
    agent: &'static Agent,
}

impl Engaged {
    /// The abilities that it does not have: a scenario that needs one is skipped.
    pub fn lacks(&self) -> Vec<&'static str> {
        let has = |ability: &&str| self.agent.ready.capabilities.iter().any(|own| own == ability);
        ABILITIES.iter().copied().filter(|ability| !has(ability)).collect()
    }

    /// Whether its processes have the same addresses each time. Otherwise two runs of one seed may differ.
    pub fn has_fixed_addresses(&self) -> bool {
        self.agent.ready.fixed
    }
}

impl Drop for Engaged {
    fn drop(&mut self) {
        self.agent.pool.close();
    }
}

/// Starts an agent's template, and adds the agent to the table of subjects: every command can run it until the result is dropped.
///
/// # Errors
/// Why the agent does not start.
pub fn engage(spec: &Spec) -> Result<Engaged, String> {
    let complaint = |why: String| format!("--agent {}: {why}", spec.said);
    let template = Template::start(spec).map_err(|broken| complaint(broken.to_string()))?;
    let making = Making {
        spec: spec.said.clone(),
        options: spec.named_by.clone(),
        versions: versions::of(spec, &template),
        provider: template.provider.map(|provider| (provider.name.clone(), provider.version.clone())),
        unseen: template.provider.map(Description::unseen).unwrap_or_default(),
    };
    let mut agents = AGENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = agents.iter().find(|(agent, _)| (agent.pool.spec(), &agent.making) == (spec, &making));
    if let Some(&(agent, subject)) = known {
        agent.pool.open(template);
        return Ok(Engaged { subject, agent });
    }
    // A table's rows live as long as the program, and a program engages a few agents.
    let ready = template.ready.clone();
    let pool = Arc::new(Pool::of(spec.clone(), template));
    let agent: &'static Agent = Box::leak(Box::new(Agent { pool, making, ready }));
    let subject = Subject::engage(row(spec, agent)).map_err(complaint)?;
    agents.push((agent, subject));
    Ok(Engaged { subject, agent })
}

/// A described provider has one version.
const DESCRIBED: [Server; 1] = [Server::Append];

fn row(spec: &Spec, agent: &'static Agent) -> &'static Row {
    let packages = agent.making.versions.iter().filter(|(part, _)| *part != "adapter");
    let packages: Vec<String> = packages.map(|(part, version)| format!("{part} {version}")).collect();
    Box::leak(Box::new(Row {
        name: String::leak(spec.name.clone()),
        head: String::leak(head(spec.name.rsplit('/').next().unwrap_or_default())),
        about: String::leak(format!("a real agent: {}", packages.join(", "))),
        part: Some(Part::Memory),
        proposed: false,
        of_reference: false,
        testifies: &[],
        servers: if agent.making.provider.is_some() { &DESCRIBED } else { Server::ALL },
        code: agent,
    }))
}

/// The name at the head of a column, which has room for seven characters: that of `hermes-0.19.0` is `h0.19.0`.
fn head(name: &str) -> String {
    const ROOM: usize = 7;
    let first = |text: &str, count: usize| text.chars().take(count).collect::<String>();
    let version = name.rsplit_once('-').map(|(_, version)| version);
    let version = version.filter(|version| version.starts_with(|c: char| c.is_ascii_digit()) && version.len() < ROOM);
    let short = match version {
        _ if name.chars().count() <= ROOM => name.to_owned(),
        Some(version) => first(name, ROOM - version.len()) + version,
        None => first(name, ROOM).trim_end_matches('-').to_owned(),
    };
    let taken = |head: &String| Subject::all().any(|known| known.head() == head);
    let numbered = (2..).map(|number: u32| first(name, ROOM - number.to_string().len()) + &number.to_string());
    std::iter::once(short).chain(numbered).find(|head| !taken(head)).expect("numbers do not end")
}

/// The code of a real agent.
struct Agent {
    pool: Arc<Pool>,
    making: Making,
    ready: Ready,
}

#[async_trait(?Send)]
impl Code for Agent {
    async fn memory(&self, _: Machine, _: Config) -> Rc<dyn Memory> {
        unreachable!("a world that runs a real agent asks for its run first")
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        Subject::REFERENCE.code().commits(machine).await
    }

    fn making(&self) -> Option<&Making> {
        Some(&self.making)
    }

    fn outside(&self) -> Option<Rc<dyn Outside>> {
        Some(Rc::new(Shared(Rc::new(Run::begin(Arc::clone(&self.pool))))))
    }
}

/// A run, as the world holds it.
struct Shared(Rc<Run>);

#[async_trait(?Send)]
impl Outside for Shared {
    async fn memory(&self, machine: Machine, config: Config, berth: Rc<dyn Berth>) -> Rc<dyn Memory> {
        Rc::new(Real::new(Rc::clone(&self.0), machine, config, berth))
    }

    fn steps(&self, process: u32) -> Option<u64> {
        self.0.steps(process)
    }

    fn cannot(&self, what: &str) {
        self.0.fails(&Broken::Impossible(what.to_owned()));
    }

    fn kept(&self) -> Vec<KeptText> {
        self.0.kept()
    }

    fn failure(&self) -> Option<Failure> {
        self.0.failure()
    }

    fn aside(&self) -> Aside {
        self.0.aside()
    }
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn a_long_name_keeps_its_version_at_the_head_of_a_column() {
        let names = ["mine", "batching", "hermes-0.19.0", "hermes-main", "N", "hermes-2026.11.29"];
        assert_eq!(names.map(head), ["mine", "batchin", "h0.19.0", "hermes", "N2", "hermes"]);
    }
}
